"""Question and clearance → ranked passages, and how sure the library is that they are on topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import _lru_cache_wrapper, lru_cache, partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import fusion, generation, library, records, segment
from index.context import Layout, grow
from index.document import Document, Kind, Label, Locator, Passage
from index.embedding import Embedder, OnnxEmbedder, Vectors, fingerprint
from index.encoding import contextual_text
from index.generation import Manifest
from index.lexical import Lexicon
from index.vocabulary import STOP, Abbreviations, query_tokens, tokens

REMEMBERED = 1_000  # vectors of questions kept in memory, 1.5 kB each
SAMPLE = 1_000  # chunks that stand for the library when its spread is measured
USUAL_SPREAD, PRIOR_SIZE = 0.09, 200  # of the cosines in a library, and how many chunks that belief weighs
LIST_CHUNKS = 3  # by which a passage may grow to hold the whole of a list
POOL = 60  # candidates each side brings
LEXICAL_MIDPOINT = 0.4  # of the attainable BM25, where a lexical match counts half
_Sums = frozenset[tuple[str, str]]  # names and sums of the files of a segment

STEPS = 0.03  # added to a chunk that holds a procedure: numbered steps carry more answers than prose
EXPANSION_WEIGHT = 0.4  # of an abbreviation's other form, against the words as typed


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the two indexes see it."""

    text: str  # for the encoder: with long forms appended
    terms: tuple[str, ...]
    expanded: tuple[str, ...]  # terms of the other forms of its abbreviations
    forms: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]  # (terms of the question, terms of their other form)
    corrected: tuple[tuple[str, str], ...]  # typed → term of the documents
    clearance: Label = Label.RESTRICTED  # of whoever asks: rarity, spelling and spread are counted over what they see


@dataclass(frozen=True, slots=True)
class _Seen:
    """The library as one clearance sees it."""

    allowed: NDArray[np.bool_]  # chunks
    hidden: int  # documents
    lexicon: Lexicon
    abbreviations: Abbreviations
    sample: Vectors  # chunks that stand for the library when its spread is measured


@dataclass(frozen=True, slots=True)
class Retrieval:
    passages: tuple[Passage, ...]
    query: Query
    hidden: int  # documents above the caller's clearance, never scored


