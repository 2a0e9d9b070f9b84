"""How far each quantity of a plan moves when its inputs run over their ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from advisor.errors import SizingError
from advisor.sizing.assumptions import Assumption
from advisor.sizing.request import SizingRequest

_STEP = 0.2  # a number of the request is varied by 20 % either way

Plan = Callable[[Any], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Driver:
    """An input and how far a figure moves when the input runs over its range."""

    name: str
    low: float
    high: float
    change: float  # (largest − smallest) / typical


def extended(found: dict[str, float], request: SizingRequest, price: float | None = None) -> dict[str, float]:
    """The plan and what prices and carbon intensity add. `price`: of an accelerator-hour, else the middle."""
    if price is None:
        prices = [p for p in (request.price_low, request.price_high) if p is not None]
        price = sum(prices) / len(prices) if prices else None
    more = dict(found)
    kwh = found.get("kwh", found.get("kwh_per_day"))
    if price is not None:
        if request.kind == "serve":
            more["cost_per_hour"] = found["accelerators"] * price
            more["cost_per_million_tokens"] = more["cost_per_hour"] / (found["tokens_per_s"] * 3600) * 1e6
        elif "accelerator_hours" in found:
            more["cost"] = found["accelerator_hours"] * price
    if kwh is not None and request.energy_price_per_kwh is not None:
        more["energy_cost" if request.kind == "train" else "energy_cost_per_day"] = kwh * request.energy_price_per_kwh
    if kwh is not None and request.grams_per_kwh is not None:
        more["carbon_kg"] = kwh * request.grams_per_kwh / 1000
    return more


def ranges(
    inputs: Any, plan: Plan, used: Mapping[str, Assumption], request: SizingRequest
) -> dict[str, tuple[float, float]]:
    """Smallest and largest value of each quantity over all corners of the assumptions that move the plan."""
    typical = extended(plan(inputs), request)
    moving = [
        name
        for name, one in used.items()
        if any(_try(plan, inputs, request, {name: value}) != typical for value in (one.low, one.high))
    ]
    given = sorted({p for p in (request.price_low, request.price_high) if p is not None})
    prices: list[float | None] = [*given] if given else [None]
    found: dict[str, tuple[float, float]] = {}
    for corner in product(*((used[name].low, used[name].high) for name in moving)):
        for price in prices:
            values = _try(plan, inputs, request, dict(zip(moving, corner, strict=True)), price)
            for name, value in (values or {}).items():
                low, high = found.get(name, (typical.get(name, value), typical.get(name, value)))
                found[name] = (min(low, value), max(high, value))
    return found


def _try(
    plan: Plan, inputs: Any, request: SizingRequest, change: Mapping[str, float], price: float | None = None
) -> dict[str, float] | None:
    """The plan with inputs changed; None where it cannot be placed."""
    try:
        return extended(plan(replace(inputs, **change)), request, price)
    except SizingError:
        return None


def impossible(inputs: Any, plan: Plan, used: Mapping[str, Assumption], request: SizingRequest) -> tuple[str, ...]:
    """Assumptions at an end of whose range the plan cannot be placed."""
    return tuple(
        f"{one.means} {value:g}"
        for name, one in used.items()
        for value in (one.low, one.high)
        if _try(plan, inputs, request, {name: value}) is None
    )


def drivers(
    name: str,
    inputs: Any,
    plan: Plan,
    used: Mapping[str, Assumption],
    request: SizingRequest,
    typical: float,
) -> tuple[Driver, ...]:
    """The inputs that move a quantity, the one that moves it most first."""
    spans = {n: (one.low, one.high) for n, one in used.items()}
    for n in ("concurrency", "context_tokens", "training_tokens", "sequence_tokens", "days", "pue"):
        value = getattr(request, n, None)
        if value is not None and hasattr(inputs, n):
            spans[n] = (max(1.0, value * (1 - _STEP)), value * (1 + _STEP))
    found = []
    for n, (low, high) in spans.items():
        values = [v[name] for x in (low, high) if (v := _try(plan, inputs, request, {n: x})) and name in v]
        if len(values) == 2 and typical and abs(values[1] - values[0]) > 1e-9 * abs(typical):
            found.append(Driver(n, low, high, (max(*values, typical) - min(*values, typical)) / abs(typical)))
    if name.startswith("cost") and request.price_low and request.price_high and request.price_low != request.price_high:
        middle = (request.price_low + request.price_high) / 2
        found.append(
            Driver("price", request.price_low, request.price_high, (request.price_high - request.price_low) / middle)
        )
    return tuple(sorted(found, key=lambda one: -one.change))
