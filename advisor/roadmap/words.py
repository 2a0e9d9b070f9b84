"""Numbers, dates and lists as a roadmap says them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date


def number(value: float) -> str:
    """Rounded to what a reader can use; the same value always reads the same."""
    if value == round(value) and abs(value) < 1e6:
        return f"{value:,.0f}"
    if abs(value) >= 1e6:
        return f"{_figures(value / 1e6)} million"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _figures(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def quantity(value: float, unit: str) -> str:
    """ "16.3 GB/s", "80 %", "12 GPUs"; a ratio has no unit."""
    if unit in ("ratio", "yes", ""):
        return number(value)
    if unit in ("GPU", "person-week", "week"):
        unit = unit if value == 1 else f"{unit}s"
    if unit == "person":
        unit = "person" if value == 1 else "people"
    return f"{number(value)} {unit}"


def span(low: float, high: float, unit: str) -> str:
    """ "150,000 to 340,000 USD", "1.83 to 2.07 million USD"."""
    if low == high:
        return quantity(low, unit)
    lower = _figures(low / 1e6) if min(low, high) >= 1e6 else number(low)
    return f"{lower} to {quantity(high, unit)}"


def against(have: float, need: float, unit: str) -> str:
    """ "1.30 GB/s against 16.3 GB/s", "12 of 24 GPUs"."""
    if unit == "GPU":
        return f"{number(have)} of {quantity(need, unit)}"
    return f"{quantity(have, unit)} against {quantity(need, unit)}"


def day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def month(value: date) -> str:
    return f"{value:%B %Y}"


def listed(items: Iterable[str], limit: int = 4) -> str:
    """ "a, b and c"; what is above the limit is counted."""
    found: Sequence[str] = list(dict.fromkeys(items))
    if len(found) > limit:
        rest = len(found) - limit + 1
        found = [*found[: limit - 1], f"{rest} others"]
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def counted(items: Sequence[object], noun: str) -> str:
    """ "no workload", "1 workload", "3 workloads"."""
    return f"{len(items) or 'no'} {noun}{'' if len(items) == 1 else 's'}"


def plural(count: int, noun: str) -> str:
    """ "1 quick win", "3 quick wins"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def score(low: float | None, high: float | None) -> str:
    """A score of 0-1 in a cell: "not asked", "met", "62 %", "not known", "at most 62 %". Not met is never 100 %."""
    if low is None or high is None:
        return "not asked"
    if low < high:
        return "not known" if high >= 1 - 1e-9 else f"at most {_percent(high)}"
    return "met" if low >= 1 - 1e-9 else _percent(low)


def _percent(share: float) -> str:
    return f"{min(99, round(100 * share))} %"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def dimension(name: str) -> str:
    """The name of a dimension as a heading."""
    return "FinOps" if name == "finops" else capital(name)


def uncapital(text: str) -> str:
    """ "Give Frankfurt …" within a sentence; a name in capitals stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def role(name: str) -> str:
    """ "head of AI platform", "FinOps lead": only a plain first word is lowered."""
    first, _, rest = name.partition(" ")
    return f"{first.lower() if first[1:].islower() else first} {rest}".strip()
