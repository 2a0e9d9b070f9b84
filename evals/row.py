"""What is known of one question after it was measured, and what a measure is.

Each row gives a measure as numerator and denominator, so that means, shares and F1 are all ratios of two sums and
one bootstrap serves them all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Part = tuple[float, float]  # numerator, denominator


@dataclass(frozen=True, slots=True)
class Measure:
    """`better` says which way is good; of `neither` (sizes, times) nothing is judged."""

    name: str
    better: Literal["higher", "lower", "neither"]
    about: str
    digits: int = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a set under one system."""

    id: str
    question: str
    kind: str
    parts: Mapping[str, Part]
    failures: tuple[str, ...] = ()  # why it is not all well
    expected: str = ""
    answer: str = ""
    evidence: tuple[str, ...] = ()  # what was retrieved or cited, best first
    split: str = ""  # "dev" or "held-out", where a set has halves

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Row:
        given: dict[str, Any] = json.loads(text)
        parts = {name: (float(a), float(b)) for name, (a, b) in given.pop("parts").items()}
        return Row(**{**given, "failures": tuple(given["failures"]), "evidence": tuple(given["evidence"])}, parts=parts)


@dataclass(frozen=True, slots=True)
class SetResult:
    """All rows of a set: those of the advisor under "advisor", of other systems under their names."""

    name: str
    about: str
    measures: tuple[Measure, ...]
    rows: Mapping[str, Sequence[Row]]
    notes: tuple[str, ...] = ()  # how other systems were run
    compared: tuple[str, ...] = ()  # measures that other systems have too

    def measure(self, name: str) -> Measure:
        return next(one for one in self.measures if one.name == name)


ADVISOR = "advisor"


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the suite. `code` and `settings` say what was measured."""

    id: str
    code: str
    settings: Mapping[str, Any]
    sets: Mapping[str, SetResult] = field(default_factory=dict)
