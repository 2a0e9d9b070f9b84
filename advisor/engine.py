"""Advisor: gather evidence, write, verify every line, answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from advisor import audit
from advisor.answer import Answer, Evidence, Retrieved, Verdict
from advisor.citing import Ledger
from advisor.composing import Composition, compose
from advisor.confidence import ANSWERS
from advisor.conversation import Turn, Understood, leaning, questions, understand
from advisor.errors import QuestionError
from advisor.estate import Estate, as_answer, beside
from advisor.events import ClaimHeld, Done, Event, Notice, last, replay, understood
from advisor.evidence import passage_locator
from advisor.gathering import Gathered, beyond, gather, hiding, within
from advisor.hygiene import BLANK, masked, tainted
from advisor.inventory.importing import FOLDER
from advisor.jobs import Jobs
from advisor.markdown import inert
from advisor.measures.query import InventoryAnswer
from advisor.question import Question, analyse
from advisor.rendering import abstention, courtesy, markdown, missing, withheld
from advisor.settings import Settings
from advisor.sovereignty import route
from advisor.telemetry import Telemetry
from advisor.verifying import entailment
from advisor.writing import extractive
from advisor.writing.draft import Draft
from advisor.writing.models import Model, configured
from advisor.writing.prompts import pack
from advisor.writing.rewording import permitted, reworded
from index import generation, uploads
from index.document import Document, Label, Passage
from index.errors import LibraryNotFound
from index.library import encoder_folder
from index.retriever import Retriever

SHORT = 2  # lines of an answer that is asked to be short
CONTEXT = 2_000  # characters read beyond what is shown around a source
OF_ONE_SOURCE = 40  # passages looked through when one document is asked about


class Advisor:
    """Answers from one workspace; follows it when a new generation is committed. Thread-safe."""

    def __init__(self, settings: Settings, retriever: Retriever | None) -> None:
        self.settings = settings
        self._retriever = retriever
        self._lock = threading.Lock()
        self.telemetry = Telemetry(settings.trace_endpoint)
        self.estate = Estate(settings.home)
        self.jobs = Jobs(settings.home)

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
                    held = Retriever(self.settings.home, self.settings.embedding_model, earlier=held)
                    self._retriever = held
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
        seen = self.clearance(clearance)
        self._note(question.text, seen)
        gathered = retriever.retrieve(question.text, clearance=seen, k=k or self.settings.passages)
        audit.note(documents=(passage.document_id[:12] for passage in gathered.passages))
        return [_retrieved(rank, passage, retriever) for rank, passage in enumerate(gathered.passages, 1)]

    def ask(
        self,
        text: str,
        *,
        clearance: Label | None = None,
        k: int | None = None,
        history: Sequence[str | Turn] = (),
        local_only: bool = False,
    ) -> Answer:
        """The verified answer; `history` holds the earlier turns of the conversation, oldest first.

        Raises QuestionError for an empty or over-long question.
        """
        return last(self.stream(text, clearance=clearance, k=k, history=history, local_only=local_only))

    def stream(
        self,
        text: str,
        *,
        clearance: Label | None = None,
        k: int | None = None,
        history: Sequence[str | Turn] = (),
        local_only: bool = False,
    ) -> Iterator[Event]:
        """The answer as it comes about, ending in `Done`; what is wrong with the question is raised at once.

        `local_only`: no hosted model, as when an earlier answer's receipt said so.
        """
        return _noted(self._stream(text, clearance, k, history, local_only), self.telemetry)

    def _note(self, question: str, clearance: Label) -> None:
        """For the audit; the words of a question only when the settings say so."""
        audit.note(clearance=clearance, question=question if self.settings.audit_questions else None)

    def _stream(
        self, text: str, clearance: Label | None, k: int | None, history: Sequence[str | Turn], local_only: bool
    ) -> Iterator[Event]:
        started = time.perf_counter()
        typed = analyse(text).text
        seen = self.clearance(clearance)
        self._note(typed, seen)
        turns = tuple(Turn(one) if isinstance(one, str) else one.seen_by(seen) for one in history)
        asked = understand(typed, turns)
        if asked.courtesy:
            return replay(courtesy(typed, generation.current_name(self.settings.home)))
        said, reading = self._estate(typed, asked, turns, seen)
        doubtful = said is not None and said.abstained and not said.theirs and self._has_documents()
        if said is not None and said.status != "mixed" and not doubtful:
            answer = as_answer(said, typed, generation.current_name(self.settings.home), started)
            return understood(replay(answer), typed, reading)
        retriever = self.retriever
        question = analyse(asked.question)
        gathered = self._gathered(question, asked, turns, seen, k or self.settings.passages)
        if said is not None and doubtful:
            if gathered.confidence < ANSWERS:
                return understood(replay(as_answer(said, typed, retriever.generation, started)), typed, reading)
            said = None  # the inventory cannot tell, the guidance can
        hosted = any(model.hosted for model in self.models)
        earlier = self._labelled(turns, seen, retriever) if hosted else Label.PUBLIC
        if said is not None:
            earlier = max([earlier, *_labels_of(said)], key=lambda label: label.rank)
        wording = asked.question
        if asked.follows and self.settings.llm_rewrites:
            highest = max([earlier, *(one.label for one in gathered.passages)], key=lambda label: label.rank)
            if model := permitted(self.models, highest, self.settings.llm_ceiling, local_only):
                wording = reworded(model, typed, turns, wording, self.settings)
        if wording != asked.question:
            question = analyse(wording)
            gathered = self._gathered(question, asked, turns, seen, k or self.settings.passages)
        answering = self._guidance(
            question, gathered, retriever, started, guidance_only=said is None, earlier=earlier,
            local_only=local_only, lines=SHORT if asked.style == "short" else None,
        )  # fmt: skip
        events = answering if said is None else replay(beside(last(answering), said))
        return understood(events, typed, reading or (wording if asked.follows else None))

    def _estate(
        self, typed: str, asked: Understood, turns: Sequence[Turn], seen: Label
    ) -> tuple[InventoryAnswer | None, str | None]:
        """What the inventory says, and how a follow-up was read: by its own grammar or made self-contained."""
        said = self.estate.ask(leaning(typed), seen, [leaning(turn.question) for turn in turns])
        if not asked.follows:
            return said, None
        if said is not None and said.status in ("answered", "mixed"):
            return said, said.reading if said.status == "answered" else None
        again = self.estate.ask(asked.question, seen)
        return again, asked.question if again is not None else None

    def _gathered(self, question: Question, asked: Understood, turns: Sequence[Turn], seen: Label, k: int) -> Gathered:
        """Evidence; of one source, or beyond what the last answer showed, when that is asked for."""
        shown = turns[-1].evidence if turns else ()
        source = shown[asked.source - 1] if asked.source and asked.source <= len(shown) else None
        found = gather(question, self.retriever, clearance=seen, k=max(k, OF_ONE_SOURCE) if source else k)
        found = within(found, source) if source else found
        return beyond(found, shown) if asked.style == "more" else found

    @cached_property
    def models(self) -> list[Model]:
        """Language models in order of preference; none when the extractive writer works alone."""
        return configured(self.settings)[0]

    def _labelled(self, turns: Sequence[Turn], clearance: Label, retriever: Retriever) -> Label:
        """The most sensitive label that the earlier turns of the conversation touched."""
        typed = [leaning(turn.question) for turn in turns]
        found = [Label.PUBLIC, *(item.label for turn in turns for item in turn.evidence)]
        for place, text in enumerate(typed):
            found += _labels_of(self.estate.ask(text, clearance, typed[:place]))
        for text in questions(turns):
            try:
                question = analyse(text)
            except QuestionError:
                continue
            found += _labels_of(self.estate.ask(question.text, clearance))
            gathered = gather(question, retriever, clearance=clearance, k=self.settings.passages)
            if gathered.confidence >= ANSWERS:
                draft = extractive.write(question, gathered)
                items = pack(draft, gathered.sentences, self.settings.llm_evidence_tokens)
                found += [one.label for one in items]
        return max(found, key=lambda label: label.rank)

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
        lines: int | None,
    ) -> Iterator[Event]:
        """The library's answer: write, verify line by line, tell what holds."""
        gathered_at = time.perf_counter()
        draft = extractive.write(question, gathered) if gathered.confidence >= ANSWERS else Draft(())
        draft = draft.first(lines) if lines else draft
        drafted_at = time.perf_counter()
        items = pack(draft, gathered.sentences, self.settings.llm_evidence_tokens)
        routed = route(self.models, items, self.settings.llm_ceiling, earlier, local_only)
        written_at = time.perf_counter()
        nli = entailment.load(self.settings.nli_model) if self.settings.nli_model else None
        made = Composition(Ledger(retriever, nli))
        for title in hiding(gathered):
            yield Notice("hidden-text", f"{title} hides text in characters that no one sees; it is left out.")
        for event in compose(made, question.text, draft, items, routed, self.settings):
            if isinstance(event, ClaimHeld):
                event = replace(event, so_far=markdown(question, made.draft, made.held, made.ledger, guidance_only))
            yield event
        ledger, held = made.ledger, made.held
        ended = time.perf_counter()
        timings = {
            "gather": gathered_at - started,
            "route": written_at - drafted_at,
            "write": drafted_at - gathered_at + made.receipt.seconds,
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
                "uploaded": uploads.is_upload(document.path),
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
        wide = margin + CONTEXT  # a heading or paragraph is judged whole before it is cut
        before, after = self.retriever.surroundings(evidence.id.partition(":")[0], where.start, where.end, wide)
        return masked(before)[-margin:], masked(after)[:margin]


def _readable(passage: Passage, text: str) -> str:
    """The stored text of a passage, of the same length, without what is no evidence."""
    shown = list(masked(text))
    for position in tainted(passage.sentences):
        sentence = passage.sentences[position]
        for place in range(sentence.start - passage.locator.start, sentence.end - passage.locator.start):
            if 0 <= place < len(shown) and not shown[place].isspace():
                shown[place] = BLANK
    return "".join(shown)


def _labels_of(said: InventoryAnswer | None) -> list[Label]:
    return [*(one.label for one in said.figures), *(one.label for one in said.facts)] if said else []


def _noted(events: Iterator[Event], telemetry: Telemetry) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Done):
            audit.note(documents=audit.cited(event.answer))
            telemetry.observe(event.answer)
        yield event


def _retrieved(rank: int, passage: Passage, retriever: Retriever) -> Retrieved:
    return Retrieved(
        rank=rank,
        id=passage.id,
        score=round(passage.score, 4),
        dense=round(passage.dense, 4),
        lexical=round(passage.lexical, 4),
        text=_readable(passage, retriever.source_text(passage, passage.locator.start, passage.locator.end)),
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
