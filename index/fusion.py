"""Pure functions over ranked candidates: merge scores, fold near-duplicates, spread over documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

# Measured on development halves (docs/evaluation.md): whole-chunk cosine, nearest-sentence cosine, BM25 share.
WEIGHTS = (0.3, 0.25, 0.45)
LIFT = 0.8  # of its document's score that every candidate gains
VOUCHING = 2  # best chunks of a document whose mean is the document's score
FEEDBACK, FEEDBACK_CHUNKS = 0.3, 5  # share of the best chunks in the question's vector, and how many they are
SAME = 0.8  # Jaccard overlap of words above which two chunks say the same
CROWDING = 0.01  # score given up for each chunk of the same document already ranked


def fuse(*scores: NDArray[np.float32], weights: Sequence[float] = WEIGHTS) -> NDArray[np.float32]:
    """Convex combination of scores in 0-1 (Bruch et al., "An analysis of fusion functions", 2023)."""
    return np.asarray(
        sum(weight * np.clip(score, 0, 1) for weight, score in zip(weights, scores, strict=True)), dtype=np.float32
    )


def lift(scores: NDArray[np.float32], documents: NDArray[np.int64], share: float = LIFT) -> NDArray[np.float32]:
    """Scores with a share of their document's: a document that is on the subject in two places vouches for its parts.

    A document with one candidate has that one's score.
    """
    _, place = np.unique(documents, return_inverse=True)
    order = np.lexsort((-scores, place))
    first = np.searchsorted(place[order], np.arange(place.max(initial=-1) + 1))
    rank = np.arange(len(scores)) - first[place[order]]  # of each candidate within its document
    best = order[rank < VOUCHING]
    mean = np.bincount(place[best], scores[best]) / np.maximum(np.bincount(place[best]), 1)
    return np.asarray((scores + share * mean[place]) / (1 + share), dtype=np.float32)


def feed_back(
    question: NDArray[np.float32], vectors: NDArray[np.float32], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The question's unit vector drawn towards those of its best chunks, each by its score.

    Pseudo-relevance feedback (Rocchio, "Relevance feedback in information retrieval", 1971): what the best chunks share
    says what the question is about, in words that the question may lack.
    """
    best = np.argsort(-scores, kind="stable")[:FEEDBACK_CHUNKS]
    centre = scores[best] @ vectors[best]
    length = float(np.linalg.norm(centre))
    if length == 0:
        return question
    moved = (1 - FEEDBACK) * question + FEEDBACK * centre / length
    return np.asarray(moved / np.linalg.norm(moved), dtype=np.float32)


def fold_duplicates(words: Sequence[NDArray[np.int64]]) -> list[int]:
    """Positions of the candidates that share less than `SAME` of their words (Jaccard) with every earlier one kept.

    Each has the numbers of its words, none twice.
    """
    numbers, column = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *words]), return_inverse=True)
    holds = np.zeros((len(words), len(numbers)), dtype=np.float32)
    holds[np.repeat(np.arange(len(words)), [len(one) for one in words]), column] = 1
    sizes, shared = holds.sum(axis=1), holds @ holds.T
    either = sizes[:, None] + sizes - shared
    alike = np.where(either > 0, shared / np.maximum(either, 1), 1.0) >= SAME
    kept: list[int] = []
    for position in range(len(words)):
        if not alike[position, kept].any():
            kept.append(position)
    return kept


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
