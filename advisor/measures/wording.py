"""Numbers and readings in words. Every number that is said comes through `shown`."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.measures.catalogue import Measure
from advisor.measures.compute import NOT, Window, bare
from advisor.measures.fragment import WORDS_OF
from advisor.measures.reading import Reading

_NO_GROUP = {"team": "no team", "workload": "no workload", "model": "no model"}


def shown(value: float, unit: str) -> str:
    """The value with its unit as it is said: whole numbers whole, money to the cent, others rounded."""
    if "/GPU-hour" not in unit and "/kWh" not in unit and len(unit) == 3 and unit.isupper() and unit != "GPU":
        number = f"{value:,.2f}"
    elif value == int(value):
        number = f"{value:,.0f}"
    elif abs(value) >= 1:
        number = f"{value:,.2f}"
    else:
        number = f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.3e}"
    return f"{number} {unit_word(unit, value)}".strip()


def unit_word(unit: str, value: float) -> str:
    """ "3 nodes", "1 node", "5 GB/s"; a ratio has no word."""
    if unit == "ratio":
        return ""
    plain = (unit.islower() and unit.isalpha()) or unit in ("GPU", "storage system", "GPU-hour")
    if plain and unit not in ("ms",) and value != 1:
        return {"person": "people", "ms": "ms"}.get(unit, unit[:-1] + "ies" if unit.endswith("ry") else unit + "s")
    return unit


def group_name(dimension: str, key: str | None) -> str:
    return key if key else _NO_GROUP.get(dimension, f"no {words(dimension)}")


def words(dimension: str) -> str:
    return dimension.replace("_", " ")


def plural(dimension: str) -> str:
    name = "storage system" if dimension == "storage" else words(dimension)
    return name[:-1] + "ies" if name.endswith(("ty", "ry")) else name + ("es" if name.endswith("s") else "s")


def filters(reading: Reading) -> str:
    return ", ".join(
        f"{words(bare(dim))} {'other than ' if dim.startswith(NOT) else ''}{' or '.join(values)}"
        for dim, values in reading.filters.items()
    )


def scope(reading: Reading, window: Window | None) -> str:
    """ " (site Frankfurt, model H100) in Q3 2026"."""
    inside = filters(reading)
    return (f" ({inside})" if inside else "") + (f" in {window.name}" if window else "")


def comparison(reading: Reading, limit: float | None, unit: str) -> str:
    if reading.comparison is None or limit is None or (reading.count_groups and not limit):
        return ""
    return f"{WORDS_OF[reading.comparison.op]} {shown(limit, unit)}"


def reading(one: Reading, window: Window | None, whole: Sequence[Window] = ()) -> str:
    """The reading taken, for the person who asked to check."""
    share = f" as a share of {one.whole.title}" if one.whole else ""
    parts = [("share of " if one.share and not one.whole else "") + one.measure.title + share]
    if one.filters:
        parts.append(f"where {filters(one)}")
    if one.group:
        parts.append(f"by {', '.join(words(dim) for dim in one.group)}")
    if one.comparison and not (one.count_groups and not one.comparison.value):
        unit = one.comparison.unit or one.measure.unit
        parts.append(
            f"{WORDS_OF[one.comparison.op]} {one.comparison.value:g} {unit if unit != 'ratio' else ''}".strip()
        )
    if one.top:
        parts.append(
            f"{'highest' if one.descending else 'lowest'} {one.top}"
            if one.top > 1
            else ("highest" if one.descending else "lowest")
        )
    if window:
        parts.append(f"in {window.name}")
    if len(whole) == 2:
        parts.append(f"from {whole[0].name} to {whole[1].name}")
    said = ", ".join(parts)
    return said + (f" ({'; '.join(one.corrections)})" if one.corrections else "")


def statement(measure: Measure, value: float, unit: str, where: str, as_of: str) -> str:
    dated = f" as of {as_of}" if as_of else ""
    if measure.counts:
        there = "is" if value == 1 else "are"
        return f"There {there} {_counted(measure, value, unit)}{where}{dated}."
    return f"{measure.title[0].upper()}{measure.title[1:]}{where}: {shown(value, unit)}{dated}."


def _counted(measure: Measure, value: float, unit: str) -> str:
    title = measure.title
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    if value == 1 and title.split()[0].endswith("s") and not title.startswith("GPUs asked"):
        head, _, tail = title.partition(" ")
        title = f"{head[:-1]} {tail}".strip()
    elif value == 1 and title.endswith("s"):
        title = title[:-1]
    return f"{number} {title}"
