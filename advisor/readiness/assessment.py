"""Gaps and scores: arithmetic from the rubric, deterministic, with "cannot determine" apart from "not met"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from advisor.measures.wording import shown
from advisor.readiness import pools
from advisor.readiness.observation import Estate, Observation, Workload
from advisor.readiness.requirement import applies, need
from advisor.readiness.rubric import DIMENSIONS, Check, Rubric
from index.document import Label

Status = Literal["met", "not met", "cannot determine"]
WHOLE = "whole"
# Of equal gaps the first come first: what the law forbids, then what starves accelerators, then accelerators.
_ORDER = ("governance", "networking", "storage", "energy", "compute")


@dataclass(frozen=True, slots=True)
class Gap:
    """What one check finds for a workload at a site."""

    check: Check
    workload: str
    site: str
    need: float | None
    have: float | None
    score: float | None  # share of the need that is there, at most 1; None: cannot determine
    confidence: float
    label: Label
    worst: float | None = None  # `have` if all rows without a reading count against it; None: every row has one

    @property
    def counted(self) -> float | None:
        """What the score is computed from."""
        return self.have if self.worst is None else self.worst

    @property
    def status(self) -> Status:
        if self.score is None:
            return "cannot determine"
        return "met" if self.score >= 1 - 1e-9 else "not met"

    @property
    def missing(self) -> float | None:
        """How far from the need, in the check's unit."""
        return None if self.need is None or self.counted is None else abs(self.need - self.counted)

    @property
    def title(self) -> str:
        return f"{self.check.name} at {self.site}"

    @property
    def text(self) -> str:
        if self.need is None:
            return f"{self.title}: cannot be determined, the workload does not say what it needs."
        if self.check.unit == "yes":
            return f"{self.title}: {self.status}." if self.score is not None else f"{self.title}: cannot be determined."
        asked = limit(self.check, self.need)
        if self.have is None:
            return f"{self.title}: cannot be determined, no feed gives it ({asked})."
        have = shown(self.have, self.check.unit)
        if self.worst is not None:
            have += f" of what is known, {shown(self.worst, self.check.unit)} at worst"
        return f"{self.title}: {have}, {asked}: {self.status}."

    @property
    def change(self) -> str:
        """The smallest change that clears the gap."""
        if self.status != "not met" or self.missing is None or self.need is None:
            return ""
        return self.check.change.format(
            gap=shown(self.missing, "ratio"), need=shown(self.need, "ratio"), unit=self.check.unit
        )


def limit(check: Check, wanted: float) -> str:
    """ "at least 20 GB/s needed", "at most 1.5 allowed"."""
    amount = shown(wanted, check.unit)
    return f"at least {amount} needed" if check.better == "higher" else f"at most {amount} allowed"


@dataclass(frozen=True, slots=True)
class Range:
    """A score between nothing and everything known for good: unknown is neither bad nor good."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A workload at a site."""

    workload: Workload
    site: str
    gaps: tuple[Gap, ...]

    @property
    def status(self) -> Literal["ready", "ready with gaps", "not ready", "cannot determine"]:
        """Not ready: something that blocks is not met. Cannot determine: something that blocks is not known."""
        blocking = {one.status for one in self.gaps if one.check.blocks}
        if "not met" in blocking:
            return "not ready"
        if "cannot determine" in blocking:
            return "cannot determine"
        return "ready" if all(one.status == "met" for one in self.gaps) else "ready with gaps"

    @property
    def constraints(self) -> tuple[Gap, ...]:
        """What is not met, the binding constraint first, then the next after it is cleared. Blocking ones lead."""
        found = [one for one in self.gaps if one.status == "not met"]
        return tuple(sorted(found, key=_rank))

    @property
    def unknown(self) -> tuple[Gap, ...]:
        return tuple(one for one in self.gaps if one.status == "cannot determine")


