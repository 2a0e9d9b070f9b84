"""What moved, appeared or disappeared between two roadmaps, and which evidence caused it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from advisor.answer import Evidence
from advisor.roadmap import words
from advisor.roadmap.document import Initiative, Roadmap

What = Literal["appeared", "disappeared", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Cause:
    """A cell that reads otherwise; None where one side has no such cell."""

    place: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    key: str
    title: str
    what: What
    detail: str
    causes: tuple[Cause, ...]


def compare(before: Roadmap, after: Roadmap) -> tuple[Change, ...]:
    """Changes by initiative, in the order of the later plan."""
    old = {one.key: one for one in before.initiatives}
    new = {one.key: one for one in after.initiatives}
    found = []
    for key, one in new.items():
        if key not in old:
            causes = _causes(before, after, None, one) or _options(before, after)
            found.append(Change(key, one.title, "appeared", _state(after, one), causes))
            continue
        was, now = _state(before, old[key]), _state(after, one)
        if was != now:
            kind: What = "moved" if _dates(before, old[key]) != _dates(after, one) else "changed"
            causes = _causes(before, after, old[key], one) or _options(before, after)
            found.append(Change(key, one.title, kind, f"{was} → {now}", causes))
    for key, one in old.items():
        if key not in new:
            causes = _causes(before, after, one, None) or _options(before, after)
            found.append(Change(key, one.title, "disappeared", _state(before, one), causes))
    return tuple(found)


def _dates(roadmap: Roadmap, one: Initiative) -> str:
    slot = next((s for s in roadmap.schedule.slots if s.initiative == one.id), None)
    return f"{words.day(slot.start)} to {words.day(slot.end)}" if slot else "outside the plan"


def _state(roadmap: Roadmap, one: Initiative) -> str:
    baseline = "unknown" if one.kpi.baseline is None else words.quantity(one.kpi.baseline, one.kpi.unit)
    cost = "cost unknown" if one.cost is None else words.span(one.cost.low, one.cost.high, one.cost.unit)
    return f"{_dates(roadmap, one)}, from {baseline}, {cost}"


def _causes(before: Roadmap, after: Roadmap, old: Initiative | None, new: Initiative | None) -> tuple[Cause, ...]:
    """Cells behind the findings of either side that read otherwise on the other side."""
    was, now = _cells(before), _cells(after)
    places = dict.fromkeys([*(_behind(before, old) if old else ()), *(_behind(after, new) if new else ())])
    return tuple(Cause(place, was.get(place), now.get(place)) for place in places if was.get(place) != now.get(place))[
        :6
    ]


def _options(before: Roadmap, after: Roadmap) -> tuple[Cause, ...]:
    """Where no cell differs, what was asked for does."""
    was, now = before.options.model_dump(), after.options.model_dump()
    return tuple(Cause(f"request, {name}", str(was[name]), str(now[name])) for name in was if was[name] != now[name])


def _place(one: Evidence) -> str:
    """The same cell in two snapshots: its column and what it is about; rows may move."""
    return f"{one.locator.feed}, {one.locator.column}, {one.text.partition(':')[0]}"


def _cells(roadmap: Roadmap) -> dict[str, str]:
    return {_place(one): one.text.partition(": ")[2] for one in roadmap.evidence if one.kind == "fact"}


def _behind(roadmap: Roadmap, initiative: Initiative) -> Iterable[str]:
    items = {one.id: one for one in roadmap.evidence}
    queue, seen = list(initiative.why), set(initiative.why)
    while queue:
        one = items.get(queue.pop(0))
        if one is None:
            continue
        if one.kind == "fact":
            yield _place(one)
        new = [name for name in one.locator.inputs or () if name not in seen]
        seen.update(new)
        queue += new


def text(changes: Iterable[Change]) -> list[str]:
    lines = []
    for one in changes:
        lines.append(f"{one.what}: {one.title} ({one.key}): {one.detail}")
        lines += [f"    because {c.place}: {c.before or 'not there'} → {c.after or 'not there'}" for c in one.causes]
    return lines
