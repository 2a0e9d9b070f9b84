"""rubric.yaml as objects; a customer's own file is read the same way."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from advisor import data_file
from advisor.errors import SchemaError

DIMENSIONS = (
    "compute",
    "networking",
    "storage",
    "energy",
    "governance",
    "observability",
    "talent",
    "security",
    "finops",
)
Rule = Literal["gpus_required", "memory_per_gpu", "checkpoint_write", "checkpoint_read", "weights_read", "new_power"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Strict):
    """One thing a workload needs of a site."""

    name: str
    blocks: bool = True
    dimension: str
    measure: str
    over: str | None = None
    organisation: bool = False
    better: Literal["higher", "lower"]
    unit: str
    need: float | Rule
    partial: bool = False  # a share of rows: those without a reading may count against it
    kinds: tuple[str, ...]
    sensitivity: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    placement: tuple[str, ...] = ()
    above_gpus: int = 0  # asked of workloads with more accelerators than this
    change: str
    basis: str


class Rubric(_Strict):
    """Dimensions with weights, and the checks."""

    dimensions: dict[str, float]
    half_life_days: float = Field(gt=0)
    save_s: float = Field(gt=0)
    load_s: float = Field(gt=0)
    site_kw_per_gpu: float = Field(gt=0)
    adapter_share: float = Field(0.01, gt=0, le=1)
    checks: tuple[Check, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        if unknown := set(self.dimensions) ^ set(DIMENSIONS):
            raise ValueError(f"the nine dimensions are {', '.join(DIMENSIONS)}; look at {', '.join(sorted(unknown))}")
        if stray := {one.dimension for one in self.checks} - set(DIMENSIONS):
            raise ValueError(f"no dimension {', '.join(sorted(stray))}")
        names = [one.name for one in self.checks]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"checks named twice: {', '.join(sorted(twice))}")
        return self


_SHIPPED = Path(__file__).parent / "rubric.yaml"


def load(path: Path | None = None) -> Rubric:
    """The shipped rubric, or a customer's. Raises SchemaError saying what is wrong with it."""
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Rubric:
    return _read(_SHIPPED)


def _read(chosen: Path) -> Rubric:
    try:
        return Rubric.model_validate(data_file.read(chosen))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SchemaError(f"{chosen} is no rubric: {error}") from error
