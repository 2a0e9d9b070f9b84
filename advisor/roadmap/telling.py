"""How an initiative is told: what a board asks of it, what an engineer asks of it, and what stands between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from advisor.roadmap import playbook, words
from advisor.roadmap.document import Initiative, Slot
from advisor.roadmap.findings import RUBRIC, Found
from advisor.roadmap.material import Material
from advisor.roadmap.page import Page, Sentence
from advisor.roadmap.survey import DISAGREE, UNTOLD

Said = Sentence | None


def initiatives(page: Page, m: Material, dimension: str, heading: str = "") -> None:
    """A paragraph for each initiative of a dimension. What one play says at several sites is said in full once."""
    found = m.of(dimension)[: 2 if m.brief else None]
    told: set[str] = set()
    tell = {"neutral": _neutral, "board": _board, "engineer": _engineer}[m.options.tone]
    for position, one in enumerate(found):
        play = m.drafts[one.key].play.name
        page.paragraph(*tell(m, one, play not in told), heading=heading if position == 0 else "")
        told.add(play)
    if not m.brief:
        page.paragraph(_unpriced(m, found))


def _neutral(m: Material, one: Initiative, first: bool) -> Iterable[Said]:
    yield one.what
    yield _serves(m, one)
    yield _when(m, one)
    if m.brief:
        return
    yield _success(m, one)
    if first:
        yield from m.guidance.reasons(m.drafts[one.key].play.guidance, 2 if m.full else 1)
        yield _price(m, one, arithmetic=m.full)
        yield one.risk
    if m.full:
        yield from (one.energy, one.enablement)


def _board(m: Material, one: Initiative, first: bool) -> Iterable[Said]:
    """What depends on it, what is asked for, who answers, what can go wrong."""
    yield _consequence(m, one)
    yield _asked(m, one)
    if m.brief:
        return
    yield _success(m, one)
    if first:
        yield one.risk
    if m.full:
        yield from (one.energy, one.enablement)


def _engineer(m: Material, one: Initiative, first: bool) -> Iterable[Said]:
    """What was found and where it was read, what is done, after what, with how many people, accepted how."""
    draft = m.drafts[one.key]
    checks = {found.check: found for found in reversed(draft.found)}  # the worst of each
    stated = [found for found in checks.values() if found.check not in (DISAGREE, UNTOLD)]  # said in what is done
    for found in sorted(stated, key=lambda one: -one.severity)[: 1 if m.brief else 6 if m.full else 2]:
        yield _found(m, found)
    yield one.what
    yield _success(m, one)
    if m.brief:
        return
    yield _work(m, one)
    if one.cost is not None and one.cost.high > 0:
        yield _price(m, one, arithmetic=True)
    if first:
        yield from m.guidance.reasons(draft.play.guidance, 2 if m.full else 1)
        yield one.enablement
    if m.full:
        yield from (one.energy, one.risk)


def _serves(m: Material, one: Initiative) -> Said:
    """The workloads that it is for, unless what is done has named them."""
    if not one.workloads or all(name in one.what.text for name in one.workloads):
        return None
    text = f"It serves {words.listed(one.workloads)}."
    return text, (*_counted(m, one, text), *m.drafts[one.key].evidence)


def _counted(m: Material, one: Initiative, text: str) -> tuple[str, ...]:
    """Evidence of "and 9 others", which no finding says."""
    return m.computed("workloads", len(one.workloads), text, one.why) if len(one.workloads) > 4 else ()


def _consequence(m: Material, one: Initiative) -> Said:
    draft = m.drafts[one.key]
    blocked = tuple(dict.fromkeys(found.workload for found in draft.found if found.blocks and found.workload))
    where = f" at {one.site}" if one.site else ""
    proof = (*draft.evidence, *m.slot(one))
    if blocked:
        return f"{words.listed(blocked)} cannot run as required{where} until {one.id} is done.", proof
    if one.workloads:
        runs = "run" if len(one.workloads) > 1 else "runs"
        text = f"{words.listed(one.workloads)} {runs} without {one.id}, below the standard that was set{where}."
        return text, (*_counted(m, one, text), *proof)
    return f"{one.id} bears on every later decision rather than on one workload.", proof


def _asked(m: Material, one: Initiative) -> Said:
    """Money, dates and the person, in one sentence."""
    slot = m.slot_of(one)
    if slot is None:
        return m.outside(one)
    title = words.uncapital(one.title)
    if one.cost is None:
        money = "at a price still to be quoted"
    elif one.cost.high == 0:
        money = "without a purchase"
    else:
        money = f"for {words.span(one.cost.low, one.cost.high, one.cost.unit)}"
    text = (
        f"The proposal is to {title}, {money}, from {words.month(slot.start)} to {words.month(slot.end)}"
        f"{_after(one)}; the {words.role(one.owner_role)} answers for it."
    )
    return text, (*slot.evidence, *_earlier(m, one), *m.titled(one), *(one.cost.evidence if one.cost else ()))


def _when(m: Material, one: Initiative) -> Said:
    slot = m.slot_of(one)
    if slot is None:
        return m.outside(one)
    text = (
        f"{one.id} runs from {words.month(slot.start)} to {words.month(slot.end)}{_after(one)}; "
        f"the {words.role(one.owner_role)} answers for it."
    )
    return text, (*slot.evidence, *_earlier(m, one))


def _work(m: Material, one: Initiative) -> Said:
    """Dates to the day, what it waits for, people and effort."""
    slot = m.slot_of(one)
    if slot is None:
        return m.outside(one)
    people = words.quantity(one.people, "person")
    text = (
        f"{one.id} takes {people} from {words.day(slot.start)} to {words.day(slot.end)}{_after(one)}, "
        f"{words.span(one.effort.low, one.effort.high, 'person-week')} in all, led by the {words.role(one.owner_role)}."
    )
    return text, (*slot.evidence, *one.effort.evidence, *_earlier(m, one))


def _after(one: Initiative) -> str:
    return f", after {words.listed(one.depends_on)}" if one.depends_on else ""


def _earlier(m: Material, one: Initiative) -> list[str]:
    slots: Sequence[Slot] = m.schedule.slots
    return [part for slot in slots if slot.initiative in one.depends_on for part in slot.evidence]


def _success(m: Material, one: Initiative) -> Said:
    kpi = one.kpi
    if kpi.baseline is None or kpi.target is None or kpi.due is None or kpi.unit == "yes":
        return None
    where = f" at {one.site}" if one.site else ""
    lead = {"neutral": "Success is", "board": "It has worked when", "engineer": "Accept it on"}[m.options.tone]
    verb = "rises" if kpi.target > kpi.baseline else "falls"
    name = playbook.load().phrase(kpi.name)
    move = f"from {words.quantity(kpi.baseline, kpi.unit)} to {words.quantity(kpi.target, kpi.unit)}"
    if m.options.tone == "board":
        text = f"{lead} {name}{where} {verb} {move} by {words.day(kpi.due)}."
    else:
        text = f"{lead} {name}{where}, {move} by {words.day(kpi.due)}."
    return text, kpi.evidence


def _price(m: Material, one: Initiative, arithmetic: bool) -> Said:
    draft = m.drafts[one.key]
    if one.cost is None:
        return None  # said once for all that have no price
    work = words.span(one.effort.low, one.effort.high, "person-week")
    if one.cost.high == 0:
        return f"It needs no purchase, only {work} of work.", (*one.effort.evidence, *one.cost.evidence)
    bought = f" ({one.cost.arithmetic.partition(', rounded')[0]})" if arithmetic else ""
    basis = "at the rate of your own bills" if draft.rented else playbook.prices()[draft.play.price].basis
    text = f"It costs {words.span(one.cost.low, one.cost.high, one.cost.unit)} {basis}{bought} and {work} of work."
    return text, (*one.cost.evidence, *one.effort.evidence)


def _unpriced(m: Material, found: Sequence[Initiative]) -> Said:
    """What has no price, said once."""
    bare = [one for one in found if one.cost is None]
    if not bare:
        return None
    names = words.listed((one.id for one in bare), 20)
    text = f"No feed or catalogue prices {names}: quotations are the first step."
    return text, m.computed("no price", len(bare), text, [part for one in bare for part in m.drafts[one.key].evidence])


def _found(m: Material, found: Found) -> Said:
    """The finding with the cell it was read from and the reason of the need."""
    if found.have is None or found.need is None or found.unit == "yes":
        return found.text, (found.id,)
    where = f" at {found.site}" if found.site else ""
    who = f" for {found.workload}" if found.workload else ""
    text = f"{words.capital(found.check)}{where}{who}: {words.against(found.have, found.need, found.unit)}"
    proof = [found.id, found.figure]
    basis = _first(m, [found.figure], lambda item: item.locator.feed == RUBRIC and ": " in item.text)
    if basis:
        text += f"; the need: {m.ledger.items[basis].text.rpartition(': ')[2]}"
        proof.append(basis)
    cell = _first(m, found.inputs, lambda item: item.kind == "fact" and item.locator.feed not in (None, RUBRIC))
    if cell:
        place = m.ledger.items[cell].locator
        said = f"read from {place.feed}, row {place.row}"
        text += f"; {said}"
        proof += [cell, *m.computed("place of a cell", float(place.row or 0), said, (cell,))]
    return f"{text}.", proof


def _first(m: Material, start: Sequence[str], wanted: Callable[..., bool]) -> str | None:
    """The nearest evidence of a kind below some evidence."""
    queue, seen = list(start), set(start)
    while queue:
        name = queue.pop(0)
        item = m.ledger.items.get(name)
        if item is None:
            continue
        if name not in start and wanted(item):
            return name
        new = [one for one in item.locator.inputs or () if one not in seen]
        seen.update(new)
        queue += new
    return None


__all__ = ["initiatives"]
