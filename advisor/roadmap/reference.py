"""References as readers see them: numbers in order of first citation, places, and what a figure was computed from."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.answer import Evidence
from advisor.roadmap.document import Roadmap


def numbered(roadmap: Roadmap) -> dict[str, int]:
    """Evidence id → number, from 1."""
    return {one.id: position for position, one in enumerate(roadmap.evidence, 1)}


def short(ids: Iterable[str], number: dict[str, int]) -> str:
    """ "[3][17]" of evidence that is listed."""
    return "".join(f"[{number[one]}]" for one in ids if one in number)


def described(one: Evidence, number: dict[str, int]) -> tuple[str, list[tuple[int, ...]], str]:
    """Where evidence stands, the runs of references that it was computed from, and its words."""
    where = one.locator
    if one.kind == "passage":
        page = f", page {where.page}" if where.page else ""
        return f"{where.document}, {where.path}{page}, characters {where.start}-{where.end}", [], one.text
    if one.kind == "fact":
        return f"{where.feed}, row {where.row}, column {where.column}", [], one.text
    inputs = sorted(number[part] for part in where.inputs or () if part in number)
    return str(where.formula), runs(inputs), one.text


def runs(numbers: Iterable[int]) -> list[tuple[int, ...]]:
    """3, 4, 5, 9 → (3, 4, 5), (9): what follows on each other is told by its ends."""
    found: list[tuple[int, ...]] = []
    for one in numbers:
        if found and one == found[-1][-1] + 1:
            found[-1] = (*found[-1], one)
        else:
            found.append((one,))
    return found
