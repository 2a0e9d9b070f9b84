"""What moved, appeared or disappeared between two roadmaps, and which evidence caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from advisor.answer import Evidence
from advisor.inventory import schema
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import view_sql
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


Now = Callable[[str], str | None]  # what a cell, by its subject, reads in the later inventory


def compare(before: Roadmap, after: Roadmap, now_reads: Now = lambda subject: None) -> tuple[Change, ...]:
    """Changes by initiative, in the order of the later plan. `now_reads` tells cells that the later roadmap has no need
    to cite, as those of a gap that is closed."""
    old = {one.key: one for one in before.initiatives}
    new = {one.key: one for one in after.initiatives}
    found = []
    for key, one in new.items():
        if key not in old:
            causes = _causes(before, after, None, one, now_reads) or _options(before, after)
            found.append(Change(key, one.title, "appeared", _state(after, one), causes))
            continue
        was, now = _state(before, old[key]), _state(after, one)
        if was != now:
            kind: What = "moved" if _dates(before, old[key]) != _dates(after, one) else "changed"
            causes = _causes(before, after, old[key], one, now_reads) or _options(before, after)
            found.append(Change(key, one.title, kind, f"{was} → {now}", causes))
    for key, one in old.items():
        if key not in new:
            causes = _causes(before, after, one, None, now_reads) or _options(before, after)
            found.append(Change(key, one.title, "disappeared", _state(before, one), causes))
    return tuple(found)


def _dates(roadmap: Roadmap, one: Initiative) -> str:
    slot = next((s for s in roadmap.schedule.slots if s.initiative == one.id), None)
    return f"{words.day(slot.start)} to {words.day(slot.end)}" if slot else "outside the plan"


def _state(roadmap: Roadmap, one: Initiative) -> str:
    baseline = "unknown" if one.kpi.baseline is None else words.quantity(one.kpi.baseline, one.kpi.unit)
    cost = "cost unknown" if one.cost is None else words.span(one.cost.low, one.cost.high, one.cost.unit)
    return f"{_dates(roadmap, one)}, from {baseline}, {cost}"


def _causes(
    before: Roadmap, after: Roadmap, old: Initiative | None, new: Initiative | None, now_reads: Now
) -> tuple[Cause, ...]:
    """Cells behind the findings of either side that read otherwise on the other side."""
    was, now = _cells(before), _cells(after)
    places = dict.fromkeys([*(_behind(before, old) if old else ()), *(_behind(after, new) if new else ())])
    found = []
    for place in places:
        here, there = was.get(place), now.get(place) or now_reads(place.rpartition(", ")[2])
        if _value(here) != _value(there):
            found.append(Cause(place, here, there))
    return tuple(found[:6])


def _value(said: str | None) -> str | float | None:
    """What a cell says, without the day and the unit: units are said by some facts and not by others."""
    if said is None:
        return None
    plain = said.partition(" as of ")[0]
    first = plain.partition(" ")[0].replace(",", "")
    try:
        return float(first)
    except ValueError:
        return plain


def reader(inventory: Inventory, catalogue: Catalogue) -> Now:
    """What the cells of an inventory read, by "field of record"."""

    def reads(subject: str) -> str | None:
        field, _, record = subject.partition(" of ")
        for name, view in catalogue.views.items():
            if name not in schema.ENTITIES or field not in schema.fields(name) or not view.identity:
                continue
            identity = ", ".join(f'"{one}"::VARCHAR' for one in view.identity)
            rows = inventory.query(
                f"{view_sql(view, inventory)} SELECT \"{field}\" FROM v WHERE concat_ws(' ', {identity}) = ? LIMIT 1",
                [record],
            )
            if rows and rows[0][0] is not None:
                unit = schema.unit_of(name, field)
                return f"{rows[0][0]:g} {unit}".strip() if isinstance(rows[0][0], int | float) else str(rows[0][0])
        return None

    return reads


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
