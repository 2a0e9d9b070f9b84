"""The records of one or more folders as one: numbers of chunks and documents run on from folder to folder."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.document import Chunk, Document, Label
from index.parts import Parts
from index.records import COLUMNS, FILES, Stored, chunk_of, connect, document_of, listed_of


class Archive:
    """The documents and chunks of one or more folders, one after another. Safe to share between threads."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._lock = threading.Lock()
        self._segments = [folder.name for folder in folders]
        self._documents = [connect(folder / FILES[0]) for folder in folders]
        self._texts = [connect(folder / FILES[1]) for folder in folders]
        layouts = [np.load(folder / FILES[2], allow_pickle=False) for folder in folders]
        counts = [next(iter(one.execute("SELECT count(*) FROM documents")))[0] for one in self._documents]
        self._chunk_parts, self._document_parts = Parts([len(one) for one in layouts]), Parts(counts)
        section = 0
        for layout, first in zip(layouts, self._document_parts.firsts, strict=False):
            layout[:, 2] += first
            layout[:, 3] += section
            section = int(layout[:, 3].max(initial=section)) + 1
        self.layout: NDArray[np.int64] = np.concatenate([np.zeros((0, COLUMNS), dtype=np.int64), *layouts])
        # Caches of these records alone: one on the class would keep every generation ever served in memory. They hold
        # no reference to this object: in a cycle it would outlive the next one until the collector comes by.
        self._head = lru_cache(maxsize=8192)(partial(_head, self._documents, self._lock))
        self._chunk = lru_cache(maxsize=8192)(partial(_read_chunk, self._texts, self._lock))

    def chunk(self, position: int) -> tuple[Chunk, Document]:
        """A chunk with its document, text left out."""
        part, place = self._chunk_parts.locate(position)
        chunk, number = self._chunk(part, place)
        return chunk, self._head(part, number)

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
        with self._lock:
            return [row for one in self._documents for row in one.execute(query, given).fetchall()]

    def _with_id(self, start: str) -> Iterator[tuple[int, sqlite3.Row]]:
        """(part, row) of the documents whose id begins so."""
        query = "SELECT * FROM documents WHERE id >= ? AND id < ? ORDER BY number"
        for part, one in enumerate(self._documents):
            with self._lock:
                rows = one.execute(query, (start, start + "g")).fetchall()  # ids are hexadecimal
            yield from ((part, row) for row in rows)

    def _text(self, part: int, number: int, first: int, length: int) -> str:
        query = "SELECT substr(text, ?, ?) FROM texts WHERE document = ?"
        with self._lock:
            return str(self._texts[part].execute(query, (first + 1, length, number)).fetchone()[0])

    def text(self, identity: str, start: int, end: int) -> str:
        """The stored text of a span of the document whose id begins so; "" when there is none."""
        for part, row in self._with_id(identity):
            return self._text(part, row["number"], start, max(end - start, 0))
        return ""

    def documents(self) -> list[tuple[Document, int]]:
        """Every document by path, texts left out, with its number of chunks."""
        rows = sorted(self._every("SELECT * FROM documents"), key=lambda row: str(row["path"]))
        return [(document_of(row), int(row["chunks"])) for row in rows]

    def document(self, identity: str, clearance: Label) -> tuple[Document, str] | None:
        """The document whose id begins so, with its text and where it came from; None when the caller sees none."""
        for part, row in self._with_id(identity):
            if Label(row["label"]).rank <= clearance.rank:
                return document_of(row, self._whole(part, row["number"])), str(row["source"])
        return None

    def _whole(self, part: int, number: int) -> str:
        with self._lock:
            return str(self._texts[part].execute("SELECT text FROM texts WHERE document = ?", (number,)).fetchone()[0])

    def at(self, source: str) -> Document | None:
        """The document that was read from a resolved path."""
        for part, one in enumerate(self._documents):
            with self._lock:
                row = one.execute("SELECT * FROM documents WHERE source = ?", (source,)).fetchone()
            if row:
                return document_of(row, self._whole(part, row["number"]))
        return None

    def sources(self) -> dict[str, str]:
        """Resolved path of every document → its id."""
        return {row[0]: row[1] for row in self._every("SELECT source, id FROM documents")}

    def stored(self) -> Iterator[Stored]:
        """Everything, in order."""
        for part, one in enumerate(self._documents):
            for row in one.execute("SELECT * FROM documents ORDER BY number").fetchall():
                yield self._stored(part, row)[0]

    def some(self, numbers: Sequence[int]) -> Iterator[tuple[Stored, int]]:
        """Documents of the first part with the position of their first chunk."""
        for number in numbers:
            row = self._documents[0].execute("SELECT * FROM documents WHERE number = ?", (number,)).fetchone()
            yield self._stored(0, row)

    def _stored(self, part: int, row: sqlite3.Row) -> tuple[Stored, int]:
        query = "SELECT * FROM chunks WHERE document = ? ORDER BY number"
        rows = self._texts[part].execute(query, (row["number"],)).fetchall()
        text = self._whole(part, row["number"])
        return listed_of(row, self._segments[part], text, tuple(map(chunk_of, rows))).one, int(rows[0]["number"])

    def close(self) -> None:
        for one in (*self._documents, *self._texts):
            one.close()


def _head(parts: Sequence[sqlite3.Connection], lock: threading.Lock, part: int, number: int) -> Document:
    with lock:
        row = parts[part].execute("SELECT * FROM documents WHERE number = ?", (number,)).fetchone()
    return document_of(row)


def _read_chunk(parts: Sequence[sqlite3.Connection], lock: threading.Lock, part: int, place: int) -> tuple[Chunk, int]:
    """A chunk and the number of its document."""
    with lock:
        row = parts[part].execute("SELECT * FROM chunks WHERE number = ?", (place,)).fetchone()
    return chunk_of(row), int(row["document"])
