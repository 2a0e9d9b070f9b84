"""Gaps as findings with their proof: what is needed and what there is, as figures, down to cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from advisor.answer import Evidence
from advisor.evidence import Fact, Figure, Finding
from advisor.measures import wording
from advisor.measures.catalogue import Catalogue
from advisor.readiness import pools
from advisor.readiness.assessment import Gap, ahead, demand, limit
from advisor.readiness.cells import WORKLOAD_UNITS, Cells, supposed
from advisor.readiness.observation import Estate, Workload
from advisor.readiness.requirement import need
from advisor.readiness.rubric import Check
from index.document import Label

_UNITS = WORKLOAD_UNITS | {"save_s": "s", "load_s": "s", "site_kw_per_gpu": "kW"}


class Proof(NamedTuple):
    """A finding, the figures it stands on and the facts those stand on."""

    finding: Finding
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]


def evidence(proofs: Iterable[Proof], more: Sequence[Figure] = (), cells: Sequence[Fact] = ()) -> tuple[Evidence, ...]:
    """Everything that proofs hold, each item once: findings, then figures, then facts; `more` and `cells` beside."""
    kept = list(proofs)
    figures = dict.fromkeys([*(figure for one in kept for figure in one.figures), *more])  # shared ones are cited once
    facts = dict.fromkeys([*(fact for one in kept for fact in one.facts), *cells])
    items = [one.finding.cite() for one in kept]
    items += [one.cite() for one in figures]
    items += [one.cite() for one in facts]
    return tuple({one.id: one for one in items}.values())


class Prover:
    """Makes proofs from an estate and the cells behind it. Not thread-safe: one a request."""

    def __init__(self, estate: Estate, cells: Cells, catalogue: Catalogue) -> None:
        self.estate, self.rubric, self.cells, self.catalogue = estate, estate.rubric, cells, catalogue
        self._workloads = {one.name: one for one in estate.workloads}
        self._demand = demand(estate)
        self._rows = {one.name: number for number, one in enumerate(estate.rubric.checks, 1)}
        self._seen: dict[tuple[str, str], tuple[Figure, tuple[Fact, ...]] | None] = {}

    def prove(self, gap: Gap) -> Proof:
        """A gap as a finding, with the figures of need, have and difference."""
        workload = self._workloads[gap.workload]
        figures, found = self._have(gap, workload)
        wanted, more = self._need(gap, workload)
        found += more
        both = [one for one in (figures[0] if figures else None, wanted) if one is not None]
        if wanted is not None:
            figures.append(wanted)
        if gap.status == "not met" and gap.missing is not None and gap.check.unit != "yes" and len(both) == 2:
            side = "short" if gap.check.better == "higher" else "too much"
            text = f"{gap.title}: {wording.shown(gap.missing, gap.check.unit)} {side}."
            had = "have" if gap.worst is None else "have at worst"
            formula = f"need − {had}" if gap.check.better == "higher" else f"{had} − need"
            ids = tuple(one.id for one in both)
            figures.insert(0, Figure(formula, gap.missing, gap.check.unit, formula, text, ids, None, gap.label))
        change = f" Smallest change: {gap.change}." if gap.change else ""
        dates = [one.as_of for one in figures if one.as_of]
        finding = Finding(
            gap.check.name, gap.workload, gap.site, gap.status, f"{gap.workload}: {gap.text}{change}",
            tuple(one.id for one in figures) or tuple(one.id for one in found), min(dates, default=None), gap.label,
        )  # fmt: skip
        return Proof(finding, tuple(figures), tuple(dict.fromkeys(found)))

    def measured(self, measure: str, site: str) -> tuple[Figure, tuple[Fact, ...]] | None:
        """A value of the estate with its cells; None when unknown. What a what-if set is a fact of the request."""
        key = (measure, site)
        if key not in self._seen:
            self._seen[key] = self._assumed(key) if key in self.estate.hypothetical else self._measured(key)
        return self._seen[key]

    def cell(self, workload: str, field: str) -> Fact | None:
        """The cell of a field of a workload; of a workload made from a question, what the question or we said."""
        known = self._workloads[workload]
        value = getattr(known, field)
        if value is None:
            return None
        if known.asked:
            said = f"{field} of {workload}"
            return Fact("question", 1, field, said, value, _UNITS.get(field, ""), None, Label.PUBLIC)
        return self.cells.workload(workload, field)

    def _measured(self, key: tuple[str, str]) -> tuple[Figure, tuple[Fact, ...]] | None:
        measure, site = key
        group, seen = self.estate.groups.get(key), self.estate.get(measure, site)
        if group is None or group.value is None or seen.value is None:
            return None
        one = self.catalogue[measure]
        found = self.cells.measured(measure, site, self.estate.groups)
        text = wording.statement(one, group.value, group.unit, f" at {site}" if site else "", "")
        ids = tuple(fact.id for fact in found)
        return Figure(
            one.name, group.value, group.unit, one.definition, text, ids, seen.as_of, group.label, group.rows
        ), found

    def _assumed(self, key: tuple[str, str]) -> tuple[Figure, tuple[Fact, ...]] | None:
        measure, site = key
        value = self.estate.get(*key).value
        if value is None:
            return None
        one = self.catalogue[measure]
        fact = supposed(measure, site, one.title, value, one.unit)
        text = wording.statement(one, value, one.unit, f" at {site}, as supposed" if site else ", as supposed", "")
        return Figure(measure, value, one.unit, "supposed", text, (fact.id,), None, Label.PUBLIC), (fact,)

    def _have(self, gap: Gap, workload: Workload) -> tuple[list[Figure], list[Fact]]:
        """What there is: the figure of the gap's own value first."""
        derived = {
            "available_gpus": self._available,
            "memory_for_workload": self._memory,
            "outside_public_cloud": self._placed,
            "data_classified": self._classified,
        }
        if gap.check.measure in derived:
            return derived[gap.check.measure](gap, workload)
        where = "" if gap.check.organisation else gap.site
        parts = [self.measured(name, where) for name in (gap.check.measure, gap.check.over) if name]
        figures = [one[0] for one in parts if one is not None]
        found = [fact for one in parts if one is not None for fact in one[1]]
        if gap.check.over and gap.have is not None and len(figures) == 2:
            text = f"{gap.title}: {wording.shown(gap.have, gap.check.unit)}."
            formula = f"{gap.check.measure} / {gap.check.over}"
            ids = tuple(one.id for one in figures)
            dates = [one.as_of for one in figures if one.as_of]
            figures.insert(
                0, Figure(formula, gap.have, gap.check.unit, formula, text, ids, min(dates, default=None), gap.label)
            )
        return figures, found

    def _available(self, gap: Gap, workload: Workload) -> tuple[list[Figure], list[Fact]]:
        total = self.measured("gpu_count", gap.site)
        if total is None or gap.have is None:
            return [], []
        before = ahead(workload, gap.site, self._demand)
        cells = [fact for name, _ in before if (fact := self.cell(name, "gpus_required")) is not None]
        text = f"{gap.title}: {wording.shown(gap.have, 'GPU')} of {wording.shown(total[0].value, 'GPU')}"
        held = sum(gpus for _, gpus in before)
        text += f", {wording.shown(held, 'GPU')} are for workloads of higher priority." if held else "."
        formula = "GPUs of the site − GPUs asked for by workloads of higher priority"
        ids = (total[0].id, *(one.id for one in cells))
        own = Figure(formula, gap.have, "GPU", formula, text, ids, total[0].as_of, gap.label)
        return [own, total[0]], [*total[1], *cells]

    def _memory(self, gap: Gap, workload: Workload) -> tuple[list[Figure], list[Fact]]:
        taken = pools.used(self.estate.pools.get(gap.site, ()), workload.gpus_required or 1)
        if gap.have is None:
            return [], []
        cells = [one.datasheet for one in taken if one.datasheet is not None]
        models = ", ".join(f"{one.model} {wording.shown(one.memory_gb or 0, 'GB')}" for one in taken)
        text = f"{gap.title}: {wording.shown(gap.have, 'GB')} ({models})."
        measured = None
        if len(cells) < len(taken):
            measured = self.measured("gpu_memory_per_gpu_gb", gap.site)
        formula = "memory of the smallest accelerator the workload would use"
        ids = (*(one.id for one in cells), *([measured[0].id] if measured else []))
        dates = [one.as_of for one in taken if one.as_of]
        own = Figure(formula, gap.have, "GB", formula, text, ids, min(dates, default=None), gap.label)
        return [own, *([measured[0]] if measured else [])], [*cells, *(measured[1] if measured else ())]

    def _placed(self, gap: Gap, workload: Workload) -> tuple[list[Figure], list[Fact]]:
        found = [one for one in (self.cells.kind(gap.site), self.cell(workload.name, "placement"),
                                 self.cell(workload.name, "data_sensitivity")) if one is not None]  # fmt: skip
        return [], found

    def _classified(self, gap: Gap, workload: Workload) -> tuple[list[Figure], list[Fact]]:
        one = self.cell(workload.name, "data_sensitivity")
        return [], [one] if one is not None else []

    def _need(self, gap: Gap, workload: Workload) -> tuple[Figure | None, list[Fact]]:
        asked = need(gap.check, workload, self.rubric)
        if asked.value is None or gap.check.unit == "yes":
            return None, []
        found = [fact for field in asked.fields if (fact := self.cell(workload.name, field)) is not None]
        found += [self._constant(name, gap.check) for name in asked.constants]
        text = f"{gap.check.name} for {workload.name}: {limit(gap.check, asked.value)}."
        ids = tuple(one.id for one in found)
        return Figure(
            asked.formula, asked.value, gap.check.unit, gap.check.basis, text, ids, None, workload.label
        ), found

    def _constant(self, name: str, check: Check) -> Fact:
        """A number of the rubric."""
        if name == "need":
            assert not isinstance(check.need, str)
            unit = "" if check.unit in ("ratio", "yes") else check.unit
            return Fact(
                "readiness/rubric.yaml",
                self._rows[check.name],
                "need",
                f"{check.name} needed",
                float(check.need),
                unit,
                None,
                Label.PUBLIC,
            )
        value = float(getattr(self.rubric, name))
        return Fact("readiness/rubric.yaml", 0, name, name, value, _UNITS.get(name, ""), None, Label.PUBLIC)


def of(gaps: Sequence[Gap], estate: Estate, cells: Cells, catalogue: Catalogue) -> tuple[Proof, ...]:
    """Proofs in order."""
    prover = Prover(estate, cells, catalogue)
    return tuple(prover.prove(one) for one in gaps)
