"""Folders of files → the next generation. Only new and changed documents are read and embedded."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from index import chunking, dense, generation, lexical, records, sentences, uploads, vocabulary
from index.document import Chunk, Document, Label, Reading
from index.embedding import (
    EXPORT,
    PACKAGED,
    Embedder,
    OnnxEmbedder,
    Span,
    TorchEmbedder,
    Vectors,
    fingerprint,
    piece_counter,
)
from index.errors import (
    LibraryDamaged,
    LibraryError,
    LibraryNotFound,
    ModelMismatch,
    NothingReadable,
    UnreadableDocument,
    storage_error,
)
from index.generation import Manifest
from index.reading import MAX_BYTES, SUFFIXES
from index.reading.marking import label_of
from index.reading.sandbox import Sandbox
from index.records import Stored
from index.sentences import SentenceVectors

_OWN = frozenset({"library.sqlite", "dense.faiss", "sentences", "lexical"})  # of a generation; the rest is others'
SLAB = 512  # chunks embedded between two progress reports
FEW = 64  # up to so many new chunks go through the exported encoder, which starts in a moment

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

Progress = Callable[[str, int, int], None]  # stage, done, total
Embedded = tuple[Vectors, Vectors]  # of a chunk: its own vector, and those of its sentences


class Reader(Protocol):
    def read(self, name: str, data: bytes) -> Reading: ...


@dataclass(slots=True)
class IngestReport:
    """What one ingest did. Paths are as the user named them."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    skipped: int = 0  # files of no known format
    embedded: int = 0  # chunks sent to the encoder
    chunks: int = 0
    documents: int = 0
    generation: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    shown: str
    source: str
    root: str


def ingest(
    home: Path,
    paths: Sequence[Path],
    *,
    model: str = PACKAGED,
    label: Label | None = None,
    rebuild: bool = False,
    progress: Progress = lambda stage, done, total: None,
    embedder: Embedder | None = None,
) -> IngestReport:
    """Bring the library up to date with `paths` (files or folders); other documents stay.

    A document's label is the stricter of `label` and its own (front matter, marking); restricted when
    neither says anything. The `label` of an earlier call holds for the same document until another is
    given, and is the least that a new one under the same root has. Without `paths` the roots of earlier
    calls are looked at again. `rebuild` reads and embeds everything anew, and is
    the way out of a model mismatch or of damage. An `embedder` already loaded saves loading it.
    Raises LibraryError; a bad file only lands in `refused`.
    """
    started = time.perf_counter()
    report = IngestReport()
    with generation.writer(home):
        before, embedded, manifest = _former(home, model, rebuild)
        roots = [str(Path(path).resolve()) for path in paths] or sorted({one.root for one in before})
        files = list(_files(home, [Path(path) for path in paths] or [Path(root) for root in roots]))
        report.skipped = sum(1 for file in files if file.path.suffix.lower() not in SUFFIXES)
        files = [file for file in files if file.path.suffix.lower() in SUFFIXES]
        kept, fresh = _read(files, before, roots, report, label, rebuild, model, progress)
        unchanged = not (report.added or report.changed or report.removed)
        if unchanged and manifest and not rebuild:
            report.generation, report.documents, report.chunks = manifest.name, manifest.documents, manifest.chunks
            _ensure_encoder(home, model, None)
            report.seconds = time.perf_counter() - started
            return report
        if not kept and not fresh and manifest is None:
            raise NothingReadable(_nothing(paths, report), report.refused)
        written = _write(home, model, embedded, kept, fresh, report, progress, embedder)
        report.generation, report.documents, report.chunks = written.name, written.documents, written.chunks
    report.seconds = time.perf_counter() - started
    return report


def stored(home: Path) -> list[Stored]:
    """Every document of the library with its chunks, in order; every byte checked. None of an inventory alone."""
    folder, _ = generation.open_current(home)
    return records.read(folder)


def write(home: Path, model: str, documents: Sequence[Stored], embedder: Embedder) -> Manifest:
    """A library of documents that were read already, in place of what the workspace holds."""
    with generation.writer(home):
        return _write(home, model, {}, [], documents, IngestReport(), lambda stage, done, total: None, embedder)


