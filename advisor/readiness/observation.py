"""What the inventory has: workloads, and each measure of the rubric at each site, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from advisor.evidence import Fact, Figure
from advisor.inventory.inventory import Inventory
from advisor.measures import wording
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import aggregate
from advisor.measures.proof import Gathered, facts
from advisor.measures.reading import Reading
from advisor.readiness.rubric import Rubric
from index.document import Label

DERIVED = ("available_gpus", "outside_public_cloud")
_BASE = ("gpu_count",)


@dataclass(frozen=True, slots=True)
class Workload:
    """A row of the workload table."""

    name: str
    site: str | None
    kind: str | None
    model_family: str | None
    parameters_billion: float | None
    gpus_required: float | None
    burstiness: str | None
    placement: str | None
    data_sensitivity: str | None
    priority: int
    status: str | None
    label: Label


@dataclass(frozen=True, slots=True)
class Observation:
    """A value of a measure at a site: None when nobody knows it."""

    value: float | None
    coverage: float  # share of the rows that have what the measure needs
    as_of: date | None
    label: Label


@dataclass(slots=True)
class Estate:
    """Everything an assessment reads. `values` may be changed by a what-if; nothing else is."""

    sites: tuple[str, ...]
    kinds: Mapping[str, str]  # site → owned, colocation, public cloud
    workloads: tuple[Workload, ...]
    values: dict[tuple[str, str], Observation]  # (measure, site); site "" is the organisation
    newest: date | None
    hypothetical: set[tuple[str, str]] = field(default_factory=set)  # values that a what-if set: no cell proves them

    def get(self, measure: str, site: str) -> Observation:
        return self.values.get((measure, site), Observation(None, 0.0, None, Label.RESTRICTED))


def observe(inventory: Inventory, catalogue: Catalogue, rubric: Rubric) -> Estate:
    """Workloads and values, a query a measure."""
    rows = inventory.query(
        "SELECT workload, site, kind, model_family, parameters_billion, gpus_required, burstiness, placement, "
        f"data_sensitivity, priority, status, label FROM {inventory.schema}.workload WHERE workload IS NOT NULL "
        "ORDER BY coalesce(priority, 9), workload"
    )
    labels = list(Label)
    workloads = tuple(
        Workload(name, site, kind, family, _number(params), _number(gpus), burst, placement, data, int(priority or 9),
                 status, labels[label])
        for name, site, kind, family, params, gpus, burst, placement, data, priority, status, label in rows
    )  # fmt: skip
    found = inventory.query(f"SELECT site, kind FROM {inventory.schema}.site WHERE site IS NOT NULL ORDER BY site")
    kinds = {str(site): str(kind or "") for site, kind in found}
    sites = dict.fromkeys([*kinds, *(one.site for one in workloads if one.site)])
    newest = inventory.newest()
    estate = Estate(tuple(sites), kinds, workloads, {}, newest.date() if newest else None)
    local = {one.measure for one in rubric.checks} | {one.over for one in rubric.checks if one.over} | set(_BASE)
    wide = {name for one in rubric.checks if one.organisation for name in (one.measure, one.over) if name}
    for name in sorted(local - set(DERIVED) - wide):
        for group in aggregate(inventory, catalogue, catalogue[name], {}, ("site",)):
            if group.key[0] is not None:
                estate.values[name, group.key[0]] = _observation(
                    group.value, group.rows, group.known, group.as_of, group.label
                )
    for name in sorted(wide):
        for group in aggregate(inventory, catalogue, catalogue[name], {}):
            estate.values[name, ""] = _observation(group.value, group.rows, group.known, group.as_of, group.label)
    return estate


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _observation(value: float | None, rows: int, known: int, as_of: object, label: Label) -> Observation:
    from_rows = known / rows if rows else 0.0
    day = as_of.date() if hasattr(as_of, "date") else None
    return Observation(value if rows and known else None, from_rows, day, label)


def prove(
    measure: str, site: str, inventory: Inventory, catalogue: Catalogue, observation: Observation
) -> tuple[Figure, tuple[Fact, ...]] | None:
    """The figure of an observed value and the cells it rests on; None for derived or unknown values."""
    if measure in DERIVED or observation.value is None:
        return None
    one = catalogue[measure]
    group = ("site",) if site else ()
    for found in aggregate(inventory, catalogue, one, {"site": (site,)} if site else {}, group):
        if found.value is None:
            continue
        reading = Reading(measure=one, filters={"site": (site,)} if site else {}, group=group)
        evidence = Gathered()
        inputs = facts(reading, found, found.key, None, inventory, catalogue, evidence)
        text = wording.statement(one, found.value, found.unit, f" at {site}" if site else "", "")
        figure = Figure(
            one.name, found.value, found.unit, one.definition, text, inputs, observation.as_of, found.label, found.rows
        )
        return figure, tuple(evidence.facts.values())
    return None
