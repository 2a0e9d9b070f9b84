"""Questions of readiness answered from findings: verdict first, binding constraint, what to do next.

Every sentence is put together from the texts of the evidence it cites.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from advisor.errors import QuestionError
from advisor.evidence import Figure
from advisor.inventory.inventory import Inventory
from advisor.measures.query import InventoryAnswer
from advisor.measures.results import Said
from advisor.measures.wording import shown
from advisor.readiness import asking, assessed, listing
from advisor.readiness.asking import Asked
from advisor.readiness.assessed import Assessed
from advisor.readiness.assessment import Gap, Verdict
from advisor.readiness.listing import SHOWN, change, made, said_status
from advisor.readiness.observation import Workload
from advisor.readiness.placement import Advice
from advisor.readiness.requirement import USABLE, bytes_held
from index.document import Label

_ASSUMED = {"training": "training", "fine-tuning": "fine-tuning", "inference": "serving"}
_METHODS = {"full": "", "lora": " with LoRA", "qlora": " with QLoRA"}


def answer(text: str, inventory: Inventory) -> InventoryAnswer | None:
    """The findings that answer a question, or None when it does not ask for readiness of this estate.

    `status` is "mixed" where guidance belongs beside the findings.
    """
    if not asking.worth(text):
        return None
    found = assessed.of(inventory)
    if not found.workloads:
        return None
    asked = asking.read(text, found.workloads, found.estate.sites)
    if asked is None:
        return None
    try:
        return _answered(found, asked, text)
    except QuestionError as error:
        if asked.kind != "suppose" or not any(site.lower() in text.lower() for site in found.estate.sites):
            return None
        return InventoryAnswer("unanswerable", "the estate as supposed", missing=(str(error),))


def _answered(found: Assessed, asked: Asked, text: str) -> InventoryAnswer | None:
    if asked.kind == "suppose":
        return _suppose(found, asked)
    if asked.kind == "costs":
        return listing.costs(found, text)
    if asked.kind == "first":
        return listing.first(found, asked.sites, asked.workloads)
    if asked.kind == "states":
        return listing.states(found, asked.sites, asked.workloads)
    if asked.kind == "sites":
        return listing.sites(found, most=asked.most)
    if asked.kind == "site":
        return listing.site(found, asked.sites[0])
    if asked.kind == "placed":
        return _placed(found, asked)
    if asked.kind == "model":
        return _model(found, asked)
    if len(asked.workloads) > 1 and not asked.sites:
        return listing.states(found, (), asked.workloads)
    return _verdict(found, found.verdict(asked.workloads[0], asked.sites[0] if asked.sites else None), asked.part)


def _verdict(found: Assessed, one: Verdict, part: str | None, more: Sequence[Figure] = ()) -> InventoryAnswer:
    """One workload at one site; a part of the estate that the question names decides when it names one."""
    gaps = [gap for gap in one.gaps if gap.check.dimension == part] if part else list(one.gaps)
    whole = not gaps or part is None
    gaps = gaps or list(one.gaps)
    short = [gap for gap in one.constraints if gap in gaps]
    unknown = [gap for gap in one.unknown if gap in gaps]
    stuck = any(gap.check.blocks for gap in [*short, *unknown])
    met = [] if stuck else [gap for gap in gaps if gap.status == "met" and (gap.check.blocks or part is not None)]
    elsewhere = [] if stuck or whole else [gap for gap in one.constraints[:1] if gap.check.blocks]
    told = [*short[:SHOWN], *unknown[:SHOWN], *met[:SHOWN], *elsewhere] or gaps[:SHOWN]
    proofs = found.prove(told)
    by = dict(zip([id(gap) for gap in told], proofs, strict=True))
    lead = _lead(one, None if whole else part, gaps)
    said = [Said(lead, tuple(proof.finding.id for proof in proofs))]
    blocking = 0
    for position, gap in enumerate(short[:SHOWN]):
        what = "Gap that does not block"
        if gap.check.blocks:
            what = ("Binding constraint", "Next after it is cleared", "Then")[min(blocking, 2)]
            blocking += 1
        said.append(Said(f"{what}: {gap.text}", (by[id(gap)].finding.id,)))
        if gap.change and position == 0:
            said.append(Said(f"Smallest change that clears it: {gap.change}.", (by[id(gap)].finding.id,)))
    said += [Said(f"Not known: {gap.text}", (by[id(gap)].finding.id,)) for gap in unknown[:SHOWN]]
    said += [Said(f"Met: {gap.text.removesuffix(': met.')}.", (by[id(gap)].finding.id,)) for gap in met[:SHOWN]]
    if elsewhere:
        said.append(Said(f"It is held back elsewhere: {elsewhere[0].text}", (by[id(elsewhere[0])].finding.id,)))
    said += [Said(figure.text, (figure.id,)) for figure in more]
    missing = tuple(
        f"A feed that gives {gap.check.measure.replace('_', ' ')} of {gap.site} would settle {gap.check.name}."
        for gap in unknown[:SHOWN]
    )
    reading = f"readiness of {one.workload.name} at {one.site}"
    return made(reading, said, proofs, more, (), missing, guidance=True)


def _lead(one: Verdict, part: str | None, gaps: Sequence[Gap]) -> str:
    who = f"{one.workload.name} at {one.site}"
    if part is not None:
        states = {(gap.check.blocks, gap.status) for gap in gaps}
        if (True, "not met") in states:
            return f"No: {part} holds back {who}."
        if (True, "cannot determine") in states:
            return f"Cannot determine: {part} is not known well enough for {who}."
        if any(status == "not met" for _, status in states):
            return f"Yes, with gaps: {part} does not block {who}, and falls short of the rubric."
        if any(status == "cannot determine" for _, status in states):
            return f"Cannot determine: {part} is not known well enough for {who}."
        return f"Yes: {part} is sufficient for {who}."
    if one.status == "cannot determine":
        return f"Cannot determine: what decides for {who} is not known."
    return f"{'No' if one.status == 'not ready' else 'Yes'}: {who} is {one.status}."


def _placed(found: Assessed, asked: Asked) -> InventoryAnswer:
    """Where workloads belong: of one with reasons and break-even, of several a line each."""
    names = asked.workloads[:SHOWN]
    advice = found.placement(names[0])
    here = found.verdict(names[0])
    told = [*here.constraints[:SHOWN]] or list(here.gaps[:1])
    governance = [gap for gap in here.gaps if gap.check.dimension == "governance" and gap not in told]
    reason = [gap for one in found.at_sites(names[0]) for gap in one.constraints[:1] if gap not in told]
    proofs = list(found.prove([*told, *governance, *reason]))
    ids = tuple(proof.finding.id for proof in proofs)
    said = [Said(_where(names[0], advice, asked.goes), ids)]
    for name in names[1:]:
        other, gaps = found.placement(name), found.verdict(name).constraints[:1] or found.verdict(name).gaps[:1]
        more = found.prove(gaps)
        proofs += more
        said.append(Said(f"{_where(name, other, asked.goes)} {other.reasons[0]}", (more[0].finding.id,)))
    said += [Said(one, ids) for one in advice.reasons]
    if here.constraints:
        gap = here.constraints[0]
        said.append(Said(f"Where it runs now: {gap.text}{change(gap)}", (proofs[0].finding.id,)))
    said += [Said(one.figure.text, (one.figure.id,)) for one in advice.break_evens]
    kept = [one for pair in advice.break_evens for one in (pair.committed, pair.against)]
    figures = [*(one.figure for one in advice.break_evens), *(one.figure for one in kept)]
    cells = [fact for one in kept for fact in one.facts]
    return made(f"placement of {listing.join(names)}", said, proofs, figures, cells, guidance=True)


def _where(workload: str, advice: Advice, goes: str | None) -> str:
    """The verdict: yes or no where the question names a place."""
    place = {
        "on-premises": "belongs on-premises",
        "reserved": "belongs on reserved capacity",
        "burst": "belongs on burst capacity, on demand",
    }[advice.place]
    at = f", at {advice.site}" if advice.site else ""
    told = f"{workload} {place}{at}."
    if goes is None:
        return f"{told[:1].upper()}{told[1:]}" if workload[:1].isupper() else told
    home = advice.place == "on-premises"
    agrees = {"home": home, "out": not home}.get(goes, advice.site == goes)
    return f"{'Yes' if agrees else 'No'}: {told}"


def _suppose(found: Assessed, asked: Asked) -> InventoryAnswer | None:
    supposed = assessed.suppose(found, asked.changes)
    made_of = "Supposed: " + "; ".join(one.text for one in supposed.changes) + "."
    moved = {(one.workload, one.site) for one in supposed.differences}
    after = [one for one in supposed.after.result.verdicts if (one.workload.name, one.site) in moved]
    book = Figure("what-if", float(len(supposed.changes)), "", "changes supposed", made_of, (), None, Label.INTERNAL)
    if not after:
        worst = supposed.after.result.bottleneck()
        if worst is None:
            return None
        still = supposed.after.prove([worst])
        ids = (still[0].finding.id,)
        said = [
            Said("Nothing changes: no verdict and no binding constraint moves.", ids),
            Said(made_of, (book.id,)),
            Said(f"The biggest bottleneck stays, for {worst.workload}: {worst.text}{change(worst)}", ids),
        ]
        return made("the estate as supposed", said, still, [book])
    before = {(one.workload.name, one.site): one.status for one in found.result.verdicts}
    told, proofs, freed = [], [], []
    for one in after:
        gap = (one.constraints or one.unknown or one.gaps)[0]
        proof = supposed.after.prove([gap])[0]
        proofs.append(proof)
        same = before[one.workload.name, one.site] == one.status
        if not same and one.status in ("ready", "ready with gaps"):
            freed.append(one.workload.name)
        who = f"{one.workload.name} at {one.site} {'stays' if same else 'becomes'} {said_status(one.status)}"
        told.append(Said(f"{who}: {gap.text}{change(gap)}", (proof.finding.id,)))
    known = tuple(proof.finding.id for proof in proofs)
    lead = f"It makes {listing.join(freed)} ready." if freed else "It makes no workload ready; what binds moves."
    said = [Said(lead, known), Said(made_of, (book.id,)), *told]
    worst = supposed.after.result.bottleneck()
    if worst is not None and (worst.workload, worst.site) not in moved:
        still = supposed.after.prove([worst])
        proofs += still
        text = f"The biggest bottleneck stays, for {worst.workload}: {worst.text}{change(worst)}"
        said.append(Said(text, (still[0].finding.id,)))
    return made("the estate as supposed", said, proofs, [book])


def _model(found: Assessed, asked: Asked) -> InventoryAnswer | None:
    """A workload that no feed has: the site that comes nearest is told."""
    billions = float(asked.size)
    name = f"{_ASSUMED[asked.task]} a {asked.size}B model{_METHODS[asked.method]}"
    best: tuple[Assessed, Verdict, tuple[Figure, ...]] | None = None
    for site in asked.sites or found.estate.sites:
        blank = Workload(name, site, asked.task, None, billions, None, "steady", None, "internal", 9, "planned",
                         Label.PUBLIC, asked=True, method=asked.method)  # fmt: skip
        gpus, figure = _accelerators(found, site, blank)
        trial = found.with_workload(blank.asking(gpus))
        verdict = trial.verdict(name, site)
        if best is None or _blocking(verdict) < _blocking(best[1]):
            best = (trial, verdict, (figure,) if figure else ())
    return None if best is None else _verdict(best[0], best[1], asked.part, best[2])


def _blocking(one: Verdict) -> tuple[int, int, int]:
    """What stands in the way: known gaps and unknowns together, then known gaps; of equals all that is amiss."""
    short = sum(gap.check.blocks for gap in one.constraints)
    return short + sum(gap.check.blocks for gap in one.unknown), short, len(one.constraints) + len(one.unknown)


def _accelerators(found: Assessed, site: str, workload: Workload) -> tuple[float | None, Figure | None]:
    """How many of the largest accelerators of the site hold the model; None where their memory is not known."""
    pools = [one for one in found.estate.pools.get(site, ()) if one.memory_gb]
    if not pools or workload.parameters_billion is None:
        return None, None
    pool = max(pools, key=lambda one: one.memory_gb or 0.0)
    each, said = bytes_held(workload, found.rubric)
    gpus = float(max(1, math.ceil(workload.parameters_billion * each / USABLE / (pool.memory_gb or 1.0))))
    formula = f"parameters × {each:.3g} bytes / {USABLE:g} / memory of one accelerator, rounded up"
    text = (
        f"Assumed: {workload.name} at {site} takes {shown(gpus, 'GPU')} with {shown(pool.memory_gb or 0.0, 'GB')} each "
        f"({pool.model}), at {said}; activations and cache are not counted, its data are internal, and every other "
        "workload comes before it."
    )
    inputs = (pool.datasheet.id,) if pool.datasheet is not None else ()
    return gpus, Figure("accelerators for the model", gpus, "GPU", formula, text, inputs, pool.as_of, Label.PUBLIC)
