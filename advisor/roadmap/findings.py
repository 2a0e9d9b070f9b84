"""Findings as planning reads them: the gaps of the readiness assessment, and what the survey adds, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from advisor.evidence import Fact, Figure
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.readiness import assessment, observation
from advisor.readiness import findings as readiness
from advisor.readiness.assessment import Assessment, Gap
from advisor.readiness.cells import Cells
from advisor.readiness.observation import Estate
from advisor.readiness.rubric import Rubric
from advisor.roadmap import words
from advisor.roadmap.ledger import Ledger
from index.document import Label

RUBRIC = "readiness/rubric.yaml"
_ASKS = ("site", "gpus_required", "parameters_billion", "data_sensitivity", "placement", "burstiness", "priority")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `score` is the share of the need that is there; None: cannot be determined."""

    id: str  # of the evidence
    figure: str  # evidence id of `have` and `need` as this roadmap says them
    check: str
    dimension: str
    site: str | None
    workload: str  # "" when it is about no workload
    priority: int
    blocks: bool
    have: float | None
    need: float | None
    unit: str
    score: float | None
    text: str
    label: Label
    inputs: tuple[str, ...] = ()  # evidence of what there is

    @property
    def known(self) -> bool:
        return self.score is not None

    @property
    def severity(self) -> float:
        """0-1: half for blocking, four tenths for the distance from the need, a tenth for the priority."""
        if self.score is None:
            return 0.0
        return 0.5 * self.blocks + 0.4 * (1 - self.score) + 0.1 / max(1, self.priority)

    @property
    def gap(self) -> float | None:
        return None if self.have is None or self.need is None else abs(self.need - self.have)


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that planning starts from."""

    estate: Estate
    assessment: Assessment
    everywhere: Assessment
    gaps: tuple[Found, ...]  # not met, worst first
    unknown: tuple[Found, ...]  # cannot be determined
    cells: Mapping[str, tuple[str, ...]]  # evidence of a workload's own row

    def of(self, check: str, site: str | None = None) -> tuple[Found, ...]:
        return tuple(one for one in self.gaps if one.check == check and (site is None or one.site == site))


def collect(inventory: Inventory, catalogue: Catalogue, rubric: Rubric, ledger: Ledger) -> Findings:
    """Gaps of every workload at its own site, each with its proof in the ledger."""
    estate = observation.observe(inventory, catalogue, rubric)
    here = assessment.assess(estate, rubric)
    known: dict[tuple[object, ...], Found] = {}
    asked = [(gap, v.workload.priority) for v in here.verdicts for gap in v.gaps if gap.status != "met"]
    proofs = readiness.of([gap for gap, _ in asked], estate, Cells(inventory, catalogue), catalogue)
    for (gap, priority), proof in zip(asked, proofs, strict=True):
        one = _found(gap, priority, proof, inventory, ledger)
        known[one.check, one.site, one.workload] = one
    gaps = sorted((one for one in known.values() if one.known), key=rank)
    unknown = tuple(one for one in known.values() if not one.known)
    cells = {one.name: ledger.add(*_row(one.name, inventory)) for one in estate.workloads}
    return Findings(estate, here, assessment.assess(estate, rubric, everywhere=True), tuple(gaps), unknown, cells)


def rank(one: Found) -> tuple[float, str, str, str]:
    return (-one.severity, one.check, one.site or "", one.workload)


def _found(gap: Gap, priority: int, proof: readiness.Proof, inventory: Inventory, ledger: Ledger) -> Found:
    finding, figures, facts = proof
    (finding_id, *inputs) = ledger.add(finding, *figures, *facts)
    stated = tuple(inputs[: len(figures)])
    have, need, unit = gap.have, gap.need, gap.check.unit
    if unit == "ratio" and gap.check.over is not None and need == 1:  # a ratio to what is needed reads as a share of it
        have, need, unit = None if have is None else 100 * have, 100.0, "%"
    site = None if gap.check.organisation else gap.site
    figure = stated_figure(gap.check.name, have, need, unit, site, gap.check.better == "higher", finding_id, gap.label)
    figure = replace(figure, inputs=(*figure.inputs, *ledger.add(*_asked(gap, inventory))))
    (figure_id,) = ledger.add(figure)
    return Found(
        finding_id,
        figure_id,
        gap.check.name,
        gap.check.dimension,
        site,
        gap.workload,
        priority,
        gap.check.blocks,
        have,
        need,
        unit,
        _score(gap),
        finding.text,
        gap.label,
        stated,
    )


def _asked(gap: Gap, inventory: Inventory) -> list[Fact]:
    """What the need comes from: the check of the rubric, and the cells of the workload."""
    check = gap.check
    need = Fact(RUBRIC, 1, check.name, f"check {check.name}", f"{check.need}: {check.basis}", "", None, Label.PUBLIC)
    return [need, *_row(gap.workload, inventory)]


def _row(workload: str, inventory: Inventory) -> list[Fact]:
    """The cells that say what a workload asks for."""
    facts = []
    columns = ", ".join(f'"{name}", "{name}__obs"' for name in _ASKS)
    rows = inventory.query(f"SELECT {columns} FROM {inventory.schema}.workload WHERE workload = ?", [workload])
    for row in rows[:1]:
        given = {name: (row[2 * i], row[2 * i + 1]) for i, name in enumerate(_ASKS) if row[2 * i] is not None}
        places = inventory.cells("workload", [(int(number), name) for name, (_, number) in given.items()])
        for name, (value, number) in given.items():
            if cell := places.get((int(number), name)):
                day = cell.as_of.date() if cell.as_of else None
                subject = f"{name} of {workload}"
                shown = float(value) if isinstance(value, int | float) else str(value)
                facts.append(Fact(cell.feed, cell.row, cell.column, subject, shown, "", day, cell.label))
    return facts


def stated_figure(
    check: str, have: float | None, need: float | None, unit: str, site: str | None, higher: bool, of: str, label: Label
) -> Figure:
    """What there is, what is needed and what is between, rounded as this roadmap says them."""
    where = f" at {site}" if site else ""
    parts = [f"{check}{where}:"]
    parts.append(f"{words.quantity(have, unit)} today" if have is not None else "not known today")
    if need is not None and unit != "yes":
        parts.append(f"against {'at least' if higher else 'at most'} {words.quantity(need, unit)}")
    if have is not None and need is not None and unit != "yes":
        parts.append(f"a gap of {points(abs(need - have), unit)} ({words.against(have, need, unit)})")
    text = f"{parts[0]} {', '.join(parts[1:])}."
    return Figure("need less have", have or 0.0, unit, "need less have", text, (of,), None, label)


def points(value: float, unit: str) -> str:
    """A difference of shares is in points."""
    return f"{words.number(value)} points" if unit == "%" else words.quantity(value, unit)


def _score(gap: Gap) -> float | None:
    """As the assessment has it, but for PUE, which is judged by its overhead: 1.9 is nine tenths above nothing."""
    if gap.check.measure == "pue" and gap.have is not None and gap.need is not None and gap.have > 1:
        return min(1.0, max(0.0, (gap.need - 1) / (gap.have - 1)))
    return gap.score
