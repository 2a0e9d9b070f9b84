"""The sections of a roadmap. Every sentence is a claim: its numbers and names stand in the evidence beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from advisor.readiness import placement
from advisor.readiness.assessment import Verdict
from advisor.readiness.rubric import DIMENSIONS
from advisor.roadmap import words
from advisor.roadmap.document import Initiative, Question, Section
from advisor.roadmap.domains import data_path, energy, finops, observability, security, talent
from advisor.roadmap.findings import Found
from advisor.roadmap.material import Material, cites, listing, merged
from advisor.roadmap.page import Page, Sentence
from advisor.roadmap.summary import executive, shortfall, worst
from advisor.roadmap.telling import initiatives

__all__ = ["NUMBERED", "Material", "listing", "merged", "sources"]


def current(m: Material) -> Section:
    page = Page("current-state", "Current state and bottlenecks", m.ledger, "1")
    named = words.listed(m.findings.estate.sites, 8)
    inputs = [part for cells in m.findings.cells.values() for part in cells]
    sites = m.computed("sites", len(m.findings.estate.sites), f"The estate spans {named}.", inputs)
    page.paragraph((f"The estate spans {named}.", sites), *_fleet(m))
    page.table("Readiness of each workload", ("Workload", "Site", "Priority", "State", "Binds first"), _verdicts(m))
    page.picture("Scores by dimension and site", "heat map", ("Dimension", *m.findings.assessment.sites), _scores(m))
    shown = worst(m)[: 3 if m.brief else None if m.full else 8]
    if m.options.tone != "engineer" or not m.brief:  # else the summary has said them
        page.bullets(*(shortfall(one) for one in shown), heading="Bottlenecks, worst first")
    if m.brief:
        return page.section()
    page.paragraph(*m.guidance.reasons("What makes a named bottleneck and why measure before buying?", 1))
    return page.section()


def _scores(m: Material) -> Iterable[tuple[Sequence[str], Iterable[str]]]:
    """What share of its needs each site meets, by dimension; the worst check counts."""
    dimension_of = {one.name: one.dimension for one in m.findings.assessment.rubric.checks}
    found = (*m.findings.gaps, *m.findings.unknown)
    cells = [part for ids in m.findings.cells.values() for part in ids]
    for name in DIMENSIONS:
        said = []
        for site in m.findings.assessment.sites:
            score = m.findings.assessment.dimension(name, site)
            said.append(words.score(score.low, score.high) if score else words.score(None, None))
        behind = [one.id for one in found if dimension_of.get(one.check) == name]
        row = (words.dimension(name), *said)
        yield row, m.computed(f"score of {name}", 0.0, " | ".join(row), behind or cells)


def _fleet(m: Material) -> list[Sentence]:
    said: list[Sentence] = []
    for site in m.findings.estate.sites:
        gpus, idle = m.measures.one("gpu_count", site), m.measures.one("idle_gpu_share", site)
        if gpus is None:
            continue
        text = f"{site} has {words.quantity(gpus.value, 'GPU')}"
        text += (
            f", of which {words.quantity(idle.value, '%')} stood idle when read."
            if idle
            else "; how busy is not known."
        )
        if idle is None:
            said.append((text, (gpus.id, *m.computed("no reading", 0, text, (gpus.id,)))))
        else:
            said.append((text, (gpus.id, idle.id)))
    return said


def _verdicts(m: Material) -> Iterable[tuple[Sequence[str], Iterable[str]]]:
    by = {(one.workload, one.check): one for one in (*m.findings.gaps, *m.findings.unknown)}
    for v in m.findings.assessment.verdicts:
        first = next(iter(v.constraints), None) or next(iter(v.unknown), None)
        said = "nothing" if first is None else _cell(by.get((v.workload.name, first.check.name)))
        found = [one for (workload, _), one in by.items() if workload == v.workload.name]
        cells = (v.workload.name, v.site, str(v.workload.priority), v.status, said)
        ids = [part for one in found for part in (one.id, one.figure)]
        ids += m.findings.cells.get(v.workload.name, ())
        yield cells, m.computed("verdict", v.workload.priority, " | ".join(cells), ids)


def _cell(one: Found | None) -> str:
    if one is None:
        return "nothing"
    if one.known and one.have is not None and one.need is not None and one.unit != "yes":
        return f"{one.check}: {words.against(one.have, one.need, one.unit)}"
    return f"{one.check}: {'not met' if one.known else 'not known'}"


def hybrid(m: Material) -> Section:
    page = Page("hybrid-boundaries", "Hybrid-cloud boundaries", m.ledger, "2")
    page.paragraph(
        *m.guidance.reasons("What decides whether a workload runs on premises or in public cloud?", 1 if m.brief else 2)
    )
    page.table("Where each workload belongs", ("Workload", "Today", "Advice", "Because"), _placements(m))
    initiatives(page, m, "governance")
    if not m.of("governance"):
        text = "No workload stands on the wrong side of the boundary as far as the feeds tell."
        inputs = [part for cells in m.findings.cells.values() for part in cells]
        page.paragraph((text, m.computed("placement", 0, text, inputs)))
    return page.section()


def _placements(m: Material) -> Iterable[tuple[Sequence[str], Iterable[str]]]:
    public = frozenset(site for site, kind in m.findings.estate.kinds.items() if kind == "public cloud")
    for v in m.findings.assessment.verdicts:
        others = [o for o in m.findings.everywhere.verdicts if o.workload.name == v.workload.name and o.site != v.site]
        cells = (v.workload.name, v.site, *_advice(m, v, tuple(others), public))
        found = [one.id for one in (*m.gaps, *m.findings.unknown) if one.workload == v.workload.name]
        found += m.findings.cells.get(v.workload.name, ())
        yield cells, m.computed("placement", 0, " | ".join(cells), found)


def _advice(m: Material, v: Verdict, others: tuple[Verdict, ...], public: frozenset[str]) -> tuple[str, str]:
    """Stay where the plan clears what blocks; else as the placement advice has it."""
    blocking = {one.check.name for one in v.constraints if one.check.blocks}
    named = [
        one
        for one in m.initiatives
        if v.workload.name in one.workloads and any(f.check in blocking for f in m.drafts[one.key].found)
    ]
    clears = [one.id for one in named if m.slot(one)]
    lost = [one.id for one in named if not m.slot(one)]
    sensitive = (v.workload.data_sensitivity or "restricted") == "restricted"
    bursty = v.workload.burstiness == "bursty"
    peaks = next((o for o in m.of("compute") if o.key.startswith("peaks") and v.workload.name in o.workloads), None)
    cloud = next((o for o in m.initiatives if o.key == "cloud-first"), None)
    if cloud is not None and not sensitive:
        return "public cloud first", f"too small to own accelerators for: {cloud.id}"
    if peaks is not None:
        return "burst", f"its load is bursty: {peaks.id} arranges it"
    if bursty and not sensitive and v.site not in public and not blocking:
        return "stay, when accelerators are free", "its load is bursty, and the site can carry it"
    paid = next((o for o in m.initiatives if o.key == "commitments"), None)
    if paid is not None and v.site in public and not sensitive and not bursty:
        return "reserved", f"reservations that are paid stand unused: {paid.id} moves it onto them"
    if v.site not in public and (sensitive or v.workload.burstiness != "bursty"):
        if not blocking:
            return "stay", "nothing that is known blocks it"
        if lost:
            return "stay", f"{words.listed(lost)} would clear what blocks it, but the limits leave it outside"
        if clears:
            return "stay", f"{words.listed(clears)} {'clears' if len(clears) == 1 else 'clear'} what blocks it"
    advice = placement.advise(v, others, public)
    if sensitive and v.site in public:
        return f"move to {advice.site}" if advice.site else "leave the public cloud", "its data are restricted"
    where = f"{advice.place} at {advice.site}" if advice.site else advice.place
    reason = advice.reasons[0].removesuffix(".")
    return where, f"{reason[:1].lower()}{reason[1:]}"


def the_plan(m: Material) -> Section | None:
    if not m.initiatives:
        return None
    page = Page("plan", "The plan", m.ledger)
    inside = [one for one in m.initiatives if m.slot(one)]
    columns = ("No.", "Initiative", "After", "Starts", "Ends", "Kind", "Cost")
    page.picture("In order of start", "gantt", columns, (_line(m, one) for one in inside))
    if not m.brief:
        columns = ("No.", "Owner", "People", "Effort", "Measure", "From", "To")
        page.table("Who answers, and what is measured", columns, (_register(m, one) for one in inside))
    page.bullets(*(one.statement for one in m.schedule.limits), m.schedule.proof, heading="Limits")
    page.bullets(*(one.reason for one in m.schedule.outside), heading="What falls outside")
    return page.section()


def _line(m: Material, one: Initiative) -> tuple[Sequence[str], Iterable[str]]:
    slot = m.slot_of(one)
    assert slot is not None
    cost = "not known" if one.cost is None else words.span(one.cost.low, one.cost.high, one.cost.unit)
    if one.cost is not None and one.cost.high == 0:
        cost = "no purchase"
    after = words.listed(one.depends_on, 20) or "–"
    cells = (one.id, one.title, after, words.short_day(slot.start), words.short_day(slot.end), one.kind, cost)
    before = [part for s in m.schedule.slots if s.initiative in one.depends_on for part in s.evidence]
    return cells, (*cites(m, one), *before, *(one.cost.evidence if one.cost else ()))


def _register(m: Material, one: Initiative) -> tuple[Sequence[str], Iterable[str]]:
    kpi = one.kpi
    start = "open" if kpi.target is None else "not known"
    if kpi.baseline is not None:
        start = words.quantity(kpi.baseline, kpi.unit)
    end = "settled" if kpi.target is None else words.quantity(kpi.target, kpi.unit)
    if kpi.unit == "yes":
        start, end = "no", "yes"
    people, effort = words.number(one.people), words.span(one.effort.low, one.effort.high, "person-week")
    cells = (one.id, one.owner_role, people, effort, kpi.name, start, end)
    return cells, (*m.slot(one), *kpi.evidence, *one.effort.evidence)


def questions(m: Material) -> Section | None:
    """What the feeds could not tell, and who would know."""
    if not m.questions:
        return None
    page = Page("open-questions", "Open questions", m.ledger)
    page.table("", ("Question", "Who would know", "Bears on"), (_question(m, one) for one in m.questions))
    return page.section()


def _question(m: Material, one: Question) -> tuple[Sequence[str], Iterable[str]]:
    bears = [initiative for initiative in m.initiatives if initiative.id in one.settles]
    cells = (one.text.text, one.who, words.listed((o.id for o in bears), 20) or "–")
    return cells, (*one.text.evidence, *(part for o in bears for part in m.slot(o)[:1]))


def sources(m: Material, cited: Sequence[str]) -> Section:
    """Feeds and documents that the sentences stand on; references point to the cell or the span."""
    page = Page("sources", "Sources", m.ledger)
    places: dict[str, list[str]] = {}
    for identity in cited:
        where = m.ledger.items[identity].locator
        place = where.feed or (f"{where.document} ({where.path})" if where.document else "")
        if place:
            places.setdefault(place, []).append(identity)
    rows = []
    for place, ids in sorted(places.items()):
        cells = (place, words.counted(ids, "item"))
        rows.append((cells, m.computed("source", len(ids), " | ".join(cells), ids)))
    page.table("Feeds and documents", ("Source", "Cited"), rows)
    return page.section()


NUMBERED: tuple[Callable[[Material], Section | None], ...] = (
    executive, current, hybrid, data_path, observability, energy, talent, finops, security, the_plan,
)  # fmt: skip