class Retriever:
    """Reads one generation. Safe to share between threads; opens in well under a second."""

    def __init__(
        self, home: Path, model: str, embedder: Embedder | None = None, earlier: Retriever | None = None
    ) -> None:
        """What an `earlier` reader of this workspace holds and this generation still has is taken over from it: the
        encoder, segments with what was read of them, vectors of questions.
        """
        folder, self.manifest = generation.open_library(home)
        library.check_model(self.manifest, fingerprint(model))
        held = earlier.embedder if earlier else embedder
        self.embedder: Embedder = held or OnnxEmbedder(library.encoder_folder(home, self.manifest.model))
        known: Mapping[_Sums, segment.Open] = earlier._segments if earlier else {}
        folders = generation.segment_folders(folder, self.manifest)
        self._segments: dict[_Sums, segment.Open] = {
            key: known.get(key) or segment.open_one(one) for one, key in self._keys(folders)
        }
        opened = segment.together(list(self._segments.values()))
        self._archive, self._dense, self._sentences = opened.archive, opened.dense, opened.sentences
        self._lexical = opened.lexical
        labels, steps, *columns = self._archive.layout.T
        self._labels = labels
        self._procedure = (steps >= 2).astype(np.float32)
        self._layout = Layout(*columns)
        self._views: dict[Label, _Seen] = {}
        # A cache of this retriever alone that does not hold it: in a cycle it would outlive the next one until the
        # collector comes by.
        own = lru_cache(maxsize=REMEMBERED)(partial(_embed, self.embedder))
        self._embed_once: _lru_cache_wrapper[Vectors] = earlier._embed_once if earlier else own

    def _keys(self, folders: Sequence[Path]) -> Iterator[tuple[Path, _Sums]]:
        """Segments with what tells them apart."""
        for one in folders:
            start = f"segments/{one.name}/"
            files = self.manifest.files.items()
            yield one, frozenset((name, str(known["sha256"])) for name, known in files if name.startswith(start))

    def embed(self, text: str) -> Vectors:
        """The unit vector of a question; the latest are remembered."""
        return np.asarray(self._embed_once(text), dtype=np.float32)

    def _seen(self, clearance: Label) -> _Seen:
        if clearance not in self._views:
            self._views[clearance] = self._look(clearance)
        return self._views[clearance]

    def _look(self, clearance: Label) -> _Seen:
        allowed = self._labels <= clearance.rank
        chunks = np.flatnonzero(allowed)
        sampled = chunks[np.unique(np.linspace(0, max(len(chunks) - 1, 0), SAMPLE).astype(int))] if len(chunks) else []
        return _Seen(
            allowed=allowed,
            hidden=len(set(self._layout.document[~allowed].tolist())),
            lexicon=self._lexical.at(allowed),
            abbreviations=Abbreviations(self._archive.abbreviations(clearance)),
            sample=self._dense.vectors([int(chunk) for chunk in sampled]),
        )

    def with_whole_list(self, passage: Passage) -> Passage:
        """The passage with the chunks that go on with a list it begins or ends in, up to LIST_CHUNKS more."""
        first, last = passage.chunks[0], passage.chunks[-1]
        for _ in range(LIST_CHUNKS):
            if self._goes_on(last, last + 1):
                last += 1
            elif self._goes_on(first - 1, first):
                first -= 1
            else:
                break
        if range(first, last + 1) == passage.chunks:
            return passage
        scores = {name: getattr(passage, name) for name in ("score", "dense", "nearest", "lexical")}
        return self._passage(range(first, last + 1), scores)

    def _goes_on(self, chunk: int, after: int) -> bool:
        """Whether one list, or one table, runs from `chunk` into `after`."""
        documents = self._layout.document
        if chunk < 0 or after >= len(documents) or documents[chunk] != documents[after]:
            return False
        end, start = self._archive.chunk(chunk)[0].sentences[-1], self._archive.chunk(after)[0].sentences[0]
        return (
            end.kind is start.kind and start.kind in (Kind.ITEM, Kind.STEP, Kind.ROW) and end.heading == start.heading
        )

    def spread(self, query: Query) -> float:
        """Standard deviation of the cosines between the question and a sample of what the caller may see.

        A small library says little of it, so it is drawn towards the usual one as by a prior.
        """
        sample = self._seen(query.clearance).sample
        size = len(sample)
        own = float((sample @ self.embed(query.text)).std()) if size else 0.0
        return (size * own + PRIOR_SIZE * USUAL_SPREAD) / (size + PRIOR_SIZE)

    def sentence_vectors(self, passage: Passage) -> Vectors:
        """Unit vectors of the passage's sentences, shape (sentences, dimension)."""
        return np.concatenate([self._sentences.of(chunk) for chunk in passage.chunks])

    def nearest(self, vector: Vectors, k: int, clearance: Label = Label.RESTRICTED) -> list[int]:
        """The chunks that the dense index takes for the `k` nearest to a unit vector; benchmarks ask how many are."""
        return [chunk for chunk, _ in self._dense.search(vector, k, self._seen(clearance).allowed)]

    def forget(self) -> None:
        """Drop remembered vectors; benchmarks ask anew."""
        self._embed_once.cache_clear()

    @property
    def generation(self) -> str:
        return self.manifest.name

    def idf(self, term: str, clearance: Label = Label.RESTRICTED) -> float:
        """How rare a term is among what the caller may see."""
        return self._seen(clearance).lexicon.idf(term)

    def knows(self, term: str, clearance: Label = Label.RESTRICTED) -> bool:
        return self._seen(clearance).lexicon.knows(term)

    def expand(self, text: str, clearance: Label = Label.RESTRICTED) -> list[str]:
        """Other forms of the abbreviations in `text`, both directions."""
        return self._seen(clearance).abbreviations.expand(text)

    def query(self, question: str, clearance: Label = Label.RESTRICTED) -> Query:
        seen = self._seen(clearance)
        forms, lexicon = seen.abbreviations.forms(question), seen.lexicon
        corrected = []
        terms = []
        for term in query_tokens(question):
            better = lexicon.correct(term)
            terms.append(better or term)
            if better:
                corrected.append((term, better))
        terms += [one for one in _joined(question) if one not in terms and lexicon.knows(one)]
        extra = [t for form in forms for t in tokens(form) if t not in terms]
        text = question if not forms else f"{question} ({', '.join(forms)})"
        standing = tuple((said, tokens(form)) for form, said in forms.items())
        fresh, more = tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(extra))
        return Query(text, fresh, more, standing, tuple(corrected), clearance)

    def retrieve(self, question: str, *, clearance: Label = Label.RESTRICTED, k: int = 10) -> Retrieval:
        """At most `k` passages the caller may see, best first."""
        query = self.query(question, clearance)
        seen = self._seen(clearance)
        allowed, hidden = seen.allowed, seen.hidden
        if not allowed.any() or k < 1:
            return Retrieval((), query, hidden)
        worded, bm25 = _best_by_words(query, seen.lexicon)
        vector = self.embed(query.text)
        near = [position for position, _ in self._dense.search(vector, POOL, allowed)]
        pool = list(dict.fromkeys([*near, *worded]))
        lexical = _of_attainable(bm25[pool], query, seen.lexicon)
        vectors = self._dense.vectors(pool)
        dense = vectors @ vector
        nearest = self._sentences.nearest(pool, vector)
        moved = fusion.feed_back(vector, vectors, fusion.fuse(dense, nearest, lexical))
        scores = fusion.fuse(vectors @ moved, nearest, lexical) + STEPS * self._procedure[pool]
        scores = fusion.lift(scores, self._layout.document[pool])
        best = [int(i) for i in np.argsort(-scores, kind="stable")[: max(3 * k, 30)]]
        rank = {pool[i]: i for i in best}
        kept = fusion.fold_duplicates([self._archive.words(chunk) for chunk in rank])
        grown = grow([list(rank)[i] for i in kept], self._layout)
        ranks = [rank[hit] for hit, _ in grown]
        owners = [int(self._layout.document[hit]) for hit, _ in grown]
        passages = []
        for i in fusion.spread([float(scores[r]) for r in ranks], owners, k):
            of = {"score": scores, "dense": dense, "nearest": nearest, "lexical": lexical}
            passages.append(self._passage(grown[i][1], {name: float(of[name][ranks[i]]) for name in of}))
        return Retrieval(tuple(passages), query, hidden)

    def _passage(self, chunks: range, scores: Mapping[str, float]) -> Passage:
        """The passage of consecutive chunks of one document."""
        read = [self._archive.chunk(position) for position in chunks]
        heading = read[0][0].heading
        for chunk, *_ in read[1:]:
            shared = [a for a, b in zip(heading, chunk.heading, strict=False) if a == b]
            heading = heading[: len(shared)]
        start = min(chunk.start for chunk, *_ in read)
        end = max(chunk.end for chunk, *_ in read)
        document = read[0][1]
        return Passage(
            id=f"{document.id[:12]}:{start}-{end}",
            document_id=document.id,
            locator=Locator(document.title, document.path, " > ".join(heading), read[0][0].page, start, end),
            label=document.label,
            text="\n".join(chunk.text for chunk, *_ in read),
            sentences=tuple(sentence for chunk, *_ in read for sentence in chunk.sentences),
            chunks=chunks,
            **scores,
        )

    def source_text(self, passage: Passage, start: int, end: int) -> str:
        """The stored text of a span of the passage's document, exactly."""
        return self._archive.text(passage.document_id, start, end)

    def surroundings(self, document_id: str, start: int, end: int, margin: int) -> tuple[str, str]:
        """The stored text just before and just after a span of the document whose id starts so."""
        text = self._archive.text
        return text(document_id, max(0, start - margin), start), text(document_id, end, end + margin)

    def document(self, identity: str, clearance: Label) -> tuple[Document, str] | None:
        """The document whose id begins so, with its text and where it came from; None when the caller sees none."""
        return self._archive.document(identity, clearance)

    def at(self, source: str) -> Document | None:
        """The document that was read from a resolved path."""
        return self._archive.at(source)

    def sources(self) -> dict[str, str]:
        """Resolved path of every document → its id."""
        return self._archive.sources()

    def texts(self) -> list[str]:
        """The contextual text of every chunk, in order: what was embedded."""
        return [contextual_text(one.document, chunk) for one in self._archive.stored() for chunk in one.chunks]

    def documents(self, clearance: Label = Label.RESTRICTED) -> list[tuple[Document, int]]:
        """Every document the caller may see with its number of chunks; texts left out."""
        return [(one, chunks) for one, chunks in self._archive.documents() if one.label.rank <= clearance.rank]


