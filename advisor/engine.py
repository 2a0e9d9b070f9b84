"""Advisor: gather evidence, write, verify every line, answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from advisor import verification
from advisor.answer import Answer, Claim, Evidence, Retrieved, Verdict, Withheld
from advisor.confidence import ANSWERS
from advisor.estate import Estate, as_answer, beside
from advisor.evidence import Scored, cite, passage_locator
from advisor.gathering import Gathered, gather
from advisor.inventory.importing import FOLDER
from advisor.markdown import inert
from advisor.question import Kind, Question, analyse
from advisor.settings import Settings
from advisor.writing import extractive
from advisor.writing.draft import Draft, Line
from index import generation
from index.document import Label, Passage
from index.errors import LibraryNotFound
from index.library import encoder_folder
from index.retriever import Retriever

_NO_INVENTORY = (
    "The library holds guidance, not figures of your own estate: this says what decides, not whether you pass."
)
_NEEDS_INVENTORY = (
    "Figures of your own estate (sites, GPUs, fabric, storage): import them with `advisor inventory import PATH…`."
)


class Advisor:
    """Answers from one workspace; follows it when a new generation is committed. Thread-safe."""

    def __init__(self, settings: Settings, retriever: Retriever | None) -> None:
        self.settings = settings
        self._retriever = retriever
        self._lock = threading.Lock()
        self.estate = Estate(settings.home)

    @classmethod
    def open(cls, settings: Settings) -> Advisor:
        """Raises index.errors.LibraryError when the workspace has neither a usable library nor an inventory."""
        try:
            return cls(settings, Retriever(settings.home, settings.embedding_model))
        except LibraryNotFound:
            if not (generation.open_current(settings.home)[0] / FOLDER).is_dir():
                raise
            return cls(settings, None)  # the estate answers; guidance says what is missing when it is asked for

    @property
    def retriever(self) -> Retriever:
        """The reader of the generation in force. Raises LibraryNotFound when that holds no documents."""
        current, held = generation.current_name(self.settings.home), self._retriever
        if held is None or current != held.generation:
            with self._lock:
                held = self._retriever
                if held is None or current != held.generation:
                    embedder = held.embedder if held else None
                    held = self._retriever = Retriever(self.settings.home, self.settings.embedding_model, embedder)
        return held

    def clearance(self, asked: Label | None) -> Label:
        """What the caller may see: what they ask for, never more than the settings allow."""
        allowed = self.settings.clearance
        return asked if asked is not None and asked.rank < allowed.rank else allowed

    def search(self, text: str, *, clearance: Label | None = None, k: int | None = None) -> list[Retrieved]:
        """Ranked passages alone."""
        question = analyse(text)
        retriever = self.retriever
        gathered = retriever.retrieve(question.text, clearance=self.clearance(clearance), k=k or self.settings.passages)
        return [_retrieved(rank, passage, retriever) for rank, passage in enumerate(gathered.passages, 1)]

    def ask(
        self, text: str, *, clearance: Label | None = None, k: int | None = None, history: Sequence[str] = ()
    ) -> Answer:
        """The verified answer; `history` holds the earlier questions of the conversation, oldest first.

        Raises QuestionError for an empty or over-long question.
        """
        started = time.perf_counter()
        question = analyse(text)
        said = self.estate.ask(question.text, self.clearance(clearance), history)
        if said is not None and said.status != "mixed":
            return as_answer(said, question.text, generation.current_name(self.settings.home), started)
        retriever = self.retriever
        gathered = gather(question, retriever, clearance=self.clearance(clearance), k=k or self.settings.passages)
        gathered_at = time.perf_counter()
        draft = Draft(())
        if gathered.confidence >= ANSWERS:
            draft = extractive.write(question, gathered)
        written_at = time.perf_counter()
        evidence, verdicts = _verify(draft, retriever)
        ended = time.perf_counter()
        timings = {
            "gather": gathered_at - started,
            "write": written_at - gathered_at,
            "verify": ended - written_at,
            "total": ended - started,
        }
        claims = [(line, claim) for line, claim in verdicts if claim.verdict.holds]
        answer = Answer(
            question=question.text,
            kind=question.kind,
            answer=_markdown(question, draft, claims, evidence, said is None) if claims else _abstention(gathered),
            abstained=not claims,
            claims=tuple(claim for _, claim in claims),
            evidence=tuple(evidence),
            retrieved=tuple(_retrieved(rank, p, retriever) for rank, p in enumerate(gathered.passages, 1)),
            withheld=_withheld(gathered),
            missing=_missing(question, gathered, bool(claims), said is None),
            confidence=round(gathered.confidence, 4),
            writer=extractive.NAME,
            generation=retriever.generation,
            timings_ms={name: round(seconds * 1000, 2) for name, seconds in timings.items()},
        )
        return answer if said is None else beside(answer, said)

    def documents(self, clearance: Label | None = None) -> list[dict[str, object]]:
        """The documents the caller may see, by path."""
        return [
            {
                "id": document.id[:12],
                "path": document.path,
                "title": document.title,
                "label": document.label.value,
                "media": document.media,
                "chunks": chunks,
            }
            for document, chunks in self.retriever.documents(self.clearance(clearance))
        ]

    def surroundings(self, evidence: Evidence, margin: int = 400) -> tuple[str, str]:
        """Up to `margin` characters of the stored text before and after passage evidence."""
        where = evidence.locator
        if where.start is None or where.end is None:
            return "", ""
        return self.retriever.surroundings(evidence.id.partition(":")[0], where.start, where.end, margin)


def _verify(draft: Draft, retriever: Retriever) -> tuple[list[Evidence], list[tuple[Line, Claim]]]:
    """Evidence in order of citation, one a run of neighbouring sentences, and the verdict on every line."""
    order: dict[str, list[Scored]] = {}
    for line in draft.lines:
        for source in line.sources:
            order.setdefault(source.passage.id, []).append(source)
    items: dict[str, Evidence] = {}
    words: dict[str, str] = {}
    of: dict[tuple[str, int], str] = {}  # (passage, sentence's position) → evidence id
    for sources in order.values():
        for run in _runs(sources):
            passage, sentences = run[0].passage, tuple(one.sentence for one in run)
            start, end = sentences[0].start, max(sentence.end for sentence in sentences)
            item = cite(passage, sentences, retriever.source_text(passage, start, end))
            items[item.id] = item
            words[item.id] = "\n".join(sentence.text for sentence in sentences)
            of.update({(passage.id, one.position): item.id for one in run})
    verdicts = []
    for line in draft.lines:
        ids = tuple(dict.fromkeys(of[source.passage.id, source.position] for source in line.sources))
        verdicts.append((line, Claim(text=line.text, verdict=verification.verify(line.text, ids, words), evidence=ids)))
    used = list(dict.fromkeys(one for _, claim in verdicts if claim.verdict.holds for one in claim.evidence))
    return [items[one] for one in used], verdicts


def _runs(sources: Sequence[Scored]) -> list[list[Scored]]:
    """The sentences of one passage without repeats, in order, parted wherever one between is not cited."""
    runs: list[list[Scored]] = []
    for one in sorted({source.position: source for source in sources}.values(), key=lambda source: source.position):
        if runs and one.position == runs[-1][-1].position + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _markdown(
    question: Question,
    draft: Draft,
    held: Sequence[tuple[Line, Claim]],
    evidence: Sequence[Evidence],
    guidance_only: bool,
) -> str:
    """The held lines with citation numbers, shaped as the draft is."""
    claims = {id(line): claim for line, claim in held}
    number = {item.id: position for position, item in enumerate(evidence, 1)}
    blocks: list[str] = [_NO_INVENTORY] if question.kind is Kind.READINESS and guidance_only else []
    for section in draft.sections:
        lines = [line for line in section.lines if id(line) in claims]
        if not lines:
            continue
        if section.heading:
            blocks.append(f"**{inert(section.heading)}**")
        step = 0
        run: list[str] = []
        style = ""
        for line in lines:
            marks = "".join(f"[{number[one]}]" for one in claims[id(line)].evidence)
            if run and line.style != style:
                blocks.append(_join(run, style))
                run = []
            style = line.style
            step += 1
            prefix = {"bullet": "- ", "step": f"{step}. "}.get(line.style, "")
            if line.style == "code":
                run.append(f"```\n{line.text.replace('```', '')}\n```\n{marks}")
            else:
                run.append(f"{prefix}{inert(line.text)} {marks}")
            step = step if line.style == "step" else 0
        blocks.append(_join(run, style))
    return "\n\n".join(blocks)


def _join(run: Sequence[str], style: str) -> str:
    return (" " if style == "prose" else "\n").join(run)


def _abstention(gathered: Gathered) -> str:
    said = "I don't know: the library has nothing that answers this."
    if gathered.unknown and gathered.passages:
        said += f" No retrieved passage speaks of {_named(gathered.unknown)}."
    if gathered.passages and gathered.confidence > 0.2:
        near = list(dict.fromkeys(p.locator.document for p in gathered.passages[:3]))
        said += f" The nearest documents are {'; '.join(inert(title) for title in near)}."
    return said


def _named(words: Sequence[str]) -> str:
    return ", ".join(f"“{inert(word)}”" for word in words[:5])


def _missing(question: Question, gathered: Gathered, answered: bool, guidance_only: bool) -> tuple[str, ...]:
    missing = []
    if not answered:
        about = _named(gathered.unknown) if gathered.unknown else f"“{question.text}”"
        missing.append(f"A guidance document about {about}: add one with `advisor ingest PATH`.")
    if question.kind is Kind.READINESS and guidance_only:
        missing.append(_NEEDS_INVENTORY)
    return tuple(missing)


def _withheld(gathered: Gathered) -> tuple[Withheld, ...]:
    if not gathered.hidden:
        return ()
    return (Withheld(reason="label above the caller's clearance; not searched", documents=gathered.hidden),)


def _retrieved(rank: int, passage: Passage, retriever: Retriever) -> Retrieved:
    return Retrieved(
        rank=rank,
        id=passage.id,
        score=round(passage.score, 4),
        dense=round(passage.dense, 4),
        lexical=round(passage.lexical, 4),
        text=retriever.source_text(passage, passage.locator.start, passage.locator.end),
        label=passage.label,
        locator=passage_locator(passage),
    )


def workspace_ready(home: Path) -> str | None:
    """None when the workspace can answer, else what to do."""
    from index.errors import LibraryError

    try:
        _, manifest = generation.open_library(home)
    except LibraryError as error:
        return str(error)
    if not (encoder_folder(home, manifest.model) / "model.json").is_file():
        return "The encoder has not been exported: run `advisor ingest`."
    return None


__all__ = ["Advisor", "Verdict", "inert", "workspace_ready"]