def _nothing(paths: Sequence[Path], report: IngestReport) -> str:
    where = ", ".join(str(path) for path in paths) or "no path given"
    reasons = "".join(f"\n  {path}: {reason}" for path, reason in report.refused[:20])
    return (
        f"No document could be read ({where}). Give a folder or files of these kinds: "
        f"{' '.join(sorted(SUFFIXES))}.{reasons}"
    )


def _former(home: Path, model: str, rebuild: bool) -> tuple[list[Stored], dict[str, Embedded], Manifest | None]:
    """Records and vectors of the generation in force, checked; a damaged one is only passed over when rebuilding."""
    try:
        folder, manifest = generation.open_library(home)
        stored = records.read(folder)
    except LibraryNotFound:
        return [], {}, None
    except LibraryDamaged:
        if not rebuild:
            raise
        return _salvage(home), {}, None
    if rebuild:
        return stored, {}, manifest
    check_model(manifest, fingerprint(model))
    return stored, _known_vectors(folder, stored), manifest


def _known_vectors(folder: Path, stored: Sequence[Stored]) -> dict[str, Embedded]:
    """Vectors of a generation by the very text that was embedded."""
    whole = dense.DenseIndex(folder / "dense.faiss").all_vectors()
    parts = SentenceVectors(folder / "sentences")
    texts = [contextual_text(one.document, chunk) for one in stored for chunk in one.chunks]
    return {text: (whole[i], parts.of(i)) for i, text in enumerate(texts)}


def _salvage(home: Path) -> list[Stored]:
    """Records of any generation that can still be read, newest first: they name the files to read again."""
    for folder in sorted(generation.generations(home).glob("[0-9]*"), reverse=True):
        try:
            return records.read(folder)
        except (LibraryDamaged, OSError):
            continue
    return []


def check_model(manifest: Manifest, expected: str) -> None:
    if manifest.model != expected:
        raise ModelMismatch(
            f"This library was embedded by {manifest.model}, the settings name {expected}: run "
            "`advisor ingest --rebuild` to embed everything again, or set ADVISOR_EMBEDDING_MODEL back."
        )
    if manifest.chunking != chunking.VERSION:
        raise ModelMismatch(
            f"This library was cut by chunking version {manifest.chunking}, this advisor has {chunking.VERSION}: "
            "run `advisor ingest --rebuild`."
        )


def _files(home: Path, paths: Sequence[Path]) -> Iterator[_File]:
    seen: set[str] = set()
    for path in paths:
        root = str(path.resolve())
        if not path.exists():
            raise LibraryError(f"{path} does not exist: check the path.")
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in found:
            inside = file.relative_to(path) if path.is_dir() else Path(file.name)
            source = str(file.resolve())
            if any(part.startswith(".") for part in inside.parts) or source in seen:
                continue
            seen.add(source)
            yield _File(file, uploads.shown(home, file) or shown(file), source, root)


def shown(path: Path) -> str:
    """A path as people see it: without characters that would end a line or turn its direction."""
    return _UNSEEN.sub("\ufffd", path.as_posix())


def _read(
    files: Sequence[_File],
    before: Sequence[Stored],
    roots: Sequence[str],
    report: IngestReport,
    label: Label | None,
    rebuild: bool,
    model: str,
    progress: Progress,
) -> tuple[list[Stored], list[Stored]]:
    """(documents kept as they are, documents read now). A refused file drops its former version."""
    known = {one.source: one for one in before}
    present = {file.source for file in files}
    count = piece_counter(model)
    least = _least_labels(before)
    kept: list[Stored] = []
    fresh: list[Stored] = []
    for one in before:
        if one.source in present:
            continue
        gone = any(one.source == root or one.source.startswith(root + "/") for root in roots)
        if gone or (rebuild and not Path(one.source).exists()):
            report.removed.append(one.document.path)
        elif rebuild:
            files = [*files, _File(Path(one.source), one.document.path, one.source, one.root)]
        else:
            kept.append(one)
    with Sandbox() as sandbox:
        for done, file in enumerate(files):
            progress("reading", done, len(files))
            old = known.get(file.source)
            try:
                floor = label or least.get(file.root, Label.PUBLIC)
                new = _load(file, old, label, floor, rebuild, sandbox, count)
            except UnreadableDocument as refusal:
                report.refused.append((file.shown, str(refusal)))
                if old:
                    report.removed.append(old.document.path)
                continue
            if new is old and old is not None:
                report.unchanged += 1
                kept.append(old)
                continue
            (report.changed if old else report.added).append(file.shown)
            fresh.append(new)
        progress("reading", len(files), len(files))
    return kept, fresh


