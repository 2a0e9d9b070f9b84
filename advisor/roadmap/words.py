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
    return quantity(low, unit) if low == high else f"{number(low)} to {quantity(high, unit)}"


def day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


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


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
