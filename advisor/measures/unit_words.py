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
    return unit_of(token, measure) is not None


def unit_of(token: Token, measure: Measure) -> str | None:
    """The unit that a word names, when the measure's value can be told in it."""
    if token.raw.upper() in CURRENCIES or len(token.text) == 1:
        return None
    written = _SPELT.get(token.text, token.raw)
    if small := re.fullmatch(r"([kmgtp])(i?)b", token.raw):  # in lower case a bit or a byte as the measure has it
        letter = "b" if re.search(r"[KMGTP]i?b", measure.unit) else "B"
        written = f"{small[1].upper()}{small[2]}{letter}"
    for unit in (written, f"{written}/s"):
        try:
            convert(1.0, unit, measure.unit)
        except Unreadable:
            continue
        return unit
    return None


def asked_in(measure: Measure, words: Sequence[Token]) -> Measure:
    """The measure in the one unit that the question names, as it stands when it names none or several."""
    units = {unit for token in words if (unit := unit_of(token, measure))}
    return measure.told_in(units.pop()) if len(units) == 1 else measure


_SPELT = {
    "watt": "W", "kilowatt": "kW", "megawatt": "MW", "kw": "kW", "mw": "MW", "kwh": "kWh", "mwh": "MWh", "gwh": "GWh",
    "megabyte": "MB", "gigabyte": "GB", "terabyte": "TB", "petabyte": "PB", "mbit": "Mb", "gbit": "Gb", "tbit": "Tb",
    "gigabit": "Gb", "terabit": "Tb", "degree": "°C", "celsius": "°C", "millisecond": "ms", "second": "s", "sec": "s",
    "tonne": "tCO2e", "kilogram": "kgCO2e", "kg": "kgCO2e",
}  # fmt: skip


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
