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
class Material:
    """What a judge can be given of a row, and what is held of it without one.

    `label` is that of the most sensitive text in it. `ours` and `truth` say of an aspect ("faithfulness", "relevancy",
    "correctness") whether it is good, by the deterministic measures and by the set itself where it knows.
    """

    said: str
    contexts: tuple[str, ...]
    label: str
    reference: str = ""  # a right answer, where the set has one
    asked: str = ""  # the question, where what was said answers one
    ours: Mapping[str, bool] = field(default_factory=dict)
    truth: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said of one aspect of a row. `passing` is None when there is no verdict: `why` tells."""

    row: str
    aspect: str
    passing: bool | None
    said: str = ""
    why: str = ""
    withheld: bool = False  # it was not asked, for the label is above what it may read


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
    material: Material | None = None

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Row:
        given: dict[str, Any] = json.loads(text)
        parts = {name: (float(a), float(b)) for name, (a, b) in given.pop("parts").items()}
        if material := given.get("material"):
            given["material"] = Material(**{**material, "contexts": tuple(material["contexts"])})
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
    judge: str = ""  # the language model that judged, if one did
    judged: tuple[Judgement, ...] = ()

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
