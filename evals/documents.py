"""A set of questions with gold quotations over a folder of documents, measured for retrieval and answers."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from advisor import Advisor, Answer, Label, Settings
from advisor.errors import SchemaError
from advisor.inventory.importing import import_feeds
from evals import case as cases_of
from evals.case import Case
from evals.metrics import DEPTH, GoldSpan, Span, estate_misses, key_fact_recall, retrieval, supported_citations
from evals.registry import Comparison, EvalSet, Item, Opened, Say
from evals.row import Material, Measure, Part, Row
from index import library
from index.errors import LibraryError

PASSAGES = 10
NEARNESS = {"near": "on the subject of the documents", "far": "about other things"}  # kinds of unanswerable questions
MEASURES = (
    Measure("nDCG@10", "higher", "nuggets in order of rank; a passage is credited with what none before it told"),
    Measure("recall@5", "higher", "share of a question's nuggets that the first five passages tell"),
    Measure("characters@5", "neither", "characters in the first five passages: what is read", 0),
    Measure("key-fact recall", "higher", "share of the key facts that stand in the answer, word for word"),
    Measure("estate answers", "higher", "share of the questions about the estate with every name, number and verdict"),
    Measure("citation precision", "higher", "share of citations whose source holds the claim"),
    Measure("abstention F1", "higher", "F1 of “I don't know” against the unanswerable questions"),
    Measure("answered though unanswerable", "lower", "share of the unanswerable questions"),
    *(
        Measure(f"answered though {kind}", "lower", f"share of the unanswerable questions {about}")
        for kind, about in NEARNESS.items()
    ),
    Measure("abstained though answerable", "lower", "share of the answerable questions"),
    Measure("unsupported sentences", "lower", "share of the claims whose verdict does not hold"),
    Measure("claims per answer", "neither", "of answers that do not abstain", 1),
    Measure("ms per answer", "neither", "mean time of an answer as it was measured, whatever else ran", 0),
)
_OF_UNANSWERABLE = ("abstention F1", "answered though unanswerable")  # of a set without such questions: nothing
COMPARED = ("nDCG@10", "recall@5", "characters@5")


def make(name: str, about: str, questions: Path, folder: Path, feeds: Path | None = None) -> EvalSet:
    """The set of a JSONL file over the documents of `folder`, and over an estate where there are feeds."""

    def opened(settings: Settings, work: Path, say: Say) -> Opened:
        say(f"{name}: indexing {folder}")
        _without_others(work, str(folder))
        library.ingest(work, [folder], model=settings.embedding_model, label=Label.PUBLIC)
        if feeds is not None:
            import_feeds(work, [feeds])
        return over(settings.model_copy(update={"home": work}), reviewed(questions), str(folder))

    return EvalSet(
        name=name,
        about=about,
        measures=measures_of(cases_of.load(questions)),
        items=lambda: [Item(one.id, one.model_dump_json()) for one in reviewed(questions)],
        state=lambda: folder_digest(folder) + (folder_digest(feeds) if feeds else ""),
        open=opened,
        compared=COMPARED if any(one.gold for one in cases_of.load(questions)) else (),
    )


def _without_others(work: Path, root: str) -> None:
    """Begin anew where documents of another folder were indexed: they would be found beside this one's."""
    with suppress(LibraryError):
        if all(one.document.path.startswith(root) for one in library.stored(work)):
            return
    shutil.rmtree(work / "generations", ignore_errors=True)
    (work / "CURRENT").unlink(missing_ok=True)


def reviewed(questions: Path) -> list[Case]:
    """The questions that someone has read. Raises SchemaError when there is none."""
    read = [one for one in cases_of.load(questions) if one.reviewed]
    if not read:
        raise SchemaError(f"{questions} has no reviewed question: read the drafts and set `reviewed` to true.")
    return read


