"""Findings → drafts of initiatives. Nothing is proposed that no finding asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from advisor.readiness.assessment import Verdict
from advisor.readiness.rubric import Rubric
from advisor.roadmap import words
from advisor.roadmap.costing import Costing, Quantity
from advisor.roadmap.document import Range
from advisor.roadmap.findings import Findings, Found, points, rank
from advisor.roadmap.playbook import Book, Play
from advisor.roadmap.survey import DISAGREE, SIZE, UNTOLD, Measures

HARDWARE = ("compute", "networking", "storage", "energy")  # what a move to the cloud, or out of it, makes moot
_OUTSIDE_CLOUD = "outside_public_cloud"


@dataclass(slots=True)
class Draft:
    """An initiative before it has a place in the plan."""

    key: str
    play: Play
    site: str | None
    found: tuple[Found, ...]  # worst first
    cost: Range | None = None
    power_kw: float = 0.0
    frees_kw: float = 0.0
    after: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    rented: bool = False  # at a public cloud
    proof: tuple[str, ...] = ()  # evidence beyond the findings that its words need

    @property
    def worst(self) -> Found:
        return self.found[0]

    @property
    def severity(self) -> float:
        return self.worst.severity

    @property
    def workloads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.workload for one in self.found if one.workload))

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids that its sentences may cite."""
        ids = [part for one in self.found for part in (one.id, one.figure)]
        return tuple(dict.fromkeys([*ids, *self.proof]))

    def say(self, column: str) -> str:
        """A sentence of the play, filled in."""
        return str(getattr(self.play, column)).format(**self.slots)


def drafts(
    findings: Findings,
    survey: Sequence[Found],
    book: Book,
    rubric: Rubric,
    measures: Measures,
    costing: Costing,
) -> tuple[Draft, ...]:
    """One draft a play and place, worst first, with what it waits for."""
    groups: dict[tuple[str, str | None], list[Found]] = {}
    plays: dict[str, Play] = {}
    for one, play in _assigned(findings, survey, book):
        place = one.site if play.scope == "site" else None
        groups.setdefault((play.name, place), []).append(one)
        plays[play.name] = play
    found = [
        Draft(f"{name}@{site}" if site else name, plays[name], site, tuple(sorted(ones, key=rank)))
        for (name, site), ones in groups.items()
    ]
    found.sort(key=lambda one: (-one.severity, one.key))
    _order(found, findings)
    for draft in found:
        _fill(draft, findings, rubric, measures, costing)
    return tuple(found)


def _assigned(findings: Findings, survey: Sequence[Found], book: Book) -> Iterable[tuple[Found, Play]]:
    """Each finding with its play. Where a workload should move, what its present place lacks is no reason to build."""
    small = any(one.check == SIZE for one in survey)
    cloud_first = next((one for one in book.plays if SIZE in one.checks), None)
    leaving = {one.workload for one in findings.gaps if _leaves(one, findings)}
    home = {
        v.workload.name: (v.workload.data_sensitivity or "restricted") != "restricted"
        for v in findings.assessment.verdicts
    }
    for one in (*findings.gaps, *survey):
        play = book.play(one.check, one.dimension)
        if play is None:
            continue
        if one.workload in leaving and not _leaves(one, findings) and one.site:
            continue
        if small and cloud_first and one.dimension in HARDWARE and home.get(one.workload, False):
            yield one, cloud_first
            continue
        if play.name == "accelerators" and _peaks(one, findings):
            play = book.named("peaks")
        elif play.name == "accelerators" and findings.estate.kinds.get(one.site or "") == "public cloud":
            play = book.named("rented")
        yield one, play


def _peaks(one: Found, findings: Findings) -> bool:
    """A bursty workload whose data may leave: accelerators bought for it would stand idle between its peaks."""
    asking = next((w for w in findings.estate.workloads if w.name == one.workload), None)
    return (
        asking is not None
        and asking.burstiness == "bursty"
        and asking.data_sensitivity in ("public", "internal")
        and findings.estate.kinds.get(one.site or "") != "public cloud"
    )


def _leaves(one: Found, findings: Findings) -> bool:
    """A finding that says that the workload may not stay where it is."""
    return any(
        c.name == one.check and c.measure == _OUTSIDE_CLOUD and one.dimension == "governance"
        for c in findings.assessment.rubric.checks
    )


