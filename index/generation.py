"""One state of the library on disk, and the only ways in and out of it.

    HOME/CURRENT                     name of the generation in force
    HOME/generations/000007/         manifest.json, library.sqlite, dense.faiss, sentences/, lexical/
    HOME/encoder/                    the exported encoder
    HOME/lock                        held by the one writer

A generation is written under a temporary name, fsynced, renamed, and becomes current by one atomic
rename of CURRENT. A kill at any moment leaves the former generation in force. No pickle anywhere.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from index.document import Chunk, Document, Kind, Label, Sentence
from index.embedding import file_sha256
from index.errors import LibraryDamaged, LibraryLocked, LibraryNotFound

FORMAT = 3
KEEP = 2  # generations left on disk: readers may still hold the one before

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL,
    path TEXT NOT NULL, title TEXT NOT NULL, label TEXT NOT NULL, media TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents, label INTEGER NOT NULL,
    section INTEGER NOT NULL, steps INTEGER NOT NULL, heading TEXT NOT NULL, page INTEGER,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL, sentences TEXT NOT NULL);
CREATE INDEX chunk_document ON chunks (document);
CREATE TABLE abbreviations (short TEXT PRIMARY KEY, long TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the library keeps it: with where it came from, and its chunks."""

    document: Document
    source: str  # resolved path: the identity of a document over time
    root: str  # resolved path that the user asked to ingest
    size: int
    modified_ns: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    model: str
    dimension: int
    chunking: int
    documents: int
    chunks: int
    created: str
    files: dict[str, dict[str, int | str]]  # relative path → size in bytes, sha256


def generations(home: Path) -> Path:
    return home / "generations"


@contextmanager
def writer(home: Path) -> Iterator[None]:
    """Hold the one writer lock of a workspace; the system frees it when the process dies."""
    from filelock import FileLock, Timeout

    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LibraryLocked(
            f"Another process is writing to {home}: wait for it to finish, then run the command again."
        ) from None
    try:
        _sweep(home)
        yield
    finally:
        lock.release()


def _sweep(home: Path) -> None:
    """Remove what a killed writer left: temporary folders and generations never made current."""
    try:
        current = current_name(home)
    except LibraryNotFound:
        current = ""
    for folder in generations(home).glob("*"):
        if folder.name.startswith(".") or folder.name > current:
            shutil.rmtree(folder, ignore_errors=True)


def current_name(home: Path) -> str:
    try:
        return (home / "CURRENT").read_text().strip()
    except FileNotFoundError:
        raise LibraryNotFound(f"No library in {home} yet: run `advisor ingest PATH…` first.") from None


def next_name(home: Path) -> str:
    try:
        return f"{int(current_name(home)) + 1:06d}"
    except LibraryNotFound:
        return "000001"


def commit(home: Path, name: str, staging: Path, about: dict[str, object]) -> Manifest:
    """Checksum, fsync and swap in what `staging` holds. When this returns, it is durable."""
    files = {
        str(path.relative_to(staging)): {"size": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(staging.rglob("*"))
        if path.is_file()
    }
    created = datetime.now(UTC).isoformat(timespec="seconds")
    body = {"format": FORMAT, "name": name, "created": created, **about, "files": files}
    (staging / "manifest.json").write_text(json.dumps(body, indent=2))
    for path in staging.rglob("*"):
        _fsync(path)
    _fsync(staging)
    final = generations(home) / name
    staging.rename(final)
    _fsync(generations(home))
    pointer = home / "CURRENT.new"
    pointer.write_text(name + "\n")
    _fsync(pointer)
    pointer.replace(home / "CURRENT")
    _fsync(home)
    for old in sorted(generations(home).glob("[0-9]*"))[:-KEEP]:
        shutil.rmtree(old, ignore_errors=True)
    return read_manifest(final)


@contextmanager
def extended(home: Path, folder: str) -> Iterator[tuple[Path | None, Path]]:
    """The next generation with everything of the one in force but `folder`, which the caller writes anew.

    Yields (the former `folder` or None, an empty one to fill). Unchanged files are hard links. When the
    caller leaves the new folder empty, or raises, the generation in force stays as it is.
    """
    with writer(home):
        current: Path | None = None
        manifest = Manifest("", "", 0, 0, 0, 0, "", {})  # of a workspace without documents
        with suppress(LibraryNotFound):
            current, manifest = open_current(home)
        generations(home).mkdir(exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=generations(home)))
        try:
            fresh = staging / folder
            fresh.mkdir()
            former = current / folder if current else None
            yield (former if former and former.is_dir() else None), fresh
            if any(fresh.iterdir()):
                if current:
                    carry(current, manifest, staging, without=folder)
                about = {
                    name: getattr(manifest, name) for name in ("model", "dimension", "chunking", "documents", "chunks")
                }
                commit(home, next_name(home), staging, about)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def carry(current: Path, manifest: Manifest, staging: Path, *, without: str = "") -> None:
    """Hard links in `staging` to what a generation holds under top-level names that `staging` does not have yet."""
    written = {path.name for path in staging.iterdir()} | {without}
    for relative in manifest.files:
        if Path(relative).parts[0] not in written:
            target = staging / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(current / relative, target)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_manifest(folder: Path) -> Manifest:
    try:
        body = json.loads((folder / "manifest.json").read_text())
        if body.pop("format") != FORMAT:
            raise LibraryDamaged(
                f"{folder} was written by another version of the advisor: run `advisor ingest --rebuild`."
            )
        return Manifest(**body)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LibraryDamaged(
            f"The manifest of {folder} cannot be read ({error}): run `advisor ingest --rebuild`."
        ) from error


