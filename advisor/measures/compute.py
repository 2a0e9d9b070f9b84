"""Reading → numbers, in SQL made of catalogue identifiers and parameters only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from advisor.errors import QuestionError
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue, Measure, View
from index.document import Label

_LABELS = list(Label)

Filters = Mapping[str, tuple[str, ...]]  # dimension → exact values, any of which fits; "not DIMENSION": none of which
NOT = "not "


def bare(dimension: str) -> str:
    """The dimension of a filter's key."""
    return dimension.removeprefix(NOT)


@dataclass(frozen=True, slots=True)
class Window:
    """A period, start inclusive, end exclusive, with the name it was given."""

    start: datetime
    end: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a measure: for a group, or for all rows when `key` is ()."""

    key: tuple[str | None, ...]
    value: float | None
    rows: int
    known: int  # rows that have what the measure needs
    as_of: datetime | None
    unit: str
    label: Label  # the most sensitive of the rows


def aggregate(
    inventory: Inventory,
    catalogue: Catalogue,
    measure: Measure,
    filters: Filters,
    group: Sequence[str] = (),
    window: Window | None = None,
) -> list[Group]:
    """Values of a measure, one a group, in order of the group's name."""
    if measure.ratio:
        return _ratio(inventory, catalogue, measure, filters, group, window)
    view = catalogue.view_of(measure)
    where, parameters = condition(view, filters, window)
    columns = [f'"{view.column(dimension)}"::VARCHAR' for dimension in group]
    if measure.currency:
        columns.append('"currency"')
    keys = "".join(f"{column} AS k{position}, " for position, column in enumerate(columns))
    needs = " AND ".join(f'"{name}" IS NOT NULL' for name in measure.needs) or "true"
    known = f"({needs}) OR NOT coalesce({measure.unknown_if}, false)" if measure.unknown_if else needs
    grouped = "GROUP BY " + ", ".join(f"k{position}" for position in range(len(columns))) if columns else ""
    ordered = "ORDER BY " + ", ".join(f"k{position} NULLS LAST" for position in range(len(columns))) if columns else ""
    rows = inventory.query(
        f"{view_sql(view, inventory)} SELECT {keys}{measure.sql} AS value, count(*) AS rows, "
        f"count(*) FILTER (WHERE {known}) AS known, max(as_of) AS as_of, max(label) AS label "
        f"FROM v WHERE {where} {grouped} {ordered}",
        parameters,
    )
    found = []
    for row in rows:
        *key, value, count, known_count, as_of, label = row
        unit = measure.unit
        if measure.currency:
            unit = unit.replace("currency", str(key.pop() or "unknown currency"))
        if not count:
            continue
        found.append(Group(tuple(key), _number(value), int(count), int(known_count), as_of, unit, _LABELS[label or 0]))
    return found


def _number(value: object) -> float | None:
    if value is None:
        return None
    assert isinstance(value, int | float | Decimal)
    return float(value)


def _ratio(
    inventory: Inventory,
    catalogue: Catalogue,
    measure: Measure,
    filters: Filters,
    group: Sequence[str],
    window: Window | None,
) -> list[Group]:
    above, below = (
        {one.key: one for one in aggregate(inventory, catalogue, side, filters, group, window)}
        for side in catalogue.base(measure)
    )
    found = []
    for key in sorted({**above, **below}, key=lambda key: tuple(part or "" for part in key)):
        a, b = above.get(key), below.get(key)
        value = None
        if a and b and a.value is not None and b.value:
            value = measure.scale * a.value / b.value
        label = max((one.label for one in (a, b) if one), key=lambda one: one.rank)
        dates = [one.as_of for one in (a, b) if one and one.as_of]
        rows, known = (a.rows, a.known) if a else (0, 0)
        found.append(Group(key, value, rows, known, min(dates, default=None), measure.unit, label))
    return found


def view_sql(view: View, inventory: Inventory) -> str:
    """The rows of a view as `v`; amounts in the one currency of the inventory, if any: rows without a rate drop out."""
    rows = view.sql.replace("{c}", inventory.schema)
    if inventory.into is None or not view.money:
        return f"WITH v AS ({rows})"
    same = f"('{_code(inventory.into)}', 1.0::DOUBLE)"
    rates = ", ".join([same, *(f"('{_code(one.currency)}', {one.rate!r}::DOUBLE)" for one in inventory.rates)])
    converted = ", ".join(f'v0."{column}" * r.rate AS "{column}"' for column in view.money)
    return (
        f"WITH v0 AS ({rows}), v AS (SELECT v0.* REPLACE ({converted}, '{_code(inventory.into)}' AS \"currency\") "
        f'FROM v0 JOIN (VALUES {rates}) r(code, rate) ON r.code = v0."currency")'
    )


def _code(currency: str) -> str:
    if not re.fullmatch("[A-Z]{3}", currency):
        raise QuestionError(f"{currency} is no currency code: use one of ISO 4217, such as EUR.")
    return currency


def condition(view: View, filters: Filters, window: Window | None) -> tuple[str, list[Any]]:
    """A WHERE clause: identifiers from the catalogue, values as parameters. Raises QuestionError."""
    parts = ["true"]
    parameters: list[Any] = []
    for key, values in filters.items():
        dimension = bare(key)
        if dimension not in view.dimensions:
            raise QuestionError(f"{view.noun[1]} have no {dimension}: ask by one of {', '.join(view.dimensions)}.")
        column = f'"{view.column(dimension)}"::VARCHAR'
        within = f"{column} IN ({', '.join('?' * len(values))})"
        parts.append(f"({column} IS NULL OR NOT {within})" if key.startswith(NOT) else within)
        parameters.extend(values)
    if window is not None:
        if view.date is None:
            raise QuestionError(f"{view.noun[1]} are known as of one date only, not over time.")
        parts.append(f'"{view.date}" >= ? AND "{view.date}" < ?')
        parameters.extend([window.start, window.end])
    return " AND ".join(parts), parameters


def dates(inventory: Inventory, view: View) -> tuple[datetime, datetime] | None:
    """First and last start date of a view's rows."""
    if view.date is None:
        return None
    rows = inventory.query(f'{view_sql(view, inventory)} SELECT min("{view.date}"), max("{view.date}") FROM v')
    first, last = rows[0]
    return None if first is None else (first, last)
