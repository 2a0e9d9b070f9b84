"""The cells that a value rests on, as facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from advisor.evidence import Fact, Figure
from advisor.inventory import schema
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.compute import Group, Window, condition, view_sql
from advisor.measures.reading import Reading

CELLS = 8  # facts shown for one figure


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
    one: Group,
    key: Sequence[str | None],
    window: Window | None,
    inventory: Inventory,
    catalogue: Catalogue,
    evidence: Gathered,
) -> tuple[str, ...]:
    """Ids of the first cells that a value rests on, added to the evidence."""
    ids: list[str] = []
    for side in catalogue.base(reading.measure):
        for fact in _cells(side, reading, key, one.unit, window, inventory, catalogue):
            evidence.facts[fact.id] = fact
            ids.append(fact.id)
    if reading.measure.currency:
        ids += rates(inventory, evidence)
    return tuple(dict.fromkeys(ids))


def rates(inventory: Inventory, evidence: Gathered, only: Collection[str] | None = None) -> list[str]:
    """Ids of the rates that amounts are converted at, added to the evidence."""
    ids = []
    for one in inventory.rates:
        if one.place is None or (only is not None and one.currency not in only):
            continue
        place, (base, target, rate) = one.place, one.said
        fact = Fact(
            place.feed, place.row, place.column, f"1 {base} in {target}", rate, target, day(place.as_of), place.label
        )
        evidence.facts[fact.id] = fact
        ids.append(fact.id)
    return ids


def _cells(
    measure: Measure,
    reading: Reading,
    key: Sequence[str | None],
    unit: str,
    window: Window | None,
    inventory: Inventory,
    catalogue: Catalogue,
) -> list[Fact]:
    view = catalogue.view_of(measure)
    assert measure.view is not None
    where, parameters = condition(view, reading.filters, window)
    for dimension, value in zip(reading.group, key, strict=False):
        where += f' AND "{view.column(dimension)}"::VARCHAR IS NOT DISTINCT FROM ?'
        parameters.append(value)
    given = inventory.given  # cells are shown as the feed has them, not converted
    if measure.currency:
        codes = [unit.partition("/")[0], *(one.currency for one in inventory.rates)]
        where += f" AND coalesce(\"currency\", '') IN ({', '.join('?' * len(codes))})"
        parameters.extend("" if code == "unknown currency" else code for code in codes)
    if measure.proof:
        where += f" AND ({measure.proof})"
    event = measure.view in _EVENT_VIEWS
    entity = _EVENT_VIEWS.get(measure.view, measure.view)
    counted = "counted_by" if measure.view == "accelerator" else "NULL"
    fields = [name for name in measure.inputs if name in schema.fields(entity)]
    observed = [("obs_id" if event else f'"{name}__obs"') for name in fields]
    identity = ", ".join(f'"{name}"::VARCHAR' for name in view.identity) or "NULL"
    coin = '"currency"' if measure.currency else "NULL"
    selected = ", ".join([*(f'"{name}"' for name in fields), *observed, coin])
    rows = given.query(
        f"{view_sql(view, given)} SELECT concat_ws(' ', {identity}), {counted}, {selected} FROM v "
        f"WHERE {where} LIMIT {CELLS}",
        parameters,
    )
    wanted = [
        (int(row[2 + len(fields) + at]), name)
        for row in rows
        for at, name in enumerate(fields)
        if row[2 + len(fields) + at] is not None
    ]
    places = inventory.cells(entity, wanted)
    by_node = inventory.cells("node", [(int(row[1]), "gpu_count") for row in rows if row[1] is not None])
    found = []
    for row in rows:
        if row[1] is not None and (place := by_node.get((int(row[1]), "gpu_count"))):
            found.append(
                Fact(
                    place.feed,
                    place.row,
                    place.column,
                    f"gpu_count of {row[0]}",
                    "counted by its node",
                    "",
                    day(place.as_of),
                    place.label,
                )
            )
            continue
        for at, name in enumerate(fields):
            value, number = row[2 + at], row[2 + len(fields) + at]
            place = places.get((int(number), name)) if number is not None else None
            if place is None or value is None:
                continue
            shown = value if isinstance(value, str | bool) else float(value)
            subject = f"{name} of {row[0]}" if row[0] else name
            found.append(
                Fact(
                    place.feed,
                    place.row,
                    place.column,
                    subject,
                    shown,
                    _cell_unit(entity, name, str(row[-1]) if row[-1] else unit),
                    day(place.as_of),
                    place.label,
                )
            )
    return found


def _cell_unit(entity: str, name: str, unit: str) -> str:
    own = schema.unit_of(entity, name)
    return own.replace("currency", unit.partition("/")[0])
