"""Gaps as findings with their proof: what is needed and what there is, as figures, down to cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from advisor.answer import Evidence
from advisor.evidence import Fact, Figure, Finding
from advisor.inventory.inventory import Inventory
from advisor.measures import wording
from advisor.measures.catalogue import Catalogue
from advisor.measures.proof import Gathered, facts
from advisor.measures.reading import Reading
from advisor.readiness import pools
from advisor.readiness.assessment import Gap, ahead, demand
from advisor.readiness.observation import Estate, Workload
from advisor.readiness.requirement import need
from advisor.readiness.rubric import Check
from index.document import Label

_UNITS = {"parameters_billion": "billion", "gpus_required": "GPU", "save_s": "s", "load_s": "s",
          "site_kw_per_gpu": "kW"}  # fmt: skip


class Proof(NamedTuple):
    """A finding, the figures it stands on and the facts those stand on."""

    finding: Finding
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]


def evidence(proofs: Iterable[Proof]) -> tuple[Evidence, ...]:
    """Everything that proofs hold, each item once: findings, then figures, then facts."""
    kept = list(proofs)
    items = [one.finding.cite() for one in kept]
    items += [figure.cite() for one in kept for figure in one.figures]
    items += [fact.cite() for one in kept for fact in one.facts]
    return tuple({one.id: one for one in items}.values())


class Prover:
    """Makes proofs; what an inventory has is looked up once. Not thread-safe: one a request."""

    def __init__(self, estate: Estate, inventory: Inventory, catalogue: Catalogue) -> None:
        self.estate, self.rubric, self.inventory, self.catalogue = estate, estate.rubric, inventory, catalogue
        self._workloads = {one.name: one for one in estate.workloads}
        self._demand = demand(estate)
        self._seen: dict[tuple[str, str], tuple[Figure, tuple[Fact, ...]] | None] = {}
        self._cells: dict[str, dict[str, Fact]] | None = None

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
            formula = "need − have" if gap.check.better == "higher" else "have − need"
            ids = tuple(one.id for one in both)
            figures.insert(0, Figure(formula, gap.missing, gap.check.unit, formula, text, ids, None, gap.label))
        change = f" Smallest change: {gap.change}." if gap.change else ""
        dates = [one.as_of for one in figures if one.as_of]
        finding = Finding(
            gap.check.name, gap.workload, gap.site, gap.status, f"{gap.workload}: {gap.text}{change}",
            tuple(one.id for one in figures) or tuple(one.id for one in found), min(dates, default=None), gap.label,
        )  # fmt: skip
        return Proof(finding, tuple(figures), tuple({one.id: one for one in found}.values()))

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
        if self._cells is None:
            self._cells = self._workload_cells()
        return self._cells.get(workload, {}).get(field)

    def _measured(self, key: tuple[str, str]) -> tuple[Figure, tuple[Fact, ...]] | None:
        measure, site = key
        group, seen = self.estate.groups.get(key), self.estate.get(measure, site)
        if group is None or group.value is None or seen.value is None:
            return None
        one = self.catalogue[measure]
        by = ("site",) if site else ()
        reading = Reading(measure=one, filters={"site": (site,)} if site else {}, group=by)
        gathered = Gathered()
        (inputs,) = facts(reading, [group], None, self.inventory, self.catalogue, gathered)
        text = wording.statement(one, group.value, group.unit, f" at {site}" if site else "", "")
        figure = Figure(
            one.name, group.value, group.unit, one.definition, text, inputs, seen.as_of, group.label, group.rows
        )
        return figure, tuple(gathered.facts.values())

    def _assumed(self, key: tuple[str, str]) -> tuple[Figure, tuple[Fact, ...]] | None:
        measure, site = key
        value = self.estate.get(*key).value
        if value is None:
            return None
        one = self.catalogue[measure]
        fact = Fact("what-if", 1, measure, f"{one.title} at {site}", value, one.unit, None, Label.PUBLIC)
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
        found = [one for one in (self._kind(gap.site), self.cell(workload.name, "placement"),
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
        sense = "at least" if gap.check.better == "higher" else "at most"
        text = f"{gap.check.name} for {workload.name}: {sense} {wording.shown(asked.value, gap.check.unit)} needed."
        ids = tuple(one.id for one in found)
        return Figure(
            asked.formula, asked.value, gap.check.unit, gap.check.basis, text, ids, None, workload.label
        ), found

    def _constant(self, name: str, check: Check) -> Fact:
        """A number of the rubric."""
        if name == "need":
            row = self.rubric.checks.index(check) + 1
            assert not isinstance(check.need, str)
            unit = "" if check.unit in ("ratio", "yes") else check.unit
            return Fact(
                "readiness/rubric.yaml",
                row,
                "need",
                f"{check.name} needed",
                float(check.need),
                unit,
                None,
                Label.PUBLIC,
            )
        value = float(getattr(self.rubric, name))
        return Fact("readiness/rubric.yaml", 0, name, name, value, _UNITS.get(name, ""), None, Label.PUBLIC)

    def _kind(self, site: str) -> Fact | None:
        rows = self.inventory.query(
            f"SELECT kind, kind__obs FROM {self.inventory.schema}.site WHERE site = ? AND kind IS NOT NULL", [site]
        )
        if not rows:
            return None
        place = self.inventory.cells("site", [(int(rows[0][1]), "kind")]).get((int(rows[0][1]), "kind"))
        if place is None:
            return None
        day = place.as_of.date() if place.as_of else None
        return Fact(place.feed, place.row, place.column, f"kind of {site}", str(rows[0][0]), "", day, place.label)

    def _workload_cells(self) -> dict[str, dict[str, Fact]]:
        fields = ("parameters_billion", "gpus_required", "placement", "data_sensitivity", "burstiness", "concurrency")
        columns = ", ".join(f'"{name}", "{name}__obs"' for name in fields)
        rows = self.inventory.query(f"SELECT workload, {columns} FROM {self.inventory.schema}.workload")
        wanted = [
            (int(row[2 + 2 * at]), name)
            for row in rows
            for at, name in enumerate(fields)
            if row[2 + 2 * at] is not None
        ]
        places = self.inventory.cells("workload", wanted)
        found: dict[str, dict[str, Fact]] = {}
        for row in rows:
            for at, name in enumerate(fields):
                value, number = row[1 + 2 * at], row[2 + 2 * at]
                place = places.get((int(number), name)) if number is not None else None
                if place is None or value is None:
                    continue
                shown = value if isinstance(value, str) else float(value)
                day = place.as_of.date() if place.as_of else None
                found.setdefault(str(row[0]), {})[name] = Fact(
                    place.feed, place.row, place.column, f"{name} of {row[0]}", shown,
                    _UNITS.get(name, ""), day, place.label,
                )  # fmt: skip
        return found


def finding(gap: Gap, estate: Estate, inventory: Inventory, catalogue: Catalogue) -> Proof:
    """One gap with its proof."""
    return Prover(estate, inventory, catalogue).prove(gap)


def of(gaps: Sequence[Gap], estate: Estate, inventory: Inventory, catalogue: Catalogue) -> tuple[Proof, ...]:
    """Proofs in order; what several share is looked up once."""
    prover = Prover(estate, inventory, catalogue)
    return tuple(prover.prove(one) for one in gaps)
