"""Pure functions over ranked candidates: merge scores, fold near-duplicates, spread over documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

# Measured on the evaluation sets: whole-chunk cosine, nearest-sentence cosine, BM25 share.
WEIGHTS = (0.25, 0.35, 0.4)
LIFT = 0.15  # of the best score of its document that every candidate gains
SAME = 0.8  # Jaccard overlap of words above which two chunks say the same
CROWDING = 0.01  # score given up for each chunk of the same document already ranked


def fuse(*scores: NDArray[np.float32], weights: Sequence[float] = WEIGHTS) -> NDArray[np.float32]:
    """Convex combination of scores in 0-1 (Bruch et al., "An analysis of fusion functions", 2023)."""
    return np.asarray(
        sum(weight * np.clip(score, 0, 1) for weight, score in zip(weights, scores, strict=True)), dtype=np.float32
    )


def lift(scores: NDArray[np.float32], documents: NDArray[np.int64], share: float = LIFT) -> NDArray[np.float32]:
    """Scores with a share of the best in the same document: a document on the subject vouches for its parts."""
    _, place = np.unique(documents, return_inverse=True)
    best = np.zeros(place.max(initial=-1) + 1, dtype=np.float32)
    np.maximum.at(best, place, scores)
    return np.asarray((scores + share * best[place]) / (1 + share), dtype=np.float32)


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
    """Greedy order of at most `k` candidates; each repeat of a document costs `crowding`."""
    left = list(range(len(scores)))
    taken: Counter[Hashable] = Counter()
    order: list[int] = []
    while left and len(order) < k:
        best = max(left, key=lambda i: (scores[i] - crowding * taken[documents[i]], -i))
        left.remove(best)
        order.append(best)
        taken[documents[best]] += 1
    return order
