"""Run every peer on a set's documents, cut so that a reader reads as much as with the advisor."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evals.history import History
from evals.peers import PEERS, Vectors
from evals.registry import Comparison, Opened, Say
from evals.row import Row

Piece = tuple[str, int, int, str]  # document, start, end, text
CHUNK_TOKENS, OVERLAP = 300, 0.1  # of a first cut; the overlap is a share of the size
CLOSE = 0.03  # how near the characters read must come to the budget
TRIES = 4
BATCH = 32
TIMEOUT_S = 1800


def rank_with_peers(
    name: str,
    key: str,
    opened: Callable[[], Opened],
    ours: Sequence[Row],
    python: Path,
    history: History,
    vectors: Path,
    say: Say,
) -> tuple[dict[str, list[Row]], list[str]]:
    """Rows of each peer for the questions of `ours`, and notes on how they were run. A peer that fails is noted.

    `vectors` is a folder that keeps what was embedded.
    """
    kept_under = hashlib.sha256(f"peers {key} {[row.id for row in ours]} {python}".encode()).hexdigest()
    if kept := history.finished([kept_under]):
        stored = json.loads(kept[kept_under])
        return {one: [Row.from_json(row) for row in rows] for one, rows in stored["rows"].items()}, stored["notes"]
    comparison = opened().comparison
    assert comparison is not None, f"{name} names compared measures"
    asked = {row.id: comparison.questions[row.id] for row in ours if row.id in comparison.questions}
    say(f"{name}: cutting the documents for the other systems")
    pieces, tokens = _cut(comparison, asked, ours)
    notes = [f"{len(pieces)} pieces of at most {tokens} tokens, {OVERLAP:.0%} overlap, LlamaIndex SentenceSplitter"]
    rows: dict[str, list[Row]] = {}
    with TemporaryDirectory() as folder:
        _write(Path(folder), pieces, asked, comparison, vectors)
        for peer, module in PEERS.items():
            say(f"{name}: {peer}")
            ranked, note = _ranked(module, Path(folder), python)
            notes.append(f"{peer}: {note}")
            if ranked is not None:
                rows[peer] = [comparison.score(one, [pieces[i][:3] for i in ranked[one]]) for one in asked]
    content = {"rows": {one: [row.as_json() for row in of] for one, of in rows.items()}, "notes": notes}
    if len(rows) == len(PEERS):
        history.keep(kept_under, json.dumps(content))
    return rows, notes


def _cut(comparison: Comparison, asked: Mapping[str, str], ours: Sequence[Row]) -> tuple[list[Piece], int]:
    """Pieces of the documents; where there is a budget, of such a size that five of them, as plain BM25 finds them,
    have as many characters as five of our passages."""
    tokens = CHUNK_TOKENS
    pieces = _split(comparison.texts, tokens)
    if comparison.characters is None:
        return pieces, tokens
    budget = comparison.characters(ours)
    for _ in range(TRIES):
        read = _characters_read(pieces, asked)
        if abs(read / budget - 1) <= CLOSE:
            break
        tokens = round(tokens * budget / read)
        pieces = _split(comparison.texts, tokens)
    return pieces, tokens


def _split(texts: Mapping[str, str], tokens: int) -> list[Piece]:
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=round(OVERLAP * tokens), include_metadata=False)
    pieces: list[Piece] = []
    for path, text in texts.items():
        for node in splitter.get_nodes_from_documents([Document(text=text)]):
            content = node.get_content()
            start = getattr(node, "start_char_idx", None)
            start = text.find(content) if start is None else start
            pieces.append((path, start, start + len(content), content))
    return pieces


def _characters_read(pieces: Sequence[Piece], asked: Mapping[str, str]) -> float:
    from evals.peers.plain_bm25s import build

    search = build([piece[3] for piece in pieces], np.zeros((0, 1), dtype=np.float32), lambda text: np.zeros(1))
    read = [sum(pieces[i][2] - pieces[i][1] for i in search(question, 5)) for question in asked.values()]
    return sum(read) / len(read)


def _write(folder: Path, pieces: Sequence[Piece], asked: Mapping[str, str], comparison: Comparison, kept: Path) -> None:
    texts = [piece[3] for piece in pieces]
    embedded = {
        "pieces": _embedded(texts, comparison, kept),
        "questions": _embedded([*asked.values()], comparison, kept),
    }
    np.savez(folder / "vectors.npz", **embedded)
    (folder / "pieces.json").write_text(json.dumps(texts), encoding="utf-8")
    given = {"k": comparison.retrieved, "questions": dict(asked)}
    (folder / "questions.json").write_text(json.dumps(given), encoding="utf-8")


def _embedded(texts: Sequence[str], comparison: Comparison, kept: Path) -> Vectors:
    """A unit vector for each text; those that were embedded before are read."""
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"{hashlib.sha256(json.dumps([comparison.encoder, list(texts)]).encode()).hexdigest()[:16]}.npy"
    if path.is_file():
        return np.asarray(np.load(path, allow_pickle=False))
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # batches of like length waste no padding
    found = [comparison.embed([texts[i] for i in order[at : at + BATCH]]) for at in range(0, len(order), BATCH)]
    vectors = np.empty((len(texts), found[0].shape[1]), dtype=np.float32)
    vectors[order] = np.concatenate(found)
    np.save(path, vectors)
    return vectors


def _ranked(module: str, folder: Path, python: Path) -> tuple[dict[str, list[int]] | None, str]:
    """(question → positions, its costs in words), or (None, why not)."""
    command = [str(python), "-m", "evals.peers.process", module, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"did not run: {error}"
    if done.returncode:
        return None, f"did not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:200]}"
    found = json.loads((folder / "ranked.json").read_text(encoding="utf-8"))
    costs = found["costs"]
    return found["ranked"], (
        f"import {costs['import_s']:.1f} s, index {costs['index_s']:.2f} s, {costs['query_ms']:.1f} ms a question, "
        f"{costs['memory_mb']:.0f} MB; vectors given"
    )
