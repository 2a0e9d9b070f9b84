"""An inventory assessed: estate, verdicts, scores, findings with proof, placement, what-if.

Doors start here."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from advisor.errors import QuestionError
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.measures.catalogue import load as load_catalogue
from advisor.readiness import assessment, findings, observation, placement, pools, what_if
from advisor.readiness import rubric as rubrics
from advisor.readiness.assessment import Assessment, Gap, Verdict
from advisor.readiness.breakeven import Economics
from advisor.readiness.cells import Cells
from advisor.readiness.findings import Proof
from advisor.readiness.observation import Estate, Workload
from advisor.readiness.placement import Advice
from advisor.readiness.rubric import Rubric
from advisor.readiness.what_if import Change, Difference


@dataclass(frozen=True, slots=True)
class Assessed:
    """An estate under a rubric, at the clearance of its inventory."""

    inventory: Inventory
    catalogue: Catalogue
    rubric: Rubric
    estate: Estate
    result: Assessment  # each workload at its own site
    cells: Cells

    @property
    def workloads(self) -> tuple[Workload, ...]:
        return self.estate.workloads

    @property
    def public_sites(self) -> frozenset[str]:
        return frozenset(site for site, kind in self.estate.kinds.items() if kind == "public cloud")

    def verdict(self, workload: str, site: str | None = None) -> Verdict:
        """A workload at its own site or another. Raises QuestionError naming those there are."""
        known = next((one for one in self.workloads if one.name == workload), None)
        if known is None:
            raise QuestionError(
                f"There is no workload {workload!r}: {', '.join(one.name for one in self.workloads) or 'none known'}."
            )
        where = site or known.site
        if where is None:
            raise QuestionError(f"{workload} has no site: say which, one of {', '.join(self.estate.sites)}.")
        self.check_site(where)
        return assessment.verdict(known, where, self.estate, self.rubric)

    def check_site(self, site: str) -> None:
        """Raises QuestionError for a site that is not known."""
        if site not in self.estate.sites:
            raise QuestionError(f"There is no site {site!r}: {', '.join(self.estate.sites)}.")

    def at_sites(self, workload: str) -> tuple[Verdict, ...]:
        """A workload at every site, its own first."""
        mine = next((one.site for one in self.workloads if one.name == workload), None)
        sites = sorted(self.estate.sites, key=lambda site: site != mine)
        return tuple(self.verdict(workload, site) for site in sites)

    def prove(self, gaps: Iterable[Gap]) -> tuple[Proof, ...]:
        """Findings with figures and facts, in order."""
        return findings.of(tuple(gaps), self.estate, self.cells, self.catalogue)

    def placement(self, workload: str) -> Advice:
        """Where a workload belongs, with reasons."""
        verdicts = self.at_sites(workload)
        mine = verdicts[0]
        taken = pools.used(self.estate.pools.get(mine.site, ()), mine.workload.gpus_required or 1)
        priced = [one for model in dict.fromkeys(pool.model for pool in taken) for one in self.economics().of(model)]
        return placement.advise(mine, verdicts[1:], self.public_sites, tuple(priced))

    def economics(self) -> Economics:
        """What accelerators cost owned, reserved and on demand, and what is paid for idle ones."""
        return self.cells.economics()

    def with_workload(self, workload: Workload) -> Assessed:
        """The same with one workload more, for questions about one that no feed has."""
        estate = observation.with_workload(self.estate, workload)
        return replace(self, estate=estate, result=assessment.assess(estate, self.rubric))


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What changes would make of an assessment."""

    changes: tuple[Change, ...]
    before: Assessed
    after: Assessed
    differences: tuple[Difference, ...]


_kept: dict[int, Assessed] = {}
_lock = threading.Lock()


def of(inventory: Inventory, rubric: Path | None = None) -> Assessed:
    """The assessment of an inventory; with the shipped rubric it is made once an inventory. Thread-safe."""
    if rubric is not None:
        return _assess(inventory, rubrics.load(rubric))
    with _lock:
        found = _kept.get(id(inventory))
        if found is None or found.inventory is not inventory:
            if len(_kept) >= 8:
                _kept.pop(next(iter(_kept)))
            found = _kept[id(inventory)] = _assess(inventory, rubrics.load())
    return found


def _assess(inventory: Inventory, rubric: Rubric) -> Assessed:
    catalogue = load_catalogue()
    estate = observation.observe(inventory, catalogue, rubric)
    return Assessed(
        inventory, catalogue, rubric, estate, assessment.assess(estate, rubric), Cells(inventory, catalogue)
    )


def suppose(before: Assessed, text: str) -> WhatIf:
    """ "add 16 H100 in Oslo; fabric Frankfurt 400 Gb/s". Raises QuestionError for what cannot be read."""
    changes = what_if.parse(text, before.estate, before.rubric)
    estate = what_if.apply(before.estate, changes)
    result = assessment.assess(estate, before.rubric)
    after = replace(before, estate=estate, result=result)
    return WhatIf(changes, before, after, what_if.differences(before.result, result))
