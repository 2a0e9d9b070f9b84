"""catalogue.yaml as objects, checked when loaded."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor import data_file
from advisor.errors import SchemaError
from advisor.inventory.conversion import Unreadable, convert, parse_unit


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class View(_Strict):
    """Rows that measures aggregate over."""

    noun: tuple[str, str]
    sql: str
    identity: tuple[str, ...]
    dimensions: tuple[str, ...]
    columns: dict[str, str] = {}
    date: str | None = None
    money: tuple[str, ...] = ()

    def column(self, dimension: str) -> str:
        """The column of a dimension: a catalogue identifier, safe to put in SQL."""
        return self.columns.get(dimension, dimension)


class Each(_Strict):
    """The value of one row: its expression, in the measure's unit, and what it is called."""

    sql: str
    title: str


class Measure(_Strict):
    """A named quantity: what it is, its unit, how it is computed and how people call it."""

    name: str
    title: str
    unit: str
    definition: str
    better: Literal["higher", "lower", "neither"]
    synonyms: tuple[str, ...]
    view: str | None = None
    sql: str | None = None
    inputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unknown_if: str | None = None
    proof: str | None = None
    ratio: tuple[str, str] | None = None
    scale: float = 1.0
    additive: bool = False
    mean: bool = False
    currency: bool = False
    yields: bool = False
    related: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()  # synonyms that a related measure may be meant by too
    implies: tuple[str, ...] = ()  # concepts that say nothing more of it
    fixes: tuple[str, ...] = ()  # dimensions whose value it settles itself
    part_of: str | None = None
    each: Each | None = None

    @property
    def counts(self) -> bool:
        return self.unit not in _MEASURED and "currency" not in self.unit and not _is_unit(self.unit)

    def told_in(self, unit: str) -> Measure:
        """The measure with its values in another unit of the same kind: kW for W, PB for TB."""
        factor = convert(1.0, self.unit, unit)
        if factor == 1.0:
            return self
        each = self.each and self.each.model_copy(update={"sql": f"({self.each.sql}) * {factor!r}"})
        sql = self.sql and f"({self.sql}) * {factor!r}"
        return self.model_copy(update={"unit": unit, "sql": sql, "scale": self.scale * factor, "each": each})


_MEASURED = frozenset({"tCO2e", "GPU-hour"})


@cache
def _is_unit(written: str) -> bool:
    try:
        parse_unit(written)
    except Unreadable:
        return False
    return written != "billion"


class ValueSet(_Strict):
    """Words for several values of a dimension at once; `others` means all values but these."""

    words: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    others: bool = False


class Catalogue(_Strict):
    views: dict[str, View]
    dimensions: dict[str, tuple[str, ...]]
    concepts: dict[str, tuple[str, ...]]
    sets: tuple[ValueSet, ...] = ()
    measures: tuple[Measure, ...]

    def __getitem__(self, name: str) -> Measure:
        for one in self.measures:
            if one.name == name:
                return one
        raise SchemaError(f"There is no measure {name!r}: see `advisor inventory measures`.")

    def base(self, measure: Measure) -> tuple[Measure, ...]:
        """The measures over views that a measure is made of: itself, or the two of a ratio."""
        return tuple(self[name] for name in measure.ratio) if measure.ratio else (measure,)

    def view_of(self, measure: Measure) -> View:
        """The view a measure's rows come from; of a ratio, the numerator's."""
        name = self.base(measure)[0].view
        assert name is not None
        return self.views[name]

    def dimensions_of(self, measure: Measure) -> tuple[str, ...]:
        """Dimensions a measure can be filtered and grouped by: of a ratio, those of both sides."""
        sides = [self.view_of(one).dimensions for one in self.base(measure)]
        return tuple(name for name in sides[0] if all(name in other for other in sides[1:]))


@cache
def load() -> Catalogue:
    """The shipped catalogue. Raises SchemaError naming what is wrong with it."""
    path = Path(__file__).parent / "catalogue.yaml"
    try:
        catalogue = Catalogue.model_validate(data_file.read(path))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SchemaError(f"{path} is no measure catalogue: {error}") from error
    if wrong := problems(catalogue):
        raise SchemaError(f"{path}: {'; '.join(wrong)}")
    return catalogue


def problems(catalogue: Catalogue) -> list[str]:
    """What is inconsistent in a catalogue."""
    found = []
    names = [one.name for one in catalogue.measures]
    found += [f"{name} is defined twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for one in catalogue.measures:
        if (one.ratio is None) == (one.sql is None or one.view is None):
            found.append(f"{one.name} needs either view and sql, or a ratio")
        if one.view is not None and one.view not in catalogue.views:
            found.append(f"{one.name} names the unknown view {one.view}")
        for other in (*(one.ratio or ()), *one.related, *((one.part_of,) if one.part_of else ())):
            if other not in names:
                found.append(f"{one.name} names the unknown measure {other}")
        found += [f"{one.name} has no synonym {name} to be vague" for name in one.vague if name not in one.synonyms]
        found += [f"{one.name} fixes the unknown dimension {d}" for d in one.fixes if d not in catalogue.dimensions]
        for synonym in (*one.synonyms, *one.implies):
            unknown = [concept for concept in synonym.split() if concept not in catalogue.concepts]
            found += [f"{one.name} uses the unknown concept {concept}" for concept in unknown]
    for several in catalogue.sets:
        found += [f"a set has the unknown dimension {d}" for d in several.values if d not in catalogue.dimensions]
    for name, view in catalogue.views.items():
        found += [
            f"view {name} has the unknown dimension {d}" for d in view.dimensions if d not in catalogue.dimensions
        ]
    return found
