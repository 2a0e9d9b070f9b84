"""Typos: the words of the documents that are nearest to one that they never use."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.84  # ratio of difflib from which a word counts as the misspelling of another
LEAST = 5  # letters that a word must have
APART = 2  # letters that one of the two may have more
TOLD = 2  # times that a letter stands in a word, as far as its bits tell
_KINDS = 27  # a to z, and all others together

Words = tuple[str, NDArray[np.uint64]]  # those that begin with one letter: a line each, and their `letters`


class Spelling:
    """The words of one or more parts of a library, each part by first letter. Keeps nothing of its own."""

    def __init__(self, parts: Sequence[Mapping[str, Words]]) -> None:
        self._parts = parts

    def near(self, word: str) -> list[str]:
        """The words that `word` may be a misspelling of, nearest first."""
        if len(word) < LEAST or not word.isalpha():
            return []
        found = {one for part in self._parts if word[0] in part for one in _hopeful(word, part[word[0]])}
        return difflib.get_close_matches(word, sorted(found), n=max(len(found), 1), cutoff=ALIKE)


def letters(words: Sequence[str]) -> NDArray[np.uint64]:
    """Which letters each word has once, and which twice: a bit each. Words not of letters alone have none."""
    codes = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.int64) - ord("a")
    codes[(codes < 0) | (codes > 25)] = _KINDS - 1
    rows = np.repeat(np.arange(len(words)), [len(word) for word in words])
    counts = np.bincount(rows * _KINDS + codes, minlength=_KINDS * len(words)).reshape(-1, _KINDS)
    bits = np.zeros(len(words), dtype=np.uint64)
    for times in range(TOLD):
        places = np.arange(times, TOLD * _KINDS, TOLD, dtype=np.uint64)
        bits |= np.bitwise_or.reduce((counts > times).astype(np.uint64) << places, axis=1)
    bits[[not word.isalpha() for word in words]] = 0
    return bits


def _hopeful(word: str, words: Words) -> Iterator[str]:
    """Those of like length that share as many letters as likeness takes: no alignment matches more than they share."""
    lines, bits = words
    ends = np.flatnonzero(np.frombuffer(f"{lines}\n".encode("ascii", "replace"), dtype=np.uint8) == ord("\n"))
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    asked = letters([word])[0]
    untold = len(word) - int(np.bitwise_count(asked))
    shared = np.bitwise_count(bits & asked).astype(np.int64) + untold
    hopeful = (bits > 0) & (np.abs(lengths - len(word)) <= APART) & (2 * shared >= ALIKE * (lengths + len(word)))
    return (lines[starts[i] : ends[i]] for i in np.flatnonzero(hopeful))
