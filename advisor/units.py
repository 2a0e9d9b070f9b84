"""Quantities as they are written in prose, made comparable: value, dimension, base unit.

GB is not GiB and Gb/s is not GB/s: letter case carries meaning where the field uses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DECIMAL = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}
_TIME = {"s": 1.0, "sec": 1.0, "second": 1.0, "ms": 1e-3, "millisecond": 1e-3, "us": 1e-6, "µs": 1e-6,
         "microsecond": 1e-6, "ns": 1e-9, "minute": 60.0, "min": 60.0, "hour": 3600.0, "h": 3600.0, "day": 86400.0,
         "week": 604800.0, "month": 2629800.0, "year": 31557600.0}  # fmt: skip
_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SPELLED = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
            "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}  # fmt: skip

_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-−](?=\d))?(?P<number>\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<word>thousand|million|billion|trillion)\b)?"
    r"(?:[\s-]?(?P<unit>%|percent\b|per cent\b|°C|"
    r"(?:[kKMGTPE]i?)?(?:bit|byte)s?(?:/s|ps| per second)?\b|"
    r"(?:[kKMGTPE]i?)(?:B|b)(?:/s|ps| per second)?(?![A-Za-z])|B/s|"
    r"[kMGT]?W(?:h)?(?![A-Za-z])|[kMGT]?(?:watt|Hz)s?\b|[TPEG]FLOPS?\b|IOPS\b|"
    r"(?:milli|micro)?seconds?\b|secs?\b|ms\b|us\b|µs\b|ns\b|minutes?\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b|[smh](?![A-Za-z])))?"
)


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
    """Every quantity in `text`, in order. Digits inside names ("H100", "FP8") are no quantities."""
    found = []
    for match in _NUMBER.finditer(text):
        after = text[match.end() : match.end() + 1]
        if match["unit"] is None and match["word"] is None and after.isalpha():
            continue  # "70B", "3D": part of a name
        value = float(re.sub(r"[, ]", "", match["number"])) * _WORDS.get(match["word"] or "", 1.0)
        factor, dimension = _unit(match["unit"] or "")
        found.append(Quantity((-value if match["sign"] else value) * factor, dimension, match.group().strip()))
    return found


def spelled(text: str) -> set[int]:
    """Small numbers written as words."""
    return {_SPELLED[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _SPELLED}


def _unit(unit: str) -> tuple[float, str]:
    if unit in ("%", "percent", "per cent"):
        return 1.0, "%"
    if unit == "°C":
        return 1.0, "celsius"
    rate = re.search(r"(/s|ps| per second)$", unit)
    body = unit[: rate.start()] if rate else unit
    if size := re.fullmatch(r"([kKMGTPE]i?)?(bits?|bytes?|b|B)", body):
        prefix, name = size[1] or "", size[2]
        factor = _BINARY[prefix] if prefix.endswith("i") else _DECIMAL[prefix]
        kind = "bit" if name.startswith("bit") or name == "b" else "byte"
        return factor, f"{kind}/s" if rate else kind
    if power := re.fullmatch(r"([kMGT]?)(Wh|W|watts?|Hz|Hzs)", unit):
        return _DECIMAL[power[1]], {"Wh": "watt-hour", "Hz": "hertz", "Hzs": "hertz"}.get(power[2], "watt")
    if flops := re.fullmatch(r"([TPEG])FLOPS?", unit):
        return _DECIMAL[flops[1]], "flops"
    singular = unit[:-1] if unit.endswith("s") and unit not in _TIME else unit
    if singular in _TIME:
        return _TIME[singular], "second"
    return 1.0, unit.lower()
