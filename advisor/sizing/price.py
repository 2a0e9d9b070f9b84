"""Prices where no bill has one: prices.yaml as objects, and what an owned hour costs by them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor import data_file
from advisor.errors import SchemaError
from advisor.evidence import Fact, Figure
from advisor.sizing import cost
from index.document import Label

CURRENCY = "USD"
MODEL = "H100"  # the class of accelerator that the prices are for


class ListedPrice(BaseModel):
    """A price or a planning value, with its range and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float
    unit: str
    means: str
    publisher: str
    year: int
    where: str


@cache
def load() -> dict[str, ListedPrice]:
    """The shipped prices. Raises SchemaError naming what is wrong with them."""
    path = Path(__file__).parent / "prices.yaml"
    try:
        return {name: ListedPrice.model_validate(one) for name, one in data_file.read(path)["prices"].items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
        raise SchemaError(f"{path} is no file of prices: {error}") from error


def fact(name: str) -> Fact:
    """A price as evidence: its row of prices.yaml."""
    one = load()[name]
    row = list(load()).index(name) + 1
    said = f"{one.means} ({one.publisher}, {one.year})"
    return Fact("sizing/prices.yaml", row, name, said, one.value, one.unit, None, Label.PUBLIC)


def owned_per_hour(end: str = "value") -> float:
    """USD an hour of an owned accelerator, busy or not; `end`: value, low or high of every price."""
    p = {name: float(getattr(one, end)) for name, one in load().items()}
    # a longer life lowers the cost: the low end takes the longest
    years = {"low": load()["years"].high, "high": load()["years"].low}.get(end, p["years"])
    return cost.owned_cost_per_hour(
        cost.Ownership(
            p["purchase"], years, p["upkeep_share"], p["server_kw"] * p["space_per_kw_month"] * 12,
            p["server_kw"] * p["pue"], p["energy_per_kwh"],
        )
    )  # fmt: skip


def owned() -> tuple[Figure, tuple[Fact, ...]]:
    """The same as evidence, with its range."""
    names = ("purchase", "years", "upkeep_share", "space_per_kw_month", "server_kw", "pue", "energy_per_kwh")
    facts = tuple(fact(name) for name in names)
    value, low, high = owned_per_hour(), owned_per_hour("low"), owned_per_hour("high")
    ends = f"({low:.2f} to {high:.2f})"
    text = f"An owned {MODEL} costs {value:.2f} {CURRENCY} an hour by catalogue prices {ends}, busy or not."
    formula = "purchase / years + upkeep + space + energy, over 8,760 hours"
    return Figure(
        formula, value, f"{CURRENCY}/GPU-hour", "Barroso et al. 2018, chapter 6", text, tuple(one.id for one in facts),
        None, Label.PUBLIC,
    ), facts  # fmt: skip
