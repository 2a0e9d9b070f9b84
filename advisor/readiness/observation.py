"""What the inventory has: workloads, and each measure of the rubric at each site, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import Group, aggregate, view_sql
from advisor.readiness.pools import Pool, memory_of
from advisor.readiness.rubric import Rubric
from advisor.sizing.adapter import Method
from index.document import Label

DERIVED = ("available_gpus", "memory_for_workload", "outside_public_cloud", "data_classified")
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
    concurrency: float | None = None
    asked: bool = False  # made from a question, not a row of a feed
    method: Method = "full"  # of training; feeds do not tell it, so it is full unless a question says otherwise

    def asking(self, gpus: float | None) -> Workload:
        """The same with so many accelerators."""
        return replace(self, gpus_required=gpus)


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
    rubric: Rubric
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)  # what the values were computed from
    pools: dict[str, tuple[Pool, ...]] = field(default_factory=dict)  # accelerators of a site by model
    hypothetical: set[tuple[str, str]] = field(default_factory=set)  # values that a what-if set: no cell proves them

    def get(self, measure: str, site: str) -> Observation:
        return self.values.get((measure, site), Observation(None, 0.0, None, Label.RESTRICTED))


def observe(inventory: Inventory, catalogue: Catalogue, rubric: Rubric) -> Estate:
    """Workloads and values, a query a measure."""
    rows = inventory.query(
        "SELECT workload, site, kind, model_family, parameters_billion, gpus_required, burstiness, placement, "
        f"data_sensitivity, priority, status, label, concurrency FROM {inventory.schema}.workload "
        "WHERE workload IS NOT NULL ORDER BY coalesce(priority, 9), workload"
    )
    labels = list(Label)
    workloads = tuple(
        Workload(name, site, kind, family, _number(params), _number(gpus), burst, placement, data, int(priority or 9),
                 status, labels[label], _number(users))
        for name, site, kind, family, params, gpus, burst, placement, data, priority, status, label, users in rows
    )  # fmt: skip
    found = inventory.query(f"SELECT site, kind FROM {inventory.schema}.site WHERE site IS NOT NULL ORDER BY site")
    kinds = {str(site): str(kind or "") for site, kind in found}
    sites = dict.fromkeys([*kinds, *(one.site for one in workloads if one.site)])
    newest = inventory.newest()
    estate = Estate(tuple(sites), kinds, workloads, {}, newest.date() if newest else None, rubric)
    local = {one.measure for one in rubric.checks} | {one.over for one in rubric.checks if one.over} | set(_BASE)
    wide = {name for one in rubric.checks if one.organisation for name in (one.measure, one.over) if name}
    for name in sorted(local - set(DERIVED) - wide):
        for group in aggregate(inventory, catalogue, catalogue[name], {}, ("site",)):
            if group.key[0] is not None:
                _keep(estate, name, group.key[0], group)
    for name in sorted(wide):
        for group in aggregate(inventory, catalogue, catalogue[name], {}):
            _keep(estate, name, "", group)
    estate.pools.update(_pools(inventory, catalogue))
    _uncounted(estate, inventory, {one.measure for one in rubric.checks if one.partial} & set(local), catalogue)
    return estate


def _uncounted(estate: Estate, inventory: Inventory, shares: set[str], catalogue: Catalogue) -> None:
    """A share of accelerators is known only where a feed of nodes counts them: else nobody knows how many there are."""
    rows = inventory.query(f"SELECT DISTINCT site FROM {inventory.schema}.node WHERE gpu_count IS NOT NULL")
    counted = {str(row[0]) for row in rows}
    for (name, site), seen in list(estate.values.items()):
        if name in shares and catalogue[name].view == "accelerator" and site and site not in counted:
            estate.values[name, site] = replace(seen, coverage=0.0)


def with_workload(estate: Estate, workload: Workload) -> Estate:
    """The estate with one workload more; the one given is left alone."""
    others = tuple(one for one in estate.workloads if one.name != workload.name)
    return replace(estate, workloads=(*others, workload))


def _keep(estate: Estate, measure: str, site: str, one: Group) -> None:
    """A value with what it was computed from; several currencies or nothing known leave it unknown."""
    day = one.as_of.date() if one.as_of else None
    share = one.known / one.rows if one.rows else 0.0
    estate.values[measure, site] = Observation(one.value if one.known else None, share, day, one.label)
    estate.groups[measure, site] = one


def _pools(inventory: Inventory, catalogue: Catalogue) -> dict[str, tuple[Pool, ...]]:
    """Accelerators of each site by model, with the memory that telemetry reports or else the datasheet states."""
    view = catalogue.views["accelerator"]
    rows = inventory.query(
        f"{view_sql(view, inventory)} SELECT site, model, product, count(*), avg(memory_gb), max(as_of), max(label) "
        "FROM v WHERE site IS NOT NULL GROUP BY site, model, product "
        "ORDER BY site, model NULLS LAST, product NULLS LAST"
    )
    labels = list(Label)
    found: dict[str, tuple[Pool, ...]] = {}
    for site, model, product, count, measured, as_of, label in rows:
        memory, said = memory_of(model, product) if measured is None else (float(measured), None)
        day = as_of.date() if as_of else None
        pool = Pool(model or "unknown model", float(count), memory, said, day, labels[label or 0])
        found[site] = (*found.get(site, ()), pool)
    return found


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