def measures_of(cases: Sequence[Case]) -> tuple[Measure, ...]:
    """Those that questions of these kinds have."""
    left_out = () if any(not one.answerable for one in cases) else _OF_UNANSWERABLE
    left_out += () if any(one.estate for one in cases) else ("estate answers",)
    left_out += () if any(one.gold for one in cases) else COMPARED
    left_out += () if any(one.key_facts for one in cases) else ("key-fact recall",)
    left_out += tuple(f"answered though {one}" for one in NEARNESS if all(case.kind != one for case in cases))
    return tuple(one for one in MEASURES if one.name not in left_out)


def over(settings: Settings, cases: Sequence[Case], root: str) -> Opened:
    """What measures the cases over the workspace of the settings; paths of golds are relative to `root`."""
    home = settings.home
    advisor = Advisor.open(settings.model_copy(update={"clearance": Label.RESTRICTED}))
    texts = stored_texts(home, root)
    golds = located(cases, texts)
    known = {one.id: one for one in cases}
    labels = stored_labels(home, root)

    def measure(item: Item) -> Row:
        case = known[item.id]
        answer = advisor.ask(case.question, k=PASSAGES)
        row = row_of(case, answer, golds[item.id], root)
        return replace(row, material=_material(case, answer, row, [labels[gold.path] for gold in case.gold]))

    def score(identity: str, ranked: Sequence[tuple[str, int, int]]) -> Row:
        one, found = known[identity], [Span(*span) for span in ranked]
        shown = tuple(f"{span.path} {span.start}–{span.end}" for span in found[:DEPTH])
        parts = retrieval(golds[identity], found)
        return Row(identity, one.question, one.kind, parts, evidence=shown, split=one.split)

    questions = {one.id: one.question for one in cases if one.gold}
    encoder = advisor.retriever.embedder
    return Opened(
        measure,
        Comparison(texts, questions, score, PASSAGES, encoder.fingerprint, encoder.embed, characters_read),
    )


def characters_read(rows: Sequence[Row]) -> float:
    parts = [row.parts["characters@5"] for row in rows if "characters@5" in row.parts]
    return sum(a for a, _ in parts) / sum(b for _, b in parts)


def row_of(case: Case, answer: Answer, golds: Sequence[GoldSpan], root: str) -> Row:
    """All measures of one answer; where it fell short, why."""
    found = spans(answer, root)
    parts: dict[str, Part] = {"ms per answer": (answer.timings_ms["total"], 1.0)}
    failures = []
    if golds:
        parts |= retrieval(golds, found)
        if parts["recall@5"][0] < 1:
            failures.append(f"the first five passages tell {parts['recall@5'][0]:.0%} of the gold nuggets")
    if case.answerable:
        parts["abstained though answerable"] = (float(answer.abstained), 1.0)
        if answer.abstained:
            failures.append(f"abstained though answerable (confidence {answer.confidence:.2f})")
        if case.key_facts:
            parts["key-fact recall"] = (key_fact_recall(case, answer), 1.0)
            if parts["key-fact recall"][0] < 1:
                failures.append(f"the answer has {parts['key-fact recall'][0]:.0%} of the key facts")
    else:
        parts["answered though unanswerable"] = (float(not answer.abstained), 1.0)
        if case.kind in NEARNESS:
            parts[f"answered though {case.kind}"] = (float(not answer.abstained), 1.0)
        if not answer.abstained:
            failures.append(f"answered though unanswerable (confidence {answer.confidence:.2f})")
    if case.estate:
        missing = ["abstained"] if answer.abstained else estate_misses(case, answer)
        parts["estate answers"] = (float(not missing), 1.0)
        failures += [] if answer.abstained else missing
    hit = answer.abstained and not case.answerable
    if hit or answer.abstained == case.answerable:  # F1 = 2 TP / (2 TP + FP + FN)
        parts["abstention F1"] = (2.0, 2.0) if hit else (0.0, 1.0)
    if answer.claims:
        good, cited = supported_citations(answer)
        bad = sum(not claim.verdict.holds for claim in answer.claims)
        parts["citation precision"] = (good, cited)
        parts["unsupported sentences"] = (bad, len(answer.claims))
        if good < cited:
            failures.append(f"{cited - good} of {cited} citations do not hold their claim")
        if bad:
            failures.append(f"{bad} unsupported sentences")
    if not answer.abstained:
        parts["claims per answer"] = (len(answer.claims), 1.0)
    return Row(
        id=case.id,
        question=case.question,
        kind=case.kind,
        parts=parts,
        failures=tuple(failures),
        expected=_expected(case),
        answer=answer.answer,
        evidence=tuple(
            f"{span.path} {span.start}–{span.end}: {' '.join(r.text.split())[:240]}"
            for span, r in zip(found[:DEPTH], answer.retrieved, strict=False)
        ),
        split=case.split,
    )


