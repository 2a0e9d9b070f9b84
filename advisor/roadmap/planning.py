"""Drafts + schedule → the published initiatives, their slots, and which limit binds, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from advisor.answer import Claim
from advisor.evidence import Fact, Figure
from advisor.roadmap import words
from advisor.roadmap.document import Initiative, Kind, Kpi, Limit, LimitName, Options, Outside, Range, Schedule, Slot
from advisor.roadmap.initiative import Draft
from advisor.roadmap.ledger import Ledger
from advisor.roadmap.schedule import WEEKS_A_MONTH, Limits, Plan, Proof, Task, horizon_of, plan
from advisor.roadmap.survey import Measures
from index.document import Label

QUICK_WEEKS = 13
_WEEKEND = 3  # days from the Monday after to the Friday before
_FOUNDATIONS = ("networking", "storage", "observability", "security", "talent")
_NAMES: dict[str, LimitName] = {
    "budget": "budget",
    "power": "power",
    "site power": "power",
    "headcount": "headcount",
    "horizon": "horizon",
}


@dataclass(frozen=True, slots=True)
class Planned:
    initiatives: tuple[Initiative, ...]
    schedule: Schedule


def planned(drafts: Sequence[Draft], options: Options, start: date, measures: Measures, ledger: Ledger) -> Planned:
    """The drafts in time, numbered in order of the plan."""
    weeks = round(options.horizon_months * WEEKS_A_MONTH)
    rooms = _headroom(drafts, measures)
    limits = Limits(weeks, options.budget, options.power_kw, options.headcount, {s: v for s, (v, _) in rooms.items()})
    found = plan([_task(one) for one in drafts], limits)
    order = sorted(drafts, key=lambda one: (found.starts.get(one.key, 10**6), -one.severity, one.key))
    ids = {one.key: f"I{number}" for number, one in enumerate(order, 1)}
    awaited = {key for one in drafts for key in one.after}
    slots = {
        one.key: _slot(one, ids[one.key], found.starts[one.key], start, ledger)
        for one in order
        if one.key in found.starts
    }
    initiatives = tuple(_initiative(one, ids, slots.get(one.key), one.key in awaited, start, ledger) for one in order)
    facts = _limit_facts(options, ledger)
    outside = tuple(_outside(one, ids, found, facts, rooms, ledger) for one in order if one.key in found.outside)
    schedule = Schedule(
        start=start,
        end=start + timedelta(weeks=weeks) - timedelta(days=1),
        slots=tuple(slots[one.key] for one in order if one.key in slots),
        outside=outside,
        limits=tuple(_limits(drafts, found, limits, facts, options, ledger)),
        proof=_proof(drafts, found.proof, ledger),
    )
    return Planned(initiatives, schedule)


def _task(one: Draft) -> Task:
    return Task(
        one.key,
        one.play.weeks,
        one.play.people,
        max(1, round(100 * one.severity)),
        one.cost.high if one.cost else 0.0,
        max(0.0, one.power_kw),
        one.frees_kw,
        one.site,
        one.after,
        one.play.dimension == "observability",
    )


def _headroom(drafts: Sequence[Draft], measures: Measures) -> dict[str, tuple[float, str]]:
    """Power headroom of the sites that something is added to, where a feed tells it."""
    sites = dict.fromkeys(one.site for one in drafts if one.power_kw > 0 and one.site)
    known = {site: measures.one("power_headroom_kw", site) for site in sites}
    return {site: (max(0.0, seen.value), seen.id) for site, seen in known.items() if seen}


def _slot(one: Draft, identity: str, week: int, start: date, ledger: Ledger) -> Slot:
    first = start + timedelta(weeks=week)
    last = first + timedelta(weeks=one.play.weeks) - timedelta(days=_WEEKEND)
    text = (
        f"{identity} ({one.say('title')}) starts on {words.day(first)} and is finished on {words.day(last)}, "
        f"{one.play.weeks} weeks; {words.month(first)} to {words.month(last)}; "
        f"{words.short_day(first)} to {words.short_day(last)}."
    )
    (fact,) = ledger.add(one.play.fact("weeks", float(one.play.weeks), "weeks"))
    figure = Figure("schedule", week, "week", "constraint schedule", text, (fact, *_ids(one)), None, _label(one))
    return Slot(initiative=identity, start=first, end=last, horizon=horizon_of(week), evidence=ledger.add(figure))


def _ids(one: Draft) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.id for found in one.found))


def _label(one: Draft) -> Label:
    return max((found.label for found in one.found), key=lambda label: label.rank)


def _initiative(
    one: Draft, ids: Mapping[str, str], slot: Slot | None, awaited: bool, start: date, ledger: Ledger
) -> Initiative:
    worst, play = one.worst, one.play
    low, high = play.effort
    span = words.span(low, high, "person-week")
    (effort,) = ledger.add(play.fact("effort", f"{span}, {words.quantity(play.people, 'person')} at a time"))
    return Initiative(
        id=ids[one.key],
        key=one.key,
        title=one.say("title"),
        dimension=play.dimension,
        site=one.site,
        kind=_kind(one, slot, awaited, start),
        what=_claim(one, "what", ledger),
        why=_ids(one),
        workloads=one.workloads,
        severity=round(one.severity, 4),
        owner_role=play.owner,
        effort=Range(low=low, high=high, unit="person-weeks", arithmetic=f"planning range: {span}", evidence=(effort,)),
        people=play.people,
        duration_weeks=play.weeks,
        cost=one.cost,
        power_kw=round(one.power_kw, 2),
        depends_on=tuple(sorted((ids[key] for key in one.after), key=lambda name: int(name[1:]))),
        kpi=Kpi(
            name=play.measure or worst.check,
            unit=worst.unit,
            baseline=worst.have,
            target=worst.need,
            due=slot.end if slot else None,
            evidence=(worst.figure, *(slot.evidence if slot else ())),
        ),
        energy=_claim(one, "energy", ledger),
        enablement=_claim(one, "enablement", ledger),
        risk=_claim(one, "risk", ledger),
        label=_label(one),
    )


def _kind(one: Draft, slot: Slot | None, awaited: bool, start: date) -> Kind:
    """Quick: nothing is bought and it is finished in three months. Foundation: others wait for it or stand on it."""
    cheap = one.cost is not None and one.cost.high == 0
    if cheap and slot is not None and slot.end < start + timedelta(weeks=QUICK_WEEKS):
        return "quick win"
    return "foundation" if awaited or one.play.dimension in _FOUNDATIONS else "strategic step"


def _claim(one: Draft, column: str, ledger: Ledger) -> Claim:
    """A sentence of the play about this place; should its numbers not stand, the finding itself."""
    (fact,) = ledger.add(one.play.fact(column))
    claim = ledger.claim(one.say(column), (*one.evidence, fact) if column == "what" else (fact, _ids(one)[0]))
    return claim if claim.verdict.holds else ledger.claim(one.worst.text, (one.worst.id,))


def _limit_facts(options: Options, ledger: Ledger) -> dict[str, str]:
    """What the caller gave, as evidence."""
    given = {
        "budget": (options.budget, options.currency, "budget of the plan"),
        "power": (options.power_kw, "kW", "power that the plan may add"),
        "headcount": (options.headcount, "people", "people at the same time"),
        "horizon": (options.horizon_months, "months", "reach of the plan"),
    }
    found = {}
    for row, (name, (value, unit, subject)) in enumerate(given.items(), 1):
        if value is not None:
            said = f"{words.number(float(value))} {unit}"
            (found[name],) = ledger.add(Fact("request", row, name, subject, said, "", None, Label.PUBLIC))
    return found


def _outside(
    one: Draft,
    ids: Mapping[str, str],
    found: Plan,
    facts: Mapping[str, str],
    rooms: Mapping[str, tuple[float, str]],
    ledger: Ledger,
) -> Outside:
    limit = found.outside[one.key]
    waits = [ids[key] for key in one.after if key in found.outside]
    cites = [*_ids(one)[:1], one.worst.figure]
    if limit == "site power" and one.site is not None and one.site in rooms:
        free, identity = rooms[one.site]
        why = (
            f"{one.site} has {words.quantity(free, 'kW')} of power left and this would add "
            f"{words.quantity(one.power_kw, 'kW')}"
        )
        cites += [identity, *_added(one, ledger)]
    elif limit == "budget" and one.cost:
        most = words.quantity(one.cost.high, one.cost.unit)
        why = f"at up to {most} it does not fit into the budget beside what is worse"
        cites += one.cost.evidence
    elif limit == "power":
        why = f"the {words.quantity(one.power_kw, 'kW')} that it adds do not fit under the limit"
        cites += _added(one, ledger)
    elif limit == "headcount":
        why = "there are not enough people to run it within the plan"
    else:
        why = "what it waits for and its own duration do not fit into the plan"
    if waits:
        why += f", and it waits for {words.listed(waits)}"
        cites += _numbered(waits, one, ledger)
    if fact := facts.get(_NAMES[limit]):
        cites.append(fact)
    claim = ledger.claim(
        f"{ids[one.key]} ({words.uncapital(one.say('title'))}) falls outside: {why}.",
        (*cites, *one.proof, *_titles(one, ledger)),
    )
    return Outside(initiative=ids[one.key], limit=_NAMES[limit], reason=claim)


def _added(one: Draft, ledger: Ledger) -> tuple[str, ...]:
    text = f"{one.say('title')} adds {words.quantity(one.power_kw, 'kW')}."
    inputs = (one.worst.figure,)
    return ledger.add(Figure("power added", one.power_kw, "kW", "GPUs × kW a GPU", text, inputs, None, _label(one)))


def _titles(one: Draft, ledger: Ledger) -> tuple[str, ...]:
    return ledger.add(one.play.fact("title"))


def _numbered(ids: Sequence[str], one: Draft, ledger: Ledger) -> tuple[str, ...]:
    """The numbers of initiatives as evidence: they are names given by the plan."""
    text = f"{one.say('title')} waits for {words.listed(ids, 20)}."
    return ledger.add(Figure("dependencies", len(ids), "", "the playbook's order", text, _ids(one), None, _label(one)))


def _limits(
    drafts: Sequence[Draft],
    found: Plan,
    limits: Limits,
    facts: Mapping[str, str],
    options: Options,
    ledger: Ledger,
) -> Iterable[Limit]:
    """Each limit with what is used of it and whether it binds."""
    inside = [one for one in drafts if one.key in found.starts]
    last = max((found.starts[one.key] + one.play.weeks for one in inside), default=0)
    cost = sum(one.cost.high for one in inside if one.cost)
    busiest = max((_busy(inside, found, week) for week in found.starts.values()), default=0.0)
    power = sum(one.power_kw for one in inside)
    rows: list[tuple[LimitName, str, float | None, float, str, str]] = [
        ("budget", "budget", limits.budget, cost, options.currency, "what can be priced costs at most"),
        ("power", "power", limits.power_kw, power, "kW", "the initiatives add"),
        ("headcount", "headcount", limits.people, busiest, "person", "the busiest week takes"),
        ("horizon", "horizon", float(limits.weeks), float(last), "week", "the last of them is finished after"),
    ]
    for name, key, allowed, used, unit, said in rows:
        out = sum(_NAMES[limit] == name for limit in found.outside.values())
        binds = key in found.binding or (name == "power" and "site power" in found.binding)
        text = _limit_text(name, allowed, used, unit, said, binds, out)
        inputs = tuple(dict.fromkeys([facts.get(name, facts["horizon"]), *_behind(inside, name)]))
        label = max((_label(one) for one in drafts), key=lambda one: one.rank, default=Label.PUBLIC)
        figure = Figure(f"limit: {name}", used, unit, "constraint schedule", text, inputs, None, label)
        claim = ledger.claim(text, ledger.add(figure))
        yield Limit(name=name, allowed=allowed, used=round(used, 2), unit=unit, binds=binds, statement=claim)


def _limit_text(name: str, allowed: float | None, used: float, unit: str, said: str, binds: bool, out: int) -> str:
    given = (
        f", of {words.quantity(allowed, unit)} allowed" if allowed is not None else ", and the request sets no limit"
    )
    effect = ""
    if out:
        effect = f"; it keeps {out} initiative{'' if out == 1 else 's'} outside"
    elif binds:
        effect = "; it delays what is inside"
    elif allowed is not None:
        effect = "; it does not bind"
    return f"{words.capital(name)}: {said} {words.quantity(used, unit)}{given}{effect}."


def _behind(inside: Sequence[Draft], name: str) -> Iterable[str]:
    """What the use of a limit is summed from; always the figures of the findings that ask for it."""
    for one in inside:
        if name == "budget" and one.cost:
            yield from one.cost.evidence
        yield one.worst.figure


def _proof(drafts: Sequence[Draft], proof: Proof, ledger: Ledger) -> Claim:
    """How good the schedule is known to be."""
    if proof.best:
        text = (
            "Within these limits the schedule is proven the best: no more severity fits in, and what is in cannot be "
            "had sooner on balance."
        )
    else:
        parts = []
        if proof.more_value:
            parts.append(f"take in at most {words.quantity(100 * proof.more_value, '%')} more severity")
        if proof.less_delay:
            parts.append(f"have what is in it at most {words.quantity(100 * proof.less_delay, '%')} sooner on balance")
        text = f"The solver stopped at its limit of work: a better schedule could {' and '.join(parts)}."
    inputs = tuple(one.worst.figure for one in drafts)
    label = max((_label(one) for one in drafts), key=lambda one: one.rank, default=Label.PUBLIC)
    figure = Figure("proof of the schedule", proof.more_value, "", "constraint schedule", text, inputs, None, label)
    return ledger.claim(text, ledger.add(figure))


def _busy(inside: Sequence[Draft], found: Plan, week: int) -> float:
    return sum(
        one.play.people for one in inside if found.starts[one.key] <= week < found.starts[one.key] + one.play.weeks
    )
