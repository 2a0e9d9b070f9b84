"""Vectors in a FAISS flat index; inner product of unit vectors is the cosine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors


def build(vectors: Vectors, path: Path) -> None:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    faiss.write_index(index, str(path))


class DenseIndex:
    def __init__(self, path: Path) -> None:
        import faiss

        self._faiss: Any = faiss  # its stubs describe the C++ side, not the Python one
        self._index: Any = faiss.read_index(str(path))

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """The `k` nearest positions among those `allowed`, with their cosines; others are never scored."""
        k = min(k, int(allowed.sum()))
        if k == 0:
            return []
        bitmap = np.packbits(allowed, bitorder="little")
        selector = self._faiss.IDSelectorBitmap(bitmap)
        parameters = self._faiss.SearchParameters(sel=selector)
        scores, positions = self._index.search(vector.reshape(1, -1), k, params=parameters)
        return [(int(p), float(s)) for p, s in zip(positions[0], scores[0], strict=True) if p >= 0]

    def vectors(self, positions: list[int]) -> Vectors:
        if not positions:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.asarray(self._index.reconstruct_batch(np.array(positions, dtype=np.int64)), dtype=np.float32)

    def all_vectors(self) -> Vectors:
        return np.asarray(self._index.reconstruct_n(0, len(self)), dtype=np.float32)
