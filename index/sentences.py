"""One vector for every sentence, in the order of the chunks; memory-mapped half floats."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors
from index.parts import Parts

_COPIED = 1_024  # chunks whose vectors are copied at once


class Writer:
    """Takes the vectors of chunks in any order, and keeps none of them in memory."""

    def __init__(self, folder: Path, sizes: Sequence[int] | NDArray[np.int64], dimension: int) -> None:
        """`sizes` has the number of sentences of each chunk."""
        folder.mkdir()
        self._offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        np.save(folder / "offsets.npy", self._offsets, allow_pickle=False)
        self._file = (folder / "vectors.npy").open("wb")
        shape = int(self._offsets[-1]), dimension
        about = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, about)
        self._start, self._row = self._file.tell(), dimension * np.dtype(np.float16).itemsize

    def put(self, chunk: int, vectors: NDArray[np.floating]) -> None:
        """Those of one chunk, or of it and the next ones; shape (sentences, dimension)."""
        self._file.seek(self._start + int(self._offsets[chunk]) * self._row)
        self._file.write(vectors.astype(np.float16).tobytes())

    def close(self) -> None:
        self._file.close()


def merge(parts: Sequence[tuple[Path, NDArray[np.bool_]]], folder: Path) -> None:
    """The vectors of the chunks that are kept of each part."""
    sizes = [np.diff(np.load(path / "offsets.npy", allow_pickle=False)) for path, _ in parts]
    kept = np.concatenate([size[keep] for size, (_, keep) in zip(sizes, parts, strict=True)])
    first, writer = 0, None
    for size, (path, keep) in zip(sizes, parts, strict=True):
        with (path / "vectors.npy").open("rb") as file:  # a map would count as memory of this process
            np.lib.format.read_magic(file)
            (_, dimension), _, kind = np.lib.format.read_array_header_1_0(file)
            writer = writer or Writer(folder, kept, dimension)
            for start in range(0, len(size), _COPIED):
                held, rows = keep[start : start + _COPIED], size[start : start + _COPIED]
                vectors = np.fromfile(file, kind, int(rows.sum()) * dimension).reshape(-1, dimension)
                writer.put(first, vectors[np.repeat(held, rows)])
                first += int(held.sum())
    if writer:
        writer.close()


class Stored:
    """The vectors of one folder; memory-mapped."""

    def __init__(self, folder: Path) -> None:
        read = {name: folder / f"{name}.npy" for name in ("vectors", "offsets")}
        mapped = {name: np.load(path, mmap_mode="r", allow_pickle=False) for name, path in read.items()}
        # Chunks of a question lie far apart: what the system reads around each, megabytes maybe, would not be used.
        mapped["vectors"].base.madvise(mmap.MADV_RANDOM)
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
