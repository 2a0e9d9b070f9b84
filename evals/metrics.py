"""Measures of one run over a set. Retrieval measures are computed by ir-measures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import ir_measures
from ir_measures import Qrel, R, ScoredDoc, nDCG

from advisor import Answer
from evals.case import Case
from index.vocabulary import tokens

COVERED = 0.5  # share of a gold span that a passage must hold to count as having found it


@dataclass(frozen=True, slots=True)
class Span:
    """A retrieved piece of a document: path relative to the corpus, characters [start, end)."""

    path: str
    start: int
    end: int


def retrieval(
    cases: Sequence[Case], golds: Mapping[str, Sequence[Span]], runs: Mapping[str, Sequence[Span]]
) -> dict[str, float]:
    """recall@5 and nDCG@10 over the answerable cases; a gold span is found by the first passage that covers it."""
    qrels = [Qrel(case.id, f"gold-{i}", 1) for case in cases for i, _ in enumerate(golds[case.id])]
    scored = [
        ScoredDoc(case.id, name, float(-rank))
        for case in cases
        if golds[case.id]
        for rank, name in _ranked(runs[case.id], golds[case.id])
    ]
    found = ir_measures.calc_aggregate([R @ 5, nDCG @ 10], qrels, scored)
    budget = [sum(s.end - s.start for s in runs[case.id][:5]) for case in cases if golds[case.id]]
    return {"recall@5": found[R @ 5], "nDCG@10": found[nDCG @ 10], "characters@5": mean(budget)}


def _ranked(run: Sequence[Span], golds: Sequence[Span]) -> list[tuple[int, str]]:
    """(rank, name) of what was retrieved: the gold it is the first to cover, or itself."""
    left = dict(enumerate(golds))
    named: list[tuple[int, str]] = []
    for rank, span in enumerate(run):
        hits = [i for i, gold in left.items() if covers(span, gold)]
        for i in hits:
            del left[i]
            named.append((rank, f"gold-{i}"))
        if not hits:
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


def supported_citations(answer: Answer) -> tuple[int, int]:
    """(citations whose stored text holds the claim's words and numbers, citations).

    Judged on the raw span, apart from the verifier: at least nine tenths of the claim's terms.
    """
    texts = {item.id: set(tokens(f"{item.text} {item.locator.heading}")) for item in answer.evidence}
    good = total = 0
    for claim in answer.claims:
        said = set(tokens(claim.text))
        for one in claim.evidence:
            total += 1
            good += one in texts and len(said & texts[one]) >= 0.9 * len(said)
    return good, total


def f1(true_positive: int, false_positive: int, false_negative: int) -> float:
    wrong = false_positive + false_negative
    return 2 * true_positive / (2 * true_positive + wrong) if true_positive else 0.0
