"""The organisation's own estate as the engine sees it: one question in, a verified Answer out."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisor.answer import Answer, Claim, Evidence, Receipt, Verdict
from advisor.hygiene import WITHHELD, commands, hides
from advisor.inventory.inventory import Inventory
from advisor.markdown import inert
from advisor.measures.query import InventoryAnswer, answer_question, answer_without_inventory
from advisor.units import quantities
from index import generation
from index.document import Label

WRITER = "measures"


class Estate:
    """Opens the inventory of the generation in force, once a clearance. Thread-safe."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._open: dict[tuple[str, Label], Inventory | None] = {}

    def inventory(self, clearance: Label) -> Inventory | None:
        """None when no inventory has been imported."""
        key = (generation.current_name(self._home), clearance)
        with self._lock:
            if key not in self._open:
                self._open = {one: kept for one, kept in self._open.items() if one[0] == key[0]}
                self._open[key] = Inventory.open(self._home, clearance)
            return self._open[key]

    def ask(self, text: str, clearance: Label, history: Sequence[str] = ()) -> InventoryAnswer | None:
        """What the inventory says, if only that there is none; None when the question is not about the estate."""
        inventory = self.inventory(clearance)
        if inventory is None:
            return answer_without_inventory(text)
        from advisor.readiness import answering  # questions that ask for no readiness should not wait for it

        return answering.answer(text, inventory) or answer_question(text, inventory, history)


def as_answer(said: InventoryAnswer, question: str, generation_name: str, started: float) -> Answer:
    """The inventory's answer in the one answer schema; sentences whose numbers do not stand are dropped."""
    claims, evidence = _verified(said)
    total_ms = round((time.perf_counter() - started) * 1000, 2)
    return Answer(
        question=question,
        kind="inventory",
        answer=_markdown(said, claims, evidence),
        abstained=not claims,
        claims=claims,
        evidence=evidence,
        retrieved=(),
        missing=said.missing,
        confidence=1.0 if claims else 0.0,
        writer=WRITER,
        receipt=Receipt(writer=WRITER, seconds=round(total_ms / 1000, 3), estimate="no model took part"),
        generation=generation_name,
        timings_ms={"total": total_ms},
    )


def beside(answer: Answer, said: InventoryAnswer) -> Answer:
    """Facts and figures before the guidance that the library gives to the same question."""
    claims, evidence = _verified(said)
    if not claims:
        return answer
    own = _markdown(said, claims, evidence)
    shifted = _shift(answer, len(evidence)) if not answer.abstained else ""
    return answer.model_copy(
        update={
            "answer": f"{own}\n\n{shifted}".strip(),
            "abstained": False,
            "claims": (*claims, *answer.claims),
            "evidence": (*evidence, *answer.evidence),
            "confidence": 1.0,
            "missing": said.missing if said.findings else (*said.missing, *answer.missing),
            "writer": f"{WRITER}, {answer.writer}",
            "receipt": answer.receipt.model_copy(update={"writer": f"{WRITER}, {answer.receipt.writer}"}),
        }
    )


def _shift(answer: Answer, by: int) -> str:
    """The answer's Markdown with its citation numbers moved up; escaped brackets are text and stay."""
    return re.sub(r"(?<!\\)\[(\d+)\]", lambda found: f"[{int(found[1]) + by}]", answer.answer)


def _verified(said: InventoryAnswer) -> tuple[tuple[Claim, ...], tuple[Evidence, ...]]:
    known = {one.id: one.cite() for one in said.findings}
    known |= {one.id: one.cite() for one in said.figures} | {one.id: one.cite() for one in said.facts}
    claims = [
        Claim(text=one.text, verdict=Verdict.COMPUTED, evidence=one.evidence)
        for one in said.sentences
        if not commands(one.text)
        and numbers_stand(one.text, one.evidence, {key: item.text for key, item in known.items()})
    ]
    cited = dict.fromkeys(one for claim in claims for one in claim.evidence)
    shown = dict(cited)
    waiting = list(cited)
    while waiting:  # findings stand on figures, figures on figures and cells
        inputs = known[waiting.pop(0)].locator.inputs or ()
        fresh = [one for one in inputs if one in known and one not in shown]
        shown.update(dict.fromkeys(fresh))
        waiting += fresh
    return tuple(claims), tuple(_orderless(known[one]) for one in shown)


def _orderless(item: Evidence) -> Evidence:
    """The item without a cell's orders to the system that answers; the locator still leads to the cell."""
    return item.model_copy(update={"text": WITHHELD}) if commands(item.text) or hides(item.text) else item


def numbers_stand(sentence: str, cited: Sequence[str], evidence: Mapping[str, str]) -> bool:
    """Every id exists and every quantity of the sentence stands in what it cites, with the same unit."""
    if not cited or any(one not in evidence for one in cited):
        return False
    there = [quantity for one in cited for quantity in quantities(evidence[one])]
    return all(any(one.equals(other) for other in there) for one in quantities(sentence))


def _markdown(said: InventoryAnswer, claims: Sequence[Claim], evidence: Sequence[Evidence]) -> str:
    number = {item.id: position for position, item in enumerate(evidence, 1)}
    if not claims:
        told = said.clarify or "I don't know: " + (" ".join(said.missing) or "no feed tells of it.")
        return inert(WITHHELD if commands(told) else told)
    lines = [f"{inert(one.text)} {''.join(f'[{number[i]}]' for i in one.evidence[:3])}" for one in claims]
    body = lines[0] if len(lines) == 1 else "\n".join([lines[0], *(f"- {line}" for line in lines[1:])])
    notes = [inert(said.clarify)] if said.clarify else [inert(f"Read as: {said.reading}.")]
    if said.alternatives and not said.clarify:
        notes.append(inert(f"See also: {'; '.join(said.alternatives)}."))
    notes += [inert(one) for one in said.definitions]
    return "\n\n".join([body, *(WITHHELD if commands(one) else one for one in notes)])