def _material(case: Case, answer: Answer, row: Row, labels: Sequence[Label]) -> Material | None:
    """For a judge: the answer beside what it cites and what would be right; None where nothing was answered."""
    if answer.abstained:
        return None
    ours = {"faithfulness": all(claim.verdict.holds for claim in answer.claims)}
    if case.gold:
        ours["relevancy"] = row.parts["recall@5"][0] > 0
    if case.key_facts:
        ours["correctness"] = row.parts["key-fact recall"][0] >= 0.5
    if case.estate:
        ours["correctness"] = bool(row.parts["estate answers"][0])
    every = [*labels, *(one.label for one in answer.evidence), *([case.label] if case.label else [])]
    return Material(
        said=" ".join(claim.text for claim in answer.claims),
        contexts=tuple(one.text for one in answer.evidence),
        label=max(every, key=lambda label: label.rank, default=Label.RESTRICTED).value,
        reference="\n".join([*(gold.quote for gold in case.gold), *case.key_facts, *_estate(case)]),
        asked=case.question,
        ours=ours,
    )


def _expected(case: Case) -> str:
    if not case.answerable:
        return "“I don't know”"
    golds = [f"{gold.path}: {gold.quote}" for gold in case.gold]
    return "\n".join([*golds, *(f"fact: {fact}" for fact in case.key_facts), *_estate(case)])


def _estate(case: Case) -> list[str]:
    parts = [
        case.starts,
        ", ".join(case.names),
        ", ".join(f"{one:,.4f}".rstrip("0").rstrip(".") for one in case.numbers),
    ]
    return ["; ".join(part for part in parts if part)] if case.estate else []


def stored_texts(home: Path, root: str) -> dict[str, str]:
    """The text of each document by its path relative to `root`, as the library of `home` stores it."""
    return {relative(one.document.path, root): one.document.text for one in library.stored(home)}


def stored_labels(home: Path, root: str) -> dict[str, Label]:
    """The label of each document by its path relative to `root`."""
    return {relative(one.document.path, root): one.document.label for one in library.stored(home)}


def located(cases: Sequence[Case], texts: Mapping[str, str]) -> dict[str, list[GoldSpan]]:
    """Where the golds of each case stand in the stored texts. Raises SchemaError for one that does not."""
    return {
        case.id: [GoldSpan(span, gold.nuggets) for gold in case.gold for span in _spans(gold.path, gold.quote, texts)]
        for case in cases
    }


def spans(answer: Answer, root: str) -> list[Span]:
    """What was retrieved, best first; paths relative to `root`."""
    return [
        Span(relative(one.locator.path or "", root), one.locator.start or 0, one.locator.end or 0)
        for one in answer.retrieved
    ]


def _spans(path: str, quote: str, texts: Mapping[str, str]) -> list[Span]:
    """Everywhere the quotation stands in its document: a document that says it twice offers two alternatives."""
    text, found, start = texts.get(path, ""), [], -1
    while (start := text.find(quote, start + 1)) >= 0:
        found.append(Span(path, start, start + len(quote)))
    if not found:
        raise SchemaError(f"{path}: the quotation is not in the stored text: {quote[:60]}")
    return found


def relative(path: str, root: str) -> str:
    """The path of a document below the folder that was ingested."""
    return path.removeprefix(root).lstrip("/")


def folder_digest(folder: Path) -> str:
    """Of the names and bytes of all files below."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
