"""Evidence of one roadmap, and the only way a sentence enters it: with ids, verified."""

from __future__ import annotations

import re
from collections.abc import Iterable

from advisor import verification
from advisor.answer import Claim, Evidence, Verdict
from advisor.estate import numbers_stand
from advisor.evidence import Fact, Figure, Finding
from index.document import Label

_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?!\w)")


def written(text: str) -> set[str]:
    """Numbers as they are written, without separators of thousands: a row's number has no unit to be known by."""
    return {one.replace(",", "").rstrip(".") for one in _NUMBER.findall(text)}


class Ledger:
    """What a roadmap stands on. `names` are the estate's own (sites, workloads …): a sentence that uses one must cite
    evidence that has it too."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.items: dict[str, Evidence] = {}
        self.dropped: list[str] = []
        self._order: dict[str, None] = {}
        kept = sorted({one for one in names if len(one) > 2}, key=len, reverse=True)
        self._names = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in kept)) if kept else None

    def add(self, *found: Fact | Figure | Finding | Evidence) -> tuple[str, ...]:
        """The ids of evidence, kept here."""
        ids = []
        for one in found:
            item = one if isinstance(one, Evidence) else one.cite()
            self.items.setdefault(item.id, item)
            ids.append(item.id)
        return tuple(ids)

    def claim(self, text: str, ids: Iterable[str]) -> Claim:
        """A sentence with its verdict: quoted from a passage, or computed when numbers and names stand in what it
        cites. What does not hold is kept in `dropped` and must not be shown."""
        cited = tuple(dict.fromkeys(ids))
        verdict = self.verdict(text, cited)
        if verdict.holds:
            cited = self._needed(text, cited)
            self._order.update(dict.fromkeys(cited))
        else:
            self.dropped.append(text)
        return Claim(text=text, verdict=verdict, evidence=cited)

    def _needed(self, text: str, cited: tuple[str, ...]) -> tuple[str, ...]:
        """What a sentence needs of what it cites: a reader who follows twenty references follows none. The first two
        stay, as they say what it is about."""
        for one in reversed(cited[2:]):
            fewer = tuple(other for other in cited if other != one)
            if self.verdict(text, fewer).holds:
                cited = fewer
        return cited

    def verdict(self, text: str, cited: tuple[str, ...]) -> Verdict:
        words = {one: self.items[one].text for one in cited if one in self.items}
        if len(words) < len(cited) or not cited:
            return Verdict.UNSUPPORTED
        if all(self.items[one].kind == "passage" for one in cited):
            return verification.verify(text, cited, words)
        if not numbers_stand(text, cited, words):
            return Verdict.CONTRADICTED
        there = "\n".join(words.values())
        if not written(text) <= written(there):
            return Verdict.CONTRADICTED
        if self._names and any(one not in there for one in self._names.findall(text)):
            return Verdict.UNSUPPORTED
        return Verdict.COMPUTED

    def names(self, text: str) -> list[str]:
        """Names of the estate that a text has."""
        return self._names.findall(text) if self._names else []

    def evidence(self, used: Iterable[str] = ()) -> tuple[Evidence, ...]:
        """Cited evidence in order of citation, then what it was computed from."""
        order = dict.fromkeys([*used, *self._order])
        queue = list(order)
        while queue:
            inputs = self.items[queue.pop(0)].locator.inputs or ()
            new = [one for one in inputs if one in self.items and one not in order]
            order.update(dict.fromkeys(new))
            queue += new
        return tuple(self.items[one] for one in order)

    def label(self, ids: Iterable[str]) -> Label:
        """The most sensitive label among evidence."""
        return max((self.items[one].label for one in ids), key=lambda one: one.rank, default=Label.RESTRICTED)