def _order(found: Sequence[Draft], findings: Findings) -> None:
    """What each waits for: plays at the same place, and for work that comes home, the place it comes home to."""
    keys = {one.key for one in found}
    for one in found:
        after = [key for name in one.play.after for key in (f"{name}@{one.site}", name)]
        if findings.estate.kinds.get(one.site or "") != "public cloud":
            after = [key for key in after if key != "commitments"]  # reservations bear on rented capacity only
        if one.play.name == "repatriate":
            for workload in one.workloads:
                if home := destination(findings, workload):
                    after += [f"{name}@{home.site}" for name in ("controls", "network", "storage", "accelerators")]
        one.after = tuple(key for key in dict.fromkeys(after) if key in keys)


def destination(findings: Findings, workload: str) -> Verdict | None:
    """The site of one's own that lacks least for a workload; None when there is none."""
    kinds = findings.estate.kinds
    own = [
        v
        for v in findings.everywhere.verdicts
        if v.workload.name == workload and kinds.get(v.site, "") not in ("public cloud", "")
    ]
    return min(
        own, key=lambda v: (sum(g.check.blocks for g in v.constraints), len(v.constraints), v.site), default=None
    )


def _fill(one: Draft, findings: Findings, rubric: Rubric, measures: Measures, costing: Costing) -> None:
    worst = one.worst
    also, proof = _also(one, measures)
    one.proof = proof
    one.slots = {
        "site": one.site or "the organisation",
        "where": f" at {one.site}" if one.site else "",
        "have": "unknown" if worst.have is None else words.quantity(worst.have, worst.unit),
        "need": "" if worst.need is None else words.quantity(worst.need, worst.unit),
        "gap": "" if worst.gap is None else points(worst.gap, worst.unit),
        "worst": worst.check,
        "workloads": words.listed(one.workloads) or "its workloads",
        "also": also,
    }
    if one.play.name == "cloud-first":
        going = [w.name for w in findings.estate.workloads if w.data_sensitivity in ("public", "internal")]
        one.slots = {**one.slots, "workloads": words.listed(going) or "its workloads"}
        one.proof = (*one.proof, *(part for name in going for part in findings.cells.get(name, ())[:1]))
    one.rented = findings.estate.kinds.get(one.site or "", "") == "public cloud"
    one.cost = costing.of(one.play, _quantity(one, measures), one.rented)
    if worst.unit == "GPU" and one.play.name == "accelerators" and not one.rented and worst.gap:
        one.power_kw = worst.gap * rubric.site_kw_per_gpu
    if worst.unit == "kW" and worst.gap:
        one.frees_kw = worst.gap


def _quantity(one: Draft, measures: Measures) -> Quantity | None:
    """What the price is multiplied with: the gap, the accelerators on the fabric, or the power that is cooled."""
    worst = one.worst
    if one.play.price == "network":
        gpus = measures.one("gpu_count", one.site)
        return Quantity(gpus.value, "GPU", (gpus.id,)) if gpus else None
    if one.play.price == "cooling retrofit":
        used = measures.one("power_used_kw", one.site)
        return Quantity(used.value, "kW", (used.id,)) if used else None
    if worst.gap is None or worst.unit not in ("GB/s", "GPU"):
        return None
    return Quantity(worst.gap, worst.unit, (worst.figure,))


def _also(one: Draft, measures: Measures) -> tuple[str, tuple[str, ...]]:
    """What the play lists besides its worst finding."""
    if one.play.name == "skills":
        short = [(key, found) for key, found in measures.by("skill_gap_people", "skill") if found.value > 0]
        short.sort(key=lambda pair: -pair[1].value)
        named = words.listed((f"{key} ({words.quantity(found.value, 'person')} short)" for key, found in short), 6)
        return named or "see the findings", tuple(found.id for _, found in short)
    if one.play.name == "inventory":
        parts = []
        for found in one.found:
            tail = found.text.partition(": ")[2]
            if found.check == DISAGREE:
                parts.append(tail.partition(". ")[0])
            elif found.check == UNTOLD:
                parts.append(tail.rpartition(": ")[0])
        return "; ".join(parts), ()
    return "", ()
