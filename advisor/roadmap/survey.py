"""What the assessment of workloads does not ask: commitments, feeds that disagree, what no feed tells, its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.evidence import Fact, Figure, Finding
from advisor.inventory import quality
from advisor.inventory.inventory import Inventory
from advisor.inventory.record import Problem, ProblemKind
from advisor.measures import wording
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import Group, aggregate
from advisor.measures.proof import Gathered, day, facts
from advisor.measures.reading import Reading
from advisor.roadmap import words
from advisor.roadmap.findings import Findings, Found, stated_figure
from advisor.roadmap.ledger import Ledger
from index.document import Label

COMMITMENTS, DISAGREE, UNTOLD, SIZE = (
    "use of commitments",
    "feeds that disagree or have aged",
    "what no feed tells",
    "size of the estate",
)
COMMITTED_PERCENT = 80.0  # planning threshold: below it, on-demand would often have been cheaper
SMALL_GPUS = 16.0  # "fewer than about 16 continuously busy GPUs", guidance on small organisations


@dataclass(frozen=True, slots=True)
class Measured:
    """A value of a measure with its evidence id."""

    value: float
    unit: str
    id: str
    text: str


class Measures:
    """Figures of the catalogue with their cells, read once each."""

    def __init__(self, inventory: Inventory, catalogue: Catalogue, ledger: Ledger) -> None:
        self._inventory, self._catalogue, self._ledger = inventory, catalogue, ledger
        self._known: dict[tuple[str, str | None], tuple[Measured, ...]] = {}

    def all(self, name: str, site: str | None = None) -> tuple[Measured, ...]:
        """The value, or one a currency; none where no feed tells."""
        if (name, site) not in self._known:
            self._known[name, site] = tuple(self._measured(name, site))
        return self._known[name, site]

    def one(self, name: str, site: str | None = None) -> Measured | None:
        found = self.all(name, site)
        return found[0] if found else None

    def by(self, name: str, dimension: str) -> list[tuple[str, Measured]]:
        """Values for each value of a dimension that has a name."""
        found = []
        for group in aggregate(self._inventory, self._catalogue, self._catalogue[name], {}, (dimension,)):
            key = group.key[0]
            if group.value is None or not group.known or key is None:
                continue
            found.append((key, self._figure(name, {dimension: (key,)}, group, f", {key}", (dimension,))))
        return found

    def _measured(self, name: str, site: str | None) -> list[Measured]:
        measure = self._catalogue[name]
        filters: dict[str, tuple[str, ...]] = {"site": (site,)} if site else {}
        found = []
        for group in aggregate(self._inventory, self._catalogue, measure, filters):
            if group.value is None or not group.known:
                continue
            found.append(self._figure(name, filters, group, f" at {site}" if site else "", ()))
        return found

    def _figure(
        self, name: str, filters: dict[str, tuple[str, ...]], group: Group, where: str, by: tuple[str, ...]
    ) -> Measured:
        assert group.value is not None
        measure = self._catalogue[name]
        cells = Gathered()
        reading = Reading(measure=measure, filters=filters, group=by)
        (inputs,) = facts(reading, [group], None, self._inventory, self._catalogue, cells)
        text = wording.statement(measure, group.value, group.unit, where, "")
        said = text[:-1] + f" (as a plan says it: {words.quantity(group.value, group.unit)})."
        figure = Figure(
            name, group.value, group.unit, measure.definition, said, inputs, day(group.as_of), group.label, group.rows
        )
        (identity, *_) = self._ledger.add(figure, *cells.facts.values())
        return Measured(group.value, group.unit, identity, text)


def survey(findings: Findings, measures: Measures, inventory: Inventory, ledger: Ledger) -> tuple[Found, ...]:
    """Findings about the organisation as a whole."""
    found = [
        _commitments(measures, ledger),
        _disagreements(inventory, ledger),
        _untold(findings, inventory, ledger),
        _size(findings, measures, ledger),
    ]
    return tuple(one for one in found if one is not None)


def _commitments(measures: Measures, ledger: Ledger) -> Found | None:
    use = measures.one("commitment_utilisation")
    if use is None or use.value >= COMMITTED_PERCENT:
        return None
    unused = measures.all("unused_commitment_cost")
    paid = f" {'; '.join(one.text[:-1] for one in unused)}." if unused else ""
    text = (
        f"{words.capital(COMMITMENTS)}: {words.quantity(use.value, '%')}, "
        f"at least {words.quantity(COMMITTED_PERCENT, '%')} needed: not met.{paid}"
    )
    return _make(
        ledger, COMMITMENTS, "finops", text, (use.id, *(one.id for one in unused)), use.value, COMMITTED_PERCENT, "%"
    )


def _disagreements(inventory: Inventory, ledger: Ledger) -> Found | None:
    newest = inventory.newest()
    if newest is None:
        return None
    problems = [
        one
        for one in quality.report(inventory, newest.date()).problems
        if one.kind in (ProblemKind.CONTRADICTORY, ProblemKind.STALE)
    ]
    if not problems:
        return None
    cells = tuple(ledger.add(*(problem_fact(one) for one in problems)))
    against = sum(one.kind is ProblemKind.CONTRADICTORY for one in problems)
    text = (
        f"{words.capital(DISAGREE)}: {words.counted(range(against), 'contradiction')} and "
        f"{words.counted(range(len(problems) - against), 'stale feed')}. {problems[0].reason}."
    )
    return _make(ledger, DISAGREE, "observability", text, cells, None, None, "", score=0.5)


def problem_fact(one: Problem) -> Fact:
    """What the import remarked, at the place it remarked it."""
    return Fact(
        one.feed or "inventory",
        one.row or 0,
        one.column or one.entity,
        f"{one.kind.value} data",
        one.reason,
        "",
        None,
        one.label,
    )


def _untold(findings: Findings, inventory: Inventory, ledger: Ledger) -> Found | None:
    blocking = [one for one in findings.unknown if one.blocks]
    absent = _absent(inventory)
    if not blocking and not absent:
        return None
    ids = [one.id for one in blocking] + list(ledger.add(*(problem_fact(one) for one in absent)))
    places: dict[str, list[str]] = {}
    for one in blocking:
        places.setdefault(f" at {one.site}" if one.site else "", []).append(one.check)
    told = [words.listed(checks, 12) + where for where, checks in places.items()]
    if absent:
        told.append("no record of any " + words.listed((o.entity for o in absent), 12).replace(" and ", " or "))
    named = "; ".join(told)
    text = f"{words.capital(UNTOLD)}: {named}: it is scored neither bad nor good."
    return _make(ledger, UNTOLD, "observability", text, tuple(ids), None, None, "", score=0.6)


def _absent(inventory: Inventory) -> Sequence[Problem]:
    """Entities of which there is no record at all."""
    newest = inventory.newest()
    if newest is None:
        return ()
    return [
        one
        for one in quality.report(inventory, newest.date()).problems
        if one.kind is ProblemKind.MISSING and not one.column and one.entity
    ]


def _size(findings: Findings, measures: Measures, ledger: Ledger) -> Found | None:
    """A small demand without accelerators of one's own: public cloud first."""
    demand = measures.one("workload_gpu_demand")
    kinds = findings.estate.kinds
    own = [site for site, kind in kinds.items() if kind != "public cloud"]
    owned = sum(one.value for site in own if (one := measures.one("gpu_count", site)))
    if demand is None or demand.value >= SMALL_GPUS or owned:
        return None
    text = (
        f"{words.capital(SIZE)}: workloads ask for {words.quantity(demand.value, 'GPU')}, fewer than about "
        f"{words.quantity(SMALL_GPUS, 'GPU')}, and no site of your own has one."
    )
    return _make(ledger, SIZE, "governance", text, (demand.id,), None, None, "", score=0.0, blocks=True)


def _make(
    ledger: Ledger,
    check: str,
    dimension: str,
    text: str,
    inputs: tuple[str, ...],
    have: float | None,
    need: float | None,
    unit: str,
    *,
    score: float | None = None,
    blocks: bool = False,
) -> Found:
    label = ledger.label(inputs) if inputs else Label.RESTRICTED
    finding = Finding(check, "", "", "not met", text, inputs, None, label)
    (identity,) = ledger.add(finding)
    (figure,) = ledger.add(stated_figure(check, have, need, unit, None, True, identity, label))
    if score is None:
        score = have / need if have is not None and need else 0.5
    return Found(
        identity, figure, check, dimension, None, "", 2, blocks, have, need, unit, score, text, label, inputs
    )  # fmt: skip
