"""Sentences, tables and figures as they are made: what every kind of answer is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.evidence import Fact, Figure
from advisor.measures import wording
from advisor.measures.catalogue import Measure
from advisor.measures.compute import Group, Window
from advisor.measures.proof import day
from advisor.measures.reading import Reading
from index.document import Label


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the evidence it stands on."""

    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    figures: tuple[str, ...]  # evidence id of each row's value; "" where there is none


@dataclass(slots=True)
class Result:
    reading: str
    sentences: tuple[Said, ...] = ()
    figures: tuple[Figure, ...] = ()
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    missing: tuple[str, ...] = ()


def figure_of(
    reading: Reading,
    one: Group,
    where: str,
    inputs: Sequence[str],
    label: Label,
    *,
    text: str | None = None,
    formula: str | None = None,
) -> Figure:
    assert one.value is not None
    dated = one.as_of.date().isoformat() if one.as_of else ""
    said = text or wording.statement(reading.measure, one.value, one.unit, where, dated)
    return Figure(
        formula or reading.measure.name,
        one.value,
        one.unit,
        reading.measure.definition,
        said + _left_out(reading.measure, one),
        tuple(inputs),
        day(one.as_of),
        label,
        one.rows,
    )


def _left_out(measure: Measure, one: Group) -> str:
    """ " 2 of 96 rows have no reading." when the measure needs what some rows lack."""
    unknown = one.rows - one.known
    if not measure.needs or unknown <= 0:
        return ""
    fields = " or ".join(measure.needs)
    have = "has" if unknown == 1 else "have"
    return f" Of {one.rows:,} rows, {unknown:,} {have} no {fields} and {'is' if unknown == 1 else 'are'} left out."


def is_known(measure: Measure, one: Group) -> bool:
    """Whether the value says anything: a count of rows none of which has a reading does not."""
    if one.value is None:
        return False
    return not (measure.needs and one.rows and not one.known)


def no_value(reading: Reading, window: Window | None, groups: Sequence[Group]) -> str:
    measure = reading.measure
    where = wording.scope(reading, window)
    if groups and measure.needs:
        needed = " and ".join(measure.needs)
        return (
            f"{measure.title}{where}: {groups[0].rows:,} rows, none of which has {needed}: import a feed that gives it."
        )
    return f"{measure.title}{where}: no feed tells of it."


def ordered_groups(reading: Reading, groups: Sequence[Group]) -> list[Group]:
    """Best first where an order is asked for or the measure has a direction; months in time. Top-n within each unit."""
    if "month" in reading.group and reading.top is None:
        ordered = list(groups)
    else:
        ordered = sorted(
            groups,
            key=lambda one: (
                -(one.value or 0.0) if reading.descending else one.value or 0.0,
                "" if not one.key else one.key[0] or "",
            ),
        )
    if reading.top is None:
        return ordered
    kept: list[Group] = []
    for unit in dict.fromkeys(one.unit for one in ordered):
        mine = [one for one in ordered if one.unit == unit]
        kept += mine[: reading.top] + [one for one in mine[reading.top :] if one.value == mine[reading.top - 1].value]
    return kept


def group_label(reading: Reading, one: Group) -> str:
    return ", ".join(wording.group_name(dim, key) for dim, key in zip(reading.group, one.key, strict=False))


def highest_label(groups: Sequence[Group]) -> Label:
    """The most sensitive label among the rows that groups rest on."""
    return max((one.label for one in groups), key=lambda label: label.rank, default=Label.RESTRICTED)
