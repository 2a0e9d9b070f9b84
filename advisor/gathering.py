"""Question → evidence: passages for every side of it, their sentences scored, and how sure we are.

Scores decide what is quoted; `confidence` decides whether anything is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.answer import Evidence
from advisor.confidence import confidence, features, unmet
from advisor.evidence import Scored
from advisor.hygiene import hides, name, tainted
from advisor.question import Kind, Question
from index.document import Kind as Block
from index.document import Label, Passage, Sentence
from index.retriever import Query, Retrieval, Retriever
from index.vocabulary import tokens

READ = 8  # passages whose sentences are scored


@dataclass(frozen=True, slots=True)
class Gathered:
    passages: tuple[Passage, ...]
    sentences: tuple[Scored, ...]  # best first
    confidence: float
    unknown: tuple[str, ...]  # words of the question that the best passages never use
    hidden: int
    query: Query
    signals: dict[str, float]


def gather(question: Question, retriever: Retriever, *, clearance: Label, k: int) -> Gathered:
    """Evidence for `question`: passages the caller may see and their scored sentences."""
    whole = retriever.retrieve(question.text, clearance=clearance, k=k)
    passages = _with_sides(question, whole, retriever, clearance, k)
    read = _whole_lists(passages[:READ], retriever)
    weights = _weights(whole.query, retriever)
    scored = _score(whole.query, weights, read, retriever)
    signals = features(question, whole.query, passages, retriever)
    return Gathered(
        passages=passages,
        sentences=tuple(scored),
        confidence=confidence(signals) if passages and scored else 0.0,
        unknown=unmet(question, whole.query, read, retriever),
        hidden=whole.hidden,
        query=whole.query,
        signals=signals,
    )


def hiding(gathered: Gathered) -> list[str]:
    """Titles of the documents read that hide text in characters that no one sees."""
    found = [one for one in gathered.passages[:READ] if any(hides(sentence.text) for sentence in one.sentences)]
    return list(dict.fromkeys(name(one.locator.document) for one in found))


def beyond(gathered: Gathered, shown: Sequence[Evidence]) -> Gathered:
    """Without the sentences that were shown; all of them when there are no others."""
    spans = [
        (one.id.partition(":")[0], one.locator.start or 0, one.locator.end or 0)
        for one in shown
        if one.kind == "passage"
    ]
    left = tuple(
        one
        for one in gathered.sentences
        if not any(
            one.passage.document_id.startswith(document) and start <= one.sentence.start < end
            for document, start, end in spans
        )
    )
    return replace(gathered, sentences=left or gathered.sentences)


def within(gathered: Gathered, source: Evidence) -> Gathered:
    """Only what the document of `source` says."""
    document = source.id.partition(":")[0]
    return replace(
        gathered,
        passages=tuple(one for one in gathered.passages if one.document_id.startswith(document)),
        sentences=tuple(one for one in gathered.sentences if one.passage.document_id.startswith(document)),
    )


def _with_sides(
    question: Question, whole: Retrieval, retriever: Retriever, clearance: Label, k: int
) -> tuple[Passage, ...]:
    """The passages of the whole question; a comparison also brings the best for each side."""
    if question.kind is not Kind.COMPARISON:
        return whole.passages
    merged = list(whole.passages[:4])
    sides = [retriever.retrieve(side, clearance=clearance, k=3).passages for side in question.sides]
    for rank in range(2):
        merged.extend(found[rank] for found in sides if len(found) > rank)
    merged.extend(whole.passages[4:])
    unique = {passage.id: passage for passage in reversed(merged)}
    ordered = sorted(unique.values(), key=lambda p: next(i for i, m in enumerate(merged) if m.id == p.id))
    return tuple(ordered[:k])


def _whole_lists(passages: Sequence[Passage], retriever: Retriever) -> tuple[Passage, ...]:
    """The passages with their lists completed; one that became part of another is left out."""
    taken: set[int] = set()
    read = []
    for passage in passages:
        if not taken.issuperset(passage.chunks):
            read.append(retriever.with_whole_list(passage))
            taken.update(read[-1].chunks)
    return tuple(read)


def _weights(query: Query, retriever: Retriever) -> dict[str, float]:
    """idf of the question's terms; the other forms of its abbreviations stand in for them."""
    return {term: retriever.idf(term, query.clearance) for term in query.terms}


def _score(query: Query, weights: dict[str, float], passages: Sequence[Passage], retriever: Retriever) -> list[Scored]:
    expanded = {term: retriever.idf(term, query.clearance) for term in query.expanded}
    vector = retriever.embed(query.text)
    scored = []
    for passage in passages:
        about = set(tokens(f"{passage.locator.document} {passage.locator.heading}"))
        bad = tainted(passage.sentences)
        cosines = (retriever.sentence_vectors(passage) @ vector).tolist()
        for position, (sentence, cosine) in enumerate(zip(passage.sentences, cosines, strict=True)):
            if position in bad or len(sentence.text) < 12:
                continue
            local = set(tokens(" ".join(sentence.heading[-1:]))) | about
            coverage = _coverage(weights, expanded, set(tokens(sentence.text)), local)
            score = 0.3 * max(cosine, 0.0) + 0.2 * coverage + 0.5 * passage.score
            score -= 0.25 * (sentence.kind is Block.CODE) + 0.05 * sentence.text.endswith("?")
            score -= 0.2 * _is_fragment(sentence)
            scored.append(Scored(sentence, passage, position, score, coverage, cosine))
    return sorted(scored, key=lambda one: -one.score)


def _is_fragment(sentence: Sentence) -> bool:
    """A bare name or title: it is near to any question about itself and says nothing."""
    return sentence.kind is not Block.ROW and len(sentence.text.split()) < 4 + 3 * (sentence.text[-1].isalnum())


def _coverage(weights: dict[str, float], expanded: dict[str, float], terms: set[str], about: set[str]) -> float:
    """idf-weighted share of the question's terms: in the sentence in full, in its headings by half."""
    total = sum(weights.values())
    if not total:
        return 0.0
    found = sum(w if term in terms else 0.5 * w if term in about else 0.0 for term, w in weights.items())
    if expanded and found < total:
        found += 0.5 * sum(w for term, w in expanded.items() if term in terms) / sum(expanded.values()) * total
    return min(found / total, 1.0)
