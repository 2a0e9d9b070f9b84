"""BM25 over chunks, with bm25s (Lù, "BM25S: Orders of magnitude faster lexical search", 2024)."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.vocabulary import tokens

K1, B = 1.2, 0.75


def build(texts: Sequence[str], folder: Path) -> None:
    import bm25s

    model = bm25s.BM25(method="lucene", k1=K1, b=B)
    model.index([list(tokens(text)) or ["∅"] for text in texts], show_progress=False)
    model.save(str(folder), show_progress=False)


class LexicalIndex:
    def __init__(self, folder: Path) -> None:
        import bm25s

        self._model: Any = bm25s.BM25.load(str(folder))
        self._ids: dict[str, int] = self._model.vocab_dict
        self._size = int(self._model.scores["num_docs"])
        self._frequency = np.diff(self._model.scores["indptr"])
        self._by_initial: dict[str, list[str]] = {}

    def idf(self, term: str) -> float:
        """Lucene's idf, ln(1 + (N − n + ½)/(n + ½)); an unknown term has the highest."""
        number = self._ids.get(term)
        n = float(self._frequency[number]) if number is not None else 0.0
        return float(np.log1p((self._size - n + 0.5) / (n + 0.5)))

    def knows(self, term: str) -> bool:
        return term in self._ids

    def scores(self, terms: Sequence[str], allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
        """BM25 of every chunk, shape (chunks,); those not `allowed` have 0."""
        known = [term for term in terms if term in self._ids]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32) * allowed

    def correct(self, term: str) -> str | None:
        """The nearest term of the documents for one that they never use: typos, mostly."""
        if len(term) < 5 or not term.isalpha() or term in self._ids:
            return None
        if not self._by_initial:
            for known in self._ids:
                if known.isalpha():
                    self._by_initial.setdefault(known[0], []).append(known)
        near = [w for w in self._by_initial.get(term[0], ()) if abs(len(w) - len(term)) <= 2]
        close = difflib.get_close_matches(term, near, n=1, cutoff=0.84)
        return close[0] if close else None