def _load(
    file: _File,
    old: Stored | None,
    label: Label | None,
    floor: Label,
    rebuild: bool,
    reader: Reader,
    count: chunking.CountPieces,
) -> Stored:
    """`old` itself when the file has not changed, else the file read anew.

    `label` is that of this ingest; without one that of the document's last ingest holds, at least `floor`.
    """
    _refuse_name(file)
    try:
        stat = file.path.stat()
        same = old and (old.size, old.modified_ns, old.document.path) == (stat.st_size, stat.st_mtime_ns, file.shown)
        if old and same and not rebuild and _keeps_label(old, label):
            return old
        if stat.st_size > MAX_BYTES:
            raise UnreadableDocument(f"{stat.st_size / 1024**2:.0f} MB, more than 50 MB: split the file")
        data = file.path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"cannot be opened: {error.strerror or error}") from error
    reading = reader.read(file.shown, data)
    given = label or (old.given if old else None)
    chunks = tuple(chunking.chunk(reading, count))
    if not chunks:
        raise UnreadableDocument("holds no sentences to cite: only headings or markup")
    document = Document(
        id=hashlib.sha256(data).hexdigest(),
        path=file.shown,
        title=" ".join((reading.title or file.path.stem.replace("-", " ").replace("_", " ")).split()),
        label=max(_label(reading.metadata, given), floor, key=lambda one: one.rank),
        media=SUFFIXES[file.path.suffix.lower()],
        text=reading.text,
        metadata=reading.metadata,
    )
    return Stored(document, file.source, file.root, stat.st_size, stat.st_mtime_ns, chunks, given)


def _refuse_name(file: _File) -> None:
    """Refuses what is not a file below its root under a name that can be written down."""
    if not Path(file.source).is_relative_to(file.root):
        raise UnreadableDocument("a link that leads out of its folder: ingest what it points at, or copy it there")
    try:
        file.source.encode()
    except UnicodeEncodeError:
        raise UnreadableDocument("its name is not valid UTF-8: rename it") from None


def _label(metadata: Mapping[str, object], given: Label | None) -> Label:
    """The stricter of what the document says of itself and what its ingest said."""
    own = label_of(metadata, given or Label.RESTRICTED)
    return max(own, given, key=lambda label: label.rank) if given else own


def _keeps_label(old: Stored, label: Label | None) -> bool:
    return label is None or (old.given is label and old.document.label is _label(old.document.metadata, label))


def _least_labels(stored: Sequence[Stored]) -> dict[str, Label]:
    """The strictest label that an ingest gave to anything under each root; what is read there later has no lesser."""
    found: dict[str, Label] = {}
    for one in stored:
        if one.given and one.given.rank >= found.get(one.root, Label.PUBLIC).rank:
            found[one.root] = one.given
    return found


def contextual_text(document: Document, chunk: Chunk) -> str:
    """What the encoder and BM25 read: the chunk with its title and heading path before it."""
    path = [name for name in chunk.heading if name != document.title]
    return f"{' > '.join([document.title, *path])[:240]}\n{chunk.text}"


def sentence_spans(text: str, chunk: Chunk) -> list[Span]:
    """Where the sentences of a chunk stand in its contextual text."""
    spans: list[Span] = []
    position = text.index("\n") + 1
    for sentence in chunk.sentences:
        start = text.index(sentence.text, position)
        position = start + len(sentence.text)
        spans.append((start, position))
    return spans


def _write(
    home: Path,
    model: str,
    known: dict[str, Embedded],
    kept: Sequence[Stored],
    fresh: Sequence[Stored],
    report: IngestReport,
    progress: Progress,
    embedder: Embedder | None,
) -> Manifest:
    stored = sorted([*kept, *fresh], key=lambda one: one.source)
    if not stored:
        return _write_none(home)
    chunks = [(contextual_text(one.document, chunk), chunk) for one in stored for chunk in one.chunks]
    embedded = _embed(home, model, chunks, known, report, progress, embedder)
    vectors = np.array([whole for whole, _ in embedded], dtype=np.float32)
    progress("writing", 0, 1)
    generation.generations(home).mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=generation.generations(home)))
    try:
        records.write(staging / "library.sqlite", stored, _abbreviations([one.document for one in stored]))
        dense.build(vectors, staging / "dense.faiss")
        sentences.build([parts for _, parts in embedded], staging / "sentences")
        lexical.build([text for text, _ in chunks], staging / "lexical")
        about = {
            "model": fingerprint(model),
            "dimension": int(vectors.shape[1]),
            "chunking": chunking.VERSION,
            "documents": len(stored),
            "chunks": len(chunks),
        }
        _carry_the_rest(home, staging)
        manifest = generation.commit(home, generation.next_name(home), staging, about)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise storage_error(error, "The new generation") from error
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    progress("writing", 1, 1)
    return manifest


