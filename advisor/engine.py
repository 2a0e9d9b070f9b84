"""Advisor: gather evidence, write, verify every line, answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from advisor.answer import Answer, Evidence, Receipt, Retrieved, Verdict
from advisor.citing import Ledger
from advisor.confidence import ANSWERS
from advisor.estate import Estate, as_answer, beside
from advisor.events import ClaimHeld, Done, Event, EvidenceCited, last, replay
from advisor.evidence import passage_locator
from advisor.gathering import Gathered, gather
from advisor.inventory.importing import FOLDER
from advisor.markdown import inert
from advisor.question import Question, analyse
from advisor.rendering import abstention, markdown, missing, one_line, withheld
from advisor.settings import Settings
from advisor.writing import extractive
from advisor.writing.draft import Draft
from index import generation
from index.document import Label, Passage
from index.errors import LibraryNotFound
from index.library import encoder_folder
from index.retriever import Retriever


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
        return last(self.stream(text, clearance=clearance, k=k, history=history))

    def stream(
        self, text: str, *, clearance: Label | None = None, k: int | None = None, history: Sequence[str] = ()
    ) -> Iterator[Event]:
        """The answer as it comes about, ending in `Done`; what is wrong with the question is raised at once."""
        started = time.perf_counter()
        question = analyse(text)
        seen = self.clearance(clearance)
        said = self.estate.ask(question.text, seen, history)
        if said is not None and said.status != "mixed":
            return replay(as_answer(said, question.text, generation.current_name(self.settings.home), started))
        retriever = self.retriever
        gathered = gather(question, retriever, clearance=seen, k=k or self.settings.passages)
        answering = self._guidance(question, gathered, retriever, started, guidance_only=said is None)
        return answering if said is None else replay(beside(last(answering), said))

    def _guidance(
        self, question: Question, gathered: Gathered, retriever: Retriever, started: float, *, guidance_only: bool
    ) -> Iterator[Event]:
        """The library's answer: write, verify line by line, tell what holds."""
        gathered_at = time.perf_counter()
        draft = extractive.write(question, gathered) if gathered.confidence >= ANSWERS else Draft(())
        written_at = time.perf_counter()
        ledger = Ledger(retriever)
        held = {}
        told = 0
        for line, claim in zip(draft.lines, ledger.verify(draft.lines), strict=True):
            if not claim.verdict.holds:
                continue
            held[id(line)] = claim
            for item in ledger.evidence[told:]:
                if item.id in claim.evidence:
                    told += 1
                    yield EvidenceCited(told, item)
            yield ClaimHeld(claim, one_line(line, ledger.marks(claim)))
        ended = time.perf_counter()
        timings = {
            "gather": gathered_at - started,
            "write": written_at - gathered_at,
            "verify": ended - written_at,
            "total": ended - started,
        }
        yield Done(
            Answer(
                question=question.text,
                kind=question.kind,
                answer=markdown(question, draft, held, ledger, guidance_only) if held else abstention(gathered),
                abstained=not held,
                claims=tuple(held.values()),
                evidence=ledger.evidence,
                retrieved=tuple(_retrieved(rank, p, retriever) for rank, p in enumerate(gathered.passages, 1)),
                withheld=withheld(gathered),
                missing=missing(question, gathered, bool(held), guidance_only),
                confidence=round(gathered.confidence, 4),
                writer=extractive.NAME,
                receipt=Receipt(
                    writer=extractive.NAME,
                    seconds=round(written_at - gathered_at, 3),
                    estimate="no model took part",
                ),
                generation=retriever.generation,
                timings_ms={name: round(seconds * 1000, 2) for name, seconds in timings.items()},
            )
        )

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
