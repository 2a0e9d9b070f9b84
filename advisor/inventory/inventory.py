"""The inventory of a generation, opened for reading at one clearance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from advisor.errors import InventoryError
from advisor.inventory import schema, tables
from advisor.inventory.importing import FOLDER
from advisor.inventory.record import Problem
from advisor.inventory.resolution import SCHEMAS
from index import generation
from index.document import Label

_LABELS = list(Label)


@dataclass(frozen=True, slots=True)
class CellLocation:
    """Where a value stands in the file it came from."""

    feed: str
    row: int
    column: str
    unit: str  # in the feed
    as_of: datetime | None
    label: Label


@dataclass(frozen=True, slots=True)
class FeedRow:
    path: str
    format: str
    as_of: datetime
    as_of_from: str
    label: Label
    rows: int
    records: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of exchange in use: so many units for one of `currency`, and the cell that says so, either way round."""

    currency: str
    rate: float
    said: tuple[str, str, float]  # one of the first is so many of the second, as the cell has it
    place: CellLocation | None


class Inventory:
    """Read-only; external access is off. Thread-safe: every query takes its own cursor."""

    def __init__(self, folder: Path, clearance: Label = Label.RESTRICTED) -> None:
        if not (folder / tables.FILE).is_file():
            raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
        self.folder = folder
        self.clearance = clearance
        self.schema = SCHEMAS[clearance]
        self.into: str | None = None  # the currency that amounts are converted into
        self.rates: tuple[Rate, ...] = ()  # those into it
        self.given = self  # the same with amounts as the feeds have them
        self._database = tables.open_read_only(folder / tables.FILE)

    @classmethod
    def open(cls, home: Path, clearance: Label = Label.RESTRICTED) -> Inventory | None:
        """The inventory of the generation in force, or None when none has been imported."""
        folder, _ = generation.open_current(home)
        return cls(folder / FOLDER, clearance) if (folder / FOLDER / tables.FILE).is_file() else None

    def converted(self, into: str) -> Inventory:
        """The same tables with amounts in one currency, as far as a feed gives the rates."""
        other = copy(self)
        other.into = into
        other.rates = tuple(self._rates(into))
        return other

    def _rates(self, into: str) -> Iterator[Rate]:
        """Rates into a currency, given that way round or the other."""
        rows = self.query(
            f'SELECT "currency", "target", rate, rate__obs FROM {self.schema}.rate WHERE rate IS NOT NULL'
        )
        places = self.cells("rate", [(int(row[3]), "rate") for row in rows])
        known = {(a, b): (float(rate), places.get((int(number), "rate"))) for a, b, rate, number in rows}
        for (currency, target), (rate, place) in known.items():
            if target == into:
                yield Rate(currency, rate, (currency, into, rate), place)
            elif currency == into and (target, into) not in known:
                yield Rate(target, 1.0 / rate, (into, target, rate), place)

    def has_rates(self) -> bool:
        """Whether any feed gives a rate of exchange."""
        return bool(self.query(f"SELECT 1 FROM {self.schema}.rate WHERE rate IS NOT NULL LIMIT 1"))

    def reporting_currency(self) -> str | None:
        """The one currency that rates lead into; None when no rate is given, or rates into several."""
        rows = self.query(f'SELECT DISTINCT "target" FROM {self.schema}.rate WHERE rate IS NOT NULL')
        return str(rows[0][0]) if len(rows) == 1 else None

    def close(self) -> None:
        self._database.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement made of catalogue-known identifiers; every value from outside is a parameter."""
        try:
            return self._database.cursor().execute(sql, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise InventoryError(f"The inventory could not be queried ({error}): import it again.") from error

    def cells(self, entity: str, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], CellLocation]:
        """(observation, field) → where it stands. What is above the clearance is not there."""
        pairs = sorted(set(wanted))
        if not pairs:
            return {}
        schema.entity(entity)
        numbers = sorted({number for number, _ in pairs})
        rows = self.query(
            f"""SELECT o.obs_id, m.field, f.path, o.row, m."column", m.unit, o.as_of, o.label
            FROM main.obs_{entity} o JOIN main.feeds f ON f.feed = o.feed
            JOIN main.maps m ON m.map = o.map AND m.entity = ?
            WHERE o.obs_id IN ({", ".join("?" * len(numbers))}) AND o.label <= ?""",
            [entity, *numbers, self.clearance.rank],
        )
        known = {
            (int(number), field): CellLocation(path, int(row), column, unit, as_of, _LABELS[label])
            for number, field, path, row, column, unit, as_of, label in rows
        }
        return {pair: known[pair] for pair in pairs if pair in known}

    def feeds(self) -> list[FeedRow]:
        rows = self.query(
            "SELECT path, format, as_of, as_of_from, label, rows, records FROM main.feeds "
            "WHERE label <= ? ORDER BY path",
            [self.clearance.rank],
        )
        return [FeedRow(p, f, a, w, _LABELS[label], int(r), int(n)) for p, f, a, w, label, r, n in rows]

    def problems(self) -> list[Problem]:
        return tables.problems_of(self._database.cursor(), self.clearance)

    def newest(self) -> datetime | None:
        """The newest as-of date of any feed the caller may see."""
        rows = self.query("SELECT max(as_of) FROM main.feeds WHERE label <= ?", [self.clearance.rank])
        return rows[0][0] if rows else None
