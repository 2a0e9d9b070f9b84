"""Measures of one question. Retrieval measures are computed by ir-measures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import ir_measures
from ir_measures import RR, Measure, Qrel, R, ScoredDoc, nDCG

from advisor import Answer
from evals.case import Case
from evals.row import Part
from index.vocabulary import tokens

COVERED = 0.5  # share of a gold span that a passage must hold to count as having found it
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DEPTH = 5  # passages a reader is taken to read


@dataclass(frozen=True, slots=True)
class Span:
    """A retrieved piece of a document: path relative to the corpus, characters [start, end)."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GoldSpan:
    span: Span
    nuggets: tuple[int, ...]


def retrieval(golds: Sequence[GoldSpan], run: Sequence[Span]) -> dict[str, Part]:
    """Of one question: nugget recall of the first five passages, nDCG@10, characters read.

    A passage that covers a gold is credited with those of its nuggets that no passage before it told.
    """
    qrels = [Qrel("q", f"nugget-{n}", 1) for n in {n for gold in golds for n in gold.nuggets}]
    ranked = _ranked(run, golds)
    scored = [ScoredDoc("q", name, float(-place)) for place, (_, name) in enumerate(ranked)]
    first = [ScoredDoc("q", name, 1.0) for rank, name in ranked if rank < DEPTH]
    return {
        "nDCG@10": (_of_one(nDCG @ 10, qrels, scored), 1.0),
        "recall@5": (_of_one(R @ 1000, qrels, first), 1.0),
        "characters@5": (float(sum(span.end - span.start for span in run[:DEPTH])), 1.0),
    }


def documents(relevant: Mapping[str, int], ranked: Sequence[str]) -> dict[str, Part]:
    """Of one question whose answers are whole documents: nDCG@10, recall@10 and mean reciprocal rank."""
    qrels = [Qrel("q", name, grade) for name, grade in relevant.items()]
    scored = [ScoredDoc("q", name, float(-place)) for place, name in enumerate(ranked)]
    return {str(one): (_of_one(one, qrels, scored), 1.0) for one in (nDCG @ 10, R @ 10, RR @ 10)}


def _of_one(measure: Measure, qrels: Sequence[Qrel], scored: Sequence[ScoredDoc]) -> float:
    return float(ir_measures.calc_aggregate([measure], qrels, scored)[measure]) if scored else 0.0


def _ranked(run: Sequence[Span], golds: Sequence[GoldSpan]) -> list[tuple[int, str]]:
    """(rank, name) of what was retrieved: the nuggets it is the first to tell, or itself."""
    told: set[int] = set()
    named: list[tuple[int, str]] = []
    for rank, span in enumerate(run):
        new = {n for gold in golds if covers(span, gold.span) for n in gold.nuggets} - told
        told |= new
        named.extend((rank, f"nugget-{n}") for n in sorted(new))
        if not new:
            named.append((rank, f"passage-{rank}"))
    return named


def covers(span: Span, gold: Span) -> bool:
    shared = min(span.end, gold.end) - max(span.start, gold.start)
    return span.path == gold.path and shared >= COVERED * (gold.end - gold.start)


def normal(text: str) -> str:
    """Lower case, markup and repeated white space gone: for looking up key facts."""
    return " ".join(re.sub(r"\[\^[^\]]+\]|[*`\\]", "", text).lower().split())


def key_fact_recall(case: Case, answer: Answer) -> float:
    said = normal(" ".join(claim.text for claim in answer.claims))
    return mean(normal(fact) in said for fact in case.key_facts) if case.key_facts else 1.0


def estate_misses(case: Case, answer: Answer) -> list[str]:
    """What a right answer about the estate would hold and this one does not; numbers within half a per cent."""
    said = " ".join(claim.text for claim in answer.claims)
    low, numbers = said.lower(), [float(one.replace(",", "")) for one in _NUMBER.findall(said)]
    missing = [] if low.startswith(case.starts.lower()) else [f"it does not begin with “{case.starts}”"]
    missing += [f"{one} is not named" for one in case.names if one.lower() not in low]
    close = [any(abs(one - want) <= 0.005 * max(abs(want), 0.1) for one in numbers) for want in case.numbers]
    return missing + [f"{want:g} is not said" for want, found in zip(case.numbers, close, strict=True) if not found]


def supported_citations(answer: Answer) -> tuple[int, int]:
    """(good citations, citations), judged on the raw spans and apart from the verifier.

    A claim is supported when nine tenths of its terms stand in the spans it cites together. A citation of it is good
    when it supports alone, or when the others would not without it (Gao et al., "Enabling Large Language Models to
    Generate Text with Citations", 2023). A table row is judged by its values: its column names stand in the header.
    """
    texts = {item.id: f"{item.text} {item.locator.heading}" for item in answer.evidence}
    good = total = 0
    for claim in answer.claims:
        cited = [texts.get(one, "") for one in claim.evidence]
        total += len(cited)
        row = all("|" in text for text in cited)
        said = set(tokens(re.sub(r"(?:^|; )[^:;]{1,80}: ", " ", claim.text) if row else claim.text))

        def supports(parts: Sequence[str], said: set[str] = said) -> bool:
            return len(said & {term for text in parts for term in tokens(text)}) >= 0.9 * len(said)

        if supports(cited):
            good += sum(supports([one]) or not supports(cited[:i] + cited[i + 1 :]) for i, one in enumerate(cited))
    return good, total


def f1(true_positive: int, false_positive: int, false_negative: int) -> float:
    wrong = false_positive + false_negative
    return 2 * true_positive / (2 * true_positive + wrong) if true_positive else 0.0
