"""What a reading covers: its periods in the data, what of them no feed covers, and the currency amounts are told in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from advisor.errors import QuestionError
from advisor.inventory.inventory import Inventory
from advisor.measures import periods
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import Window, aggregate, dates
from advisor.measures.fragment import CURRENCIES
from advisor.measures.reading import Reading


def in_one_currency(reading: Reading, inventory: Inventory, catalogue: Catalogue) -> tuple[Inventory, frozenset[str]]:
    """The inventory with amounts converted, where rates are given and one currency is asked for or several meet.

    Raises QuestionError when a currency is asked for and a rate into it is missing.
    """
    if not reading.measure.currency or not (inventory.has_rates() or reading.into or reading.comparison):
        return inventory, frozenset()
    found = aggregate(inventory, catalogue, reading.measure, reading.filters)
    present = {one.unit.partition("/")[0] for one in found if one.value is not None}
    limit = reading.comparison.unit if reading.comparison else ""
    wanted = reading.into or (limit if limit in CURRENCIES and present != {limit} else "")
    target = wanted or (inventory.reporting_currency() if len(present) > 1 else None)
    if not target or present <= {target}:
        return inventory, frozenset()
    other = inventory.converted(target)
    lacking = sorted(present - {target} - {one.currency for one in other.rates})
    if lacking and reading.into:
        raise QuestionError(
            f"No feed gives a rate from {' or '.join(lacking)} into {target}: "
            "import a rates.csv with the columns currency, target, rate, as_of."
        )
    return (inventory, frozenset()) if lacking else (other, frozenset(present - {target}))


def uncovered(
    reading: Reading, windows: Sequence[Window], inventory: Inventory, catalogue: Catalogue
) -> tuple[str, ...]:
    """What of the periods no feed covers: a quarter of which only October is known is no whole quarter."""
    covered = dates(inventory, catalogue.view_of(reading.measure)) if windows else None
    if covered is None or reading.periods.since:
        return ()
    first, last = covered
    return tuple(
        f"The feeds cover only {max(first, one.start):%B %Y} to {last:%B %Y} of {one.name}."
        for one in windows
        if one.start < first.replace(day=1) or (one.end > last and not periods.complete(one, last))
    )


def windows_of(reading: Reading, inventory: Inventory, catalogue: Catalogue) -> list[Window]:
    """Windows of the reading's periods. Raises QuestionError for a period outside the data."""
    asked = reading.periods
    if not asked.periods:
        return []
    covered = dates(inventory, catalogue.view_of(reading.measure))
    if covered is None:
        raise QuestionError(f"No feed tells of {reading.measure.title} over time.")
    first, last = covered
    windows = [periods.window(one, first, last) for one in asked.periods]
    if asked.change:
        windows.sort(key=lambda one: one.start)  # "more in August than in July" is a change from July
    for one in windows:
        if one.start > last or one.end <= first:
            raise QuestionError(
                f"The feeds cover {first:%Y-%m-%d} to {last:%Y-%m-%d}; {one.name} is outside: import a feed for it."
            )
    if asked.since and asked.change:
        return [windows[0], periods.latest_like(asked.periods[0], last)]
    if asked.since:
        return [Window(windows[0].start, datetime(9999, 1, 1), f"the time since {windows[0].name}")]
    if asked.span and len(windows) == 2:
        return [Window(windows[0].start, windows[1].end, f"{windows[0].name} to {windows[1].name}")]
    if len(windows) > 1 and not asked.change:
        if (one_window := periods.joined(windows)) is None:
            raise QuestionError(
                f"{' and '.join(one.name for one in windows)} are apart: "
                "ask for each, or for the change from one to the other."
            )
        return [one_window]
    return windows
