"""One vector for every sentence, in the order of the chunks; memory-mapped half floats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.embedding import Vectors


def build(vectors: Sequence[Vectors], folder: Path) -> None:
    """`vectors` holds one array a chunk, of shape (sentences, dimension)."""
    folder.mkdir()
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in vectors])]).astype(np.int64)
    np.save(folder / "vectors.npy", np.concatenate(vectors).astype(np.float16), allow_pickle=False)
    np.save(folder / "offsets.npy", offsets, allow_pickle=False)


class SentenceVectors:
    def __init__(self, folder: Path) -> None:
        self._vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        self._offsets = np.load(folder / "offsets.npy", allow_pickle=False)

    def of(self, chunk: int) -> Vectors:
        """Vectors of the sentences of one chunk, shape (sentences, dimension)."""
        return np.asarray(self._vectors[self._offsets[chunk] : self._offsets[chunk + 1]], dtype=np.float32)

    def nearest(self, chunks: Sequence[int], vector: Vectors) -> Vectors:
        """For each chunk the cosine of `vector` with its nearest sentence, shape (len(chunks),)."""
        if not len(chunks):
            return np.zeros(0, dtype=np.float32)
        first, last = self._offsets[np.asarray(chunks)], self._offsets[np.asarray(chunks) + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
        cosines = np.asarray(self._vectors[rows], dtype=np.float32) @ vector
        return np.asarray(np.maximum.reduceat(cosines, np.cumsum(last - first) - (last - first)), dtype=np.float32)
