"""What an answer in the making tells, in order: evidence before the claim that cites it, at last the whole answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from advisor.answer import Answer, Claim, Evidence
from advisor.markdown import inert


@dataclass(frozen=True, slots=True)
class EvidenceCited:
    """A new item of evidence; claims refer to it as [number]."""

    number: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ClaimHeld:
    """A claim that passed the verifier, its words as inert Markdown with citation numbers, the answer up to it.

    What follows only adds to `so_far`; it is empty where the answer came about all at once.
    """

    claim: Claim
    markdown: str
    so_far: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know about how the answer comes about."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


Event = EvidenceCited | ClaimHeld | Notice | Done


def replay(answer: Answer) -> Iterator[Event]:
    """The events of an answer that came about all at once."""
    number = {item.id: position for position, item in enumerate(answer.evidence, 1)}
    told: set[str] = set()
    for claim in answer.claims:
        for one in claim.evidence:
            if one not in told:
                told.add(one)
                yield EvidenceCited(number[one], answer.evidence[number[one] - 1])
        yield ClaimHeld(claim, f"{inert(claim.text)} {''.join(f'[{number[one]}]' for one in claim.evidence)}")
    for position, item in enumerate(answer.evidence, 1):  # facts behind figures, cited by no claim
        if item.id not in told:
            yield EvidenceCited(position, item)
    yield Done(answer)


def understood(events: Iterator[Event], typed: str, question: str | None) -> Iterator[Event]:
    """The events of the answer to what was typed; for a follow-up they say first how it was understood."""
    said = f"Understood as: {question}"
    if question:
        yield Notice("understood", said)
    for event in events:
        if question and isinstance(event, ClaimHeld) and event.so_far:
            event = replace(event, so_far=f"{inert(said)}\n\n{event.so_far}")
        if isinstance(event, Done):
            told: dict[str, object] = {"question": typed}
            if question:
                told["understood"] = question
                if inert(f"Read as: {question}") not in event.answer.answer:  # the estate says it in its own words
                    told["answer"] = f"{inert(said)}\n\n{event.answer.answer}"
            event = Done(event.answer.model_copy(update=told))
        yield event


def last(events: Iterator[Event]) -> Answer:
    """The answer at the end of `events`."""
    for event in events:
        if isinstance(event, Done):
            return event.answer
    raise RuntimeError("the stream of an answer ended without one")
