"""Cells as people and tools write them → one number in the field's own unit. Never a guess.

"81559 MiB", "1,234.5", "1.234,5", "400 Gb/s", "8.3 %", "[N/A]". A cell that can be read in two ways
is refused with both readings, so that no wrong number gets in silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Decimal = Literal[".", ",", ""]  # decimal sign of a feed; "" when the feed does not show it

MISSING = frozenset(
    {"", "n/a", "na", "[n/a]", "[not supported]", "not supported", "[not found]", "[unknown error]", "[no data]",
     "[insufficient permissions]", "[gpu requires reset]", "unknown", "unknown error", "null", "none", "(null)", "-",
     "–", "—", "?", "nan", "#n/a", "tbd"}
)  # fmt: skip

_DECIMAL = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "hour": 3600.0,
            "hours": 3600.0, "day": 86400.0, "days": 86400.0}  # fmt: skip
_PLAIN = re.compile(r"[-−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_CELL = re.compile(r"(?P<number>[-−+]?\d[\d.,'’ \u00a0\u202f]*(?:[eE][-+]?\d+)?)\s*(?P<unit>[^\d\s].*)?")


class Unreadable(ValueError):
    """A cell that is no value of its field; `str(error)` is the reason shown in the report."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A scale within a dimension: value × factor is in the dimension's base."""

    dimension: str
    factor: float


def is_missing(cell: object) -> bool:
    return cell is None or str(cell).strip().lower() in MISSING


def parse_unit(text: str) -> Unit:
    """The unit that `text` names. Letter case carries meaning: Gb is not GB. Raises Unreadable."""
    text = text.strip().strip("[]()")
    text = re.sub(r"\s*(?:/|per\s)\s*(?:s|sec|second)$|ps$", "/s", text) if not text.endswith("Ops") else text
    fixed = {
        "%": Unit("share", 1.0), "percent": Unit("share", 1.0), "°C": Unit("temperature", 1.0),
        "C": Unit("temperature", 1.0), "IOPS": Unit("iops", 1.0), "kIOPS": Unit("iops", 1e3),
        "ratio": Unit("ratio", 1.0), "x": Unit("ratio", 1.0), ":1": Unit("ratio", 1.0),
        "gCO2e/kWh": Unit("carbon", 1.0), "gCO2eq/kWh": Unit("carbon", 1.0), "gCO₂eq/kWh": Unit("carbon", 1.0),
        "g/kWh": Unit("carbon", 1.0), "kgCO2e/MWh": Unit("carbon", 1.0), "kgCO2e/kWh": Unit("carbon", 1e3),
        "tCO2e": Unit("emissions", 1e3), "kgCO2e": Unit("emissions", 1.0),
        "billion": Unit("number", 1e9), "B params": Unit("number", 1e9), "million": Unit("number", 1e6),
    }  # fmt: skip
    if text in fixed:
        return fixed[text]
    if text in _SECONDS:
        return Unit("time", _SECONDS[text])
    if size := re.fullmatch(r"([kKMGTPE]i?)?(B|b|bit|bits|bytes?|Byte|Bytes)(/s)?", text):
        prefix = size[1] or ""
        scale = _BINARY["Ki" if prefix == "ki" else prefix] if prefix.endswith("i") else _DECIMAL[prefix]
        bits = size[2] in ("b", "bit", "bits")
        return Unit("data rate" if size[3] else "data", scale / 8 if bits else scale)
    if power := re.fullmatch(r"(m|k|K|M|G)?W(h)?", text):
        return Unit("energy" if power[2] else "power", 1e-3 if power[1] == "m" else _DECIMAL[power[1] or ""])
    raise Unreadable(f"unit {text!r} is not known")


def convert(value: float, given: str, wanted: str) -> float:
    """`value` from one unit into another of the same dimension. Raises Unreadable."""
    if given == wanted:
        return value
    source, target = parse_unit(given), parse_unit(wanted)
    if source.dimension != target.dimension:
        raise Unreadable(f"{given} is a {source.dimension}, {wanted} a {target.dimension}")
    return value * source.factor / target.factor


def number(cell: object, decimal: Decimal = ".") -> float:
    """The number in a cell that holds nothing else. Raises Unreadable when it has two readings."""
    if isinstance(cell, bool):
        raise Unreadable(f"{cell} is no number")
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip().replace("−", "-")
    if _PLAIN.fullmatch(text) and decimal != ",":
        if decimal == "" and re.fullmatch(r"-?\d{1,3}\.\d{3}", text):
            raise Unreadable(_two_readings(text))
        return float(text)
    if re.search(r"['’\u00a0\u202f ]", text):
        if not re.fullmatch(r"[-+]?\d{1,3}(?:['’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?", text):
            raise Unreadable(f"{text!r} is no number")
        text = re.sub(r"['’\u00a0\u202f ]", "", text)
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+\.\d+|[-+]?\d{1,3}(?:,\d{3}){2,}", text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{1,3}(?:\.\d{3}){2,}", text):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[-+]?\d{1,3}[.,]\d{3}", text):
        return _one_group(text, decimal)
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return float(text.replace(",", "."))
    if re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text):
        return float(text)
    raise Unreadable(f"{text!r} is no number")


