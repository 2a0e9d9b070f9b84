"""A model's sentences, verified one by one as they come, over the extractive draft as the floor."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from advisor.answer import Claim, Receipt
from advisor.citing import Ledger
from advisor.errors import ModelError
from advisor.events import ClaimHeld, Event, EvidenceCited, Notice
from advisor.rendering import one_line
from advisor.settings import Settings
from advisor.sovereignty import Route
from advisor.writing import extractive, llm, prompts
from advisor.writing.calling import Usage, call
from advisor.writing.draft import Draft, Line, Section
from advisor.writing.models import Model
from advisor.writing.prompts import Item


@dataclass
class Composition:
    """What has been written so far: lines that hold, in the shape they are to be shown in."""

    ledger: Ledger
    draft: Draft = field(default_factory=lambda: Draft(()))
    held: dict[int, Claim] = field(default_factory=dict)
    writer: str = extractive.NAME
    receipt: Receipt = field(
        default_factory=lambda: Receipt(writer=extractive.NAME, seconds=0.0, estimate="no model took part")
    )
    told: int = 0

    def tell(self, line: Line, claim: Claim) -> Iterator[Event]:
        """The events of a claim that holds: its new evidence, then itself."""
        self.held[id(line)] = claim
        for item in self.ledger.evidence[self.told :]:
            if item.id in claim.evidence:
                self.told += 1
                yield EvidenceCited(self.told, item)
        yield ClaimHeld(claim, one_line(line, self.ledger.marks(claim)))


def compose(
    into: Composition, question: str, floor: Draft, items: Sequence[Item], route: Route, settings: Settings
) -> Iterator[Event]:
    """Fills `into`. Whatever the model does, what the floor says is said."""
    if route.passed:
        where = f"{route.model.writer} on this machine" if route.model else "the extractive writer"
        yield Notice("kept-local", f"Evidence above the ceiling of {route.passed} is not sent; written by {where}.")
    fallback = None
    written: list[Line] = []
    if route.model is not None and floor.lines:
        model, usage, fates = route.model, Usage(), Counter[str]()
        started = time.perf_counter()
        prompt = prompts.messages(question, items)
        text = call(model.produce, *prompt, model.breaker, settings.llm_timeout_s, usage)
        characters = [0]
        try:
            for sentence in llm.sentences(_counted(text, characters)):
                line, claim, fate = _checked(sentence, question, items, into.ledger, written)
                fates[fate] += 1
                if line is not None and claim is not None:
                    written.append(line)
                    into.draft = Draft((Section("", tuple(written)),))
                    yield from into.tell(line, claim)
        except ModelError as error:
            fallback = str(error)
            yield Notice(f"model-{error.kind}", f"{error} The rest is quoted from the sources.")
        finally:
            text.close()
        if not written and fallback is None:
            fallback = "No sentence of the language model held against the evidence."
            yield Notice("model-unsupported", f"{fallback} The answer is quoted from the sources.")
        seconds = time.perf_counter() - started
        into.writer = f"{model.writer}, {extractive.NAME}" if written else extractive.NAME
        into.receipt = _receipt(into.writer, model, usage, seconds, prompt, characters[0], settings, fates, fallback)
    elif route.passed and not route.model:
        into.receipt = into.receipt.model_copy(update={"fallback": f"No local model; {route.passed} may not see it."})
    into.receipt = into.receipt.model_copy(update={"withheld": route.withheld, "local_only": route.local_only})
    yield from _floor(into, floor, written)


def _counted(text: Iterator[str], characters: list[int]) -> Iterator[str]:
    for part in text:
        characters[0] += len(part)
        yield part


def _checked(
    sentence: str, question: str, items: Sequence[Item], ledger: Ledger, written: Sequence[Line]
) -> tuple[Line | None, Claim | None, str]:
    """The sentence as a claim that holds, by what it cites or by the evidence it was taken from; else its fate."""
    line, why = llm.line(sentence, items)
    if line is None:
        return None, None, why
    if llm.said(line.text, [one.text for one in written]):
        return None, None, "repeated"
    if not llm.tells(line.text, question):
        return None, None, "echo of the question"
    tries = [line.sources] if line.sources else []
    if (near := llm.nearest(line.text, items)) is not None and (near.source,) not in tries:
        tries.append((near.source,))
    fate = "uncited"
    for sources in tries:
        attempt = Line(line.text, sources)
        named = [one for one in items if one.source in sources]
        if not llm.names_stand(line.text, named, question):
            fate = "unsupported"
            continue
        claim = ledger.verify([attempt])[0]
        fate = claim.verdict.value
        if claim.verdict.holds:
            return attempt, claim, fate
    return None, None, fate


def _floor(into: Composition, floor: Draft, written: Sequence[Line]) -> Iterator[Event]:
    """The lines of the extractive draft that the model's sentences do not hold in full; lists stay whole."""
    texts = [one.text for one in written]
    rest = []
    for section in floor.sections:
        listed = any(line.style in ("step", "bullet") for line in section.lines)
        lines = tuple(one for one in section.lines if listed or not llm.said(one.text, texts))
        if lines:
            rest.append(Section(section.heading, lines))
    own = (Section("", tuple(written)),) if written else ()
    into.draft = Draft((*own, *rest))
    left = [line for section in rest for line in section.lines]
    for line, claim in zip(left, into.ledger.verify(left), strict=True):
        if claim.verdict.holds:
            yield from into.tell(line, claim)


def _receipt(
    writer: str, model: Model, usage: Usage, seconds: float, prompt: tuple[str, str], characters: int,
    settings: Settings, fates: Counter[str], fallback: str | None,
) -> Receipt:  # fmt: skip
    told_in, told_out = usage.counts.get("in"), usage.counts.get("out")
    tokens_in = told_in if told_in is not None else sum(map(len, prompt)) // prompts.CHARACTERS_A_TOKEN
    tokens_out = told_out if told_out is not None else characters // prompts.CHARACTERS_A_TOKEN
    watts, price_in, price_out = settings.llm_watts, settings.llm_price_in, settings.llm_price_out
    priced = price_in is not None and price_out is not None
    notes = [
        "tokens as the model counts them" if told_out is not None else "tokens estimated at 4 characters each",
        f"energy as {watts:g} W while it wrote" if watts else "no energy: llm_watts is not set",
        "cost by the configured prices" if priced else "no cost: llm_price_in and llm_price_out are not set",
    ]
    cost = (tokens_in * (price_in or 0.0) + tokens_out * (price_out or 0.0)) / 1e6
    return Receipt(
        writer=writer, model=model.name, endpoint=model.endpoint, tokens_in=tokens_in, tokens_out=tokens_out,
        seconds=round(seconds, 3), energy_wh=round(watts * seconds / 3600, 6) if watts else None,
        cost=round(cost, 8) if priced else None, estimate="; ".join(notes), fallback=fallback, sentences=dict(fates),
    )  # fmt: skip