def open_current(home: Path) -> tuple[Path, Manifest]:
    """Folder and manifest of the generation in force; file sizes are checked, contents by `damage`."""
    name = current_name(home)
    folder = generations(home) / name
    manifest = read_manifest(folder)
    for relative, known in manifest.files.items():
        path = folder / relative
        if not path.is_file() or path.stat().st_size != known["size"]:
            raise LibraryDamaged(
                f"{path} is missing or cut short: run `advisor ingest --rebuild` (or restore {folder})."
            )
    return folder, manifest


def open_library(home: Path) -> tuple[Path, Manifest]:
    """Like open_current, for those who need documents. Raises LibraryNotFound when the generation holds none."""
    folder, manifest = open_current(home)
    if not manifest.model:
        raise LibraryNotFound(f"{home} holds an inventory but no documents yet: run `advisor ingest PATH…`.")
    return folder, manifest


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Files of a generation whose bytes are not those that were committed."""
    return [
        relative
        for relative, known in manifest.files.items()
        if not (folder / relative).is_file() or file_sha256(folder / relative) != known["sha256"]
    ]


def write_records(path: Path, stored: Sequence[Stored], abbreviations: Iterable[tuple[str, str]]) -> None:
    """Documents and chunks to an SQLite file; chunk numbers are vector positions."""
    database = sqlite3.connect(path)
    with database:
        database.executescript(_SCHEMA)
        position = section = 0
        for number, one in enumerate(stored):
            d = one.document
            database.execute(
                "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (number, d.id, one.source, one.root, d.path, d.title, d.label, d.media, one.size,
                 one.modified_ns, json.dumps(d.metadata), d.text),
            )  # fmt: skip
            rows = []
            for _, chunks in groupby(one.chunks, key=lambda chunk: chunk.heading):
                section += 1
                for chunk in chunks:
                    rows.append(_chunk_row(position, number, d.label, section, chunk))
                    position += 1
            database.executemany("INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
        database.executemany("INSERT INTO abbreviations VALUES (?,?)", abbreviations)
    database.close()


def _chunk_row(position: int, document: int, label: Label, section: int, chunk: Chunk) -> tuple[object, ...]:
    sentences = [
        [s.start, s.end, s.kind, int(s.opens), s.page, s.text, *([s.heading] if s.heading != chunk.heading else [])]
        for s in chunk.sentences
    ]
    steps = sum(s.kind is Kind.STEP and s.opens for s in chunk.sentences)
    return (
        position, document, label.rank, section, steps, json.dumps(chunk.heading), chunk.page, chunk.start, chunk.end,
        chunk.text, json.dumps(sentences, ensure_ascii=False),
    )  # fmt: skip


def connect(folder: Path) -> sqlite3.Connection:
    """A read-only connection that any thread may use, one at a time."""
    uri = f"file:{(folder / 'library.sqlite').resolve()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def document_of(row: sqlite3.Row) -> Document:
    return Document(
        id=row["id"], path=row["path"], title=row["title"], label=Label(row["label"]), media=row["media"],
        text=row["text"], metadata=json.loads(row["metadata"]),
    )  # fmt: skip


def chunk_of(row: sqlite3.Row) -> Chunk:
    heading = tuple(json.loads(row["heading"]))
    return Chunk(
        heading=heading,
        start=row["start"],
        end=row["end"],
        text=row["text"],
        sentences=sentences_of(row["sentences"], heading),
        page=row["page"],
    )


def sentences_of(body: str, heading: tuple[str, ...]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(start, end, text, Kind(kind), tuple(own[0]) if own else heading, bool(opens), page)
        for start, end, kind, opens, page, text, *own in json.loads(body)
    )


def read_records(folder: Path) -> list[Stored]:
    """Everything a generation holds, in order."""
    connection = connect(folder)
    try:
        stored = []
        for row in connection.execute("SELECT * FROM documents ORDER BY number"):
            chunks = connection.execute("SELECT * FROM chunks WHERE document = ? ORDER BY number", (row["number"],))
            stored.append(
                Stored(
                    document=document_of(row),
                    source=row["source"],
                    root=row["root"],
                    size=row["size"],
                    modified_ns=row["modified_ns"],
                    chunks=tuple(chunk_of(chunk) for chunk in chunks),
                )
            )
        return stored
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(f"{folder} cannot be read ({error}): run `advisor ingest --rebuild`.") from error
    finally:
        connection.close()
