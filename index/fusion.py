"""Pure functions over ranked candidates: merge scores, fold near-duplicates, spread over documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

DENSE_WEIGHT = 0.45  # measured on the evaluation sets; see `advisor eval`
SAME = 0.8  # Jaccard overlap of words above which two chunks say the same
CROWDING = 0.03  # score given up for each chunk of the same document already ranked


def fuse(dense: NDArray[np.float32], lexical: NDArray[np.float32], weight: float = DENSE_WEIGHT) -> NDArray[np.float32]:
    """Convex combination of two scores in 0-1 (Bruch et al., "An analysis of fusion functions", 2023)."""
    return np.asarray(weight * np.clip(dense, 0, 1) + (1 - weight) * np.clip(lexical, 0, 1), dtype=np.float32)


def fold_duplicates(words: Sequence[frozenset[str]]) -> list[int]:
    """Positions of the candidates that repeat no earlier one."""
    kept: list[int] = []
    for position, mine in enumerate(words):
        if not any(_jaccard(mine, words[other]) >= SAME for other in kept):
            kept.append(position)
    return kept


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def spread(scores: Sequence[float], documents: Sequence[Hashable], k: int, crowding: float = CROWDING) -> list[int]:
    """Greedy order of at most `k` candidates; each repeats of a document costs `crowding`."""
    left = list(range(len(scores)))
    taken: Counter[Hashable] = Counter()
    order: list[int] = []
    while left and len(order) < k:
        best = max(left, key=lambda i: (scores[i] - crowding * taken[documents[i]], -i))
        left.remove(best)
        order.append(best)
        taken[documents[best]] += 1
    return order
