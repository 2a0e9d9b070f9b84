"""Questions of readiness answered from findings: verdict first, binding constraint, what to do next.

Every sentence is put together from the texts of the evidence it cites.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from advisor.errors import QuestionError
from advisor.evidence import Figure
from advisor.inventory.inventory import Inventory
from advisor.measures.query import InventoryAnswer
from advisor.measures.results import Said
from advisor.measures.wording import shown
from advisor.readiness import assessed
from advisor.readiness.assessed import Assessed
from advisor.readiness.assessment import Gap, Verdict
from advisor.readiness.findings import Proof
from advisor.readiness.observation import Workload
from advisor.readiness.requirement import TRAINING, USABLE
from advisor.sizing import memory
from index.document import Label

SHOWN = 3  # constraints told of one workload, or bottlenecks of an estate
_BOTTLENECK = re.compile(
    r"\b(?:bottlenecks?|binding constraints?|weakest (?:point|link|spot)|hold(?:s|ing)? (?:us|our estate) back)\b", re.I
)
_FIRST = re.compile(
    r"\bwhat (?:should|do|must|shall|would) (?:we|i) (?:do|fix|mend|tackle|buy|address) (?:first|next)\b"
    r"|\bwhere (?:should|do|shall) (?:we|i) (?:start|begin)\b|\bour (?:first|next) (?:step|move|priority)\b", re.I
)  # fmt: skip
_GENERAL = re.compile(r"\s*(?:how|why|what (?:is|are) (?:a|an)\b)", re.I)
_WHAT_IF = re.compile(
    r"\bwhat (?:if|happens if|changes if|would (?:happen|change) if) (?:we |i )?(.+?)[?.!]*$", re.I
)  # fmt: skip
_BUY = re.compile(r"\b(?:added|bought|buy|get|got|install)\b", re.I)
_PLACE = re.compile(
    r"\b(?:stay|remain|keep|move|belong|go|run|be|leave|place|put)\b"
    r".*\b(?:on[- ]prem\w*|cloud|burst|in[- ]house|home|elsewhere|site)\b"
    r"|\bwhere (?:should|does|do|must)\b.*\b(?:run|live|belong|go)\b", re.I
)  # fmt: skip
_READY = re.compile(
    r"\b(?:ready|readiness|enough|suffic\w+|adequate|able|cope|keep up|can \w+|could (?:we|our)|fit|support|handle"
    r"|sustain)\b", re.I
)  # fmt: skip
_OWN = re.compile(r"\b(?:we|our|us|my|i)\b", re.I)
_SIZE = re.compile(r"\b(\d+(?:\.\d+)?) ?(?:b|bn|billion)\b(?:[- ]parameters?)?", re.I)
_KINDS = (
    ("fine-tuning", re.compile(r"\bfine[- ]?tun\w*", re.I)),
    ("inference", re.compile(r"\b(?:serv(?:e|es|ing)|inference|host(?:ing)?|deploy\w*)\b", re.I)),
    ("training", re.compile(r"\b(?:pre-?)?train\w*|\bcheckpoints?\b", re.I)),
)
_DIMENSIONS = (
    ("storage", re.compile(r"\b(?:storage|checkpoints?|read|write|nas|filers?|disks?)\b", re.I)),
    ("networking", re.compile(r"\b(?:networks?|fabrics?|interconnects?|ethernet|infiniband|bandwidth)\b", re.I)),
    ("energy", re.compile(r"\b(?:power|energy|cooling|pue|carbon|renewable)\b", re.I)),
    ("talent", re.compile(r"\b(?:skills?|people|team|staff|talent)\b", re.I)),
)


def answer(text: str, inventory: Inventory) -> InventoryAnswer | None:
    """The findings that answer a question, or None when it does not ask for readiness of this estate.

    `status` is "mixed" where guidance belongs beside the findings.
    """
    supposed = _WHAT_IF.search(text)
    named = _named(text, inventory)
    asks = _BOTTLENECK.search(text) or _FIRST.search(text)
    sized = _READY.search(text) and _SIZE.search(text) and any(words.search(text) for _, words in _KINDS)
    if not (supposed or asks or sized or (named and (_READY.search(text) or _PLACE.search(text)))):
        return None
    found = assessed.of(inventory)
    if not found.workloads:
        return None
    sites = _sites(text, found)
    if supposed:
        return _suppose(found, supposed[1])
    if asks:
        if not (_OWN.search(text) or sites or named) or _GENERAL.match(text):
            return None
        return _bottlenecks(found, sites, named)
    if named:
        if _PLACE.search(text):
            return _placed(found, named[0])
        at = sites[0] if sites else None
        try:
            return _verdict(found, found.verdict(named[0], at), text)
        except QuestionError:
            return None
    if not (_OWN.search(text) or sites):
        return None
    return _asked(found, text, sites)


def _named(text: str, inventory: Inventory) -> list[str]:
    """Workloads of the inventory that the question names, hyphens or not."""
    low = re.sub(r"[\s_-]+", " ", text.lower())
    rows = inventory.query(f"SELECT workload FROM {inventory.schema}.workload WHERE workload IS NOT NULL")
    names = sorted({str(row[0]) for row in rows}, key=len, reverse=True)
    return [one for one in names if re.search(rf"\b{re.escape(re.sub(r'[ _-]+', ' ', one.lower()))}\b", low)]


def _sites(text: str, found: Assessed) -> list[str]:
    return [one for one in found.estate.sites if re.search(rf"\b{re.escape(one)}\b", text, re.I)]


def _verdict(found: Assessed, one: Verdict, text: str, more: Sequence[Figure] = ()) -> InventoryAnswer:
    """One workload at one site; a part of the estate that the question names decides when it names one."""
    part = next((name for name, words in _DIMENSIONS if words.search(text)), None)
    gaps = [gap for gap in one.gaps if gap.check.dimension == part] if part else list(one.gaps)
    gaps = gaps or list(one.gaps)
    short = [gap for gap in one.constraints if gap in gaps]
    unknown = [gap for gap in one.unknown if gap in gaps]
    told = [*short[:SHOWN], *unknown[:SHOWN]] or gaps[:SHOWN]
    proofs = found.prove(told)
    by = dict(zip([id(gap) for gap in told], proofs, strict=True))
    lead = _lead(one, part if gaps != list(one.gaps) else None, gaps, bool(short), bool(unknown))
    said = [Said(lead, tuple(proof.finding.id for proof in proofs))]
    for position, gap in enumerate(short[:SHOWN]):
        what = "Also short"
        if gap.check.blocks:
            what = ("Binding constraint", "Next after it is cleared", "Then")[min(position, 2)]
        said.append(Said(f"{what}: {gap.text}", (by[id(gap)].finding.id,)))
        if gap.change and position == 0:
            said.append(Said(f"Smallest change that clears it: {gap.change}.", (by[id(gap)].finding.id,)))
    said += [Said(f"Not known: {gap.text}", (by[id(gap)].finding.id,)) for gap in unknown[:SHOWN]]
    if not short and not unknown:
        said += [Said(f"Met: {gap.text}", (by[id(gap)].finding.id,)) for gap in told]
    said += [Said(figure.text, (figure.id,)) for figure in more]
    missing = tuple(
        f"A feed that gives {gap.check.measure.replace('_', ' ')} of {gap.site} would settle {gap.check.name}."
        for gap in unknown[:SHOWN]
    )
    return _made(f"readiness of {one.workload.name} at {one.site}", said, proofs, more, missing)


def _lead(one: Verdict, part: str | None, gaps: Sequence[Gap], short: bool, unknown: bool) -> str:
    who = f"{one.workload.name} at {one.site}"
    if part is not None:
        stops = any(gap.check.blocks and gap.status == "not met" for gap in gaps)
        verdict = "No" if stops else "With gaps" if short else "Cannot determine" if unknown else "Yes"
        state = "holds back" if short else "is not known well enough for" if unknown else "is sufficient for"
        return f"{verdict}: {part} {state} {who}."
    if one.status == "cannot determine":
        return f"Cannot determine: what decides for {who} is not known."
    return f"{'No' if one.status == 'not ready' else 'Yes'}: {who} is {one.status}."


def _bottlenecks(found: Assessed, sites: Sequence[str], named: Sequence[str]) -> InventoryAnswer:
    """The binding constraint of the estate, then those of the workloads that follow by priority."""
    verdicts = [
        one
        for one in found.result.verdicts
        if one.constraints and (not sites or one.site in sites) and (not named or one.workload.name in named)
    ]
    if not verdicts:
        return InventoryAnswer("unanswerable", "bottlenecks", missing=("No workload there has a known gap.",))
    ranked = sorted(
        (one.constraints[0] for one in verdicts),
        key=lambda gap: (not gap.check.blocks, _priority(found, gap), gap.score or 0.0, gap.workload),
    )
    kept: list[Gap] = []
    for gap in ranked:  # one check at one site is mended once, whichever workload names it
        if (gap.check.name, gap.site) not in {(other.check.name, other.site) for other in kept}:
            kept.append(gap)
    kept = kept[:SHOWN]
    proofs = found.prove(kept)
    first, worst = proofs[0].finding, kept[0]
    said = [
        Said(f"The biggest bottleneck is {worst.check.dimension} at {worst.site}: {worst.check.name}, for "
             f"{worst.workload}.", (first.id,)),
        Said(worst.text[:1].upper() + worst.text[1:], (first.id,)),
    ]  # fmt: skip
    if worst.change:
        said.append(Said(f"Do first: {worst.change}.", (first.id,)))
    for gap, proof in zip(kept[1:], proofs[1:], strict=True):
        then = f" Smallest change: {gap.change}." if gap.change else ""
        said.append(Said(f"Then, for {gap.workload}: {gap.text}{then}", (proof.finding.id,)))
    return _made("the binding constraint of each workload, by priority", said, proofs)


def _priority(found: Assessed, gap: Gap) -> int:
    return next(one.priority for one in found.workloads if one.name == gap.workload)


def _placed(found: Assessed, workload: str) -> InventoryAnswer | None:
    try:
        advice, here = found.placement(workload), found.verdict(workload)
    except QuestionError:
        return None
    told = [*here.constraints[:SHOWN]] or list(here.gaps[:1])
    governance = [gap for gap in here.gaps if gap.check.dimension == "governance" and gap not in told]
    reason = [gap for one in found.at_sites(workload) for gap in one.constraints[:1] if gap not in told]
    proofs = found.prove([*told, *governance, *reason])
    ids = tuple(proof.finding.id for proof in proofs)
    where = f" at {advice.site}" if advice.site else ""
    said = [Said(f"Placement for {workload}: {advice.place}{where}.", ids)]
    said += [Said(one, ids) for one in advice.reasons]
    if here.constraints:
        gap = here.constraints[0]
        then = f" Smallest change: {gap.change}." if gap.change else ""
        said.append(Said(f"Where it runs now: {gap.text}{then}", (proofs[0].finding.id,)))
    return _made(f"placement of {workload}", said, proofs)


def _suppose(found: Assessed, changes: str) -> InventoryAnswer | None:
    try:
        supposed = assessed.suppose(found, _BUY.sub("add", changes))
    except QuestionError:
        return None
    moved = {(one.workload, one.site) for one in supposed.differences}
    after = [one for one in supposed.after.result.verdicts if (one.workload.name, one.site) in moved]
    if not after:
        worst = supposed.after.result.bottleneck()
        if worst is None:
            return None
        still = supposed.after.prove([worst])
        ids = (still[0].finding.id,)
        said = [
            Said("Nothing changes: no verdict and no binding constraint moves.", ids),
            Said(f"The biggest bottleneck stays, for {worst.workload}: {worst.text}", ids),
        ]
        return _made("the estate as supposed", said, still, status="answered")
    said, proofs = [], []
    ready = sum(one.status in ("ready", "ready with gaps") for one in after)
    for one in after:
        gap = (one.constraints or one.unknown or one.gaps)[0]
        proof = supposed.after.prove([gap])[0]
        proofs.append(proof)
        said.append(Said(f"{one.workload.name} at {one.site} becomes {one.status}: {gap.text}", (proof.finding.id,)))
    lead = "It clears what blocks some workloads." if ready else "It moves the constraint, and makes no workload ready."
    said.insert(0, Said(lead, tuple(proof.finding.id for proof in proofs)))
    return _made("the estate as supposed", said, proofs, status="answered")


def _asked(found: Assessed, text: str, sites: Sequence[str]) -> InventoryAnswer | None:
    """A workload that no feed has, or one that has its kind and size; the site that comes nearest is told first."""
    size = _SIZE.search(text)
    kind = next((name for name, words in _KINDS if words.search(text)), None)
    if size is None or kind is None:
        return None
    billions = float(size[1])
    for one in found.workloads:
        same_kind = one.kind == kind or (kind == "training" and one.kind in TRAINING)
        if same_kind and one.parameters_billion == billions and one.site and (not sites or one.site in sites):
            return _verdict(found, found.verdict(one.name), text)
    verb = {"fine-tuning": "fine-tuning", "inference": "serving", "training": "training"}[kind]
    name = f"{verb} a {size[1]}B model"
    best: tuple[Assessed, Verdict, tuple[Figure, ...]] | None = None
    for site in sites or found.estate.sites:
        gpus, figure = _accelerators(found, site, kind, billions, name)
        workload = Workload(name, site, kind, None, billions, gpus, "steady", None, "internal", 9, "planned",
                            Label.PUBLIC, asked=True)  # fmt: skip
        trial = found.with_workload(workload)
        verdict = trial.verdict(name, site)
        if best is None or _blocking(verdict) < _blocking(best[1]):
            best = (trial, verdict, (figure,) if figure else ())
    return None if best is None else _verdict(best[0], best[1], text, best[2])


def _blocking(one: Verdict) -> tuple[int, int]:
    """What stands in the way: known gaps and unknowns together, then known gaps."""
    short = sum(gap.check.blocks for gap in one.constraints)
    return short + sum(gap.check.blocks for gap in one.unknown), short


def _accelerators(
    found: Assessed, site: str, kind: str, billions: float, name: str
) -> tuple[float | None, Figure | None]:
    """How many of the largest accelerators of the site hold the model; None where their memory is not known."""
    pools = [one for one in found.estate.pools.get(site, ()) if one.memory_gb]
    if not pools:
        return None, None
    pool = max(pools, key=lambda one: one.memory_gb or 0.0)
    recipe = memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS
    each = recipe.total if kind in TRAINING else recipe.weights
    gpus = float(math.ceil(billions * each / USABLE / (pool.memory_gb or 1.0)))
    formula = f"parameters × {each:g} bytes / {USABLE:g} / memory of one accelerator, rounded up"
    text = (
        f"Assumed: {name} at {site} takes {gpus:g} GPU of {shown(pool.memory_gb or 0.0, 'GB')} "
        f"({pool.model}), at {each:g} bytes a parameter, activations and cache not counted; its data are internal, and "
        "every other workload comes before it."
    )
    inputs = (pool.datasheet.id,) if pool.datasheet is not None else ()
    return gpus, Figure("accelerators for the model", gpus, "GPU", formula, text, inputs, pool.as_of, Label.PUBLIC)


def _made(
    reading: str,
    said: Sequence[Said],
    proofs: Iterable[Proof],
    more: Sequence[Figure] = (),
    missing: tuple[str, ...] = (),
    status: str = "mixed",
) -> InventoryAnswer:
    kept = list(proofs)
    return InventoryAnswer(
        "answered" if status == "answered" else "mixed",
        reading,
        tuple(said),
        (*(figure for one in kept for figure in one.figures), *more),
        tuple({fact.id: fact for one in kept for fact in one.facts}.values()),
        findings=tuple({one.finding.id: one.finding for one in kept}.values()),
        missing=missing,
    )
