"""Run a set against a library made of its corpus, beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from advisor import Advisor, Answer, Label, Settings
from advisor.errors import SchemaError
from evals import baselines
from evals.case import Case, load, unlocated
from evals.metrics import GoldSpan, Span, f1, key_fact_recall, retrieval, supported_citations
from index import generation, library

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    cases: int
    answerable: int
    retrieval: dict[str, dict[str, float]]  # system → measure → value
    answering: dict[str, float]
    answers: dict[str, Answer] = field(repr=False, default_factory=dict)
    set: Sequence[Case] = field(repr=False, default=())


def run(
    settings: Settings, questions: Path, corpus: Path, *, compare: bool = True, say: Callable[[str], None] = print
) -> Report:
    """Ingest `corpus` into a workspace of its own, answer every case, measure. Raises SchemaError on a bad set."""
    cases = load(questions)
    if lost := unlocated(cases, corpus):
        raise SchemaError(f"{len(lost)} quotations of {questions} are not in {corpus}: {'; '.join(lost[:5])}")
    home = settings.home / "evals" / questions.stem
    say(f"indexing {corpus} …")
    library.ingest(home, [corpus], model=settings.embedding_model, label=Label.PUBLIC)
    advisor = Advisor.open(settings.model_copy(update={"home": home, "clearance": Label.RESTRICTED}))
    texts = _texts(home, corpus)
    golds = located(cases, home, corpus)
    say(f"answering {len(cases)} questions …")
    answers = {case.id: advisor.ask(case.question, k=DEPTH) for case in cases}
    runs = {name: spans(answer, str(corpus)) for name, answer in answers.items()}
    answerable = [case for case in cases if case.answerable]
    systems = {"advisor": retrieval(answerable, golds, runs)}
    if compare:
        say("running the baselines …")
        pieces = baselines.split(texts)
        asked = {case.id: case.question for case in answerable}
        for name, system in (("plain BM25", baselines.bm25), ("llama-index vectors", baselines.vector_store)):
            systems[name] = retrieval(answerable, golds, system(pieces, asked, DEPTH))
    return Report(questions.stem, len(cases), len(answerable), systems, answering(cases, answers), answers, cases)


def located(cases: Sequence[Case], home: Path, corpus: Path) -> dict[str, list[GoldSpan]]:
    """Where the golds of each case stand in the stored texts."""
    texts = _texts(home, corpus)
    return {
        case.id: [
            GoldSpan(_locate(gold.path, gold.quote, texts[gold.path]), gold.nuggets)
            for gold in case.gold
            if gold.path in texts
        ]
        for case in cases
    }


def spans(answer: Answer, root: str) -> list[Span]:
    """What was retrieved, best first; paths relative to `root`."""
    return [
        Span(_relative(one.locator.path or "", root), one.locator.start or 0, one.locator.end or 0)
        for one in answer.retrieved
    ]


def _texts(home: Path, corpus: Path) -> dict[str, str]:
    folder, _ = generation.open_current(home)
    return {_relative(one.document.path, str(corpus)): one.document.text for one in generation.read_records(folder)}


def _relative(path: str, root: str) -> str:
    return path.removeprefix(root).lstrip("/")


def _locate(path: str, quote: str, text: str) -> Span:
    start = text.find(quote)
    if start < 0:
        raise SchemaError(f"{path}: the quotation is not in the stored text: {quote[:60]}")
    return Span(path, start, start + len(quote))


def answering(cases: Sequence[Case], answers: dict[str, Answer]) -> dict[str, float]:
    """Key facts, citations, abstention, support and time over a set."""
    answerable = [case for case in cases if case.answerable]
    good = total = 0
    for answer in answers.values():
        a, b = supported_citations(answer)
        good, total = good + a, total + b
    abstained = {case.id: answers[case.id].abstained for case in cases}
    hits = sum(abstained[case.id] for case in cases if not case.answerable)
    wrong = sum(abstained[case.id] for case in answerable)
    missed = sum(not abstained[case.id] for case in cases if not case.answerable)
    return {
        "key-fact recall": mean(key_fact_recall(case, answers[case.id]) for case in answerable),
        "citation precision": good / total if total else 0.0,
        "abstention F1": f1(hits, wrong, missed),
        "answered though unanswerable": float(missed),
        "abstained though answerable": float(wrong),
        "unsupported sentences": float(sum(not c.verdict.holds for a in answers.values() for c in a.claims)),
        "claims per answer": mean(len(a.claims) for a in answers.values() if not a.abstained),
        "median ms": median(a.timings_ms["total"] for a in answers.values()),
    }
