"""The cells that a value rests on, as facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from advisor.evidence import Fact, Figure
from advisor.inventory import schema
from advisor.inventory.inventory import CellLocation, Inventory
from advisor.measures.catalogue import Catalogue, Measure, View
from advisor.measures.compute import Group, Window, condition, view_sql
from advisor.measures.reading import Reading

CELLS = 8  # facts shown for one figure
FEW = 3  # up to so many groups are read one by one: a window over all rows costs more

Places = Mapping[tuple[int, str], CellLocation]  # (observation, field) → where it stands

_EVENT_VIEWS = {"spend": "spend", "energy": "reading", "carbon": "reading", "emission": "reading"}


class Gathered:
    """Figures and facts as they are made, each once."""

    def __init__(self) -> None:
        self.figures: dict[str, Figure] = {}
        self.facts: dict[str, Fact] = {}
        self.missing: list[str] = []


def day(as_of: datetime | None) -> date | None:
    return as_of.date() if as_of else None


def facts(
    reading: Reading,
    groups: Sequence[Group],
    window: Window | None,
    inventory: Inventory,
    catalogue: Catalogue,
    evidence: Gathered,
) -> list[tuple[str, ...]]:
    """For each group, ids of the first cells that its value rests on, added to the evidence."""
    ids: list[list[str]] = [[] for _ in groups]
    for side in catalogue.base(reading.measure):
        for mine, found in zip(ids, _cells(side, reading, groups, window, inventory, catalogue), strict=True):
            evidence.facts.update((fact.id, fact) for fact in found)
            mine += [fact.id for fact in found]
    common = rates(inventory, evidence) if reading.measure.currency and groups else []
    return [tuple(dict.fromkeys([*mine, *common])) for mine in ids]


def rates(inventory: Inventory, evidence: Gathered, only: Collection[str] | None = None) -> list[str]:
    """Ids of the rates that amounts are converted at, added to the evidence."""
    ids = []
    for one in inventory.rates:
        if one.place is None or (only is not None and one.currency not in only):
            continue
        base, target, rate = one.said
        fact = _fact(one.place, f"1 {base} in {target}", rate, target)
        evidence.facts[fact.id] = fact
        ids.append(fact.id)
    return ids


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the rows of a measure's view keep the cells they came from."""

    view: View
    entity: str
    fields: tuple[str, ...]  # inputs of the measure that a feed gives
    columns: str  # what to select: identity, the node it is counted by, values, observations, currency


def _source(measure: Measure, view: View) -> _Source:
    assert measure.view is not None
    event = measure.view in _EVENT_VIEWS
    entity = _EVENT_VIEWS.get(measure.view, measure.view)
    fields = tuple(name for name in measure.inputs if name in schema.fields(entity))
    identity = ", ".join(f'"{name}"::VARCHAR' for name in view.identity) or "NULL"
    counted = "counted_by" if measure.view == "accelerator" else "NULL"
    values = [f'"{name}"' for name in fields]
    observed = ["obs_id" if event else f'"{name}__obs"' for name in fields]
    coin = '"currency"' if measure.currency else "NULL"
    return _Source(view, entity, fields, ", ".join([f"concat_ws(' ', {identity})", counted, *values, *observed, coin]))


def _cells(
    measure: Measure,
    reading: Reading,
    groups: Sequence[Group],
    window: Window | None,
    inventory: Inventory,
    catalogue: Catalogue,
) -> list[list[Fact]]:
    """The first cells of each group. Their places are looked up once for all groups."""
    source = _source(measure, catalogue.view_of(measure))
    if len(groups) > FEW and not measure.currency:
        rows = _rows_at_once(source, measure, reading, groups, window, inventory)
    else:
        rows = [_rows(source, measure, reading, one, window, inventory) for one in groups]
    values = len(source.fields)
    wanted = [
        (int(row[2 + values + at]), name)
        for several in rows
        for row in several
        for at, name in enumerate(source.fields)
        if row[2 + values + at] is not None
    ]
    counted = [(int(row[1]), "gpu_count") for several in rows for row in several if row[1] is not None]
    places, by_node = inventory.cells(source.entity, wanted), inventory.cells("node", counted)
    return [_facts_of(source, several, one.unit, places, by_node) for several, one in zip(rows, groups, strict=True)]


def _rows(
    source: _Source, measure: Measure, reading: Reading, one: Group, window: Window | None, inventory: Inventory
) -> list[tuple[Any, ...]]:
    where, parameters = condition(source.view, reading.filters, window)
    for dimension, value in zip(reading.group, one.key, strict=False):
        where += f' AND "{source.view.column(dimension)}"::VARCHAR IS NOT DISTINCT FROM ?'
        parameters.append(value)
    if measure.currency:
        codes = [one.unit.partition("/")[0], *(rate.currency for rate in inventory.rates)]
        where += f" AND coalesce(\"currency\", '') IN ({', '.join('?' * len(codes))})"
        parameters.extend("" if code == "unknown currency" else code for code in codes)
    if measure.proof:
        where += f" AND ({measure.proof})"
    given = inventory.given  # cells are shown as the feed has them, not converted
    return given.query(
        f"{view_sql(source.view, given)} SELECT {source.columns} FROM v WHERE {where} LIMIT {CELLS}", parameters
    )


def _rows_at_once(
    source: _Source,
    measure: Measure,
    reading: Reading,
    groups: Sequence[Group],
    window: Window | None,
    inventory: Inventory,
) -> list[list[tuple[Any, ...]]]:
    """The same for many groups in one pass over the view."""
    where, parameters = condition(source.view, reading.filters, window)
    if measure.proof:
        where += f" AND ({measure.proof})"
    keys = ", ".join(f'"{source.view.column(dimension)}"::VARCHAR' for dimension in reading.group)
    order = ", ".join(f'"{name}"' for name in source.view.identity) or "1"
    given = inventory.given
    found: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in given.query(
        f"{view_sql(source.view, given)} SELECT {keys}, {source.columns} FROM v WHERE {where} "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {order}) <= {CELLS}",
        parameters,
    ):
        found.setdefault(row[: len(reading.group)], []).append(row[len(reading.group) :])
    return [found.get(one.key, []) for one in groups]


def _facts_of(
    source: _Source, rows: Sequence[tuple[Any, ...]], unit: str, places: Places, by_node: Places
) -> list[Fact]:
    values = len(source.fields)
    found = []
    for row in rows:
        if row[1] is not None and (place := by_node.get((int(row[1]), "gpu_count"))):
            found.append(_fact(place, f"gpu_count of {row[0]}", "counted by its node", ""))
            continue
        for at, name in enumerate(source.fields):
            value, number = row[2 + at], row[2 + values + at]
            place = places.get((int(number), name)) if number is not None else None
            if place is None or value is None:
                continue
            shown = value if isinstance(value, str | bool) else float(value)
            subject = f"{name} of {row[0]}" if row[0] else name
            own = _cell_unit(source.entity, name, str(row[-1]) if row[-1] else unit)
            found.append(_fact(place, subject, shown, own))
    return found


def _fact(place: CellLocation, subject: str, value: str | float | bool, unit: str) -> Fact:
    return Fact(place.feed, place.row, place.column, subject, value, unit, day(place.as_of), place.label)


def _cell_unit(entity: str, name: str, unit: str) -> str:
    own = schema.unit_of(entity, name)
    return own.replace("currency", unit.partition("/")[0])
