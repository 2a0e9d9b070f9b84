"""Documents and chunks of a generation in SQLite: written once, then only read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from index.document import Chunk, Document, Kind, Label, Sentence
from index.errors import LibraryDamaged

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL UNIQUE, root TEXT NOT NULL, given TEXT,
    path TEXT NOT NULL, title TEXT NOT NULL, label TEXT NOT NULL, media TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents, label INTEGER NOT NULL,
    section INTEGER NOT NULL, steps INTEGER NOT NULL, heading TEXT NOT NULL, page INTEGER,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL, sentences TEXT NOT NULL);
CREATE INDEX chunk_document ON chunks (document);
CREATE TABLE abbreviations (
    clearance INTEGER NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL, PRIMARY KEY (clearance, short));
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
    given: Label | None = None  # the label that its ingest named: the least that it has


def write(path: Path, stored: Sequence[Stored], abbreviations: Iterable[tuple[int, str, str]]) -> None:
    """Documents and chunks to an SQLite file; chunk numbers are vector positions.

    `abbreviations`: rank of a clearance, short form, long form, as the documents at that clearance define them.
    """
    database = sqlite3.connect(path)
    with database:
        database.executescript(_SCHEMA)
        position = section = 0
        for number, one in enumerate(stored):
            d = one.document
            database.execute(
                "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (number, d.id, one.source, one.root, one.given, d.path, d.title, d.label, d.media, one.size,
                 one.modified_ns, json.dumps(d.metadata), d.text),
            )  # fmt: skip
            rows = []
            for _, chunks in groupby(one.chunks, key=lambda chunk: chunk.heading):
                section += 1
                for chunk in chunks:
                    rows.append(_chunk_row(position, number, d.label, section, chunk))
                    position += 1
            database.executemany("INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
        database.executemany("INSERT INTO abbreviations VALUES (?,?,?)", abbreviations)
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


def read(folder: Path) -> list[Stored]:
    """Everything a generation holds, in order."""
    connection = connect(folder)
    try:
        stored = []
        known = {row["name"] for row in connection.execute("PRAGMA table_info(documents)")}  # an older one has fewer
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
                    given=Label(row["given"]) if "given" in known and row["given"] else None,
                )
            )
        return stored
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(f"{folder} cannot be read ({error}): run `advisor ingest --rebuild`.") from error
    finally:
        connection.close()
