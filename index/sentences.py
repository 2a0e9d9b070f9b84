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


class Stored:
    """The vectors of one folder; memory-mapped."""

    def __init__(self, folder: Path) -> None:
        read = {name: folder / f"{name}.npy" for name in ("vectors", "offsets")}
        mapped = {name: np.load(path, mmap_mode="r", allow_pickle=False) for name, path in read.items()}
        # As plain arrays over the same map: a memmap makes an object of itself for every slice.
        self.vectors: NDArray[np.float16] = np.asarray(mapped["vectors"])
        self.offsets: NDArray[np.int64] = np.asarray(mapped["offsets"])


class SentenceVectors:
    """The vectors of one or more folders, one after another."""

    def __init__(self, stored: Sequence[Stored]) -> None:
        self._stored = stored
        self._parts = Parts([len(one.offsets) - 1 for one in stored])

    def of(self, chunk: int) -> Vectors:
        """Vectors of the sentences of one chunk, shape (sentences, dimension)."""
        part, place = self._parts.locate(chunk)
        one = self._stored[part]
        return np.asarray(one.vectors[one.offsets[place] : one.offsets[place + 1]], dtype=np.float32)

    def nearest(self, chunks: Sequence[int], vector: Vectors) -> Vectors:
        """For each chunk the cosine of `vector` with its nearest sentence, shape (len(chunks),)."""
        found = np.zeros(len(chunks), dtype=np.float32)
        for part, which, places in self._parts.spread(chunks):
            one = self._stored[part]
            first, after = one.offsets[places], one.offsets[places + 1]
            begins = np.cumsum(after - first) - (after - first)  # of each chunk's rows among those read
            rows = np.arange((after - first).sum()) + np.repeat(first - begins, after - first)
            cosines = np.asarray(one.vectors[rows], dtype=np.float32) @ vector
            found[which] = np.maximum.reduceat(cosines, begins)
        return found