def _joined(question: str) -> Iterator[str]:
    """A word that is too general to search, joined to the next one: "on call" may stand in documents as "on-call"."""
    words = re.findall(r"[A-Za-z]+", question)
    for one, after in pairwise(words):
        if one.lower() in STOP and after.lower() not in STOP:
            yield tokens(f"{one}-{after}")[-1]


def _embed(embedder: Embedder, text: str) -> Vectors:
    vector: Vectors = embedder.embed([text])[0]
    return vector


def _best_by_words(query: Query, lexicon: Lexicon) -> tuple[list[int], NDArray[np.float32]]:
    """(POOL positions, best first; BM25 of every chunk)."""
    scores = lexicon.scores(query.terms)
    if query.expanded:
        scores = scores + EXPANSION_WEIGHT * lexicon.scores(query.expanded)
    found = np.flatnonzero(scores > 0)  # of truth values much faster than of numbers
    if len(found) > POOL:
        found = found[np.argpartition(-scores[found], POOL)[:POOL]]
    return [int(i) for i in found[np.lexsort((found, -scores[found]))]], scores


def _of_attainable(bm25: NDArray[np.float32], query: Query, lexicon: Lexicon) -> NDArray[np.float32]:
    """BM25 squashed to 0-1 by what this query could attain at most."""
    attainable = sum(lexicon.idf(t) * 2.2 for t in query.terms if lexicon.knows(t)) or sum(
        lexicon.idf(t) * 2.2 for t in query.expanded
    )
    return np.asarray(bm25 / (bm25 + LEXICAL_MIDPOINT * attainable + 1e-9), dtype=np.float32)


def verify(home: Path) -> tuple[Manifest, list[str]]:
    """The manifest in force and the files that no longer hold what was committed."""
    folder, manifest = generation.located(home)
    return manifest, generation.damage(folder, manifest)


def roots(home: Path) -> list[str]:
    """The paths that were ingested, as resolved then. Raises LibraryNotFound when there is no library."""
    folder, manifest = generation.open_library(home)
    folders = generation.segment_folders(folder, manifest)
    return sorted({root for path in folders for root, _ in records.roots(path)})
