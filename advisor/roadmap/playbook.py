"""playbook.yaml and prices.yaml as objects: how findings become initiatives, and what things cost."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor import data_file
from advisor.errors import SchemaError
from advisor.evidence import Fact
from advisor.readiness.rubric import DIMENSIONS
from index.document import Label

BOOK, PRICES = "roadmap/playbook.yaml", "roadmap/prices.yaml"
NO_PURCHASE, UNKNOWN = "none", "unknown"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Play(_Strict):
    """How the findings of some checks become one initiative."""

    name: str
    dimension: str
    default: bool = False
    checks: tuple[str, ...]
    scope: Literal["site", "organisation"]
    owner: str
    effort: tuple[float, float]
    people: float = Field(gt=0)
    weeks: int = Field(ge=1)
    after: tuple[str, ...] = ()
    price: str
    title: str
    what: str
    energy: str
    enablement: str
    risk: str
    guidance: str
    measure: str = ""  # what success is told by, where the check is not in the initiative's hands
    origin: str = ""  # the play that this one was made from

    def fact(self, column: str, value: float | str | None = None, unit: str = "") -> Fact:
        """A field of this play as evidence."""
        row = [one.name for one in load().plays].index(self.origin or self.name) + 1
        shown = value if value is not None else str(getattr(self, column))
        return Fact(BOOK, row, column, f"{column} of the play {self.name}", shown, unit, None, Label.PUBLIC)


class Source(_Strict):
    title: str
    publisher: str
    year: int
    where: str


class Price(_Strict):
    """A published price range for one unit of something."""

    name: str
    per: str
    low: float
    high: float
    currency: str
    basis: str
    means: str
    source: Source

    def fact(self) -> Fact:
        """The range with its source, as evidence."""
        row = list(prices()).index(self.name) + 1
        span = f"{self.low:,.0f}" if self.low == self.high else f"{self.low:,.0f} to {self.high:,.0f}"
        said = f"{span} {self.currency} for 1 {self.per}: {self.means} ({self.source.publisher}, {self.source.year})"
        return Fact(PRICES, row, "low, high", f"catalogued price, {self.name}", said, "", None, Label.PUBLIC)


class General(_Strict):
    """What is said of a check that no play names."""

    title: str
    what: str
    energy: str
    enablement: str
    risk: str


class Book(_Strict):
    phrases: dict[str, str]
    general: General
    plays: tuple[Play, ...]

    def play(self, check: str, dimension: str) -> Play | None:
        """The play that names a check; else the dimension's default, with general words about this check."""
        named = next((one for one in self.plays if check in one.checks), None)
        if named is not None:
            return named
        usual = next((one for one in self.plays if one.default and one.dimension == dimension), None)
        if usual is None:
            return None
        own = {"name": check.replace(" ", "-"), "origin": usual.name, "checks": (check,), "price": UNKNOWN}
        return usual.model_copy(update={**own, "guidance": check, **self.general.model_dump()})

    def named(self, name: str) -> Play:
        """A play by its name. Raises SchemaError when the playbook has none."""
        for one in self.plays:
            if one.name == name:
                return one
        raise SchemaError(f"{BOOK} has no play {name!r}.")

    def phrase(self, check: str) -> str:
        """How a check is called in running text."""
        return self.phrases.get(check, check)


def _read(name: str) -> object:
    path = Path(__file__).parent / name
    return data_file.read(path)


@cache
def load() -> Book:
    """The shipped playbook. Raises SchemaError saying what is wrong with it."""
    try:
        book = Book.model_validate(_read("playbook.yaml"))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SchemaError(f"{BOOK} is no playbook: {error}") from error
    names = {one.name for one in book.plays}
    for one in book.plays:
        if one.dimension not in DIMENSIONS or not set(one.after) <= names:
            raise SchemaError(f"{BOOK}: play {one.name} names an unknown dimension or play.")
        if one.price not in (NO_PURCHASE, UNKNOWN, *prices()):
            raise SchemaError(f"{BOOK}: play {one.name} names the price {one.price!r}, which {PRICES} does not have.")
    return book


@cache
def prices() -> dict[str, Price]:
    """The catalogued prices by name."""
    try:
        found = _read("prices.yaml")
        listed = found["prices"] if isinstance(found, dict) else []
        return {one.name: one for one in map(Price.model_validate, listed)}
    except (OSError, KeyError, yaml.YAMLError, ValidationError) as error:
        raise SchemaError(f"{PRICES} is no list of prices: {error}") from error
