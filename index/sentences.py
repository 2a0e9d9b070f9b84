"""One vector for every sentence, in the order of the chunks; memory-mapped half floats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors
from index.parts import Parts


def build(vectors: Sequence[Vectors], folder: Path) -> None:
    """`vectors` holds one array a chunk, of shape (sentences, dimension)."""
    _save(np.concatenate(vectors).astype(np.float16), np.array([len(one) for one in vectors]), folder)


def merge(parts: Sequence[tuple[Path, NDArray[np.bool_]]], folder: Path) -> None:
    """The vectors of the chunks that are kept of each part."""
    vectors, sizes = [], []
    for path, kept in parts:
        size = np.diff(np.load(path / "offsets.npy", allow_pickle=False))
        vectors.append(np.load(path / "vectors.npy", mmap_mode="r", allow_pickle=False)[np.repeat(kept, size)])
        sizes.append(size[kept])
    _save(np.concatenate(vectors), np.concatenate(sizes), folder)


def _save(vectors: NDArray[np.float16], sizes: NDArray[np.int64], folder: Path) -> None:
    folder.mkdir()
    np.save(folder / "vectors.npy", vectors, allow_pickle=False)
    np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), allow_pickle=False)


class SentenceVectors:
    """The vectors of one or more folders, one after another."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._vectors = [np.load(one / "vectors.npy", mmap_mode="r", allow_pickle=False) for one in folders]
        self._offsets = [np.load(one / "offsets.npy", mmap_mode="r", allow_pickle=False) for one in folders]
        self._parts = Parts([len(offsets) - 1 for offsets in self._offsets])

    def of(self, chunk: int) -> Vectors:
        """Vectors of the sentences of one chunk, shape (sentences, dimension)."""
        part, place = self._parts.locate(chunk)
        first, after = self._offsets[part][place : place + 2]
        return np.asarray(self._vectors[part][first:after], dtype=np.float32)

    def nearest(self, chunks: Sequence[int], vector: Vectors) -> Vectors:
        """For each chunk the cosine of `vector` with its nearest sentence, shape (len(chunks),)."""
        found = np.zeros(len(chunks), dtype=np.float32)
        for part, which, places in self._parts.spread(chunks):
            first, after = self._offsets[part][places], self._offsets[part][places + 1]
            rows = np.concatenate([np.arange(a, b) for a, b in zip(first, after, strict=True)])
            cosines = np.asarray(self._vectors[part][rows], dtype=np.float32) @ vector
            ends = np.cumsum(after - first)
            found[which] = np.maximum.reduceat(cosines, ends - (after - first))
        return found
