"""Inputs of a sizing as facts: a row of a catalogue, an assumption, a field of the request."""

from __future__ import annotations

from advisor.evidence import Fact
from advisor.sizing import assumptions
from advisor.sizing.catalogue import Accelerator, Model, load
from advisor.sizing.formats import Format
from advisor.sizing.request import SizingRequest
from index.document import Label

_UNITS = {
    "memory_gbytes_per_s": "GB/s",
    "power_w": "W",
    "parameters": "parameters",
    "active_parameters": "parameters",
    "context_tokens": "tokens",
    "training_tokens": "tokens",
    "sequence_tokens": "tokens",
    "concurrency": "sequences",
    "days": "days",
    "grams_per_kwh": "g CO2e/kWh",
    "tokens_per_s_per_user": "tokens/s",
}


def model_fact(model: Model, field: str, computed: int | None = None) -> Fact:
    """A field of a model's row, or a count that follows from the row."""
    row = load().models.index(model) + 1
    value: float | str = f"{computed:,}" if computed is not None else float(getattr(model, field))
    return Fact(
        "sizing/models.yaml",
        row,
        field,
        f"{field} of {model.name}",
        value,
        _UNITS.get(field, ""),
        None,
        Label.PUBLIC,
    )


def accelerator_fact(chip: Accelerator, field: str, form: Format) -> Fact | None:
    """A field of an accelerator's row; `tflops`: the peak in the format asked for. None where the source is silent."""
    row = load().accelerators.index(chip) + 1
    if field == "tflops":
        return Fact(
            "sizing/accelerators.yaml", row, f"{form}_tflops", f"dense {form.upper()} peak of {chip.name}",
            chip.peak_tflops(form), "TFLOPS", None, Label.PUBLIC,
        )  # fmt: skip
    value = getattr(chip, field)
    if value is None:
        return None
    unit = chip.memory_unit if field == "memory_gb" else _UNITS.get(field, "")
    return Fact("sizing/accelerators.yaml", row, field, f"{field} of {chip.name}", value, unit, None, Label.PUBLIC)


def request_fact(request: SizingRequest, field: str) -> Fact | None:
    """A field of the request that was given, or has a default that counts."""
    if field == "price":
        ends = [p for p in (request.price_low, request.price_high) if p is not None]
        if not ends:
            return None
        written = " to ".join(f"{p:g}" for p in sorted(set(ends)))
        return Fact(
            "request", 1, "price", "price of an accelerator-hour", written, request.currency, None, Label.PUBLIC
        )
    value = getattr(request, field, None)
    if field == "kv_format":
        value = value or "bf16"
    if value is None:
        return None
    shown = value if isinstance(value, str) else float(value)
    return Fact("request", 1, field, field.replace("_", " "), shown, _UNITS.get(field, ""), None, Label.PUBLIC)


def assumption_fact(name: str) -> Fact | None:
    """An assumption's typical value."""
    known = assumptions.load()
    if name not in known:
        return None
    one = known[name]
    unit = one.unit if one.unit not in ("share", "ratio") else ""
    return Fact(
        "sizing/assumptions.yaml",
        list(known).index(name) + 1,
        "typical",
        one.means,
        one.typical,
        unit,
        None,
        Label.PUBLIC,
    )
