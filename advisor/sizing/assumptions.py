"""assumptions.yaml as objects: what a plan takes for granted unless told otherwise."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from advisor import data_file
from advisor.errors import SchemaError


class Assumption(BaseModel):
    """A quantity with a range, what it means, and on what it rests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str
    low: float
    typical: float
    high: float
    means: str
    basis: str
    publisher: str
    year: int

    @model_validator(mode="after")
    def _ordered(self) -> Assumption:
        if not self.low <= self.typical <= self.high:
            raise ValueError("low, typical and high must be in order")
        return self


@cache
def load() -> dict[str, Assumption]:
    """The shipped assumptions. Raises SchemaError naming what is wrong with them."""
    path = Path(__file__).parent / "assumptions.yaml"
    try:
        read = data_file.read(path)["assumptions"]
        return {name: Assumption.model_validate(one) for name, one in read.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
        raise SchemaError(f"{path} is no file of assumptions: {error}") from error
