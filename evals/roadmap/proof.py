"""Whether what a roadmap shows is in its evidence, checked by a plain pattern and not by the code that wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.roadmap.document import Roadmap

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])")


def numbers(text: str) -> set[str]:
    """Numbers as written, without separators of thousands."""
    return {one.replace(",", "").rstrip(".") for one in _NUMBER.findall(text)}


def shown(roadmap: Roadmap) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every sentence and table row with the evidence it cites."""
    for section in roadmap.sections:
        for block in section.blocks:
            for claim in block.claims:
                yield claim.text, claim.evidence
            for row in block.rows:
                yield " | ".join(row.cells), row.evidence
    for one in roadmap.initiatives:
        for claim in (one.what, one.energy, one.enablement, one.risk):
            yield claim.text, claim.evidence
        if one.cost is not None:
            yield one.cost.arithmetic, one.cost.evidence
    for limit in roadmap.schedule.limits:
        yield limit.statement.text, limit.statement.evidence
    for out in roadmap.schedule.outside:
        yield out.reason.text, out.reason.evidence
    for question in roadmap.open_questions:
        yield question.text.text, question.text.evidence


def untraceable(roadmap: Roadmap) -> list[str]:
    """Sentences with a number that none of their evidence has, or whose evidence leads to no cell, span or request."""
    items = {one.id: one for one in roadmap.evidence}
    grounded: dict[str, bool] = {}

    def reaches(identity: str) -> bool:
        if identity not in grounded:
            grounded[identity] = False
            one = items.get(identity)
            grounded[identity] = one is not None and (
                one.kind in ("fact", "passage") or any(reaches(part) for part in one.locator.inputs or ())
            )
        return grounded[identity]

    found = []
    for text, ids in shown(roadmap):
        there = set().union(*(numbers(items[one].text) for one in ids if one in items)) if ids else set()
        if not numbers(text) <= there or (numbers(text) and not any(reaches(one) for one in ids)):
            found.append(text)
    return found