def _abbreviations(documents: Sequence[Document]) -> Iterator[tuple[int, str, str]]:
    """(rank of a clearance, short, long): what the documents at each clearance define, and nothing from above it."""
    for clearance in Label:
        seen = (one.text for one in documents if one.label.rank <= clearance.rank)
        for short, long in vocabulary.learn(seen).items():
            yield clearance.rank, short, long


def _write_none(home: Path) -> Manifest:
    """The next generation after the last document went: an inventory stays, and nothing else."""
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=generation.generations(home)))
    try:
        _carry_the_rest(home, staging, without=_OWN)
        about: dict[str, object] = {"model": "", "dimension": 0, "chunking": 0, "documents": 0, "chunks": 0}
        return generation.commit(home, generation.next_name(home), staging, about)
    except OSError as error:
        raise storage_error(error, "The new generation") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _carry_the_rest(home: Path, staging: Path, without: frozenset[str] = frozenset()) -> None:
    """What else the generation in force holds beside the library goes along unchanged, but for damaged files."""
    try:
        folder, manifest = generation.former(home)
    except (LibraryNotFound, LibraryDamaged):
        return
    lost = set(generation.damage(folder, manifest))
    lost |= {name for name in manifest.files if Path(name).parts[0] in without}
    whole = {name: known for name, known in manifest.files.items() if name not in lost}
    generation.carry(folder, replace(manifest, files=whole), staging)


def _embed(
    home: Path,
    model: str,
    chunks: Sequence[tuple[str, Chunk]],
    known: dict[str, Embedded],
    report: IngestReport,
    progress: Progress,
    embedder: Embedder | None,
) -> list[Embedded]:
    """The vectors of (contextual text, chunk) pairs, in order; only texts not `known` go to the encoder."""
    missing = list({text: chunk for text, chunk in chunks if text not in known}.items())
    missing.sort(key=lambda pair: -len(pair[0]))  # batches of like length waste no padding
    report.embedded = len(missing)
    if missing and embedder is None:
        embedder = _encoder_for(home, model, len(missing))
    found = dict(known)
    progress("embedding", 0, len(missing))
    for start in range(0, len(missing), SLAB):
        assert embedder is not None
        part = missing[start : start + SLAB]
        whole, sentence = embedder.embed_chunks(
            [text for text, _ in part], [sentence_spans(text, chunk) for text, chunk in part]
        )
        found.update((text, (whole[i], sentence[i])) for i, (text, _) in enumerate(part))
        progress("embedding", start + len(part), len(missing))
    return [found[text] for text, _ in chunks]


def encoder_folder(home: Path, model_fingerprint: str) -> Path:
    return home / "encoder" / f"{model_fingerprint.replace('/', '_')}-{EXPORT}"


def _encoder_for(home: Path, model: str, texts: int) -> Embedder:
    """sentence-transformers, or for a few texts the exported encoder, whose vectors agree to 1e-3."""
    exported = encoder_folder(home, fingerprint(model))
    if texts <= FEW and (exported / "model.json").is_file():
        return OnnxEmbedder(exported)
    embedder = TorchEmbedder(model)
    _ensure_encoder(home, model, embedder)  # before the long work: what cannot be asked need not be embedded
    return embedder


def _ensure_encoder(home: Path, model: str, embedder: TorchEmbedder | None) -> None:
    """Export the encoder once; written aside and renamed, so a kill never leaves half of one."""
    folder = encoder_folder(home, fingerprint(model))
    if (folder / "model.json").is_file():
        return
    for left in folder.parent.glob(".staging-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder.parent))
    try:
        (embedder or TorchEmbedder(model)).export(staging)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
