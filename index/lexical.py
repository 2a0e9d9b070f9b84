"""BM25 over chunks: how often each term stands in which chunk, scored when a question is asked.

    score = Σ idf · tf / (tf + k1 · (1 − b + b · length / mean length)),  idf = ln(1 + (N − n + ½) / (n + ½))

(Robertson et al., "Okapi at TREC-3", 1994, with the idf of Lucene; bm25s gives the same.) N, n and the mean length are
counted over what the caller may see: what a clearance hides has no part in how rare a word is or how it is spelt, and a
library that grew by pieces scores as one that was built at once.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, groupby, pairwise, repeat
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import spelling
from index.parts import Parts
from index.spelling import Spelling
from index.vocabulary import terms_of

K1, B = 1.2, 0.75
MOST = 255  # times that a term is counted in a chunk
REMEMBERED = 20_000  # terms whose rarity is kept

Found = tuple[int, int, int]  # part, and where in its postings a term begins and ends


def build(texts: Iterable[str], folder: Path) -> None:
    ids: dict[str, int] = {}
    lengths, terms, chunks, counts = array("i"), array("i"), array("i"), array("B")
    for chunk, text in enumerate(texts):
        found = terms_of(text)
        counted = Counter(ids.setdefault(term, len(ids)) for term in found)
        lengths.append(len(found))
        terms.extend(counted)
        chunks.extend(repeat(chunk, len(counted)))
        counts.extend(min(count, MOST) for count in counted.values())
    term, chunk_, length = (np.frombuffer(one, dtype=np.int32) for one in (terms, chunks, lengths))
    _save(folder, list(ids), term, chunk_, np.frombuffer(counts, dtype=np.uint8), length)


def merge(parts: Sequence[tuple[Path, NDArray[np.bool_]]], folder: Path) -> None:
    """The postings of the chunks that are kept of each part; terms that none of them has are forgotten."""
    ids: dict[str, int] = {}
    terms, chunks, counts, lengths, first = [], [], [], [], 0
    for path, kept in parts:
        part = Postings(path)
        numbers = np.array([ids.setdefault(term, len(ids)) for term in _names(_lines(path))], dtype=np.int32)
        held = kept[part.chunks]
        terms.append(np.repeat(numbers, np.diff(part.starts))[held])
        chunks.append((np.cumsum(kept, dtype=np.int32) - np.int32(1) + np.int32(first))[part.chunks[held]])
        counts.append(part.counts[held])
        lengths.append(part.lengths[kept])
        first += int(kept.sum())
    _save(folder, list(ids), *(np.concatenate(one) for one in (terms, chunks, counts, lengths)))


def _save(
    folder: Path,
    names: Sequence[str],
    terms: NDArray[np.int32],
    chunks: NDArray[np.int32],
    counts: NDArray[np.uint8],
    lengths: NDArray[np.int32],
) -> None:
    """Postings, of which those of a term are in the order of their chunks; terms stand in the order of letters."""
    folder.mkdir()
    numbers = np.bincount(terms, minlength=len(names))
    ordered = sorted(np.flatnonzero(numbers).tolist(), key=names.__getitem__)
    ranks = np.zeros(len(names), dtype=np.int32)
    ranks[ordered] = np.arange(len(ordered), dtype=np.int32)
    order = np.argsort(ranks[terms], kind="stable")
    by_initial = {initial: list(some) for initial, some in groupby((names[i] for i in ordered), itemgetter(0))}
    lines = {initial: "\n".join(some) for initial, some in by_initial.items()}
    (folder / "terms.json").write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    bits = [np.zeros(0, dtype=np.uint64), *map(spelling.letters, by_initial.values())]
    np.save(folder / "letters.npy", np.concatenate(bits), allow_pickle=False)
    starts = np.concatenate([[0], np.cumsum(numbers[ordered])]).astype(np.int64)
    np.save(folder / "starts.npy", starts, allow_pickle=False)
    np.save(folder / "chunks.npy", chunks[order], allow_pickle=False)
    np.save(folder / "counts.npy", counts[order], allow_pickle=False)
    np.save(folder / "lengths.npy", lengths, allow_pickle=False)


def _lines(folder: Path) -> dict[str, str]:
    """Initial → the terms that begin so, a line each; their numbers run on from initial to initial."""
    lines: dict[str, str] = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
    return lines


def _names(lines: Mapping[str, str]) -> Iterator[str]:
    """Terms by their numbers."""
    return chain.from_iterable(some.split("\n") for some in lines.values())


class Postings:
    """One folder: for each term its chunks and how often it stands there; memory-mapped.

    Of the terms only the 64 bits of their hash are kept: a dictionary of them would be half of what a large library
    takes in memory.
    """

    def __init__(self, folder: Path) -> None:
        lines = _lines(folder)
        read = {name: folder / f"{name}.npy" for name in ("starts", "chunks", "counts", "lengths", "letters")}
        self.starts = np.load(read["starts"], allow_pickle=False)
        hashes = np.fromiter(map(hash, _names(lines)), np.int64, len(self.starts) - 1)
        self._numbers = np.argsort(hashes).astype(np.int32)
        self._hashes = hashes[self._numbers]
        letters = np.asarray(np.load(read["letters"], mmap_mode="r", allow_pickle=False))
        firsts = accumulate((some.count("\n") + 1 for some in lines.values()), initial=0)
        parts = (letters[first:after] for first, after in pairwise(firsts))
        self.words = {initial: (lines[initial], part) for initial, part in zip(lines, parts, strict=True)}
        self.chunks = np.asarray(np.load(read["chunks"], mmap_mode="r", allow_pickle=False))  # plain, over the map
        self.counts = np.asarray(np.load(read["counts"], mmap_mode="r", allow_pickle=False))
        self.lengths = np.load(read["lengths"], allow_pickle=False)

    def find(self, term: str) -> tuple[int, int] | None:
        """Where the postings of a term begin and end."""
        asked = hash(term)
        place = int(np.searchsorted(self._hashes, asked))
        if place == len(self._hashes) or self._hashes[place] != asked:
            return None
        number = self._numbers[place]
        return int(self.starts[number]), int(self.starts[number + 1])


class LexicalIndex:
    """The postings of one or more folders, one after another."""

    def __init__(self, postings: Sequence[Postings]) -> None:
        self.postings = postings
        self.parts = Parts([len(one.lengths) for one in self.postings])
        self.spelling = Spelling([one.words for one in postings])

    def at(self, allowed: NDArray[np.bool_]) -> Lexicon:
        """The index as if only the `allowed` chunks were there."""
        return Lexicon(self, allowed)


class Lexicon:
    """Terms, rarity and scores of some of the chunks."""

    def __init__(self, index: LexicalIndex, allowed: NDArray[np.bool_]) -> None:
        self._index = index
        self._allowed = allowed
        self._whole = bool(allowed.all())
        self._size = int(np.count_nonzero(allowed))
        lengths = [np.zeros(0, dtype=np.int32), *(one.lengths for one in index.postings)]
        every = np.concatenate(lengths)
        mean = float(every[allowed].mean()) if self._size else 1.0
        self._damping = np.asarray(K1 * (1 - B + B * every / max(mean, 1.0)), dtype=np.float32)
        self._known: dict[str, tuple[list[Found], int]] = {}

    def _look(self, term: str) -> tuple[list[Found], int]:
        """Where a term stands, and in how many of the allowed chunks."""
        known = self._known.get(term)
        if known is None:
            known = self._count(term)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[term] = known
        return known

    def _count(self, term: str) -> tuple[list[Found], int]:
        found, count = [], 0
        for part, (postings, where) in enumerate(zip(self._index.postings, self._index.parts.slices(), strict=True)):
            place = postings.find(term)
            if place is None:
                continue
            start, end = place
            mine = end - start if self._whole else int(self._allowed[where][postings.chunks[start:end]].sum())
            if mine:
                found.append((part, start, end))
                count += mine
        return found, count

    def idf(self, term: str) -> float:
        """ln(1 + (N − n + ½)/(n + ½)); an unknown term has the highest."""
        n = self._look(term)[1]
        return float(np.log1p((self._size - n + 0.5) / (n + 0.5)))

    def knows(self, term: str) -> bool:
        return bool(self._look(term)[1])

    def scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every chunk, shape (chunks,); those not allowed have 0."""
        total = np.zeros(len(self._allowed), dtype=np.float32)
        slices = list(self._index.parts.slices())
        for term in terms:
            rarity = np.float32(self.idf(term))
            for part, start, end in self._look(term)[0]:
                postings, where = self._index.postings[part], slices[part]
                chunks = postings.chunks[start:end]
                count = postings.counts[start:end].astype(np.float32)
                total[where][chunks] += rarity * count / (count + self._damping[where][chunks])
        return total if self._whole else total * self._allowed

    def correct(self, term: str) -> str | None:
        """The nearest term of the documents for one that they never use: typos, mostly."""
        if self.knows(term):
            return None
        return next((word for word in self._index.spelling.near(term) if self.knows(word)), None)
