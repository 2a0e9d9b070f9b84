"""Carbon intensity CSV as Electricity Maps' data portal gives it: hourly, daily or monthly, by grid zone."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from itertools import pairwise

from advisor.inventory.conversion import Unreadable, decimal_sign, timestamp
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "carbon"
DIRECTNESS = Directness.RECORDED
_NUMBERS = frozenset(
    {"grid_carbon_gco2e_per_kwh", "grid_carbon_direct_gco2e_per_kwh", "carbon_free_percent", "grid_renewable_percent"}
)


def recognises(source: Source) -> bool:
    header = [name.lower() for name in _header(source.head)]
    return any("carbon intensity" in name for name in header) and any("datetime" in name for name in header)


def _header(text: str) -> list[str]:
    first = next(iter(text.splitlines()), "").lstrip("\ufeff")
    return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(text)), [])]


def _delimiter(text: str) -> str:
    return max(",;\t", key=next(iter(text.splitlines()), "").count)


def _column(header: list[str], *patterns: str) -> str | None:
    for pattern in patterns:
        for name in header:
            if re.search(pattern, name, re.IGNORECASE):
                return name
    return None


def read(source: Source, sink: Sink) -> None:
    text = source.text()
    rows = csv.DictReader(io.StringIO(text), delimiter=_delimiter(text))
    header = [name or "" for name in rows.fieldnames or []]
    when = _column(header, r"^datetime") or ""
    columns = {
        "grid_zone": _column(header, r"^zone id", r"^zone"),
        "grid_carbon_gco2e_per_kwh": _column(header, r"carbon intensity.*life ?cycle", r"lca"),
        "grid_carbon_direct_gco2e_per_kwh": _column(header, r"carbon intensity.*direct"),
        "carbon_free_percent": _column(header, r"carbon[- ]free|low carbon"),
        "grid_renewable_percent": _column(header, r"renewable"),
        "estimated": _column(header, r"data estimated"),
    }
    records: list[tuple[int, dict[str, str]]] = []
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            sink.set_aside("row has more or fewer cells than the header", number, "", "reading")
        elif list(row.values()) != header:  # not the header again
            records.append((number, row))
    numbers = [str(row[name]) for _, row in records for field, name in columns.items() if name and field in _NUMBERS]
    decimal = decimal_sign(numbers, semicolons=_delimiter(text) == ";")
    starts: list[datetime | None] = []
    for number, row in records:
        try:
            starts.append(timestamp(row.get(when)))
        except Unreadable as error:
            sink.doubt(f"{error}: row not used", number, when, "reading")
            starts.append(None)
    step = _step([one for one in starts if one is not None])
    for (number, row), start in zip(records, starts, strict=True):
        if start is None:
            continue
        cells = {field: Cell(row.get(name), name) for field, name in columns.items() if name}
        cells["period_start"] = Cell(start, when)
        cells["period_end"] = Cell(_end(start, step), when)
        if site := source.option("site"):
            cells["site"] = Cell(site, "feeds.yaml: site")
        sink.record("reading", number, cells, as_of=start, decimal=decimal)


def _step(starts: list[datetime]) -> timedelta:
    """Length of the periods: the smallest distance between two of them."""
    unique = sorted(set(starts))
    steps = [b - a for a, b in pairwise(unique)]
    return min(steps, default=timedelta(hours=1))


def _end(start: datetime, step: timedelta) -> datetime:
    if step < timedelta(days=28):
        return start + step
    if step < timedelta(days=360):
        return datetime(start.year + start.month // 12, start.month % 12 + 1, 1)
    return datetime(start.year + 1, 1, 1)
