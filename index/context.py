"""Chunks are small, so that the encoder reads them whole; a passage is as much as a reader needs.

A hit grows by its neighbours in the document, those of its own section first. Hits that meet
become one passage, which leaves room for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_CHARACTERS = 1400  # of a grown passage; a single chunk may be longer


@dataclass(frozen=True, slots=True)
class Layout:
    """For each chunk, in library order: its document, its section, and where it stands."""

    document: NDArray[np.int64]
    section: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def grow(hits: Sequence[int], layout: Layout, limit: int = MAX_CHARACTERS) -> list[tuple[int, range]]:
    """(hit, its chunks), best hit first; no chunk is in two passages."""
    taken: set[int] = set()
    grown: list[tuple[int, range]] = []
    for hit in hits:
        if hit in taken:
            continue
        chunks = _around(hit, layout, limit, taken)
        taken.update(chunks)
        grown.append((hit, chunks))
    return grown


def _around(hit: int, layout: Layout, limit: int, taken: set[int]) -> range:
    first = last = hit
    document, section = layout.document[hit], layout.section[hit]
    start, end = int(layout.start[hit]), int(layout.end[hit])
    while True:
        sides = []
        for chunk in (first - 1, last + 1):
            inside = 0 <= chunk < len(layout.document) and layout.document[chunk] == document
            if not inside or chunk in taken:
                continue
            size = max(end, int(layout.end[chunk])) - min(start, int(layout.start[chunk]))
            if size <= limit:
                sides.append((bool(layout.section[chunk] != section), size, chunk))
        if not sides:
            return range(first, last + 1)
        chunk = min(sides)[2]
        first, last = min(first, chunk), max(last, chunk)
        start, end = min(start, int(layout.start[chunk])), max(end, int(layout.end[chunk]))
