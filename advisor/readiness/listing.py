"""Answers about several workloads at once: which are ready, what holds a site back, what comes first, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.evidence import Fact, Figure
from advisor.measures.query import InventoryAnswer
from advisor.measures.results import Said
from advisor.measures.wording import shown
from advisor.readiness import breakeven
from advisor.readiness.assessed import Assessed
from advisor.readiness.assessment import Gap, Verdict
from advisor.readiness.findings import Proof
from index.document import Label

SHOWN = 3  # constraints told of one workload, or bottlenecks of an estate
LISTED = 8  # workloads told one by one


def made(
    reading: str,
    said: Sequence[Said],
    proofs: Iterable[Proof],
    more: Sequence[Figure] = (),
    facts: Sequence[Fact] = (),
    missing: tuple[str, ...] = (),
    *,
    guidance: bool = False,
) -> InventoryAnswer:
    """An answer with its evidence; "mixed" where guidance belongs beside it."""
    kept = list(proofs)
    figures = (*(figure for one in kept for figure in one.figures), *more)
    cells = (*(fact for one in kept for fact in one.facts), *facts)
    return InventoryAnswer(
        "mixed" if guidance else "answered",
        reading,
        tuple(said),
        tuple(dict.fromkeys(figures)),
        tuple({fact.id: fact for fact in cells}.values()),
        findings=tuple({one.finding.id: one.finding for one in kept}.values()),
        missing=missing,
    )


def change(gap: Gap) -> str:
    """The next step as a sentence, or nothing where there is none."""
    return f" Smallest change: {gap.change}." if gap.change else ""


def decisive(one: Verdict) -> Gap:
    """The gap that a verdict rests on: what blocks, what is not known and would block, else the first."""
    if one.status == "cannot determine":
        return next(gap for gap in one.unknown if gap.check.blocks)
    return (one.constraints or one.unknown or one.gaps)[0]


def said_status(status: str, verb: str = "") -> str:
    """ "is not ready", "cannot be determined"."""
    if status == "cannot determine":
        return "cannot be determined" if verb else "undetermined"
    return f"{verb} {status}".strip()


def first(found: Assessed, sites: Sequence[str], named: Sequence[str]) -> InventoryAnswer:
    """The binding constraint of the estate, then those of the workloads that follow by priority."""
    verdicts = [
        one
        for one in found.result.verdicts
        if one.constraints and (not sites or one.site in sites) and (not named or one.workload.name in named)
    ]
    if not verdicts:
        return InventoryAnswer("unanswerable", "bottlenecks", missing=("No workload there has a known gap.",))
    ranked = sorted(
        ((one, one.constraints[0]) for one in verdicts),
        key=lambda pair: (not pair[1].check.blocks, pair[0].workload.priority, pair[1].score or 0.0, pair[1].workload),
    )
    kept: list[tuple[Verdict, Gap]] = []
    for one, gap in ranked:  # one check at one site is mended once, whichever workload names it
        if (gap.check.name, gap.site) not in {(other.check.name, other.site) for _, other in kept}:
            kept.append((one, gap))
    kept = kept[:SHOWN]
    proofs = found.prove([gap for _, gap in kept])
    (top, worst), lead = kept[0], proofs[0].finding
    blocked = [gap.workload for one, gap in ranked if (gap.check.name, gap.site) == (worst.check.name, worst.site)]
    said = [
        Said(f"The biggest bottleneck is {worst.check.dimension} at {worst.site}: {worst.check.name}, for "
             f"{worst.workload}.", (lead.id,)),
        Said(worst.text[:1].upper() + worst.text[1:], (lead.id,)),
    ]  # fmt: skip
    if worst.change:
        said.append(Said(f"Do first: {worst.change}.", (lead.id,)))
    reason = priority_figure(top, "it blocks" if worst.check.blocks else "nothing that blocks is short")
    others = [name for name in blocked if name != worst.workload]
    also = f", and the same binds {join(others)}" if others else ""
    said.append(Said(f"Why first: {reason.text.partition(': ')[2].rstrip('.')}{also}.", (reason.id, lead.id)))
    for (_, gap), proof in zip(kept[1:], proofs[1:], strict=True):
        said.append(Said(f"Then, for {gap.workload}: {gap.text}{change(gap)}", (proof.finding.id,)))
    return made("the binding constraint of each workload, by priority", said, proofs, [reason], cells_of(found, top))


def priority_figure(one: Verdict, why: str) -> Figure:
    """The priority of a workload as evidence."""
    value = float(one.workload.priority)
    text = f"{one.workload.name}: {why}, at priority {one.workload.priority}."
    return Figure("priority of the workload", value, "", "1 is the most important", text, (), None, one.workload.label)


def cells_of(found: Assessed, one: Verdict) -> tuple[Fact, ...]:
    cell = found.cells.workload(one.workload.name, "priority")
    return (cell,) if cell else ()


def states(found: Assessed, sites: Sequence[str], named: Sequence[str]) -> InventoryAnswer:
    """How many workloads are ready, then what binds each of the others, by priority."""
    verdicts = [
        one
        for one in found.result.verdicts
        if (not sites or one.site in sites) and (not named or one.workload.name in named)
    ]
    if not verdicts:
        return InventoryAnswer("unanswerable", "which workloads are ready", missing=("No workload runs there.",))
    ready = [one for one in verdicts if one.status in ("ready", "ready with gaps")]
    others = sorted(
        (one for one in verdicts if one not in ready), key=lambda one: (one.workload.priority, one.workload.name)
    )[:LISTED]
    binding = [decisive(one) for one in [*others, *ready[:LISTED]]]
    proofs = found.prove(binding)
    where = f" at {join(sites)}" if sites else ""
    text = f"{len(ready)} of {len(verdicts)} workloads{where} {'is' if len(ready) == 1 else 'are'} ready"
    gaps = sum(one.status == "ready with gaps" for one in ready)
    some = "all" if gaps == len(ready) else f"{gaps}"
    text += f", {some} of them with gaps that do not block" if gaps else ""
    counted = _counted(text + ".", float(len(ready)), proofs)
    said = [Said(counted.text, (counted.id,))]
    if ready:
        ids = tuple(proof.finding.id for proof in proofs[len(others) :])
        said.append(Said(f"Ready: {join([one.workload.name for one in ready[:LISTED]])}.", ids))
    said += [
        Said(
            f"{one.workload.name} at {one.site} {said_status(one.status, 'is')}: {gap.text}{change(gap)}",
            (proof.finding.id,),
        )
        for one, gap, proof in zip(others, binding, proofs, strict=False)
    ]
    return made("which workloads are ready", said, proofs, [counted])


def _counted(text: str, value: float, proofs: Sequence[Proof]) -> Figure:
    label = max((one.finding.label for one in proofs), key=lambda one: one.rank, default=Label.PUBLIC)
    ids = tuple(one.finding.id for one in proofs)
    return Figure("count of verdicts", value, "workload", "workloads by verdict", text, ids, None, label)


def site(found: Assessed, where: str) -> InventoryAnswer:
    """Whether a site is ready for its own workloads, what binds each, and what to do first."""
    mine = [one for one in found.result.verdicts if one.site == where]
    if not mine:
        return InventoryAnswer("unanswerable", f"readiness of {where}", missing=(f"No workload runs at {where}.",))
    stuck = [one for one in mine if one.status == "not ready"]
    unknown = [one for one in mine if one.status == "cannot determine"]
    order = sorted(mine, key=lambda one: (one not in stuck, one not in unknown, one.workload.priority))
    told = [(one, decisive(one)) for one in order][:LISTED]
    proofs = found.prove([gap for _, gap in told])
    if stuck:
        text = f"{where} is not ready for {len(stuck)} of its {len(mine)} workloads"
    elif unknown:
        text = f"For {len(unknown)} of the {len(mine)} workloads of {where} it cannot be determined"
    else:
        text = f"{where} is ready for its {len(mine)} workloads"
    counted = _counted(text + ".", float(len(stuck)), proofs)
    said = [Said(counted.text, (counted.id,))]
    for (one, gap), proof in zip(told, proofs, strict=True):
        said.append(Said(f"{one.workload.name} {said_status(one.status, 'is')}: {gap.text}", (proof.finding.id,)))
    lead = next((pair for pair in zip(told, proofs, strict=True) if pair[0][1].change), None)
    if lead is not None:
        said.insert(1, Said(f"Do first: {lead[0][1].change}.", (lead[1].finding.id,)))
    return made(f"readiness of {where}", said, proofs, [counted])


def sites(found: Assessed, *, most: bool) -> InventoryAnswer:
    """The sites in order of their score, and what holds the first of them back."""
    scored = {name: ranges["whole"] for name, ranges in found.result.scores().items() if name and "whole" in ranges}
    if not scored:
        return InventoryAnswer("unanswerable", "readiness of the sites", missing=("No workload has a site.",))
    order = sorted(scored, key=lambda name: (scored[name].low, name), reverse=most)
    figures = [_scored(name, scored[name].low, scored[name].high) for name in order]
    where = order[0]
    mine = sorted(
        (one for one in found.result.verdicts if one.site == where and one.constraints),
        key=lambda one: (one.status != "not ready", one.workload.priority),
    )[:SHOWN]
    proofs = found.prove([one.constraints[0] for one in mine])
    word = "most" if most else "least"
    told = figures[0].text.partition(" scores ")[2]
    said = [Said(f"The {word} ready site is {where}: it scores {told}", (figures[0].id,))]
    for one, proof in zip(mine, proofs, strict=True):
        gap = one.constraints[0]
        lead = "Holds back" if gap.check.blocks else "Gap of"
        said.append(Said(f"{lead} {one.workload.name}: {gap.text}{change(gap)}", (proof.finding.id,)))
    if len(order) > 1:
        said.append(Said(" ".join(one.text for one in figures[1:]), tuple(one.id for one in figures[1:])))
    return made("readiness of the sites", said, proofs, figures)


def _scored(name: str, low: float, high: float) -> Figure:
    ends = (f"{100 * low:.0f}", f"{100 * high:.0f}")
    span = f"{ends[0]} %" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} %, as far as is known"
    return Figure(
        "score of the site", 100 * low, "%", "dimensions by weight, workloads by 1/priority",
        f"{name} scores {span}.", (), None, Label.INTERNAL,
    )  # fmt: skip


def costs(found: Assessed, text: str) -> InventoryAnswer | None:
    """Break-evens and idle cost; of a commitment, whether it is used enough to pay."""
    money = found.economics()
    figures, facts = breakeven.proofs(money)
    said = []
    for one in money.break_evens:
        used = money.used.get(one.model)
        if one.committed.way != "reserved" or used is None:
            continue
        share, pays = used[0], used[0].value > 100 * one.utilisation
        verdict = "pays" if pays else "does not pay"
        lead = "Yes" if pays else "No"
        sense = "above" if pays else "below"
        said.append(
            Said(
                f"{lead}: the {one.model} reservation {verdict}: {shown(share.value, '%')} of it is used, {sense} the "
                f"break-even of {shown(100 * one.utilisation, '%')}.",
                (share.id, one.figure.id),
            )
        )
        figures, facts = (*figures, share), (*facts, *used[1])
    lines = [Said(one.figure.text, (one.figure.id,)) for one in money.break_evens]
    idle = [Said(one.figure.text, (one.figure.id,)) for one in money.idle]
    gap = next(
        (g for v in found.result.verdicts for g in v.constraints if g.check.measure == "commitment_utilisation"), None
    )
    proofs = () if gap is None else found.prove([gap])
    if gap is not None and said:
        said.append(Said(f"Next step: {gap.change}.", (proofs[0].finding.id,)))
    said = [*idle, *said] if "idle" in text.lower() else [*said, *lines, *idle]
    if not said:
        missing = "Spend lines with GPU-hours, or a price, would tell: import a bill (FOCUS)."
        return InventoryAnswer("unanswerable", "cost of accelerators", missing=(missing,))
    return made("cost of accelerators: owned, reserved, on demand, idle", said, proofs, figures, facts)


def join(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
