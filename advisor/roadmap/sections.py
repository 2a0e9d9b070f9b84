"""The sections of a roadmap. Every sentence is a claim: its numbers and names stand in the evidence beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from advisor.readiness import placement
from advisor.readiness.assessment import Verdict
from advisor.roadmap import words
from advisor.roadmap.document import Section
from advisor.roadmap.domains import data_path, energy, finops, observability, security, talent
from advisor.roadmap.findings import Found
from advisor.roadmap.material import Material, cites, initiatives, listing, merged
from advisor.roadmap.page import Page, Sentence

__all__ = ["NUMBERED", "Material", "listing", "merged", "sources"]

READY = ("ready", "ready with gaps")


def executive(m: Material) -> Section:
    page = Page("executive-summary", "Executive summary", m.ledger)
    page.paragraph(_state(m), *_bottleneck(m))
    page.paragraph(*_proposal(m))
    bound = [one.statement for one in m.schedule.limits if one.binds]
    page.paragraph(*bound[:3], *(one.reason for one in m.schedule.outside[:2]))
    lead = [one for one in m.initiatives if m.slot(one)]
    page.bullets(
        *(
            (f"{one.id}: {one.title}; {one.owner_role} answers for it.", cites(m, one))
            for one in sorted(lead, key=lambda one: -one.severity)[: 3 if m.brief else 5]
        ),
        heading=m.say("Decisions asked for", "Decide these first", "Decisions requested of the board"),
    )
    if m.questions:
        plural = "is" if len(m.questions) == 1 else "are"
        text = f"{words.counted(m.questions, 'question')} that the feeds leave open {plural} listed at the end."
        cited = [part for one in m.questions for part in one.evidence]
        page.paragraph((text, m.computed("open questions", len(m.questions), text, cited)))
    return page.section()


def _state(m: Material) -> Sentence:
    found = m.findings.assessment.verdicts
    counts = {state: sum(v.status == state for v in found) for state in ("not ready", "cannot determine")}
    ready = sum(v.status in READY for v in found)
    inputs = [part for v in found for part in m.findings.cells.get(v.workload.name, ())]
    inputs += [one.id for one in (*m.findings.gaps, *m.findings.unknown)]
    gpus = m.measures.one("gpu_count")
    have = f", with {words.quantity(gpus.value, 'GPU')}," if gpus else ""
    text = (
        f"Of {words.counted(found, 'workload')} that {m.organisation}{have} wants to run, {ready} can run where "
        f"{'it is' if ready == 1 else 'they are'} placed today, {counts['not ready']} cannot, and for "
        f"{counts['cannot determine']} the feeds do not say."
    )
    return text, (*m.computed("readiness of workloads", ready, text, inputs), *([gpus.id] if gpus else []))


def _bottleneck(m: Material) -> list[Sentence]:
    worst = m.gaps[0] if m.gaps else None
    if worst is None:
        return []
    lead = m.say("What holds the programme back first is", "Fix this first:", "The binding constraint is")
    said: list[Sentence] = [(f"{lead} {_gap(worst)}.", (worst.id, worst.figure))]
    shared = {one.workload for one in m.gaps if one.check == worst.check and one.site == worst.site and one.workload}
    if len(shared) > 1:
        ids = [one.id for one in m.gaps if one.workload in shared and one.check == worst.check]
        said.append((f"It stands in the way of {words.listed(sorted(shared))}.", ids))
    return said


def _gap(one: Found) -> str:
    """A finding within a sentence."""
    where = f" at {one.site}" if one.site else ""
    if one.have is None or one.need is None or one.unit == "yes":
        who = f" for {one.workload}" if one.workload else ""
        return f"{one.check}{where}: not met{who}"
    return f"{one.check}{where}: {words.quantity(one.have, one.unit)} against {words.quantity(one.need, one.unit)}"


def _proposal(m: Material) -> list[Sentence]:
    inside = [one for one in m.initiatives if m.slot(one)]
    if not inside:
        text = "No finding asks for an initiative: keep measuring, and repeat this assessment in a year."
        return [(text, m.computed("initiatives", 0, text, (one.id for one in m.gaps)))]
    ids = [part for one in inside for part in m.slot(one)]
    quick = sum(one.kind == "quick win" for one in inside)
    steps = sum(one.kind == "foundation" for one in inside)
    text = (
        f"{m.say('The plan holds', 'Do', 'The programme comprises')} {words.counted(inside, 'initiative')}: "
        f"{quick} quick {'win' if quick == 1 else 'wins'}, {words.counted(range(steps), 'foundation')} and "
        f"{words.counted(range(len(inside) - quick - steps), 'strategic step')}."
    )
    said: list[Sentence] = [(text, m.computed("initiatives of the plan", len(inside), text, ids))]
    priced = [one for one in inside if one.cost is not None]
    if priced:
        low = sum(one.cost.low for one in priced if one.cost)
        high = sum(one.cost.high for one in priced if one.cost)
        rest = len(inside) - len(priced)
        text = f"Those that can be priced cost {words.span(low, high, m.options.currency)}"
        text += f"; for {rest} no feed or catalogue gives a price." if rest else "."
        said.append(
            (text, m.computed("cost of the plan", high, text, (i for o in priced if o.cost for i in o.cost.evidence)))
        )
    return said


def current(m: Material) -> Section:
    page = Page("current-state", "Current state and bottlenecks", m.ledger, "1")
    named = words.listed(m.findings.estate.sites, 8)
    inputs = [part for cells in m.findings.cells.values() for part in cells]
    sites = m.computed("sites", len(m.findings.estate.sites), f"The estate spans {named}.", inputs)
    page.paragraph((f"The estate spans {named}.", sites), *_fleet(m))
    page.table("Readiness of each workload", ("Workload", "Site", "Priority", "State", "Binds first"), _verdicts(m))
    top = _one_each(m.gaps)[: 3 if m.brief else 8]
    page.bullets(
        *((f"{words.capital(_gap(one))}.", (one.id, one.figure)) for one in top),
        heading="Bottlenecks, worst first",
    )
    page.paragraph(*m.guidance.reasons("What makes a named bottleneck and why measure before buying?", 1))
    return page.section()


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
        return f"{one.check}: {words.quantity(one.have, one.unit)} of {words.quantity(one.need, one.unit)}"
    return f"{one.check}: {'not met' if one.known else 'not known'}"


def _one_each(found: Sequence[Found]) -> list[Found]:
    """The worst of each check and site."""
    seen: dict[tuple[str, str | None], Found] = {}
    for one in found:
        seen.setdefault((one.check, one.site), one)
    return list(seen.values())


def hybrid(m: Material) -> Section:
    page = Page("hybrid-boundaries", "Hybrid-cloud boundaries", m.ledger, "2")
    page.paragraph(
        *m.guidance.reasons("What decides whether a workload runs on premises or in public cloud?", 1 if m.brief else 2)
    )
    page.table("Where each workload belongs", ("Workload", "Today", "Advice", "Because"), _placements(m))
    initiatives(page, m, "governance")
    if not m.of("governance"):
        text = "No workload stands on the wrong side of the boundary as far as the feeds tell."
        page.paragraph((text, m.computed("placement", 0, text, (one.id for one in m.gaps))))
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
    clears = [
        one.id
        for one in m.initiatives
        if v.workload.name in one.workloads and any(f.check in blocking for f in m.drafts[one.key].found)
    ]
    sensitive = (v.workload.data_sensitivity or "restricted") == "restricted"
    if v.site not in public and (sensitive or v.workload.burstiness != "bursty"):
        if not blocking:
            return "stay", "nothing that is known blocks it"
        if clears:
            return "stay", f"{words.listed(clears)} {'clears' if len(clears) == 1 else 'clear'} what blocks it"
    advice = placement.advise(v, others, public)
    if sensitive and v.site in public:
        return f"move to {advice.site}" if advice.site else "leave the public cloud", "its data are restricted"
    where = f"{advice.place} at {advice.site}" if advice.site else advice.place
    return where, advice.reasons[0]


def the_plan(m: Material) -> Section | None:
    if not m.initiatives:
        return None
    page = Page("plan", "The plan", m.ledger)
    rows = []
    for one in m.initiatives:
        slot = next((s for s in m.schedule.slots if s.initiative == one.id), None)
        if slot is None:
            continue
        cost = "not known" if one.cost is None else words.span(one.cost.low, one.cost.high, one.cost.unit)
        cells = (
            one.id,
            one.title,
            words.listed(one.depends_on) or "nothing",
            words.day(slot.start),
            words.day(slot.end),
            one.kind,
            cost,
        )
        before = [part for s in m.schedule.slots if s.initiative in one.depends_on for part in s.evidence]
        rows.append((cells, (*cites(m, one), *before, *(one.cost.evidence if one.cost else ()))))
    columns = ("No.", "Initiative", "Waits for", "Starts", "Ends", "Kind", f"Cost, {m.options.currency}")
    page.table("In order of start", columns, rows)
    page.bullets(*(one.statement for one in m.schedule.limits), m.schedule.proof, heading="Limits")
    page.bullets(*(one.reason for one in m.schedule.outside), heading="What falls outside")
    return page.section()


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
