"""Numbers of a sizing as they are said."""

from __future__ import annotations

_WHOLE = ("accelerators", "minutes")
_NAMES = {
    "mfu": "MFU",
    "pue": "PUE",
    "load_s": "time to load",
    "save_s": "time to save",
    "restart_s": "time to restart",
    "load": "load of the accelerators",
    "days": "the deadline",
    "context_tokens": "context length",
    "sequence_tokens": "sequence length",
    "training_tokens": "tokens to train on",
    "batch_tokens": "tokens of a step",
    "overlap_share": "share of a step that can overlap",
    "other_power_share": "power of the rest of the server",
    "usable_memory_share": "usable share of memory",
    "accelerator_mtbf_hours": "time between failures",
}


def driver_name(name: str) -> str:
    """An input's name in words."""
    return _NAMES.get(name, name.replace("_", " "))


def number(value: float, unit: str) -> str:
    """A number with the digits that matter: three, or all of a whole count."""
    if unit in _WHOLE:
        return f"{value:,.0f}"
    if unit == "FLOP":
        return f"{value:.3g}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3g}"


def said(title: str, value: float, low: float, high: float, unit: str, driver: str | None) -> str:
    """ "Accelerators needed: 14 accelerators (12 to 16; concurrency matters most)." """
    shown = number(value, unit)
    extra = []
    first, last = number(low, unit), number(high, unit)
    if first != last:
        extra.append(f"{first} to {last} {unit}")
    if driver:
        extra.append(f"{driver_name(driver)} matters most")
    tail = f" ({'; '.join(extra)})" if extra else ""
    noun = unit[:-1] if unit == "accelerators" and shown == "1" else unit
    return f"{title[0].upper()}{title[1:]}: {shown} {noun}{tail}."