def _one_group(text: str, decimal: Decimal) -> float:
    """ "1,234": a thousand or a little over one, as the feed's decimal sign tells."""
    if decimal == "":
        raise Unreadable(_two_readings(text))
    if decimal == ".":
        return float(text.replace(",", ""))
    return float(text.replace(".", "").replace(",", "."))


def _two_readings(text: str) -> str:
    joined = text.replace(",", "").replace(".", "")
    return f"{text!r} may be {joined} or {text.replace(',', '.')}: write it without a thousands separator"


def decimal_sign(cells: list[str], *, semicolons: bool) -> Decimal:
    """Which sign a feed uses for decimals, from cells that leave no doubt."""
    comma = any(
        re.fullmatch(r"[-+]?\d+,\d{1,2}|[-+]?\d+,\d{4,}|[-+]?[\d.]+\.\d{3},\d+|0,\d+", one.strip()) for one in cells
    )
    point = any(
        re.fullmatch(r"[-+]?\d+\.\d{1,2}|[-+]?\d+\.\d{4,}|[-+]?[\d,]+,\d{3}\.\d+|0\.\d+", one.strip()) for one in cells
    )
    if comma and point:
        return ""
    if comma:
        return ","
    return "." if point or not semicolons else ""


def quantity(cell: object, unit: str, given: str = "", decimal: Decimal = ".") -> float:
    """The cell in `unit`. A unit in the cell wins over `given`, the column's. Raises Unreadable."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return convert(float(cell), given or unit, unit) if unit else float(cell)
    found = _CELL.fullmatch(str(cell).strip())
    if not found:
        raise Unreadable(f"{str(cell).strip()!r} is no number")
    value = number(found["number"].strip(), decimal)
    written = (found["unit"] or "").strip()
    if not unit or unit in _COUNTED:
        if written and written.lower().rstrip("s") not in _COUNTED.get(unit, frozenset()):
            raise Unreadable(f"{str(cell).strip()!r} carries the unit {written!r}, the field has {unit or 'none'}")
        return value
    return convert(value, written or given or unit, unit) if written or given else value


_COUNTED: dict[str, frozenset[str]] = {
    "GPU": frozenset({"gpu", "card"}), "core": frozenset({"core", "cpu", "vcpu"}), "rack": frozenset({"rack"}),
    "person": frozenset({"person", "people", "fte"}), "link": frozenset({"link", "port"}),
    "request": frozenset({"request", "user"}), "day": frozenset({"day", "d"}), "h": frozenset({"h", "hour"}),
    "GPU-hour": frozenset({"gpu-hour"}), "currency": frozenset(), "currency/kWh": frozenset(),
    "billion": frozenset({"b", "billion"}),
}  # fmt: skip


def integer(value: float) -> int:
    if value != int(value):
        raise Unreadable(f"{value:g} is not a whole number")
    return int(value)


def boolean(cell: object) -> bool:
    text = str(cell).strip().lower()
    if text in ("true", "yes", "y", "1", "on", "enabled", "ja"):
        return True
    if text in ("false", "no", "n", "0", "off", "disabled", "nein"):
        return False
    raise Unreadable(f"{text!r} is neither yes nor no")


def timestamp(cell: object) -> datetime:
    """A date or time, naive in UTC. Day-first and month-first forms that leave doubt are refused."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).replace(tzinfo=None) if cell.tzinfo else cell
    text = str(cell).strip()
    for form in ("%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%d.%m.%Y", "%a %b %d %H:%M:%S %Y", "%Y-%m"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Unreadable(f"{text!r} is no date: write YYYY-MM-DD") from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


_MODELS = re.compile(
    r"\b(GB300|GB200|GH200|B300|B200|B100|H200|H100|H800|H20|A100|A800|A40|A30|A16|A10G|A10|A2|L40S|L40|L4|V100|P100|T4"
    r"|RTX[ -]?(?:PRO[ -]?)?\d{4}(?:[ -]Ada)?|MI355X|MI350X|MI325X|MI300X|MI300A|MI250X|MI250|MI210|MI100"
    r"|Gaudi ?[23]|TPU ?v\d\w?)\b",
    re.IGNORECASE,
)


def gpu_model(product: str) -> str:
    """The short model name in a product name; the product name itself when none is known in it."""
    text = re.sub(r"[-_]", " ", product.strip())
    found = _MODELS.search(text)
    if found:
        return found[1].upper().replace("GAUDI", "Gaudi ").replace("  ", " ").strip()
    return re.sub(r"^(?:nvidia|amd|tesla)\s+", "", text, flags=re.IGNORECASE).strip()


def gpu_vendor(product: str) -> str | None:
    low = product.lower()
    if re.search(r"\bmi\d{3}|instinct|amd", low):
        return "AMD"
    if "gaudi" in low or "intel" in low:
        return "Intel"
    if "nvidia" in low or _MODELS.search(re.sub(r"[-_]", " ", product)):
        return "NVIDIA"
    return None
