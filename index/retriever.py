"""Question and clearance → ranked passages, and how sure the library is that they are on topic."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import fusion, generation, library, records
from index.context import Layout, grow
from index.dense import DenseIndex
from index.document import Chunk, Document, Kind, Label, Locator, Passage
from index.embedding import Embedder, OnnxEmbedder, Vectors, fingerprint
from index.generation import Manifest
from index.lexical import LexicalIndex, Lexicon
from index.sentences import SentenceVectors
from index.vocabulary import Abbreviations, query_tokens, tokens

REMEMBERED = 1_000  # vectors of questions kept in memory, 1.5 kB each
SAMPLE = 1_000  # chunks that stand for the library when its spread is measured
USUAL_SPREAD, PRIOR_SIZE = 0.09, 200  # of the cosines in a library, and how many chunks that belief weighs
LIST_CHUNKS = 3  # by which a passage may grow to hold the whole of a list
POOL = 60  # candidates each side brings
LEXICAL_MIDPOINT = 0.4  # of the attainable BM25, where a lexical match counts half
STEPS = 0.03  # added to a chunk that holds a procedure: numbered steps carry more answers than prose
EXPANSION_WEIGHT = 0.4  # of an abbreviation's other form, against the words as typed


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the two indexes see it."""

    text: str  # for the encoder: with long forms appended
    terms: tuple[str, ...]
    expanded: tuple[str, ...]  # terms of the other forms of its abbreviations
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

    def __init__(self, home: Path, model: str, embedder: Embedder | None = None) -> None:
        folder, self.manifest = generation.open_library(home)
        library.check_model(self.manifest, fingerprint(model))
        self.embedder = embedder or OnnxEmbedder(library.encoder_folder(home, self.manifest.model))
        self._dense = DenseIndex(folder / "dense.faiss")
        self._sentences = SentenceVectors(folder / "sentences")
        self._lexical = LexicalIndex(folder / "lexical")
        self._database = records.connect(folder)
        self._lock = threading.Lock()
        columns = 'SELECT label, steps, document, section, start, "end" FROM chunks ORDER BY number'
        table = np.array(self._database.execute(columns).fetchall(), dtype=np.int64).reshape(-1, 6)
        self._labels = table[:, 0]
        self._procedure = (table[:, 1] >= 2).astype(np.float32)
        self._layout = Layout(*table[:, 2:].T)
        # Caches of this retriever alone: one on the class would keep every generation ever served in memory.
        # None of them holds this retriever: in a cycle it would outlive the next one until the collector comes by.
        self._chunk = lru_cache(maxsize=8192)(partial(_read_chunk, self._database, self._lock))
        self._views: dict[Label, _Seen] = {}
        self._embed_once = lru_cache(maxsize=REMEMBERED)(partial(_embed, self.embedder))

    def embed(self, text: str) -> Vectors:
        """The unit vector of a question; the latest are remembered."""
        return np.asarray(self._embed_once(text), dtype=np.float32)

    def follow(self, earlier: Retriever) -> None:
        """Take over the remembered vectors of questions from the reader of an earlier generation with this embedder."""
        self._embed_once = earlier._embed_once

    def _seen(self, clearance: Label) -> _Seen:
        if clearance not in self._views:
            self._views[clearance] = self._look(clearance)
        return self._views[clearance]

    def _look(self, clearance: Label) -> _Seen:
        allowed = self._labels <= clearance.rank
        chunks = np.flatnonzero(allowed)
        sampled = chunks[np.unique(np.linspace(0, max(len(chunks) - 1, 0), SAMPLE).astype(int))] if len(chunks) else []
        with self._lock:
            learned = self._database.execute(
                "SELECT short, long FROM abbreviations WHERE clearance = ?", (clearance.rank,)
            ).fetchall()
        return _Seen(
            allowed=allowed,
            hidden=len(set(self._layout.document[~allowed].tolist())),
            lexicon=self._lexical.at(allowed),
            abbreviations=Abbreviations({short: long for short, long in learned}),
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
        end, start = self._chunk(chunk)[0].sentences[-1], self._chunk(after)[0].sentences[0]
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
        forms = self.expand(question, clearance)
        lexicon = self._seen(clearance).lexicon
        corrected = []
        terms = []
        for term in query_tokens(question):
            better = lexicon.correct(term)
            terms.append(better or term)
            if better:
                corrected.append((term, better))
        extra = [t for form in forms for t in tokens(form) if t not in terms]
        text = question if not forms else f"{question} ({', '.join(forms)})"
        return Query(text, tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(extra)), tuple(corrected), clearance)

    def retrieve(self, question: str, *, clearance: Label = Label.RESTRICTED, k: int = 10) -> Retrieval:
        """At most `k` passages the caller may see, best first."""
        query = self.query(question, clearance)
        seen = self._seen(clearance)
        allowed, hidden = seen.allowed, seen.hidden
        if not allowed.any() or k < 1:
            return Retrieval((), query, hidden)
        lexical = _lexical_scores(query, seen.lexicon)
        vector = self.embed(query.text)
        near = [position for position, _ in self._dense.search(vector, POOL, allowed)]
        worded = np.argsort(-lexical)[:POOL]
        pool = list(dict.fromkeys([*near, *(int(i) for i in worded if lexical[i] > 0)]))
        vectors = self._dense.vectors(pool)
        dense = vectors @ vector
        nearest = self._sentences.nearest(pool, vector)
        moved = fusion.feed_back(vector, vectors, fusion.fuse(dense, nearest, lexical[pool]))
        scores = fusion.fuse(vectors @ moved, nearest, lexical[pool]) + STEPS * self._procedure[pool]
        scores = fusion.lift(scores, self._layout.document[pool])
        best = [int(i) for i in np.argsort(-scores, kind="stable")[: max(3 * k, 30)]]
        rank = {pool[i]: i for i in best}
        read = [self._chunk(chunk) for chunk in rank]
        kept = fusion.fold_duplicates([frozenset(chunk.text.lower().split()) for chunk, *_ in read])
        grown = grow([list(rank)[i] for i in kept], self._layout)
        ranks = [rank[hit] for hit, _ in grown]
        owners = [int(self._layout.document[hit]) for hit, _ in grown]
        passages = []
        for i in fusion.spread([float(scores[r]) for r in ranks], owners, k):
            of = {"score": scores, "dense": dense, "nearest": nearest, "lexical": lexical[pool]}
            passages.append(self._passage(grown[i][1], {name: float(of[name][ranks[i]]) for name in of}))
        return Retrieval(tuple(passages), query, hidden)

    def _passage(self, chunks: range, scores: Mapping[str, float]) -> Passage:
        """The passage of consecutive chunks of one document."""
        read = [self._chunk(position) for position in chunks]
        heading = read[0][0].heading
        for chunk, *_ in read[1:]:
            shared = [a for a, b in zip(heading, chunk.heading, strict=False) if a == b]
            heading = heading[: len(shared)]
        start = min(chunk.start for chunk, *_ in read)
        end = max(chunk.end for chunk, *_ in read)
        _, identity, path, title, label = read[0]
        return Passage(
            id=f"{identity[:12]}:{start}-{end}",
            document_id=identity,
            locator=Locator(title, path, " > ".join(heading), read[0][0].page, start, end),
            label=label,
            text="\n".join(chunk.text for chunk, *_ in read),
            sentences=tuple(sentence for chunk, *_ in read for sentence in chunk.sentences),
            chunks=chunks,
            **scores,
        )

    def source_text(self, passage: Passage, start: int, end: int) -> str:
        """The stored text of a span of the passage's document, exactly."""
        with self._lock:
            row = self._database.execute(
                "SELECT substr(text, ?, ?) FROM documents WHERE id = ? LIMIT 1",
                (start + 1, end - start, passage.document_id),
            ).fetchone()
        return str(row[0])

    def surroundings(self, document_id: str, start: int, end: int, margin: int) -> tuple[str, str]:
        """The stored text just before and just after a span of the document whose id starts so."""
        first = max(0, start - margin)
        with self._lock:
            row = self._database.execute(
                "SELECT substr(text, ?, ?), substr(text, ?, ?) FROM documents WHERE substr(id, 1, ?) = ? LIMIT 1",
                (first + 1, start - first, end + 1, margin, len(document_id), document_id),
            ).fetchone()
        return (str(row[0]), str(row[1])) if row else ("", "")

    def documents(self, clearance: Label = Label.RESTRICTED) -> list[tuple[Document, int]]:
        """Every document the caller may see with its number of chunks; texts left out."""
        with self._lock:
            rows = self._database.execute(
                "SELECT d.number, d.id, d.path, d.title, d.label, d.media, '' AS text, d.metadata, "
                "(SELECT count(*) FROM chunks c WHERE c.document = d.number) AS n FROM documents d ORDER BY d.path"
            ).fetchall()
        listed = [(records.document_of(row), int(row["n"])) for row in rows]
        return [(document, n) for document, n in listed if document.label.rank <= clearance.rank]

    def document(self, identity: str, clearance: Label) -> tuple[Document, str] | None:
        """The document whose id begins so, with its text and where it came from; None when the caller sees none."""
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM documents WHERE substr(id, 1, ?) = ? ORDER BY number", (len(identity), identity)
            ).fetchall()
        seen = [row for row in rows if Label(row["label"]).rank <= clearance.rank]
        return (records.document_of(seen[0]), str(seen[0]["source"])) if seen else None

    def at(self, source: str) -> Document | None:
        """The document that was read from a resolved path."""
        with self._lock:
            row = self._database.execute("SELECT * FROM documents WHERE source = ?", (source,)).fetchone()
        return records.document_of(row) if row else None

    def sources(self) -> dict[str, str]:
        """Resolved path of every document → its id."""
        with self._lock:
            return dict(self._database.execute("SELECT source, id FROM documents").fetchall())

    def texts(self) -> list[str]:
        """The contextual text of every chunk, in order: what was embedded."""
        stored = records.read(self.folder)
        return [library.contextual_text(one.document, chunk) for one in stored for chunk in one.chunks]

    @property
    def folder(self) -> Path:
        return Path(self._database.execute("PRAGMA database_list").fetchone()[2]).parent


