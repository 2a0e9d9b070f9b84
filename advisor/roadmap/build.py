"""One roadmap from one inventory: findings, initiatives, schedule, sections, evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from advisor.answer import Claim, Evidence
from advisor.errors import InventoryError, QuestionError
from advisor.evidence import Fact, Figure
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import load
from advisor.readiness import rubric as rubrics
from advisor.readiness.rubric import DIMENSIONS
from advisor.roadmap import findings as finding
from advisor.roadmap import playbook, sections, words
from advisor.roadmap.costing import Costing
from advisor.roadmap.document import Block, Cell, Initiative, Options, Question, Roadmap, Scorecard, Section
from advisor.roadmap.editing import cited
from advisor.roadmap.findings import Findings, Found
from advisor.roadmap.guidance import Guidance
from advisor.roadmap.initiative import drafts
from advisor.roadmap.ledger import Ledger
from advisor.roadmap.planning import Planned, planned
from advisor.roadmap.rewriting import NO_MODEL, Rewrite
from advisor.roadmap.sections import Material
from advisor.roadmap.survey import DISAGREE, UNTOLD, Measures, problem_fact, survey
from index.document import Label
from index.retriever import Retriever

SECTIONS = (
    "executive-summary", "current-state", "hybrid-boundaries", "network-storage", "observability", "energy", "talent",
    "finops", "security", "plan", "risks", "assumptions", "open-questions", "sources",
)  # fmt: skip
Progress = Callable[[str, int, int], None]
_WHO = {
    "compute": "Platform operations", "networking": "Network engineering", "storage": "Storage engineering",
    "energy": "Facilities", "governance": "The owners of the data", "observability": "Observability lead",
    "talent": "The heads of the teams", "security": "Security", "finops": "Platform operations and FinOps",
}  # fmt: skip


def build(
    inventory: Inventory,
    retriever: Retriever | None,
    options: Options,
    *,
    organisation: str = "the organisation",
    rubric_path: Path | None = None,
    generation: str = "",
    progress: Progress = lambda stage, done, total: None,
    former: Roadmap | None = None,
    rewrite: Rewrite | None = None,
) -> Roadmap:
    """The whole roadmap, or one section of it; `former` gives the blocks that are locked.

    Raises InventoryError when there is nothing to plan from, QuestionError for a section that there is not.
    """
    if options.section is not None and options.section not in SECTIONS:
        raise QuestionError(f"There is no section {options.section!r}: {', '.join(SECTIONS)}.")
    began = time.perf_counter()
    total = len(sections.NUMBERED) + 4
    catalogue, rubric = load(), rubrics.load(rubric_path)
    newest = inventory.newest()
    if newest is None:
        raise InventoryError("No feed that you may see has a date: import some with `advisor inventory import PATH…`.")
    ledger = Ledger(_names(inventory))
    progress("findings", 1, total)
    found = finding.collect(inventory, catalogue, rubric, ledger)
    measures = Measures(inventory, catalogue, ledger)
    surveyed = survey(found, measures, inventory, ledger)
    progress("initiatives", 2, total)
    costing = Costing(inventory, measures, ledger, options.currency)
    made = drafts(found, surveyed, playbook.load(), rubric, measures, costing)
    progress("schedule", 3, total)
    start = options.start or newest.date() + timedelta(days=7 - newest.weekday())
    plan = planned(made, options, start, measures, ledger)
    scheduled = time.perf_counter()
    questions = tuple(_questions(found, surveyed, plan, ledger))
    material = Material(
        organisation, options, found, surveyed, {one.key: one for one in made}, plan.initiatives, plan.schedule,
        measures, Guidance(retriever, inventory.clearance, ledger), ledger,
        sections.merged(sorted(plan.initiatives, key=lambda one: -one.severity), "risk", ledger),
        tuple(_assumptions(plan, options, ledger)), questions,
    )  # fmt: skip
    written = list(_sections(material, options, progress, total))
    kept = _locked(written, former, ledger)
    receipt = NO_MODEL
    if rewrite is not None:
        progress("wording", total, total)
        kept, receipt = rewrite(kept, ledger)
    if options.section in (None, "sources"):
        shown = cited(kept) or [part for one in plan.initiatives for part in one.why]
        kept.append(sections.sources(material, [one.id for one in ledger.evidence(shown)]))
    used = [part for one in plan.initiatives for part in (*one.kpi.evidence, *one.effort.evidence, *one.why)]
    evidence = ledger.evidence([*cited(kept), *used])
    sensitive = max((one.label for one in evidence), key=lambda one: one.rank, default=Label.PUBLIC)
    return Roadmap(
        title=f"AI infrastructure roadmap for {organisation}",
        organisation=organisation,
        as_of=newest.date(),
        generation=generation,
        clearance=inventory.clearance,
        label=min(sensitive, inventory.clearance, key=lambda one: one.rank),  # nothing above the clearance was read
        options=options,
        sections=tuple(kept),
        initiatives=plan.initiatives,
        schedule=plan.schedule,
        risks=material.risks,
        assumptions=material.assumptions,
        open_questions=questions,
        evidence=evidence,
        scorecard=_scorecard(found),
        writer=receipt.writer,
        receipt=receipt,
        timings_ms={
            "plan": round((scheduled - began) * 1000, 1),
            "total": round((time.perf_counter() - began) * 1000, 1),
        },
    )


def _names(inventory: Inventory) -> list[str]:
    """Names of the estate: a sentence that says one must cite evidence that has it."""
    names: list[str] = []
    for entity, column in (("site", "site"), ("workload", "workload"), ("storage", "storage"), ("fabric", "fabric")):
        rows = inventory.query(f'SELECT DISTINCT "{column}" FROM {inventory.schema}.{entity}')
        names += [str(row[0]) for row in rows if row[0]]
    return names


def _sections(m: Material, options: Options, progress: Progress, total: int) -> Iterable[Section]:
    for position, write in enumerate(sections.NUMBERED, 4):
        section = write(m)
        if section is not None and options.section in (None, section.id):
            progress(section.title, position, total)
            yield section
    risks = m.risks[: 4 if m.brief else 12]
    lists: tuple[tuple[str, str, Sequence[Claim]], ...] = (
        ("risks", "Risks", risks),
        ("assumptions", "Assumptions", m.assumptions),
    )
    for identity, title, claims in lists:
        if claims and options.section in (None, identity):
            yield sections.listing(identity, title, claims, m.ledger)
    asked = sections.questions(m)
    if asked is not None and options.section in (None, asked.id):
        yield asked
    progress("evidence", total, total)


def _questions(found: Findings, surveyed: Sequence[Found], plan: Planned, ledger: Ledger) -> Iterable[Question]:
    """What the feeds disagree about, what none tells, and what nothing prices; with who would know."""
    for one in surveyed:
        if one.check == DISAGREE:
            for identity in one.inputs:
                item = ledger.items[identity]
                kind, _, text = item.text.partition(": ")
                asked = f"{item.locator.feed} is {text}." if kind.startswith("stale") else f"Which is true: {text}?"
                claim = ledger.claim(asked, (identity, *ledger.add(_feed(item))))
                yield Question(text=claim, who="The owners of the feeds named", settles=_settled(one, plan))
        if one.check == UNTOLD:
            for identity in one.inputs:
                if ledger.items[identity].kind == "fact":
                    reason = ledger.items[identity].text.partition(": ")[2]
                    claim = ledger.claim(f"Nothing is known: {reason}.", (identity,))
                    yield Question(text=claim, who="Platform architect", settles=_settled(one, plan))
    groups: dict[tuple[str | None, str], list[Found]] = {}
    for one in sorted(found.unknown, key=lambda one: (not one.blocks, one.priority, one.check)):
        groups.setdefault((one.site, one.dimension), []).append(one)
    for (site, dimension), ones in groups.items():
        where = f" at {site}" if site else ""
        checks, asking = words.listed((o.check for o in ones), 12), words.listed((o.workload for o in ones), 12)
        text = f"No feed gives {checks}{where}; the verdict for {asking} depends on it."
        claim = ledger.claim(text, (part for o in ones for part in (o.id, o.figure)))
        asking_it = {o.workload for o in ones}
        bears = tuple(i.id for i in plan.initiatives if i.site == site and set(i.workloads) & asking_it)
        yield Question(text=claim, who=_WHO.get(dimension, "Platform architect"), settles=bears)
    unpriced = [one for one in plan.initiatives if one.cost is None]
    for owner in dict.fromkeys(i.owner_role for i in unpriced):
        asked_of = [i for i in unpriced if i.owner_role == owner]
        text = f"What does it cost to {words.listed((words.uncapital(i.title) for i in asked_of), 12)}?"
        cites = [part for i in asked_of for part in (*i.why, *i.what.evidence)]
        yield Question(
            text=ledger.claim(text, cites), who=f"{owner}, with quotations", settles=tuple(i.id for i in asked_of)
        )


def _feed(item: Evidence) -> Figure:
    """The name of the feed that a remark is about, as evidence."""
    text = f"{item.locator.feed}: {item.text}."
    return Figure("feed", 0.0, "", "feed", text, (item.id,), None, item.label)


def _settled(one: Found, plan: Planned) -> tuple[str, ...]:
    return tuple(initiative.id for initiative in plan.initiatives if one.id in initiative.why)


def _assumptions(plan: Planned, options: Options, ledger: Ledger) -> Iterable[Claim]:
    """What the plan takes for granted: prices, efforts, limits that were not given."""
    for one in dict.fromkeys(
        identity
        for initiative in plan.initiatives
        if initiative.cost
        for part in initiative.cost.evidence
        for identity in ledger.items[part].locator.inputs or ()
        if (ledger.items[identity].locator.feed or "").endswith("prices.yaml")
    ):
        said = ledger.items[one].text.partition(": ")[2]
        yield ledger.claim(f"Price: {said}.", (one,))
    start = Fact("request", 5, "start", "first day of the plan", words.day(plan.schedule.start), "", None, Label.PUBLIC)
    (fact,) = ledger.add(start)
    yield ledger.claim(f"The plan starts on {words.day(plan.schedule.start)}.", (fact,))
    notes = [
        "Efforts, weeks and people are planning ranges of the playbook, not measurements of your teams.",
        "A price a year is counted for one year.",
        "Power of switches and storage is not counted: no feed gives it.",
    ]
    if options.headcount is None:
        notes.append("People are not limited: give the headcount to see what must wait.")
    if options.budget is None:
        notes.append("Money is not limited: give the budget to see what falls outside.")
    for row, note in enumerate(notes, 6):
        (fact,) = ledger.add(Fact("request", row, "assumption", "assumption", note, "", None, Label.PUBLIC))
        yield ledger.claim(note, (fact,))


def _locked(written: Sequence[Section], former: Roadmap | None, ledger: Ledger) -> list[Section]:
    """Blocks that a person has edited stand where they stood; their evidence comes along."""
    if former is None:
        return list(written)
    ledger.add(*former.evidence)
    kept = []
    for section in written:
        old = next((one for one in former.sections if one.id == section.id), None)
        locked = {block.id: block for block in old.blocks if block.locked} if old else {}
        blocks: list[Block] = [locked.pop(block.id, block) for block in section.blocks]
        kept.append(section.model_copy(update={"blocks": (*blocks, *locked.values())}))
    return kept


def _scorecard(found: Findings) -> Scorecard:
    sites = found.assessment.sites
    cells = []
    for site in sites:
        for name in DIMENSIONS:
            score = found.assessment.dimension(name, site)
            cells.append(
                Cell(dimension=name, site=site, low=score.low if score else None, high=score.high if score else None)
            )
    return Scorecard(dimensions=DIMENSIONS, sites=sites, cells=tuple(cells))


def unsupported(roadmap: Roadmap) -> list[str]:
    """Sentences that do not hold: none in a roadmap that nobody has edited."""
    shown: list[Claim] = [*roadmap.risks, *roadmap.assumptions, *(one.text for one in roadmap.open_questions)]
    shown += [claim for section in roadmap.sections for block in section.blocks for claim in block.claims]
    for one in roadmap.initiatives:
        shown += [one.what, one.energy, one.enablement, one.risk]
    shown += [one.statement for one in roadmap.schedule.limits] + [one.reason for one in roadmap.schedule.outside]
    shown.append(roadmap.schedule.proof)
    return [one.text for one in shown if not one.verdict.holds]


def by_id(roadmap: Roadmap) -> dict[str, Initiative]:
    return {one.id: one for one in roadmap.initiatives}


__all__ = ["SECTIONS", "build", "by_id", "problem_fact", "unsupported"]
