"""Which model may write: evidence above the ceiling of a hosted model keeps the whole answer on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.answer import EvidenceWithheld
from advisor.writing.models import Model
from advisor.writing.prompts import Item
from index.document import Label


@dataclass(frozen=True, slots=True)
class Route:
    model: Model | None
    passed: str | None  # the hosted model that was passed over
    withheld: tuple[EvidenceWithheld, ...]
    local_only: bool


def route(models: Sequence[Model], items: Sequence[Item], ceiling: Label, earlier: Label, local_only: bool) -> Route:
    """The first model that may see all of `items`; `earlier` is the highest label in the conversation so far."""
    highest = max([earlier, *(one.label for one in items)], key=lambda label: label.rank)
    above = local_only or highest.rank > ceiling.rank
    chosen = next((one for one in models if not (one.hosted and above)), None)
    passed = next((one.writer for one in models if one.hosted), None) if above else None
    if passed is None:
        return Route(chosen, None, (), False)
    counts = Counter(one.label for one in items if one.label.rank > ceiling.rank)
    reason = f"label above the ceiling ({ceiling.value}) of the hosted model {passed}"
    withheld = tuple(EvidenceWithheld(reason=reason, label=label, passages=n) for label, n in sorted(counts.items()))
    return Route(chosen, passed, withheld, True)
