"""Advice drift: which answers changed between two runs, how, and which evidence changed with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.row import ADVISOR, Row, Run


@dataclass(frozen=True, slots=True)
class Change:
    """One question of which the answer is another now."""

    set_name: str
    id: str
    question: str
    what: str  # "mended", "broken", "answer", "evidence"
    before: str
    after: str
    evidence_lost: tuple[str, ...]
    evidence_new: tuple[str, ...]


def changes(before: Run, after: Run) -> list[Change]:
    """Over the questions both have: broken ones first, then mended, then other words, then other evidence alone."""
    found = []
    for name in after.sets.keys() & before.sets.keys():
        earlier = {row.id: row for row in before.sets[name].rows[ADVISOR]}
        for row in after.sets[name].rows[ADVISOR]:
            if row.id in earlier and (what := _what(earlier[row.id], row)):
                found.append(_change(name, what, earlier[row.id], row))
    order = ("broken", "mended", "answer", "evidence")
    return sorted(found, key=lambda one: (order.index(one.what), one.set_name, one.id))


def _what(before: Row, after: Row) -> str | None:
    if bool(before.failures) != bool(after.failures):
        return "broken" if after.failures else "mended"
    if before.answer != after.answer:
        return "answer"
    return "evidence" if _places(before) != _places(after) else None


def _change(name: str, what: str, before: Row, after: Row) -> Change:
    old, new = _places(before), _places(after)
    return Change(
        set_name=name,
        id=after.id,
        question=after.question,
        what=what,
        before=_told(before),
        after=_told(after),
        evidence_lost=tuple(one for one in old if one not in new),
        evidence_new=tuple(one for one in new if one not in old),
    )


def _told(row: Row) -> str:
    return "\n".join([row.answer, *(f"[{failure}]" for failure in row.failures)]).strip()


def _places(row: Row) -> list[str]:
    """Where the evidence stands, without its words."""
    return [one.partition(": ")[0] for one in row.evidence]


def summary(found: Sequence[Change]) -> str:
    counts = {what: sum(one.what == what for one in found) for what in ("broken", "mended", "answer", "evidence")}
    return (
        f"{counts['broken']} broken, {counts['mended']} mended, {counts['answer']} answered in other words, "
        f"{counts['evidence']} with other evidence for the same answer"
    )