@dataclass(frozen=True, slots=True)
class Assessment:
    """Every workload at its own site, and where it was asked for at every other."""

    verdicts: tuple[Verdict, ...]
    rubric: Rubric

    def dimension(self, name: str, site: str | None = None) -> Range | None:
        """Score of a dimension at a site or overall, weighted by priority; None when nothing was asked."""
        return _scores([v for v in self.verdicts if site is None or v.site == site], self.rubric).get(name)

    def whole(self, site: str | None = None) -> Range | None:
        """Weighted over the dimensions."""
        return self.dimension(WHOLE, site)

    def scores(self) -> dict[str | None, dict[str, Range]]:
        """By site, None for all of them; then by dimension and for the whole; what was not asked is left out."""
        at: dict[str | None, list[Verdict]] = {None: list(self.verdicts)}
        for one in self.verdicts:
            at.setdefault(one.site, []).append(one)
        return {site: _scores(verdicts, self.rubric) for site, verdicts in at.items()}

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.site for one in self.verdicts))

    def bottleneck(self) -> Gap | None:
        """The binding constraint of the most important workload, blocking ones first, the worst of equals."""
        binding = [(v.workload.priority, v.constraints[0]) for v in self.verdicts if v.constraints]
        if not binding:
            return None
        return min(binding, key=lambda one: (not one[1].check.blocks, one[0], one[1].score or 0.0, one[1].workload))[1]


def _rank(one: Gap) -> tuple[bool, float, int, str]:
    order = _ORDER.index(one.check.dimension) if one.check.dimension in _ORDER else len(_ORDER)
    return (not one.check.blocks, one.score or 0.0, order, one.check.name)


def assess(estate: Estate, rubric: Rubric, *, everywhere: bool = False) -> Assessment:
    """Each workload at its own site, or at every site. Pure: the same estate gives the same assessment."""
    asked = demand(estate)
    verdicts = []
    for workload in estate.workloads:
        sites: Sequence[str] = estate.sites if everywhere else ([workload.site] if workload.site else [])
        verdicts += [_verdict(workload, site, estate, rubric, asked) for site in sites]
    return Assessment(tuple(verdicts), rubric)


def verdict(workload: Workload, site: str, estate: Estate, rubric: Rubric) -> Verdict:
    """One workload at one site."""
    return _verdict(workload, site, estate, rubric, demand(estate))


def _verdict(workload: Workload, site: str, estate: Estate, rubric: Rubric, asked: Demand) -> Verdict:
    gaps = tuple(
        _gap(check, workload, site, estate, rubric, asked) for check in rubric.checks if applies(check, workload)
    )
    return Verdict(workload, site, gaps)


Demand = dict[str, list[tuple[int, str, float]]]


def demand(estate: Estate) -> Demand:
    """GPUs that workloads of a site ask for, by priority and name."""
    found: Demand = {}
    for one in estate.workloads:
        if one.site and one.gpus_required:
            found.setdefault(one.site, []).append((one.priority, one.name, one.gpus_required))
    return found


def ahead(workload: Workload, site: str, asked: Demand) -> list[tuple[str, float]]:
    """Workloads at a site that come before this one, with the GPUs they ask for."""
    mine = (workload.priority, workload.name)
    return [(name, gpus) for priority, name, gpus in asked.get(site, []) if (priority, name) < mine]


def _gap(check: Check, workload: Workload, site: str, estate: Estate, rubric: Rubric, asked: Demand) -> Gap:
    seen = _have(check, workload, site, estate, asked)
    wanted = need(check, workload, rubric).value
    worst = _worst_case(check, seen)
    score = None
    if wanted is not None and seen.value is not None and not (check.partial and not seen.coverage):
        score = _score(check, wanted, seen.value)
        if worst is not None:  # met only if it holds at worst too; what is met or not by the missing rows is not known
            known, score = score, _score(check, wanted, worst)
            score = None if known >= 1 - 1e-9 > score else score
    label = max(seen.label, workload.label, key=lambda one: one.rank)
    return Gap(
        check, workload.name, site, wanted, seen.value, score, _confidence(seen, estate.newest, rubric), label, worst
    )


