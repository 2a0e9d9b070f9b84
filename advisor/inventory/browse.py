"""The records of an entity as a table, and where each of its cells stands in the feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advisor.inventory import schema
from advisor.inventory.inventory import CellLocation, Inventory

ROWS = 200  # shown at once


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of an entity as the caller may see them; columns that no row fills are left out."""

    entity: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    observations: tuple[tuple[int | None, ...], ...]  # the observation behind each cell
    total: int


def records(inventory: Inventory, entity: str, contains: str = "", *, limit: int = ROWS) -> Records:
    """Up to `limit` rows, those in which a word stands first. Raises SchemaError for an unknown entity."""
    model = schema.entity(entity)
    fields = schema.fields(entity)
    seen = ["obs_id"] * len(fields) if model.EVENT else [f'"{name}__obs"' for name in fields]
    texts = [name for name in fields if schema.python_type(entity, name) is str]
    where = "contains(lower(concat_ws(' ', " + ", ".join(f'"{name}"' for name in texts) + ")), lower(?))"
    table = f"{inventory.schema}.{entity}"
    total = int(inventory.query(f"SELECT count(*) FROM {table} WHERE {where}", [contains.strip()])[0][0])
    names = ", ".join(f'"{name}"' for name in fields)
    order = ", ".join(f'"{name}"' for name in model.KEY) or "obs_id"
    found = inventory.query(
        f"SELECT {names}, {', '.join(seen)} FROM {table} WHERE {where} ORDER BY {order} LIMIT ?",
        [contains.strip(), limit],
    )
    width = len(fields)
    kept = [at for at in range(width) if any(row[at] is not None for row in found)] or list(range(width))
    return Records(
        entity,
        tuple(fields[at] for at in kept),
        tuple(tuple(_plain(row[at]) for at in kept) for row in found),
        tuple(tuple(row[width + at] for at in kept) for row in found),
        total,
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.date().isoformat() if (value.hour, value.minute) == (0, 0) else value.isoformat(sep=" ")
    return value if value is None or isinstance(value, str | int | bool) else float(value)  # type: ignore[arg-type]


def place(inventory: Inventory, shown: Records, row: int, column: int) -> CellLocation | None:
    """Where a cell stands; None when no feed gives it or it is out of sight."""
    if not (0 <= row < len(shown.rows) and 0 <= column < len(shown.columns)):
        return None
    number = shown.observations[row][column]
    if number is None or shown.rows[row][column] is None:
        return None
    wanted = (int(number), shown.columns[column])
    return inventory.cells(shown.entity, [wanted]).get(wanted)
