"""Typos: the words of the documents that are nearest to one that they never use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.84  # ratio of difflib from which a word counts as the misspelling of another
LEAST = 5  # letters that a word must have
APART = 2  # letters that one of the two may have more

Words = Mapping[str, str]  # first letter → words of letters alone that begin with it, a line each


def by_initial(terms: Iterable[str]) -> Words:
    found: dict[str, list[str]] = {}
    for term in terms:
        if term.isalpha():
            found.setdefault(term[0], []).append(term)
    return {initial: "\n".join(words) for initial, words in found.items()}


class Spelling:
    """The words of one or more parts of a library. What a letter needs is made when it is first asked for."""

    def __init__(self, parts: Sequence[Words]) -> None:
        self._parts = parts
        self._known: dict[str, tuple[list[str], NDArray[np.uint8]]] = {}

    def near(self, word: str) -> list[str]:
        """The words that `word` may be a misspelling of, nearest first."""
        if len(word) < LEAST or not word.isalpha():
            return []
        words, letters = self._of(word[0])
        lengths = letters.sum(axis=1, dtype=np.int64)
        shared = np.minimum(letters, _letters([word])).sum(axis=1, dtype=np.int64)  # no alignment matches more of them
        hopeful = (np.abs(lengths - len(word)) <= APART) & (2 * shared >= ALIKE * (lengths + len(word)))
        found = [words[i] for i in np.flatnonzero(hopeful)]
        return difflib.get_close_matches(word, found, n=max(len(found), 1), cutoff=ALIKE)

    def _of(self, initial: str) -> tuple[list[str], NDArray[np.uint8]]:
        """Words that begin so, and how many of each letter they have."""
        if initial not in self._known:
            words = sorted({word for part in self._parts for word in part.get(initial, "").split()})
            self._known[initial] = words, _letters(words)
        return self._known[initial]


def _letters(words: Sequence[str]) -> NDArray[np.uint8]:
    """How many of each of a to z each word has, and of all others together; shape (len(words), 27)."""
    codes = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.int64) - ord("a")
    codes[(codes < 0) | (codes > 25)] = 26
    rows = np.repeat(np.arange(len(words)), [len(word) for word in words])
    counts = np.bincount(rows * 27 + codes, minlength=27 * len(words)).reshape(-1, 27)
    return counts.clip(max=255).astype(np.uint8)