def _read_chunk(
    database: sqlite3.Connection, lock: threading.Lock, position: int
) -> tuple[Chunk, str, str, str, Label]:
    """A chunk with id, path, title and label of its document."""
    with lock:
        row = database.execute(
            "SELECT c.*, d.id, d.path, d.title, d.label AS name FROM chunks c JOIN documents d "
            "ON d.number = c.document WHERE c.number = ?",
            (position,),
        ).fetchone()
    return records.chunk_of(row), row["id"], row["path"], row["title"], Label(row["name"])


def _embed(embedder: Embedder, text: str) -> Vectors:
    vector: Vectors = embedder.embed([text])[0]
    return vector


def _lexical_scores(query: Query, lexicon: Lexicon) -> NDArray[np.float32]:
    """BM25 of every chunk, squashed to 0-1 by what this query could attain at most."""
    raw = lexicon.scores(query.terms)
    if query.expanded:
        raw = raw + EXPANSION_WEIGHT * lexicon.scores(query.expanded)
    attainable = sum(lexicon.idf(t) * 2.2 for t in query.terms if lexicon.knows(t)) or sum(
        lexicon.idf(t) * 2.2 for t in query.expanded
    )
    return np.asarray(raw / (raw + LEXICAL_MIDPOINT * attainable + 1e-9), dtype=np.float32)


def verify(home: Path) -> tuple[Manifest, list[str]]:
    """The manifest in force and the files that no longer hold what was committed."""
    folder, manifest = generation.located(home)
    return manifest, generation.damage(folder, manifest)


def roots(home: Path) -> list[str]:
    """The paths that were ingested, as resolved then. Raises LibraryNotFound when there is no library."""
    folder, _ = generation.open_library(home)
    database = records.connect(folder)
    try:
        return [row[0] for row in database.execute("SELECT DISTINCT root FROM documents ORDER BY root")]
    finally:
        database.close()
