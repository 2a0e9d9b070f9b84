"""The records of one or more folders as one: numbers of chunks and documents run on from folder to folder."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.document import Chunk, Document, Label
from index.parts import Parts
from index.records import COLUMNS, FILES, Stored, chunk_of, connect, document_of, listed_of

REMEMBERED = 2_048  # chunks and documents of a folder that were read, some kB each


class Records:
    """The documents and chunks of one folder. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._lock = threading.Lock()
        self._documents, self._texts = connect(folder / FILES[0]), connect(folder / FILES[1])
        self.layout: NDArray[np.int64] = np.load(folder / FILES[2], allow_pickle=False)
        self.size = int(self.documents("SELECT count(*) FROM documents")[0][0])
        # Caches of this folder alone: one on the class would keep what was served once in memory for good. They hold
        # no reference to this object: in a cycle it would wait for the collector to come by.
        self.head = lru_cache(maxsize=REMEMBERED)(partial(_head, self._documents, self._lock))
        self.chunk = lru_cache(maxsize=REMEMBERED)(partial(_read_chunk, self._texts, self._lock))
        self.words = lru_cache(maxsize=REMEMBERED)(partial(_words, self.chunk))
        self.with_id = lru_cache(maxsize=REMEMBERED)(partial(_with_id, self._documents, self._lock))

    def documents(self, query: str, given: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._documents.execute(query, given).fetchall()

    def texts(self, query: str, given: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._texts.execute(query, given).fetchall()

    def whole(self, number: int) -> str:
        """The text of a document."""
        return str(self.texts("SELECT text FROM texts WHERE document = ?", (number,))[0][0])

    def close(self) -> None:
        self._documents.close()
        self._texts.close()


class Archive:
    """The documents and chunks of one or more folders, one after another. Safe to share between threads."""

    def __init__(self, records: Sequence[Records]) -> None:
        self._records = records
        self._chunk_parts = Parts([len(one.layout) for one in records])
        self._document_parts = Parts([one.size for one in records])
        layouts, section = [np.zeros((0, COLUMNS), dtype=np.int64)], 0
        for one, first in zip(records, self._document_parts.firsts, strict=False):
            layouts.append(one.layout + np.array([0, 0, first, section, 0, 0]))
            section = int(layouts[-1][:, 3].max(initial=section)) + 1
        self.layout: NDArray[np.int64] = np.concatenate(layouts)

    def chunk(self, position: int) -> tuple[Chunk, Document]:
        """A chunk with its document, text left out."""
        part, place = self._chunk_parts.locate(position)
        chunk, number = self._records[part].chunk(place)
        return chunk, self._records[part].head(number)

    def words(self, position: int) -> NDArray[np.int64]:
        """The different words of a chunk, as numbers that this process alone understands."""
        part, place = self._chunk_parts.locate(position)
        return self._records[part].words(place)

    def abbreviations(self, clearance: Label) -> Mapping[str, str]:
        """What the documents at a clearance define, and nothing from above it; the first by source wins."""
        seen = [label.value for label in Label if label.rank <= clearance.rank]
        query = (
            "SELECT d.source, a.place, a.short, a.long FROM abbreviations a JOIN documents d ON d.number = a.document "
            f"WHERE d.label IN ({','.join('?' * len(seen))})"
        )
        found: dict[str, str] = {}
        for _, _, short, long in sorted(tuple(row) for row in self._every(query, seen)):
            found.setdefault(short, long)
        return found

    def _every(self, query: str, given: Sequence[object] = ()) -> list[sqlite3.Row]:
        return [row for one in self._records for row in one.documents(query, given)]

    def _with_id(self, start: str) -> Iterator[tuple[Records, sqlite3.Row]]:
        """Documents whose id begins so, each with where it is."""
        for one in self._records:
            yield from ((one, row) for row in one.with_id(start))

    def text(self, identity: str, start: int, end: int) -> str:
        """The stored text of a span of the document whose id begins so; "" when there is none."""
        for one, row in self._with_id(identity):
            query = "SELECT substr(text, ?, ?) FROM texts WHERE document = ?"
            return str(one.texts(query, (start + 1, max(end - start, 0), row["number"]))[0][0])
        return ""

    def documents(self) -> list[tuple[Document, int]]:
        """Every document by path, texts left out, with its number of chunks."""
        rows = sorted(self._every("SELECT * FROM documents"), key=lambda row: str(row["path"]))
        return [(document_of(row), int(row["chunks"])) for row in rows]

    def document(self, identity: str, clearance: Label) -> tuple[Document, str] | None:
        """The document whose id begins so, with its text and where it came from; None when the caller sees none."""
        for one, row in self._with_id(identity):
            if Label(row["label"]).rank <= clearance.rank:
                return document_of(row, one.whole(row["number"])), str(row["source"])
        return None

    def at(self, source: str) -> Document | None:
        """The document that was read from a resolved path."""
        for one in self._records:
            for row in one.documents("SELECT * FROM documents WHERE source = ?", (source,)):
                return document_of(row, one.whole(row["number"]))
        return None

    def sources(self) -> dict[str, str]:
        """Resolved path of every document → its id."""
        return {row[0]: row[1] for row in self._every("SELECT source, id FROM documents")}

    def stored(self) -> Iterator[Stored]:
        """Everything, in order."""
        for one in self._records:
            for row in one.documents("SELECT * FROM documents ORDER BY number"):
                yield _stored(one, row)

    def close(self) -> None:
        for one in self._records:
            one.close()


def _stored(one: Records, row: sqlite3.Row) -> Stored:
    rows = one.texts("SELECT * FROM chunks WHERE document = ? ORDER BY number", (row["number"],))
    return listed_of(row, one.name, one.whole(row["number"]), tuple(map(chunk_of, rows))).one


def _head(documents: sqlite3.Connection, lock: threading.Lock, number: int) -> Document:
    with lock:
        row = documents.execute("SELECT * FROM documents WHERE number = ?", (number,)).fetchone()
    return document_of(row)


def _with_id(documents: sqlite3.Connection, lock: threading.Lock, start: str) -> list[sqlite3.Row]:
    query = "SELECT * FROM documents WHERE id >= ? AND id < ? ORDER BY number"
    with lock:
        return documents.execute(query, (start, start + "g")).fetchall()  # ids are hexadecimal


def _read_chunk(texts: sqlite3.Connection, lock: threading.Lock, place: int) -> tuple[Chunk, int]:
    """A chunk and the number of its document."""
    with lock:
        row = texts.execute("SELECT * FROM chunks WHERE number = ?", (place,)).fetchone()
    return chunk_of(row), int(row["document"])


def _words(chunk: Callable[[int], tuple[Chunk, int]], place: int) -> NDArray[np.int64]:
    words = set(chunk(place)[0].text.lower().split())
    return np.fromiter(map(hash, words), dtype=np.int64, count=len(words))
