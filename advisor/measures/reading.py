"""How a question was understood: measure, filters, grouping, comparison, period."""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor.measures.catalogue import Measure
from advisor.measures.fragment import Comparison, Fragment
from advisor.measures.periods import Periods

_ANY_TIME = Periods()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a question was understood."""

    measure: Measure
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    comparison: Comparison | None = None
    top: int | None = None  # how many groups
    descending: bool = True
    share: bool = False
    share_of: tuple[str, ...] = ()  # dimensions whose filter also holds for the whole
    whole: Measure | None = None  # what it is a share of, when that is another measure
    count_groups: bool = False
    periods: Periods = _ANY_TIME
    corrections: tuple[str, ...] = ()
    doubles: tuple[
        tuple[str, str, tuple[str, ...]], ...
    ] = ()  # (dimension taken, other that has the name too, its values)
    into: str = ""  # the currency that amounts are asked for in
    row_word: int | None = None  # where "highest" stands, when it asks for one row's value and not for a group
    listing: bool = False  # "which …": only those for which it holds
    vague: bool = False  # the words may mean a related measure too


@dataclass(frozen=True, slots=True)
class Parse:
    """Everything that came of a question before it is answered."""

    readings: tuple[Reading, ...] = ()  # equally good, catalogue order; more than one means ambiguous
    leftover: tuple[str, ...] = ()  # words that no reading explains
    own: bool = False  # the question is about the asker's own estate
    guidance: bool = False
    readiness: bool = False
    near: tuple[Measure, ...] = ()  # measures whose names share a concept with the question
    fragment: Fragment | None = None
