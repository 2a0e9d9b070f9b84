"""What was read, and what is missing, duplicated, stale, contradictory or in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from advisor.inventory import schema
from advisor.inventory.inventory import FeedRow, Inventory
from advisor.inventory.record import Problem, ProblemKind
from advisor.inventory.resolution import RULE, RULE_TEXT

STALE_DAYS = {"nvidia-smi": 30, "dcgm": 30, "kubernetes": 30, "slurm": 30, "focus": 62, "carbon": 92}
STALE_AFTER_DAYS = 180  # any other format

# Fields that the measures of a first assessment need, by entity.
WANTED = {
    "site": ("pue", "power_capacity_kw", "power_used_kw", "renewable_percent", "energy_price_per_kwh", "grid_zone"),
    "node": ("site", "status", "cpu_cores", "memory_gb"),
    "accelerator": ("model", "utilisation_percent", "power_w", "memory_gb"),
    "fabric": ("technology", "link_gbits_per_s", "links_per_node", "oversubscription", "measured_busbw_gbytes_per_s"),
    "storage": ("capacity_tb", "used_tb", "seq_read_gbytes_per_s", "seq_write_gbytes_per_s"),
    "workload": ("site", "kind", "gpus_required", "data_sensitivity", "placement", "priority"),
    "skill": ("people_required", "people_held"),
    "control": ("state",),
    "signal": ("state",),
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many records of an entity have each wanted field."""

    entity: str
    records: int
    present: dict[str, int]


@dataclass(frozen=True, slots=True)
class QualityReport:
    feeds: tuple[FeedRow, ...]
    coverage: tuple[Coverage, ...]
    problems: tuple[Problem, ...]
    rule: str = RULE
    rule_text: str = RULE_TEXT

    def of(self, kind: ProblemKind) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.kind is kind)


def report(inventory: Inventory, today: date) -> QualityReport:
    """The state of the inventory as the caller may see it. Reading it changes nothing."""
    feeds = tuple(inventory.feeds())
    coverage = tuple(_coverage(inventory, entity) for entity in WANTED)
    problems = [*inventory.problems(), *_stale(feeds, today), *_missing(coverage)]
    order = list(ProblemKind)
    problems.sort(key=lambda one: (order.index(one.kind), one.feed, one.row or 0, one.reason))
    return QualityReport(feeds, coverage, tuple(problems))


def _coverage(inventory: Inventory, entity: str) -> Coverage:
    names = WANTED[entity]
    assert set(names) <= set(schema.fields(entity))
    counted = ", ".join(f'count("{name}")' for name in names)
    (row,) = inventory.query(f"SELECT count(*), {counted} FROM {inventory.schema}.{entity}")
    return Coverage(entity, int(row[0]), {name: int(count) for name, count in zip(names, row[1:], strict=True)})


def _stale(feeds: tuple[FeedRow, ...], today: date) -> list[Problem]:
    found = []
    for one in feeds:
        age, limit = (today - one.as_of.date()).days, STALE_DAYS.get(one.format, STALE_AFTER_DAYS)
        if age > limit:
            reason = (
                f"as of {one.as_of:%Y-%m-%d}, {age} days old; {one.format} is stale after {limit} days: export it again"
            )
            found.append(Problem(ProblemKind.STALE, reason, one.path, label=one.label))
    return found


def _missing(coverage: tuple[Coverage, ...]) -> list[Problem]:
    found = []
    for one in coverage:
        if not one.records:
            reason = f"no {one.entity} is in any feed: fill in the template `{one.entity}.csv`"
            found.append(Problem(ProblemKind.MISSING, reason, entity=one.entity))
        for name, count in one.present.items():
            if one.records and count < one.records:
                reason = f"{one.records - count} of {one.records} {one.entity} records have no {name}"
                found.append(
                    Problem(ProblemKind.MISSING, reason, column=name, entity=one.entity, count=one.records - count)
                )
    return found