def _worst_case(check: Check, seen: Observation) -> float | None:
    """A share in percent if every row without a reading counts against it; None where every row has one."""
    if not check.partial or seen.value is None or not seen.coverage or seen.coverage >= 1 - 1e-9:
        return None
    known = seen.value * seen.coverage
    return known if check.better == "higher" else known + 100.0 * (1 - seen.coverage)


def _score(check: Check, wanted: float, have: float) -> float:
    if check.better == "higher":
        return 1.0 if wanted <= 0 else max(0.0, min(1.0, have / wanted))
    return 1.0 if have <= wanted else max(0.0, wanted / have)


def _have(check: Check, workload: Workload, site: str, estate: Estate, asked: Demand) -> Observation:
    if check.measure == "outside_public_cloud":
        kind = estate.kinds.get(site, "")
        public = kind == "public cloud" or (site == workload.site and workload.placement == "public cloud")
        known = bool(kind) or (site == workload.site and bool(workload.placement))
        return Observation(None if not known else float(not public), 1.0, estate.newest, workload.label)
    if check.measure == "data_classified":
        known = workload.data_sensitivity is not None
        return Observation(1.0 if known else None, 1.0, estate.newest, workload.label)
    if check.measure == "available_gpus":
        total = estate.get("gpu_count", site)
        if total.value is None:
            return total
        before = sum(gpus for _, gpus in ahead(workload, site, asked))
        return Observation(max(0.0, total.value - before), total.coverage, total.as_of, total.label)
    if check.measure == "memory_for_workload":
        taken = pools.used(estate.pools.get(site, ()), workload.gpus_required or 1)
        dates = [one.as_of for one in taken if one.as_of]
        label = max((one.label for one in taken), key=lambda one: one.rank, default=Label.RESTRICTED)
        return Observation(pools.least_memory(taken), 1.0, min(dates, default=estate.newest), label)
    where = "" if check.organisation else site
    seen = estate.get(check.measure, where)
    if check.over is None:
        return seen
    below = estate.get(check.over, where)
    value = seen.value / below.value if seen.value is not None and below.value else None
    dates = [one for one in (seen.as_of, below.as_of) if one]
    label = max(seen.label, below.label, key=lambda one: one.rank)
    return Observation(value, min(seen.coverage, below.coverage), min(dates, default=None), label)


def _confidence(seen: Observation, newest: date | None, rubric: Rubric) -> float:
    """Coverage, halved for each half-life that the value is older than the newest feed."""
    if seen.value is None or seen.as_of is None or newest is None:
        return 0.0
    return seen.coverage * float(0.5 ** (max(0, (newest - seen.as_of).days) / rubric.half_life_days))


def _weight(workload: Workload) -> float:
    """Priority 1 counts most: 1/priority."""
    return 1.0 / workload.priority


def _scores(verdicts: Iterable[Verdict], rubric: Rubric) -> dict[str, Range]:
    parts: dict[str, list[tuple[float, Range]]] = {}
    for one in verdicts:
        found: dict[str, list[float | None]] = {}
        for gap in one.gaps:
            found.setdefault(gap.check.dimension, []).append(gap.score)
        for name, scores in found.items():
            parts.setdefault(name, []).append((_weight(one.workload), _worst(scores)))
    by = {name: score for name in DIMENSIONS if (score := _weighted(parts.get(name, ()))) is not None}
    whole = _weighted((rubric.dimensions[name], score) for name, score in by.items())
    return by if whole is None else by | {WHOLE: whole}


def _worst(scores: Sequence[float | None]) -> Range:
    """A dimension is as good as its worst check; an unknown one lies between 0 and what the others leave."""
    known = [one for one in scores if one is not None]
    high = min(known, default=1.0)
    return Range(0.0 if None in scores else high, high)


def _weighted(found: Iterable[tuple[float, Range]]) -> Range | None:
    parts = list(found)
    total = sum(weight for weight, _ in parts)
    if not total:
        return None
    return Range(sum(w * r.low for w, r in parts) / total, sum(w * r.high for w, r in parts) / total)
