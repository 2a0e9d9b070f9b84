"""Question → evidence: passages for every side of it, their sentences scored, and how sure we are.

Scores decide what is quoted; `confidence` decides whether anything is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from advisor.aims import CHECK, CONDITION, FAULTS, Aim, aims, of_faults, seeking
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
SHORTEST = 12  # characters of a sentence that says something by itself
_MORE = 4  # passages at most that are found beside those of the question as it stands
_AIMED = 0.05  # added to a sentence in the wording of what the question is after
_DEFINING = re.compile(
    r"^(?:an?\s+|the\s+)?(?:[\w/().-]+\s+){1,8}?(?:is|are|means|refers to|stands for)\s+(?:an?|the|what)\s", re.I
)


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
    passages = _with_others(question, whole, retriever, clearance, k)
    read = _whole_lists(passages[:READ], retriever)
    scored = _score(question, whole.query, read, retriever)
    # What was found by other words than the question's is near to those, which is no sign that it answers.
    near = passages if question.kind is Kind.COMPARISON else whole.passages
    signals = features(question, whole.query, near, retriever)
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


def _with_others(
    question: Question, whole: Retrieval, retriever: Retriever, clearance: Label, k: int
) -> tuple[Passage, ...]:
    """The passages of the whole question; a comparison also brings the best for each side, an order those on the one
    before the other."""
    beside = _beside(question)
    if not beside:
        return whole.passages
    kept = 4 if question.sides else 6
    found = [retriever.retrieve(text, clearance=clearance, k=5).passages for text in beside]
    if question.kind is Kind.COMPARISON:
        others = [passages[rank] for rank in range(2) for passages in found if len(passages) > rank]
    else:
        others = sorted((one for passages in found for one in passages), key=lambda one: -one.score)
    merged = _once([*whole.passages[:kept], *others])[: kept + _MORE]
    return tuple(_once([*merged, *whole.passages[kept:]])[:k])


def _once(passages: Sequence[Passage]) -> list[Passage]:
    """Each passage where it comes first, with the scores it has there."""
    unique: dict[str, Passage] = {}
    for one in passages:
        unique.setdefault(one.id, one)
    return list(unique.values())


def _beside(question: Question) -> tuple[str, ...]:
    """What is searched beside the question as it stands."""
    if question.kind is Kind.ORDER:
        return _orders(question)
    return (*question.sides, *seeking(question.text))


def _orders(question: Question) -> tuple[str, ...]:
    first, second = question.sides
    return (
        f"the order of steps: {first}, then {second}",
        f"the order of steps: {second}, then {first}",
        f"what to do first, {first} or {second}, and why in this order",
    )


def _whole_lists(passages: Sequence[Passage], retriever: Retriever) -> tuple[Passage, ...]:
    """The passages with their lists completed; one that became part of another is left out."""
    taken: set[int] = set()
    read = []
    for passage in passages:
        if not taken.issuperset(passage.chunks):
            read.append(retriever.with_whole_list(passage))
            taken.update(read[-1].chunks)
    return tuple(read)


def _score(question: Question, query: Query, passages: Sequence[Passage], retriever: Retriever) -> list[Scored]:
    known = {term: retriever.idf(term, query.clearance) for term in query.terms}
    forms = [({*said}, {term: retriever.idf(term, query.clearance) for term in form}) for said, form in query.forms]
    vector = retriever.embed(query.text)
    sought = aims(question.text)
    faults = of_faults(question.text)
    own_words = question.kind is Kind.ORDER or CHECK in sought  # those that say little of what would answer
    vectors = [vector, *map(retriever.embed, _beside(question) if own_words else ())]
    listing = question.kind in (Kind.HOW_TO, Kind.LIST, Kind.OPEN)
    scored = []
    for passage in passages:
        about = set(tokens(f"{passage.locator.document} {passage.locator.heading}"))
        bad = tainted(passage.sentences)
        own = retriever.sentence_vectors(passage)
        cosines = np.max([own @ one for one in vectors], axis=0).tolist()
        for position, (sentence, cosine) in enumerate(zip(passage.sentences, cosines, strict=True)):
            if position in bad or (len(sentence.text) < SHORTEST and not _opens_item(sentence)):
                continue
            local = set(tokens(" ".join(sentence.heading[-1:]))) | about
            coverage = _coverage(known, forms, set(tokens(sentence.text)), local)
            score = 0.3 * max(cosine, 0.0) + 0.2 * coverage + 0.5 * passage.score
            score -= 0.25 * (sentence.kind is Block.CODE) + 0.05 * sentence.text.endswith("?")
            score -= 0.2 * _is_fragment(sentence)
            score += _fitness(sentence, question, sought, faults)
            listed = listing and sentence.kind in (Block.ITEM, Block.STEP, Block.ROW)
            subject = float(retriever.embed(_place(passage, sentence)) @ vector) if listed else 0.0
            scored.append(Scored(sentence, passage, position, score, coverage, cosine, subject))
    return sorted(scored, key=lambda one: -one.score)


def _fitness(sentence: Sentence, question: Question, sought: Sequence[Aim], faults: bool) -> float:
    """What is added for saying what the question is after, or taken for saying something of another kind."""
    title = " ".join(sentence.heading[-1:])
    fit = 0.0
    if (sought and tuple(sought) != (CONDITION,)) or question.kind is Kind.HOW_TO:
        fit -= 1.5 * _AIMED * bool(_DEFINING.match(sentence.text))
    if sought and not faults:
        fit -= _AIMED * bool(FAULTS.search(title))
    if sentence.kind is Block.ROW:
        return fit - (_AIMED if sought and question.kind is Kind.OPEN else 0.0)
    said = any(aim.said.search(sentence.text) for aim in sought)
    titled = any(aim.said.search(title) for aim in sought)
    return fit + _AIMED * said + 0.4 * _AIMED * titled


def _place(passage: Passage, sentence: Sentence) -> str:
    return ": ".join([passage.locator.document, *sentence.heading[-1:]])


def _opens_item(sentence: Sentence) -> bool:
    """As "Network." does: without it the items before and after run together."""
    return sentence.opens and sentence.kind in (Block.ITEM, Block.STEP)


def _is_fragment(sentence: Sentence) -> bool:
    """A bare name or title: it is near to any question about itself and says nothing."""
    return sentence.kind is not Block.ROW and len(sentence.text.split()) < 4 + 3 * (sentence.text[-1].isalnum())


def _coverage(
    known: dict[str, float], forms: Sequence[tuple[set[str], dict[str, float]]], terms: set[str], about: set[str]
) -> float:
    """idf-weighted share of the question's terms: in the sentence in full, in its headings by half.

    The other form of an abbreviation stands for the terms it abbreviates and no more, by the share of it that is there.
    """
    total = sum(known.values())
    if not total:
        return 0.0
    told = {term: 1.0 if term in terms else 0.5 if term in about else 0.0 for term in known}
    for said, form in forms:
        there = sum(weight for term, weight in form.items() if term in terms) / (sum(form.values()) or 1.0)
        for term in said & told.keys():
            told[term] = max(told[term], there)
    return sum(weight * told[term] for term, weight in known.items()) / total
