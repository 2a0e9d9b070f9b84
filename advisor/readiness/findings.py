"""Gaps as findings with their proof: figure and cells of what the inventory has."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.evidence import Fact, Figure, Finding
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.readiness.assessment import Gap
from advisor.readiness.observation import Estate, prove

Proof = tuple[Finding, tuple[Figure, ...], tuple[Fact, ...]]


def finding(gap: Gap, estate: Estate, inventory: Inventory, catalogue: Catalogue) -> Proof:
    """A gap with the figures and facts it stands on; hypothetical values have none."""
    figures: list[Figure] = []
    facts: list[Fact] = []
    where = "" if gap.check.organisation else gap.site
    measured = "gpu_count" if gap.check.measure == "available_gpus" else gap.check.measure
    for measure in (measured, gap.check.over):
        if measure is None or (measure, where) in estate.hypothetical:
            continue
        if proof := prove(measure, where, inventory, catalogue, estate.get(measure, where)):
            figures.append(proof[0])
            facts += proof[1]
    change = f" Smallest change: {gap.change}." if gap.change else ""
    dates = [one.as_of for one in figures if one.as_of]
    found = Finding(
        gap.check.name,
        gap.workload,
        gap.site,
        gap.status,
        f"{gap.workload}: {gap.text}{change}",
        tuple(one.id for one in figures),
        min(dates, default=None),
        gap.label,
    )
    return found, tuple(figures), tuple(facts)


def of(gaps: Sequence[Gap], estate: Estate, inventory: Inventory, catalogue: Catalogue) -> tuple[Proof, ...]:
    return tuple(finding(one, estate, inventory, catalogue) for one in gaps)
