"""Chunks as plain lists: what the reader's process sends, the spool keeps and SQLite holds of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.document import Chunk, Kind, Sentence


def chunk_row(chunk: Chunk) -> list[object]:
    return [chunk.heading, chunk.page, chunk.start, chunk.end, chunk.text, sentence_rows(chunk)]


def chunk_of(row: Sequence[Any]) -> Chunk:
    heading, page, start, end, text, rows = row
    path = tuple(heading)
    return Chunk(heading=path, start=start, end=end, text=text, sentences=sentences_of(rows, path), page=page)


def sentence_rows(chunk: Chunk) -> list[list[object]]:
    """A list a sentence; its heading only where it is not the chunk's."""
    return [
        [s.start, s.end, s.kind, int(s.opens), s.page, s.text, *([s.heading] if s.heading != chunk.heading else [])]
        for s in chunk.sentences
    ]


def sentences_of(rows: Sequence[Sequence[Any]], heading: tuple[str, ...]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(start, end, text, Kind(kind), tuple(own[0]) if own else heading, bool(opens), page)
        for start, end, kind, opens, page, text, *own in rows
    )
