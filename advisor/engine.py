"""Advisor: gather evidence, write, verify every line, answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from advisor.answer import Answer, Evidence, Retrieved, Verdict
from advisor.citing import Ledger
from advisor.composing import Composition, compose
from advisor.confidence import ANSWERS
from advisor.errors import QuestionError
from advisor.estate import Estate, as_answer, beside
from advisor.events import Done, Event, last, replay
from advisor.evidence import passage_locator
from advisor.gathering import Gathered, gather
from advisor.inventory.importing import FOLDER
from advisor.markdown import inert
from advisor.question import Question, analyse
from advisor.rendering import abstention, markdown, missing, withheld
from advisor.settings import Settings
from advisor.sovereignty import route
from advisor.writing import extractive
from advisor.writing.draft import Draft
from advisor.writing.models import Model, configured
from advisor.writing.prompts import pack
from index import generation
from index.document import Document, Label, Passage
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

    def _has_documents(self) -> bool:
        try:
            return self.retriever is not None
        except LibraryNotFound:
            return False

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
        self,
        text: str,
        *,
        clearance: Label | None = None,
        k: int | None = None,
        history: Sequence[str] = (),
        local_only: bool = False,
    ) -> Answer:
        """The verified answer; `history` holds the earlier questions of the conversation, oldest first.

        Raises QuestionError for an empty or over-long question.
        """
        return last(self.stream(text, clearance=clearance, k=k, history=history, local_only=local_only))

    def stream(
        self,
        text: str,
        *,
        clearance: Label | None = None,
        k: int | None = None,
        history: Sequence[str] = (),
        local_only: bool = False,
    ) -> Iterator[Event]:
        """The answer as it comes about, ending in `Done`; what is wrong with the question is raised at once.

        `local_only`: no hosted model, as when an earlier answer's receipt said so.
        """
        started = time.perf_counter()
        question = analyse(text)
        seen = self.clearance(clearance)
        said = self.estate.ask(question.text, seen, history)
        doubtful = said is not None and said.abstained and not said.theirs and self._has_documents()
        if said is not None and said.status != "mixed" and not doubtful:
            return replay(as_answer(said, question.text, generation.current_name(self.settings.home), started))
        retriever = self.retriever
        gathered = gather(question, retriever, clearance=seen, k=k or self.settings.passages)
        if said is not None and doubtful:
            if gathered.confidence < ANSWERS:
                return replay(as_answer(said, question.text, retriever.generation, started))
            said = None  # the inventory cannot tell, the guidance can
        hosted = any(model.hosted for model in self.models)
        earlier = self._labelled(history, seen, retriever) if hosted else Label.PUBLIC
        if said is not None:
            labels = [*(one.label for one in said.figures), *(one.label for one in said.facts)]
            earlier = max([earlier, *labels], key=lambda label: label.rank)
        answering = self._guidance(
            question, gathered, retriever, started, guidance_only=said is None, earlier=earlier, local_only=local_only
        )
        return answering if said is None else replay(beside(last(answering), said))

    @cached_property
    def models(self) -> list[Model]:
        """Language models in order of preference; none when the extractive writer works alone."""
        return configured(self.settings)[0]

    def _labelled(self, history: Sequence[str], clearance: Label, retriever: Retriever) -> Label:
        """The most sensitive label that the earlier questions of the conversation touched."""
        highest = Label.PUBLIC
        for text in history:
            try:
                question = analyse(text)
            except QuestionError:
                continue
            said = self.estate.ask(question.text, clearance)
            found = [*(one.label for one in said.figures), *(one.label for one in said.facts)] if said else []
            gathered = gather(question, retriever, clearance=clearance, k=self.settings.passages)
            if gathered.confidence >= ANSWERS:
                draft = extractive.write(question, gathered)
                items = pack(draft, gathered.sentences, self.settings.llm_evidence_tokens)
                found += [one.label for one in items]
            highest = max([highest, *found], key=lambda label: label.rank)
        return highest

    def _guidance(
        self,
        question: Question,
        gathered: Gathered,
        retriever: Retriever,
        started: float,
        *,
        guidance_only: bool,
        earlier: Label,
        local_only: bool,
    ) -> Iterator[Event]:
        """The library's answer: write, verify line by line, tell what holds."""
        gathered_at = time.perf_counter()
        draft = extractive.write(question, gathered) if gathered.confidence >= ANSWERS else Draft(())
        items = pack(draft, gathered.sentences, self.settings.llm_evidence_tokens)
        routed = route(self.models, items, self.settings.llm_ceiling, earlier, local_only)
        written_at = time.perf_counter()
        made = Composition(Ledger(retriever))
        yield from compose(made, question.text, draft, items, routed, self.settings)
        ledger, held = made.ledger, made.held
        ended = time.perf_counter()
        timings = {
            "gather": gathered_at - started,
            "write": written_at - gathered_at + made.receipt.seconds,
            "verify": ended - written_at - made.receipt.seconds,
            "total": ended - started,
        }
        yield Done(
            Answer(
                question=question.text,
                kind=question.kind,
                answer=markdown(question, made.draft, held, ledger, guidance_only) if held else abstention(gathered),
                abstained=not held,
                claims=tuple(held.values()),
                evidence=ledger.evidence,
                retrieved=tuple(_retrieved(rank, p, retriever) for rank, p in enumerate(gathered.passages, 1)),
                withheld=withheld(gathered),
                missing=missing(question, gathered, bool(held), guidance_only),
                confidence=round(gathered.confidence, 4),
                writer=made.writer,
                receipt=made.receipt,
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

    def document(self, identity: str, clearance: Label | None = None) -> Document | None:
        """The document whose id begins so, with its stored text; None when there is none that the caller may see."""
        found = self.retriever.document(identity, self.clearance(clearance))
        return found[0] if found else None

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
