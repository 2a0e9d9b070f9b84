"""BM25 over chunks, with bm25s (Lù, "BM25S: Orders of magnitude faster lexical search", 2024).

bm25s computes the score of each term in each chunk when the library is built. What a clearance hides must have no part
in how rare a word is or how it is spelt, so an index is seen through `at(allowed)`, which counts over what is allowed
and scales the scores by the rarity there. Only the mean length of a chunk is taken over all.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.vocabulary import tokens

K1, B = 1.2, 0.75
ALIKE = 0.84  # ratio of difflib from which a word counts as the misspelling of another


def build(texts: Sequence[str], folder: Path) -> None:
    import bm25s

    model = bm25s.BM25(method="lucene", k1=K1, b=B)
    model.index([list(tokens(text)) or ["∅"] for text in texts], show_progress=False)
    model.save(str(folder), show_progress=False)


class LexicalIndex:
    def __init__(self, folder: Path) -> None:
        import bm25s

        model: Any = bm25s.BM25.load(str(folder))
        self.ids: dict[str, int] = model.vocab_dict
        self.size = int(model.scores["num_docs"])
        self.scores = np.asarray(model.scores["data"])
        self.chunks = np.asarray(model.scores["indices"])
        self.starts = np.asarray(model.scores["indptr"])  # where the chunks of each term begin

    def at(self, allowed: NDArray[np.bool_]) -> Lexicon:
        """The index as if only the `allowed` chunks were there."""
        return Lexicon(self, allowed)


class Lexicon:
    """Terms, rarity and scores of some of the chunks."""

    def __init__(self, index: LexicalIndex, allowed: NDArray[np.bool_]) -> None:
        self._index = index
        self._allowed = allowed
        self._size = int(allowed.sum())
        running = np.concatenate([[0], np.cumsum(allowed[index.chunks])])
        self._frequency = running[index.starts[1:]] - running[index.starts[:-1]]

    def idf(self, term: str) -> float:
        """Lucene's idf, ln(1 + (N − n + ½)/(n + ½)); an unknown term has the highest."""
        number = self._index.ids.get(term)
        return _idf(self._size, self._frequency[number] if number is not None else 0)

    def knows(self, term: str) -> bool:
        number = self._index.ids.get(term)
        return number is not None and bool(self._frequency[number])

    def scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every chunk, shape (chunks,); those not allowed have 0."""
        found = np.zeros(self._index.size, dtype=np.float32)
        for term in terms:
            if not self.knows(term):
                continue
            number = self._index.ids[term]
            start, end = self._index.starts[number], self._index.starts[number + 1]
            whole = _idf(self._index.size, end - start)  # by which bm25s multiplied
            found[self._index.chunks[start:end]] += self._index.scores[start:end] * np.float32(self.idf(term) / whole)
        return found * self._allowed

    @cached_property
    def _by_initial(self) -> dict[str, tuple[list[str], NDArray[np.uint8]]]:
        """Terms of letters by their first, and how many of each letter they have."""
        known: dict[str, list[str]] = {}
        for term in self._index.ids:
            if term.isalpha() and self.knows(term):
                known.setdefault(term[0], []).append(term)
        return {initial: (terms, np.array([_letters(term) for term in terms])) for initial, terms in known.items()}

    def correct(self, term: str) -> str | None:
        """The nearest term of the documents for one that they never use: typos, mostly."""
        if len(term) < 5 or not term.isalpha() or self.knows(term) or term[0] not in self._by_initial:
            return None
        terms, letters = self._by_initial[term[0]]
        lengths = letters.sum(axis=1, dtype=np.int64)
        shared = np.minimum(letters, _letters(term)).sum(axis=1, dtype=np.int64)  # no alignment matches more of them
        hopeful = (np.abs(lengths - len(term)) <= 2) & (2 * shared >= ALIKE * (lengths + len(term)))
        close = difflib.get_close_matches(term, [terms[i] for i in np.flatnonzero(hopeful)], n=1, cutoff=ALIKE)
        return close[0] if close else None


def _letters(term: str) -> NDArray[np.uint8]:
    """How many of each of a to z a word has, and of all others together."""
    codes = np.frombuffer(term.encode("utf-32-le"), dtype=np.uint32).astype(np.int64) - ord("a")
    codes[(codes < 0) | (codes > 25)] = 26
    return np.bincount(codes, minlength=27).clip(max=255).astype(np.uint8)


def _idf(size: int, n: float) -> float:
    return float(np.log1p((size - n + 0.5) / (n + 0.5)))
