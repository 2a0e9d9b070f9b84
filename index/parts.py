"""Positions that run on through several parts: the first part has 0 to its size, the next one goes on from there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


class Parts:
    def __init__(self, sizes: Sequence[int]) -> None:
        self.firsts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        self._firsts: list[int] = self.firsts.tolist()

    def __len__(self) -> int:
        return int(self.firsts[-1])

    def locate(self, position: int) -> tuple[int, int]:
        """(part, place in it) of a position."""
        part = bisect_right(self._firsts, position) - 1
        return part, position - self._firsts[part]

    def spread(self, positions: Sequence[int]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """For each part that has some of them: (part, which of `positions`, their places in the part)."""
        asked = np.asarray(positions, dtype=np.int64)
        parts = np.searchsorted(self.firsts, asked, side="right") - 1
        for part in np.unique(parts):
            which = np.flatnonzero(parts == part)
            yield int(part), which, asked[which] - self.firsts[part]

    def slices(self) -> Iterator[slice]:
        """The positions of each part."""
        for first, after in zip(self.firsts[:-1], self.firsts[1:], strict=True):
            yield slice(int(first), int(after))
