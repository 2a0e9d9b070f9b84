"""Quantities as they are written in prose, made comparable: value, dimension, base unit.

GB is not GiB and Gb/s is not GB/s: letter case carries meaning where the field uses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DECIMAL = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}
_TIME = {"s": 1.0, "sec": 1.0, "second": 1.0, "ms": 1e-3, "millisecond": 1e-3, "us": 1e-6, "µs": 1e-6,
         "microsecond": 1e-6, "nanosecond": 1e-9, "ns": 1e-9,
         "minute": 60.0, "min": 60.0, "hour": 3600.0, "h": 3600.0, "day": 86400.0,
         "week": 604800.0, "month": 2629800.0, "year": 31557600.0}  # fmt: skip
_PREFIXES = {"kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P", "exa": "E"}
_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SPELLED = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
            "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
            "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19}  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_CURRENCY = {"$": "USD", "€": "EUR", "£": "GBP", "dollar": "USD", "euro": "EUR", "pound": "GBP"}
_MASS = {"g": 1e-3, "gram": 1e-3, "kg": 1.0, "kilogram": 1.0, "tonne": 1e3}

_DIGITS = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?(?:[eE][+-]?\d+(?![\w.]))?"
SPELLED_NUMBER = rf"(?i:\b(?:(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_SPELLED)}))?|{'|'.join(_SPELLED)})(?=fold\b|\b))"
_UNIT = (
    r"%|percent\b|per cent\b|°C|degrees? C(?:elsius)?\b|"
    r"(?:USD|EUR|GBP)\b|(?:US )?(?:dollar|euro|pound)s?\b|"
    r"(?:[kKMGTPE]i?|kilo|mega|giga|tera|peta|exa)?(?:bit|byte)s?(?:/s|ps| per second)?\b|"
    r"(?:[kKMGTPE]i?)(?:B|b)(?:/s|ps| per second)?(?![A-Za-z])|B/s|"
    r"[kMGT]?W(?:h)?(?![A-Za-z])|(?:[kMGT]|kilo|mega|giga|tera)?(?:watts?(?:[- ]hours?)?|Hz|hertz)\b|"
    r"[TPEG]FLOPS?\b|IOPS\b|(?:kg|(?:kilo)?grams?|tonnes?)\b|"
    r"(?:milli|micro|nano)?seconds?\b|secs?\b|ms\b|us\b|µs\b|ns\b|minutes?\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b|"
    r"[smh](?![A-Za-z])"
)


def _pattern(number: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<currency>US\$|[$€£]|&dollar;)?(?<![\w.])(?P<sign>[-−](?=\d))?(?P<number>{number})"
        r"(?:[\s-]?(?P<word>thousand|million|billion|trillion)\b)?"
        rf"(?:[\s-]?(?P<unit>{_UNIT}))?"
    )


_NUMBER = _pattern(_DIGITS)
_ANY_NUMBER = _pattern(f"{_DIGITS}|{SPELLED_NUMBER}")
_SHARES_UNIT = re.compile(r"\s?(?:[-–,/]|to|and|or|from)\s?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the base unit of its dimension; `dimension` is "" for a bare number."""

    value: float
    dimension: str
    written: str

    def equals(self, other: Quantity) -> bool:
        """Same dimension and the same value but for rounding in the last place of a float."""
        scale = max(abs(self.value), abs(other.value), 1e-12)
        return self.dimension == other.dimension and abs(self.value - other.value) <= 1e-9 * scale


def quantities(text: str) -> list[Quantity]:
    """Every quantity in digits in `text`, in order. Digits inside names ("H100", "FP8") are no quantities."""
    return [_quantity(match) for match in _found(_NUMBER, text)]


def located(text: str) -> list[tuple[int, int, Quantity]]:
    """Every quantity in digits or words with its span. In "5-10 kW" and "2 or 4 hours" both have the unit."""
    matches = _found(_ANY_NUMBER, text)
    found = [(*match.span(), _quantity(match)) for match in matches]
    for i in range(len(found) - 2, -1, -1):
        (start, end, one), (after, _, other) = found[i], found[i + 1]
        unit = matches[i + 1]["unit"] or ""
        if not one.dimension and other.dimension and unit and _SHARES_UNIT.fullmatch(text[end:after]):
            factor, dimension = _unit(unit)
            found[i] = (start, end, Quantity(one.value * factor, dimension, one.written))
    return found


def _found(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Matches that are no part of a name ("70B", "3D")."""
    return [
        one
        for one in pattern.finditer(text)
        if one["unit"]
        or one["word"]
        or not text[one.end() : one.end() + 1].isalpha()
        or not one["number"][-1].isdigit()
    ]


def _quantity(match: re.Match[str]) -> Quantity:
    value = number(match["number"]) * _WORDS.get(match["word"] or "", 1.0)
    factor, dimension = _unit(match["unit"] or "")
    if match["currency"]:
        dimension = _CURRENCY.get(match["currency"][-1], "USD")
    return Quantity((-value if match["sign"] else value) * factor, dimension, match.group().strip())


def number(text: str) -> float:
    """The value of digits or of a small number in words."""
    if text[0].isdigit():
        return float(re.sub(r"[, ]", "", text))
    tens, _, rest = text.lower().partition("-")
    return float(_TENS.get(tens, _SPELLED.get(tens, 0)) + _SPELLED.get(rest, 0))


def spelled(text: str) -> set[int]:
    """Small numbers written as words."""
    return {_SPELLED[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _SPELLED}


def _unit(unit: str) -> tuple[float, str]:
    if unit in ("%", "percent", "per cent"):
        return 1.0, "%"
    if unit == "°C" or unit.startswith("degree"):
        return 1.0, "celsius"
    if unit in ("USD", "EUR", "GBP"):
        return 1.0, unit
    if money := re.fullmatch(r"(?:US )?(dollar|euro|pound)s?", unit):
        return 1.0, _CURRENCY[money[1]]
    if (mass := unit.removesuffix("s")) in _MASS:
        return _MASS[mass], "kilogram"
    unit = re.sub(r"^(kilo|mega|giga|tera|peta|exa)(?=bit|byte|watt|hertz)", lambda found: _PREFIXES[found[1]], unit)
    unit = re.sub(r"watts?[- ]hours?", "Wh", unit).replace("hertz", "Hz")
    rate = re.search(r"(/s|ps| per second)$", unit)
    body = unit[: rate.start()] if rate else unit
    if size := re.fullmatch(r"([kKMGTPE]i?)?(bits?|bytes?|b|B)", body):
        prefix, name = size[1] or "", size[2]
        factor = _BINARY[prefix] if prefix.endswith("i") else _DECIMAL[prefix]
        kind = "bit" if name.startswith("bit") or name == "b" else "byte"
        return factor, f"{kind}/s" if rate else kind
    if power := re.fullmatch(r"([kMGT]?)(Wh|W|watts?|Hz)", unit):
        return _DECIMAL[power[1]], {"Wh": "watt-hour", "Hz": "hertz"}.get(power[2], "watt")
    if flops := re.fullmatch(r"([TPEG])FLOPS?", unit):
        return _DECIMAL[flops[1]], "flops"
    singular = unit[:-1] if unit.endswith("s") and unit not in _TIME else unit
    if singular in _TIME:
        return _TIME[singular], "second"
    return 1.0, unit.lower()
