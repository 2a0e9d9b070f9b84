"""Collections in BEIR's format (Thakur et al., "BEIR: a heterogeneous benchmark", 2021), and a converter into it.

A folder has `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and `qrels/test.tsv` (query,
document, grade; a header line). `python -m evals.beir DOCUMENTS QUERIES QRELS FOLDER [odd|even]` makes one of a
collection in the SMART format of the 1960s to 1980s (Cranfield, CISI, MED, CACM: `.I`, `.T`, `.W`). Questions with odd
or even numbers are then marked as those that weights were chosen on (`"metadata": {"split": "dev"}`), the others as
held out.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.errors import SchemaError


@dataclass(frozen=True, slots=True)
class Collection:
    """Questions by id, and what is relevant to each: document id → grade above 0."""

    folder: Path
    documents: Mapping[str, tuple[str, str]]  # id → (title, text)
    questions: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]
    splits: Mapping[str, str]  # question → "dev" or "held-out", where the collection says


def load(folder: Path) -> Collection:
    """The collection of a folder; questions without a relevant document are left out. Raises SchemaError."""
    documents = {str(row["_id"]): (str(row.get("title", "")), str(row["text"])) for row in _rows(folder, "corpus")}
    queries = {str(row["_id"]): row for row in _rows(folder, "queries")}
    asked = {identity: str(row["text"]) for identity, row in queries.items()}
    said = {identity: row.get("metadata") for identity, row in queries.items()}
    splits = {one: str(about["split"]) for one, about in said.items() if isinstance(about, dict) and "split" in about}
    relevant: dict[str, dict[str, int]] = {}
    judged = folder / "qrels" / "test.tsv"
    if not judged.is_file():
        raise SchemaError(f"{judged} is missing: a BEIR folder has the judgements of its test questions there.")
    for number, line in enumerate(judged.read_text(encoding="utf-8").splitlines(), 1):
        try:
            question, document, grade = line.split("\t")
            if number > 1 and int(grade) > 0:
                relevant.setdefault(question, {})[document] = int(grade)
        except ValueError as error:
            raise SchemaError(f"{judged}, line {number}: expected question, document and grade, by tabs.") from error
    if lost := {one for row in relevant.values() for one in row} - documents.keys():
        raise SchemaError(f"{judged} judges documents that corpus.jsonl lacks: {', '.join(sorted(lost)[:5])}.")
    return Collection(folder, documents, {one: asked[one] for one in asked if one in relevant}, relevant, splits)


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    path = folder / f"{name}.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SchemaError(f"{path} cannot be read ({error}): is {folder} in BEIR's format?") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            row["_id"], row["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise SchemaError(f"{path}, line {number}: expected an object with `_id` and `text`.") from error
        yield row


def write_documents(collection: Collection, folder: Path) -> None:
    """Each document as a page that `advisor ingest` reads: its title apart from its text, nothing taken for markup."""
    folder.mkdir(parents=True, exist_ok=True)
    for identity, (title, text) in collection.documents.items():
        paragraphs = "".join(f"<p>{html.escape(part.strip())}</p>" for part in re.split(r"\n\s*\n", text or title))
        page = f"<html><head><title>{html.escape(title or text[:60])}</title></head><body>{paragraphs}</body></html>"
        path = folder / page_name(identity)
        if not path.is_file() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


def page_name(identity: str) -> str:
    """A file name for a document id; ids may hold anything."""
    return "".join(c if c.isalnum() or c in "-_" else f"%{ord(c):x}" for c in identity) + ".html"


def convert(documents: Path, queries: Path, qrels: Path, folder: Path, looked_at: str = "") -> Collection:
    """A SMART collection as a BEIR folder; `looked_at` is "odd" or "even", or "" where no weight was chosen on any.

    Judgements count questions by their position (Cranfield's `.I` skips numbers, its judgements do not). All that is
    judged relevant has grade 1: the collections' own codes run in either direction. An abstract that repeats its title
    loses it.
    """
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    corpus = []
    for identity, fields in _smart(documents):
        title, text = _joined(fields.get("T", "")), fields.get("W", "").strip()
        repeated = re.match(r"\s+".join(map(re.escape, title.split())), text) if title else None
        corpus.append({"_id": identity, "title": title, "text": text[repeated.end() :].strip() if repeated else text})
    known = {row["_id"] for row in corpus}
    asked = [_joined(fields["W"]) for _, fields in _smart(queries)]
    judged = []
    for line in qrels.read_text(encoding="utf-8", errors="replace").splitlines():
        question, document, *rest = line.split()
        if document in known and not (rest and rest[0].startswith("-")):
            judged.append(f"{int(question)}\t{document}\t1")
    rows: list[dict[str, object]] = [{"_id": str(number), "text": text} for number, text in enumerate(asked, 1)]
    for number, row in enumerate(rows, 1):
        if looked_at:
            row["metadata"] = {"split": "dev" if number % 2 == (looked_at == "odd") else "held-out"}
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corpus), encoding="utf-8")
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = ["query-id\tcorpus-id\tscore", *dict.fromkeys(judged)]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(folder)


def _smart(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """(identity, field → text) of each record; `.I` begins one, a line of a dot and a capital begins a field."""
    text = path.read_text(encoding="utf-8", errors="replace")
    for record in re.split(r"^\.I\s+", text, flags=re.MULTILINE)[1:]:
        identity, _, body = record.partition("\n")
        parts = re.split(r"^\.([A-Z])\s*\n", body, flags=re.MULTILINE)
        yield identity.strip(), dict(zip(parts[1::2], parts[2::2], strict=True))


def _joined(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6) or sys.argv[5:] not in ([], ["odd"], ["even"]):
        raise SystemExit(__doc__)
    made = convert(*map(Path, sys.argv[1:5]), *sys.argv[5:])
    print(f"{len(made.documents)} documents, {len(made.questions)} judged questions in {made.folder}")
