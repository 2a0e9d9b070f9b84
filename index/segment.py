"""Some documents of a library with all that is searched in them. Written once; a change makes another one of it.

    documents.sqlite texts.sqlite layout.npy     records
    dense.faiss sentences/ lexical/              vectors and postings

What is new becomes a segment of its own, so that adding costs what is added. Segments of like size are merged, none
beyond CAPACITY: a document is written again a few times at most (O'Neil et al., "The log-structured merge-tree", 1996),
and what a changed or removed document costs is bounded however large the library is. No segment holds what was removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index import dense, encoding, lexical, records, sentences
from index.archive import Archive, Records
from index.dense import DenseIndex
from index.embedding import Embedder
from index.encoding import SLAB, Embedded, contextual_text
from index.lexical import LexicalIndex
from index.reading import MAX_CHUNKS
from index.records import Arriving
from index.sentences import SentenceVectors

One = TypeVar("One", bound=Arriving)
CAPACITY = MAX_CHUNKS  # chunks of a segment
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
    folder: Path,
    documents: Sequence[Arriving],
    known: Iterable[Embedded],
    embedder: Callable[[], Embedder],
    progress: Callable[[int, int], None],
) -> tuple[Segment, int]:
    """A segment, and how many chunks went to the encoder: all but the `known` ones."""
    folder.mkdir(parents=True)
    records.write(folder, documents)
    lexical.build(
        (contextual_text(document, chunk) for _, document, chunk in records.chunks(folder)), folder / "lexical"
    )
    made = encoding.write(folder, known, embedder, progress)
    return Segment(folder, sum(one.chunks for one in documents), len(documents)), made


def merge(segments: Sequence[Segment], folder: Path) -> Segment:
    """One segment of what is kept of several."""
    folder.mkdir(parents=True)
    kept = records.merge([(one.folder, one.dropped) for one in segments], folder)
    vectors = np.zeros((sum(one.chunks for one in segments), dimension(segments[0].folder)), dtype=np.float16)
    first = 0
    for one, keep in zip(segments, kept, strict=True):
        read, places = DenseIndex([dense.read(one.folder / "dense.faiss")]), np.flatnonzero(keep)
        for start in range(0, len(places), SLAB):
            found = read.vectors(places[start : start + SLAB].tolist())
            vectors[first : first + len(found)] = found
            first += len(found)
        del read
    dense.build(vectors, folder / "dense.faiss")
    del vectors
    for name, module in {"sentences": sentences, "lexical": lexical}.items():
        module.merge([(one.folder / name, keep) for one, keep in zip(segments, kept, strict=True)], folder / name)
    return Segment(folder, sum(one.chunks for one in segments), sum(one.documents for one in segments))


def dimension(folder: Path) -> int:
    return DenseIndex([dense.read(folder / "dense.faiss")]).dimension


def embedded(folder: Path, numbers: Sequence[int]) -> Iterator[Embedded]:
    """The chunks of some documents of a segment with their vectors."""
    whole = DenseIndex([dense.read(folder / "dense.faiss")])
    parts = SentenceVectors([sentences.Stored(folder / "sentences")])
    chunks = records.chunks(folder, "document", numbers)
    while slab := list(islice(chunks, SLAB)):
        vectors = whole.vectors([number for number, *_ in slab])
        yield from (
            (document, chunk, vector, parts.of(number))
            for (number, document, chunk), vector in zip(slab, vectors, strict=True)
        )


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


def slabs(documents: Iterable[One]) -> Iterator[list[One]]:
    """Documents in order, as many together as a segment holds."""
    slab: list[One] = []
    size = 0
    for one in documents:
        if slab and size + one.chunks > CAPACITY:
            yield slab
            slab, size = [], 0
        slab.append(one)
        size += one.chunks
    if slab:
        yield slab
