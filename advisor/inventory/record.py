"""What feeds hand over: typed observations with the column each value came from, and problems."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from advisor.inventory import schema
from advisor.inventory.conversion import Decimal, Unreadable, boolean, integer, is_missing, quantity, timestamp
from index.document import Label


class Directness(IntEnum):
    """How near a feed stands to the thing itself; decides between feeds of the same date."""

    DECLARED = 1  # written by a person
    RECORDED = 2  # a system of record, a scheduler, a bill
    MEASURED = 3  # read off the device or a benchmark


class ProblemKind(StrEnum):
    QUARANTINED = "quarantined"  # a row or cell set aside: not used
    DUPLICATE = "duplicate"
    CONTRADICTORY = "contradictory"
    STALE = "stale"
    MISSING = "missing"
    IN_DOUBT = "in doubt"  # used, but someone should look


@dataclass(frozen=True, slots=True)
class Problem:
    kind: ProblemKind
    reason: str
    feed: str = ""
    row: int | None = None
    column: str = ""
    entity: str = ""
    rule: str = ""  # the rule that decided, where one did
    count: int = 1  # occurrences that this stands for
    label: Label = Label.RESTRICTED


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as the feed has it, its column, and the unit that the format or the header gives it."""

    raw: object
    column: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    entity: str
    row: int
    values: Mapping[str, Any]
    columns: Mapping[str, tuple[str, str]]  # field → (column, unit in the feed)
    as_of: datetime | None
    label: Label


@dataclass(slots=True)
class Source:
    """A file to read, with what feeds.yaml says about it."""

    path: Path
    shown: str
    options: Mapping[str, Any] = field(default_factory=dict)
    head: str = ""  # the first 64 KiB, decoded
    is_binary: bool = False

    @property
    def label(self) -> Label:
        return Label.parse(self.options.get("label"))  # missing means restricted

    def option(self, name: str) -> str | None:
        value = self.options.get(name)
        return None if value is None else str(value)

    def text(self) -> str:
        return decode(self.path.read_bytes())


def decode(data: bytes) -> str:
    """Text of a feed: UTF-8 with or without BOM, UTF-16 with BOM, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


class Sink:
    """Collects one feed's observations; a bad cell is set aside with its reason, the row goes on without it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.observations: list[Observation] = []
        self.problems: list[Problem] = []
        self.as_of: datetime | None = None  # of the feed, when the feed itself says
        self.rows = 0

    def record(
        self,
        entity: str,
        row: int,
        cells: Mapping[str, Cell],
        *,
        as_of: datetime | None = None,
        label: Label | None = None,
        decimal: Decimal = ".",
    ) -> Observation | None:
        """Convert, validate and keep one record; None when its key is missing and the row was set aside."""
        self.rows += 1
        label = label or self.source.label
        values: dict[str, Any] = {}
        columns: dict[str, tuple[str, str]] = {}
        for name, cell in cells.items():
            if is_missing(cell.raw):
                continue
            try:
                value = _value(entity, name, cell, decimal)
                schema.entity(entity).model_validate({name: value})
            except Unreadable as error:
                self._set_aside(str(error), row, cell.column, entity, label)
                continue
            except ValidationError as error:
                self._set_aside(f"{cell.raw!s}: {error.errors()[0]['msg']}", row, cell.column, entity, label)
                continue
            values[name] = value
            columns[name] = (cell.column, cell.unit)
        missing = [key for key in _identity(entity) if key not in values]
        if missing and not _identified(entity, values):
            if any(not is_missing(cell.raw) for cell in cells.values()):
                self._set_aside(f"no {' or '.join(missing)}: the row names nothing", row, "", entity, label)
            return None
        observation = Observation(entity, row, values, columns, as_of, label)
        self.observations.append(observation)
        return observation

    def doubt(self, reason: str, row: int | None = None, column: str = "", entity: str = "") -> None:
        kind = ProblemKind.IN_DOUBT
        self.problems.append(Problem(kind, reason, self.source.shown, row, column, entity, label=self.source.label))

    def set_aside(self, reason: str, row: int, column: str = "", entity: str = "") -> None:
        """A whole row that cannot be read without guessing."""
        self._set_aside(reason, row, column, entity, self.source.label)

    def _set_aside(self, reason: str, row: int, column: str, entity: str, label: Label) -> None:
        self.problems.append(
            Problem(ProblemKind.QUARANTINED, reason, self.source.shown, row, column, entity, label=label)
        )


def _identity(entity: str) -> tuple[str, ...]:
    """Fields without which a record is about nothing; a site may be looked up later."""
    return tuple(key for key in schema.entity(entity).KEY if key != "site" or entity == "site")


def _identified(entity: str, values: Mapping[str, Any]) -> bool:
    if entity == "accelerator":
        return "uuid" in values or "serial" in values or ("node" in values and "gpu_index" in values)
    if schema.entity(entity).EVENT:
        return bool(values)
    return False


def _value(entity: str, name: str, cell: Cell, decimal: Decimal) -> Any:
    kind = schema.python_type(entity, name)
    if kind is str:
        return " ".join(str(cell.raw).split())
    if kind is bool:
        return boolean(cell.raw)
    if kind in (int, float):
        number = quantity(cell.raw, schema.unit_of(entity, name), cell.unit, decimal)
        if not math.isfinite(number):
            raise Unreadable(f"{cell.raw!s} is no finite number")
        return integer(number) if kind is int else number
    return timestamp(cell.raw)


def by_maps(observations: list[Observation]) -> Iterator[tuple[str, Mapping[str, tuple[str, str]]]]:
    """The distinct (entity, column map) pairs, in order of appearance."""
    seen: set[tuple[str, tuple[tuple[str, tuple[str, str]], ...]]] = set()
    for one in observations:
        key = (one.entity, tuple(sorted(one.columns.items())))
        if key not in seen:
            seen.add(key)
            yield one.entity, one.columns
