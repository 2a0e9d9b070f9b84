"""The executive summary: to a board what is asked of it, to an engineer where to begin, to others the plan in short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.roadmap import playbook, words
from advisor.roadmap.document import Initiative, Section
from advisor.roadmap.findings import Found
from advisor.roadmap.material import Material, cites
from advisor.roadmap.page import Page, Sentence
from advisor.roadmap.survey import SIZE

READY = ("ready", "ready with gaps")
NOW = "0-3 months"


def executive(m: Material) -> Section:
    page = Page("executive-summary", "Executive summary", m.ledger)
    inside = [one for one in m.initiatives if m.slot(one)]
    now = [one for one in inside if m.horizon(one) == NOW]
    weighty = sorted((one for one in now if one.kind != "quick win"), key=lambda one: -one.severity)
    if m.options.tone == "board":
        page.paragraph(_request(m, weighty), _state(m), *_bottleneck(m))
    else:
        page.paragraph(_state(m), *_bottleneck(m))
    if m.options.tone == "engineer":
        page.bullets(
            *(shortfall(one) for one in worst(m)[: 3 if m.brief else 5]), heading="Furthest from what is needed"
        )
        page.paragraph(*_proposal(m, inside), _longest(m, inside), m.schedule.proof if inside else None)
    else:
        page.paragraph(*_proposal(m, inside), *_quick(m, now), _crowd(m, inside))
    bound = [one.statement for one in m.schedule.limits if one.binds]
    page.paragraph(*bound[:3], *(one.reason for one in m.schedule.outside[:2]))
    heading = {"neutral": "Decisions asked for now", "board": "Decisions requested of the board now",
               "engineer": "To start now"}[m.options.tone]  # fmt: skip
    page.bullets(*(_decision(m, one) for one in weighty[: 3 if m.brief else 6]), heading=heading)
    later = [one for one in inside if one not in now and one.kind == "strategic step"]
    page.bullets(*(_later(m, one) for one in later[: 2 if m.brief else 6]), heading="Decided later, at the gate")
    page.paragraph(_open(m))
    return page.section()


def _state(m: Material) -> Sentence:
    found = m.findings.assessment.verdicts
    counts = {state: sum(v.status == state for v in found) for state in ("not ready", "cannot determine")}
    ready = sum(v.status in READY for v in found)
    inputs = [part for v in found for part in m.findings.cells.get(v.workload.name, ())]
    inputs += [one.id for one in (*m.findings.gaps, *m.findings.unknown)]
    gpus = m.measures.one("gpu_count")
    have = f", with {words.quantity(gpus.value, 'GPU')}," if gpus else ""
    parts = [f"{ready or 'none'} can run where {'it is' if ready == 1 else 'they are'} placed today"]
    if counts["not ready"]:
        parts.append(f"{counts['not ready']} cannot")
    if counts["cannot determine"]:
        parts.append(f"for {counts['cannot determine']} the feeds do not say")
    text = f"Of {words.counted(found, 'workload')} that {m.organisation}{have} wants to run, {words.listed(parts)}."
    return text, (*m.computed("readiness of workloads", ready, text, inputs), *([gpus.id] if gpus else []))


def _request(m: Material, weighty: Sequence[Initiative]) -> Sentence | None:
    """What the board is asked for, before anything else."""
    if not weighty:
        return None
    priced = [one for one in weighty if one.cost and one.cost.high > 0]
    bare = [one for one in weighty if one.cost is None]
    text = f"The board is asked for {words.plural(len(weighty), 'decision')} in the first three months"
    if priced:
        low, high = (sum(getattr(one.cost, end) for one in priced) for end in ("low", "high"))
        text += f", worth {words.span(low, high, m.options.currency)}"
    if bare:
        verb = "needs" if len(bare) == 1 else "need"
        text += f"; {words.listed((one.id for one in bare), 20)} {verb} quotations first"
    ids = [part for one in weighty for part in (*m.slot(one), *(one.cost.evidence if one.cost else ()))]
    return f"{text}.", m.computed("decisions of the first three months", len(weighty), f"{text}.", ids)


def worst(m: Material) -> list[Found]:
    """The worst of each check and site."""
    seen: dict[tuple[str, str | None], Found] = {}
    for one in m.gaps:
        seen.setdefault((one.check, one.site), one)
    return list(seen.values())


def _bottleneck(m: Material) -> list[Sentence]:
    first = m.gaps[0] if m.gaps else None
    if first is None:
        return []
    lead = {"neutral": "What holds the programme back first is", "board": "The binding constraint is",
            "engineer": "Fix this first:"}[m.options.tone]  # fmt: skip
    if first.check == SIZE:
        return [(f"The estate is small: {gap(first)}.", (first.id,))]
    said: list[Sentence] = [(f"{lead} {gap(first)}.", (first.id, first.figure))]
    shared = {o.workload for o in m.gaps if o.check == first.check and o.site == first.site and o.workload}
    if len(shared) > 1:
        ids = [one.id for one in m.gaps if one.workload in shared and one.check == first.check]
        said.append((f"It stands in the way of {words.listed(sorted(shared))}.", ids))
    return said


def gap(one: Found) -> str:
    """A finding within a sentence."""
    if one.check == SIZE:
        return words.uncapital(one.text.partition(": ")[2].removesuffix("."))
    where = f" at {one.site}" if one.site else ""
    name = playbook.load().phrase(one.check)
    if one.have is None or one.need is None or one.unit == "yes":
        return f"{name}{where}{f' ({one.workload})' if one.workload else ''}"
    return f"{name}{where}: {words.against(one.have, one.need, one.unit)}"


def shortfall(one: Found) -> Sentence:
    return f"{words.capital(gap(one))}.", (one.id, one.figure)


def _proposal(m: Material, inside: Sequence[Initiative]) -> list[Sentence]:
    if not inside:
        text = "No finding asks for an initiative: keep measuring, and repeat this assessment in a year."
        return [(text, m.computed("initiatives", 0, text, (one.id for one in m.gaps)))]
    ids = [part for one in inside for part in m.slot(one)]
    kinds = [
        words.plural(sum(one.kind == kind for one in inside), kind)
        for kind in ("quick win", "foundation", "strategic step")
        if any(one.kind == kind for one in inside)
    ]
    text = f"The plan holds {words.plural(len(inside), 'initiative')}: {words.listed(kinds)}."
    said: list[Sentence] = [(text, m.computed("initiatives of the plan", len(inside), text, ids))]
    priced = [one for one in inside if one.cost is not None]
    bought = [one for one in priced if one.cost and one.cost.high > 0]
    if bought:
        low, high = (sum(getattr(one.cost, end) for one in bought) for end in ("low", "high"))
        text = f"What can be priced comes to {words.span(low, high, m.options.currency)}"
        most = max(bought, key=lambda one: one.cost.high if one.cost else 0.0)
        if len(bought) > 1:
            text += f", the largest part for {most.id}"
        rest = len(inside) - len(priced)
        text += f"; for {rest} of them no feed or catalogue gives a price." if rest else "."
        ids = [part for one in bought if one.cost for part in (*one.cost.evidence, *m.slot(one))]
        said.append((text, m.computed("cost of the plan", high, text, ids)))
    return said


def _quick(m: Material, now: Sequence[Initiative]) -> Iterable[Sentence]:
    quick = [one for one in now if one.kind == "quick win"]
    if len(quick) > 1:
        text = f"{words.listed((one.id for one in quick), 12)} need no purchase and no decision: they start at once."
        yield text, m.computed("quick wins", len(quick), text, [part for one in quick for part in m.slot(one)])


def _crowd(m: Material, inside: Sequence[Initiative]) -> Sentence | None:
    """Without a headcount everything starts at once, which no organisation can do."""
    busiest = next(one for one in m.schedule.limits if one.name == "headcount")
    first = [one for one in inside if (slot := m.slot_of(one)) and slot.start == m.schedule.start]
    if busiest.allowed is not None or len(first) < 4:
        return None
    text = (
        f"No headcount was given, so {len(first)} of them start on the first day and the busiest week takes "
        f"{words.quantity(busiest.used, 'person')}: settle how many there are before the dates are promised."
    )
    return text, m.computed("people of the busiest week", busiest.used, text, busiest.statement.evidence)


def _longest(m: Material, inside: Sequence[Initiative]) -> Sentence | None:
    """The chain that sets the end: what is finished last, and before it always what it waited for longest."""
    ends = {slot.initiative: slot.end for slot in m.schedule.slots}
    by_id = {one.id: one for one in inside}
    last = max((one for one in inside if one.depends_on), key=lambda one: ends[one.id], default=None)
    if last is None:
        return None
    chain = [last]
    while waits := [name for name in chain[0].depends_on if name in ends]:
        chain.insert(0, by_id[max(waits, key=lambda name: ends[name])])
    text = f"The longest chain is {', then '.join(one.id for one in chain)}, until {words.day(ends[last.id])}."
    return text, m.computed("longest chain", len(chain), text, [part for one in chain for part in m.slot(one)])


def _decision(m: Material, one: Initiative) -> Sentence:
    money = "price to be quoted"
    if one.cost is not None:
        money = words.span(one.cost.low, one.cost.high, one.cost.unit) if one.cost.high > 0 else "no purchase"
    owner = words.role(one.owner_role)
    text = f"{one.id}: {one.title}; {money}; the {owner} answers for it."
    return text, (*cites(m, one), *(one.cost.evidence if one.cost and one.cost.high > 0 else ()))


def _later(m: Material, one: Initiative) -> Sentence:
    slot = m.slot_of(one)
    assert slot is not None
    waits = f", once {words.listed(one.depends_on)} {'is' if len(one.depends_on) == 1 else 'are'} done"
    text = f"{one.id}: {one.title}; not before {words.month(slot.start)}{waits if one.depends_on else ''}."
    before = [part for s in m.schedule.slots if s.initiative in one.depends_on for part in s.evidence]
    return text, (*cites(m, one), *before)


def _open(m: Material) -> Sentence | None:
    if not m.questions:
        return None
    verb = "is" if len(m.questions) == 1 else "are"
    text = (
        f"{words.capital(words.plural(len(m.questions), 'question'))} that the feeds leave open {verb} listed near the "
        "end, each with who would know."
    )
    cited = [part for one in m.questions for part in one.text.evidence]
    return text, m.computed("open questions", len(m.questions), text, cited)
