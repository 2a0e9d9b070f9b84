"""Words of a question that only say in which unit or form a measure is told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.inventory.conversion import Unreadable, convert, parse_unit
from advisor.measures.catalogue import Measure
from advisor.measures.fragment import CURRENCIES
from advisor.measures.lexicon import Token, stem


def idle_word(token: Token, measure: Measure, bag: Sequence[str]) -> bool:
    """Words that say nothing more of this measure: "total" of what adds up, "average" of a mean."""
    word = token.text
    if word in ("total", "altogether", "overall", "combined", "sum", "together"):
        return measure.additive
    if word in ("average", "avg", "mean", "typical"):
        return measure.mean
    if word in ("share", "percentage", "percent", "pct", "proportion", "fraction", "rate", "ratio", "level"):
        return measure.unit in ("%", "ratio") or "/" in measure.unit
    if word == "cloud":
        return measure.view == "spend"  # every bill is a cloud provider's
    return word in ("latest", "current", "fully") or unit_word(token, measure)


def unit_word(token: Token, measure: Measure) -> bool:
    """Whether a word is a unit that the measure's value can be told in."""
    if token.text in (stem(part) for part in re.findall(r"[a-z]+", measure.unit.lower())):
        return True
    if token.raw.upper() in CURRENCIES:
        return False
    written = _SPELT.get(token.text, token.raw)
    for unit in (written, f"{written}/s", written[:1].upper() + written[1:]):
        try:
            convert(1.0, unit, measure.unit)
        except Unreadable:
            continue
        return True
    return False


_SPELT = {
    "watt": "W",
    "kilowatt": "kW",
    "kw": "kW",
    "kwh": "kWh",
    "mwh": "MWh",
    "tb": "TB",
    "gb": "GB",
    "terabyte": "TB",
    "gigabyte": "GB",
    "petabyte": "PB",
    "gbit": "Gb",
    "gigabit": "Gb",
    "degree": "°C",
    "celsius": "°C",
    "millisecond": "ms",
}


def compatible(unit: str, measure: Measure) -> bool:
    if unit in CURRENCIES:
        return measure.currency
    if measure.currency:
        return False
    try:
        convert(1.0, unit, measure.unit)
    except Unreadable:
        return False
    return parse_unit(unit) is not None
