"""Vectors of chunks in FAISS, as half floats; the inner product of unit vectors is the cosine.

A few thousand are compared one by one. More stand in lists of near ones (Sivic and Zisserman, "Video Google", 2003), of
which a search reads the nearest, about READ vectors in all: every one, and so exactly, while a caller sees no more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors
from index.parts import Parts

LISTED = 8_192  # vectors from which lists are made
LIST = 128  # vectors of a list, on average
TRAINED = 40  # vectors for each list that its centre is found from
ADDED = 2_048  # vectors handed to FAISS at once
READ = 65_536  # vectors that a search compares at most, on average


def build(vectors: NDArray[np.floating[Any]], path: Path) -> None:
    """The file of unit vectors, shape (chunks, dimension); half floats do, as it keeps no more of them."""
    import faiss

    size, dimension = vectors.shape
    kind, metric = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    index: Any
    if size < LISTED:
        index = faiss.IndexScalarQuantizer(dimension, kind, metric)
        index.train(_floats(vectors[:ADDED]))
    else:
        lists = size // LIST
        index = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(dimension), dimension, lists, kind, metric, False)
        index.train(_floats(vectors[:: max(1, size // (TRAINED * lists))]))
    for start in range(0, size, ADDED):
        index.add(_floats(vectors[start : start + ADDED]))
    if size >= LISTED:
        index.make_direct_map()
    faiss.write_index(index, str(path))


def halves(vectors: Vectors) -> NDArray[np.float16]:
    """As FAISS rounds them: numpy goes the other way where a number lies just between two."""
    import faiss

    rounded: NDArray[np.uint8] = faiss.ScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16).compute_codes(
        np.ascontiguousarray(vectors)
    )
    return rounded.view(np.float16)


def _floats(vectors: NDArray[np.floating[Any]]) -> Vectors:
    return np.ascontiguousarray(vectors, dtype=np.float32)


def read(path: Path) -> Any:
    """The FAISS index of a file."""
    import faiss

    return faiss.read_index(str(path))


class DenseIndex:
    """The vectors of one or more files that were `read`, one after another."""

    def __init__(self, indexes: Sequence[Any]) -> None:
        import faiss

        self._faiss: Any = faiss  # its stubs describe the C++ side, not the Python one
        self._indexes = indexes
        self._parts = Parts([index.ntotal for index in self._indexes])

    @property
    def dimension(self) -> int:
        return int(self._indexes[0].d)

    def __len__(self) -> int:
        return len(self._parts)

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """The `k` nearest positions among those `allowed`, with their cosines; others are never scored."""
        seen = int(np.count_nonzero(allowed))
        share = min(1.0, READ / max(seen, 1))
        scores, positions = [np.zeros(0, dtype=np.float32)], [np.zeros(0, dtype=np.int64)]
        with self._alone():
            for index, where in zip(self._indexes, self._parts.slices(), strict=True):
                mine = allowed[where]
                if not mine.any():
                    continue
                found, places = index.search(
                    vector[None], min(k, len(mine)), params=self._parameters(index, mine, share)
                )
                held = places[0] >= 0
                scores.append(found[0][held])
                positions.append(places[0][held] + where.start)
        score, position = np.concatenate(scores), np.concatenate(positions)
        best = np.lexsort((position, -score))[:k]
        return [(int(position[i]), float(score[i])) for i in best]

    def _parameters(self, index: Any, allowed: NDArray[np.bool_], share: float) -> Any:
        selector = None
        if not allowed.all():
            selector = self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if isinstance(index, self._faiss.IndexIVF):
            return self._faiss.SearchParametersIVF(sel=selector, nprobe=math.ceil(share * index.nlist))
        return self._faiss.SearchParameters(sel=selector)

    def vectors(self, positions: Sequence[int]) -> Vectors:
        """Those at some positions, shape (len(positions), dimension)."""
        found = np.zeros((len(positions), self.dimension), dtype=np.float32)
        with self._alone():
            for part, which, places in self._parts.spread(positions):
                found[which] = self._indexes[part].reconstruct_batch(places)
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No more threads for what this one asks: FAISS has no use for them here, but wakes them, and they spin."""
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)
