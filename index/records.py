"""Documents and chunks in SQLite: written once, then only read.

What is asked of all documents at once is small and stands apart from the texts:

    documents.sqlite   where each came from, its label, what it defines as abbreviations
    texts.sqlite       texts of documents; chunks with their sentences
    layout.npy         a row a chunk: rank of its label, steps, document, section, start, end
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index import codec, vocabulary
from index.document import Chunk, Document, Kind, Label
from index.errors import LibraryDamaged

FILES = ("documents.sqlite", "texts.sqlite", "layout.npy")

_DOCUMENTS = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL, given TEXT,
    path TEXT NOT NULL, title TEXT NOT NULL, label TEXT NOT NULL, media TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, metadata TEXT NOT NULL, chunks INTEGER NOT NULL);
CREATE INDEX document_id ON documents (id);
CREATE TABLE abbreviations (
    document INTEGER NOT NULL REFERENCES documents, place INTEGER NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL);
"""
_TEXTS = """
CREATE TABLE texts (document INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL, heading TEXT NOT NULL, page INTEGER,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL);
CREATE INDEX chunk_document ON chunks (document);
"""
COLUMNS = 6  # of layout.npy


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the library keeps it: with where it came from, and its chunks."""

    document: Document
    source: str  # resolved path: the identity of a document over time
    root: str  # resolved path that the user asked to ingest
    size: int
    modified_ns: int
    chunks: tuple[Chunk, ...]
    given: Label | None = None  # the label that its ingest named: the least that it has


@dataclass(frozen=True, slots=True)
class Listed:
    """A stored document without text and chunks, and where it is stored."""

    one: Stored
    segment: str
    number: int
    chunks: int


class Arriving(Protocol):
    """A document that comes piece by piece."""

    @property
    def one(self) -> Stored:
        """Without text and chunks."""

    @property
    def chunks(self) -> int: ...

    def text(self) -> str: ...

    def read(self) -> Iterable[Chunk]: ...


def write(folder: Path, arriving: Iterable[Arriving]) -> None:
    """The files of FILES; chunk numbers are vector positions."""
    documents, texts, layout = _create(folder / FILES[0], _DOCUMENTS), _create(folder / FILES[1], _TEXTS), array("q")
    with documents, texts:
        position = section = 0
        for number, each in enumerate(arriving):
            one, d = each.one, each.one.document
            documents.execute(
                "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (number, d.id, one.source, one.root, one.given, d.path, d.title, d.label, d.media, one.size,
                 one.modified_ns, json.dumps(d.metadata), each.chunks),
            )  # fmt: skip
            _write_text(documents, texts, number, each.text())
            for _, chunks in groupby(each.read(), key=lambda chunk: chunk.heading):
                section += 1
                for chunk in chunks:
                    texts.execute("INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?)", _chunk_row(position, number, chunk))
                    layout.extend((d.label.rank, _steps(chunk), number, section, chunk.start, chunk.end))
                    position += 1
    documents.close()
    texts.close()
    _save_layout(np.frombuffer(layout, dtype=np.int64).reshape(-1, COLUMNS), folder)


def _write_text(documents: sqlite3.Connection, texts: sqlite3.Connection, number: int, text: str) -> None:
    defined = vocabulary.defined_abbreviations(text)
    rows = [(number, place, short, long) for place, (short, long) in enumerate(defined.items())]
    documents.executemany("INSERT INTO abbreviations VALUES (?,?,?,?)", rows)
    texts.execute("INSERT INTO texts VALUES (?,?)", (number, text))


def merge(parts: Sequence[tuple[Path, frozenset[int]]], folder: Path) -> list[NDArray[np.bool_]]:
    """The records of some folders in one, without the documents of the given numbers. Which chunks of each are kept."""
    documents, texts = _create(folder / FILES[0], _DOCUMENTS), _create(folder / FILES[1], _TEXTS)
    kept, layouts, number, position, section = [], [], 0, 0, 0
    for source, dropped in parts:
        layout = np.load(source / FILES[2], allow_pickle=False)
        keep = ~np.isin(layout[:, 2], list(dropped))
        kept.append(keep)
        left = [
            row[0]
            for row in _read(source / FILES[0], "SELECT number FROM documents ORDER BY number")
            if row[0] not in dropped
        ]
        numbers = [(old, number + new) for new, old in enumerate(left)]
        places = [(int(old), position + new) for new, old in enumerate(np.flatnonzero(keep))]
        _copy(documents, source / FILES[0], numbers, [
            "INSERT INTO documents SELECT d.new, o.id, source, root, given, path, title, label, media, size, "
            "modified_ns, metadata, chunks FROM old.documents o JOIN documents_map d ON d.old = o.number "
            "ORDER BY d.new",
            "INSERT INTO abbreviations SELECT d.new, place, short, long FROM old.abbreviations o "
            "JOIN documents_map d ON d.old = o.document ORDER BY d.new, place",
        ])  # fmt: skip
        _copy(texts, source / FILES[1], numbers, [
            "INSERT INTO texts SELECT d.new, text FROM old.texts o JOIN documents_map d ON d.old = o.document "
            "ORDER BY d.new",
            'INSERT INTO chunks SELECT c.new, d.new, heading, page, start, "end", text, sentences FROM old.chunks o '
            "JOIN documents_map d ON d.old = o.document JOIN chunks_map c ON c.old = o.number ORDER BY c.new",
        ], places)  # fmt: skip
        rows = layout[keep]
        rows[:, 2] = np.searchsorted(left, rows[:, 2]) + number
        rows[:, 3] += section
        layouts.append(rows)
        number, position = number + len(left), position + len(places)
        section = int(rows[:, 3].max(initial=section)) + 1
    documents.close()
    texts.close()
    _save_layout(np.concatenate(layouts), folder)
    return kept


def _copy(
    target: sqlite3.Connection,
    source: Path,
    documents: Sequence[tuple[int, int]],
    statements: Sequence[str],
    chunks: Sequence[tuple[int, int]] = (),
) -> None:
    """Run statements that select from `old`, where rows have other numbers."""
    target.execute("ATTACH ? AS old", (_uri(source),))
    with target:
        for name, pairs in {"documents_map": documents, "chunks_map": chunks}.items():
            target.execute(f"CREATE TEMP TABLE {name} (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
            target.executemany(f"INSERT INTO {name} VALUES (?,?)", pairs)
        for statement in statements:
            target.execute(statement)
    target.execute("DROP TABLE documents_map")
    target.execute("DROP TABLE chunks_map")
    target.execute("DETACH old")


def _create(path: Path, schema: str) -> sqlite3.Connection:
    """A new database. A kill leaves it in a folder that nobody reads, so it needs no journal; the commit syncs it."""
    database = sqlite3.connect(f"file:{path.resolve()}", uri=True)
    database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {schema}")
    return database


def _save_layout(rows: NDArray[np.int64], folder: Path) -> None:
    np.save(folder / FILES[2], rows, allow_pickle=False)


def _steps(chunk: Chunk) -> int:
    return sum(s.kind is Kind.STEP and s.opens for s in chunk.sentences)


def _chunk_row(position: int, document: int, chunk: Chunk) -> tuple[object, ...]:
    return (
        position, document, json.dumps(chunk.heading), chunk.page, chunk.start, chunk.end, chunk.text,
        json.dumps(codec.sentence_rows(chunk), ensure_ascii=False),
    )  # fmt: skip


def _uri(path: Path) -> str:
    return f"file:{path.resolve()}?mode=ro&immutable=1"


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection that any thread may use, one at a time."""
    connection = sqlite3.connect(_uri(path), uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _read(path: Path, query: str, given: Iterable[Sequence[str]] = ((),)) -> list[sqlite3.Row]:
    """The rows of a query, of one after another of the values that it is given."""
    connection = connect(path)
    try:
        return [row for values in given for row in connection.execute(query, values)]
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(f"{path} cannot be read ({error}): run `advisor ingest --rebuild`.") from error
    finally:
        connection.close()


def listed(folder: Path) -> list[Listed]:
    """The documents of a segment, in order."""
    return [listed_of(row, folder.name) for row in _read(folder / FILES[0], "SELECT * FROM documents ORDER BY number")]


def at(folder: Path, paths: Iterable[str]) -> list[Listed]:
    """The documents of a segment that were read from some resolved paths or from below them; others cost nothing."""
    query = "SELECT * FROM documents WHERE source = ? OR (source > ? AND source < ?)"
    names = [path.encode(errors="replace").decode() for path in paths]  # what is no UTF-8 was never stored
    bounds = [(name, f"{name}/", f"{name}0") for name in names]  # in the order of bytes 0 follows /
    rows = {row["number"]: row for row in _read(folder / FILES[0], query, bounds)}
    return [listed_of(rows[number], folder.name) for number in sorted(rows)]


def of_content(folder: Path, ids: Iterable[str]) -> list[Listed]:
    """The documents of a segment that have one of some ids."""
    query = "SELECT * FROM documents WHERE id = ?"
    return [listed_of(row, folder.name) for row in _read(folder / FILES[0], query, [(one,) for one in ids])]


def roots(folder: Path) -> list[tuple[str, Label | None]]:
    """The resolved paths whose ingest gave a segment documents, each with the labels that it named."""
    rows = _read(folder / FILES[0], "SELECT DISTINCT root, given FROM documents")
    return [(row["root"], _given(row)) for row in rows]


def salvaged(folder: Path) -> list[Listed]:
    """The documents of a generation that may be damaged or of an older format."""
    if (before := folder / "library.sqlite").is_file():  # of format 4 and below
        return [listed_of(row, "") for row in _read(before, "SELECT *, 0 AS chunks FROM documents ORDER BY number")]
    found = sorted(folder.glob(f"segments/*/{FILES[0]}"))
    if not found:
        raise LibraryDamaged(f"{folder} holds no documents: run `advisor ingest PATH…`.")
    return [one for path in found for one in listed(path.parent)]


def listed_of(row: sqlite3.Row, segment: str, text: str = "", chunks: tuple[Chunk, ...] = ()) -> Listed:
    one = Stored(
        document=document_of(row, text),
        source=row["source"],
        root=row["root"],
        size=row["size"],
        modified_ns=row["modified_ns"],
        chunks=chunks,
        given=_given(row),
    )
    return Listed(one, segment, row["number"], row["chunks"])


def _given(row: sqlite3.Row) -> Label | None:
    given = dict(row).get("given")  # older files have no such column
    return Label(given) if given else None


def document_of(row: sqlite3.Row, text: str = "") -> Document:
    return Document(
        id=row["id"], path=row["path"], title=row["title"], label=Label(row["label"]), media=row["media"],
        text=text, metadata=json.loads(row["metadata"]),
    )  # fmt: skip


def chunk_of(row: sqlite3.Row) -> Chunk:
    heading, sentences = json.loads(row["heading"]), json.loads(row["sentences"])
    return codec.chunk_of((heading, row["page"], row["start"], row["end"], row["text"], sentences))


def chunks(folder: Path, column: str = "", values: Iterable[int] = ()) -> Iterator[tuple[int, Document, Chunk]]:
    """The chunks of a segment in order, each with its number and document, and few of them in memory at a time.

    All of them, or those with one of some `values` in a `column`: "number" or "document".
    """
    where = f"WHERE {column} IN (SELECT value FROM json_each(?))" if column else ""
    given = [json.dumps(list(values))] if column else []
    heads, texts = connect(folder / FILES[0]), connect(folder / FILES[1])
    number, head = -1, None
    try:
        for row in texts.execute(f"SELECT * FROM chunks {where} ORDER BY number", given):
            if head is None or row["document"] != number:
                number = row["document"]
                head = document_of(heads.execute("SELECT * FROM documents WHERE number = ?", (number,)).fetchone())
            yield row["number"], head, chunk_of(row)
    finally:
        heads.close()
        texts.close()
