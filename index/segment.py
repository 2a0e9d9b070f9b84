"""Some documents of a library with all that is searched in them. Written once; a change makes another one of it.

    documents.sqlite texts.sqlite layout.npy     records
    dense.faiss sentences/ lexical/              vectors and postings

What is new becomes a segment of its own, so that adding costs what is added. Segments of like size are merged, none
beyond CAPACITY: a document is written again a few times at most (O'Neil et al., "The log-structured merge-tree", 1996),
and what a changed or removed document costs is bounded however large the library is. No segment holds what was removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index import dense, lexical, records, sentences
from index.archive import Archive, Records
from index.dense import DenseIndex
from index.embedding import Vectors
from index.lexical import LexicalIndex
from index.records import Stored
from index.sentences import SentenceVectors

CAPACITY = 32_768  # chunks of a segment, unless one document has more
CATALOGUE = records.FILES[0]  # all that an update must read of a segment that it leaves as it is


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a segment stands; the documents in `dropped` are to leave it."""

    folder: Path
    chunks: int  # without those dropped
    documents: int
    dropped: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Open:
    """One segment, open for reading; what it holds never changes."""

    records: Records
    dense: Any
    sentences: sentences.Stored
    postings: lexical.Postings


@dataclass(frozen=True, slots=True)
class Opened:
    """The segments of a generation as one."""

    archive: Archive
    dense: DenseIndex
    sentences: SentenceVectors
    lexical: LexicalIndex


def open_one(folder: Path) -> Open:
    return Open(
        Records(folder),
        dense.read(folder / "dense.faiss"),
        sentences.Stored(folder / "sentences"),
        lexical.Postings(folder / "lexical"),
    )


def together(parts: Sequence[Open]) -> Opened:
    return Opened(
        Archive([one.records for one in parts]),
        DenseIndex([one.dense for one in parts]),
        SentenceVectors([one.sentences for one in parts]),
        LexicalIndex([one.postings for one in parts]),
    )


def write(
    folder: Path, stored: Sequence[Stored], texts: Sequence[str], embedded: Sequence[tuple[Vectors, Vectors]]
) -> Segment:
    """`texts` and `embedded` (of the whole, of its sentences) have an item for each chunk, in order."""
    folder.mkdir(parents=True)
    records.write(folder, stored)
    dense.build(np.array([whole for whole, _ in embedded], dtype=np.float32), folder / "dense.faiss")
    sentences.build([parts for _, parts in embedded], folder / "sentences")
    lexical.build(texts, folder / "lexical")
    return Segment(folder, len(texts), len(stored))


def merge(segments: Sequence[Segment], folder: Path) -> Segment:
    """One segment of what is kept of several."""
    folder.mkdir(parents=True)
    kept = records.merge([(one.folder, one.dropped) for one in segments], folder)
    vectors = []
    for one, keep in zip(segments, kept, strict=True):
        vectors.append(DenseIndex([dense.read(one.folder / "dense.faiss")]).vectors(np.flatnonzero(keep).tolist()))
    dense.build(np.concatenate(vectors), folder / "dense.faiss")
    for name, module in {"sentences": sentences, "lexical": lexical}.items():
        module.merge([(one.folder / name, keep) for one, keep in zip(segments, kept, strict=True)], folder / name)
    return Segment(folder, sum(one.chunks for one in segments), sum(one.documents for one in segments))


def dimension(folder: Path) -> int:
    return DenseIndex([dense.read(folder / "dense.faiss")]).dimension


def embedded(folder: Path, numbers: Sequence[int]) -> Iterator[tuple[Stored, list[tuple[Vectors, Vectors]]]]:
    """Documents of a segment with the vectors of their chunks, as `write` was given them."""
    opened = together([open_one(folder)])
    try:
        for one, first in opened.archive.some(numbers):
            whole = opened.dense.vectors(range(first, first + len(one.chunks)))
            yield one, [(whole[i], opened.sentences.of(first + i)) for i in range(len(one.chunks))]
    finally:
        opened.archive.close()


def groups(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Which segments are to be one: each joins the smaller ones when together they are as large, up to CAPACITY."""
    made: list[list[Segment]] = []
    total = 0
    for one in sorted(segments, key=lambda one: one.chunks):
        if made and one.chunks <= total and total + one.chunks <= CAPACITY:
            made[-1].append(one)
            total += one.chunks
        else:
            made.append([one])
            total = one.chunks
    return made


def slabs(stored: Sequence[Stored]) -> Iterator[list[Stored]]:
    """Documents in order, as many together as a segment holds."""
    slab: list[Stored] = []
    size = 0
    for one in stored:
        if slab and size + len(one.chunks) > CAPACITY:
            yield slab
            slab, size = [], 0
        slab.append(one)
        size += len(one.chunks)
    if slab:
        yield slab
