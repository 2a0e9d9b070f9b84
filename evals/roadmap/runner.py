"""Draft a roadmap for each organisation and check what it must hold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.roadmap.build import build, unsupported
from advisor.roadmap.document import Initiative, Options, Roadmap
from evals.roadmap import organisations, proof

SET = Path(__file__).parent.parent / "sets" / "roadmap.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an organisation's roadmap misses; nothing when it meets all expectations."""

    id: str
    misses: tuple[str, ...]
    sentences: int
    unsupported: int
    untraceable: int
    initiatives: int
    seconds: float


def load(path: Path = SET) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def run(home: Path, path: Path = SET, say: Callable[[str], None] = lambda line: None) -> tuple[Outcome, ...]:
    """Every case, in a folder of its own below `home`."""
    found = []
    for case in load(path):
        say(case["id"])
        found.append(check(case, draft(case, home)))
    return tuple(found)


def draft(case: dict[str, Any], home: Path) -> Roadmap:
    feeds = organisations.write(case["id"], home / "feeds")
    store = home / "stores" / case["id"]
    shutil.rmtree(store, ignore_errors=True)  # of a run before
    store.mkdir(parents=True, exist_ok=True)
    build_store(store, [feeds])
    inventory = Inventory(store)
    try:
        return build(inventory, None, Options(**case.get("options", {})), organisation=case["id"])
    finally:
        inventory.close()


def check(case: dict[str, Any], roadmap: Roadmap) -> Outcome:
    bare, lost = unsupported(roadmap), proof.untraceable(roadmap)
    misses = [*_flaw(case, roadmap), *_sequence(case, roadmap), *_limits(case, roadmap), *_founded(roadmap)]
    misses += [f"unsupported: {one}" for one in bare] + [f"untraceable: {one}" for one in lost]
    asked = "\n".join(one.text.text for one in roadmap.open_questions)
    misses += [f"not asked: {one}" for one in case.get("questions", ()) if one not in asked]
    said = list(proof.shown(roadmap))
    whole = "\n".join(text for text, _ in said)
    misses += [f"not said: {one}" for one in case["says"] if one not in whole]
    seconds = roadmap.timings_ms["total"] / 1000
    return Outcome(case["id"], tuple(misses), len(said), len(bare), len(lost), len(roadmap.initiatives), seconds)


def _flaw(case: dict[str, Any], roadmap: Roadmap) -> list[str]:
    """The planted flaw leads its dimension; nothing is proposed that should not be."""
    misses = []
    if case["flaw"] is not None:
        mine = [one for one in roadmap.initiatives if one.dimension == case["dimension"]]
        first = max(mine, key=lambda one: one.severity, default=None)
        if first is None or first.key != case["flaw"]:
            misses.append(f"first in {case['dimension']} is {first.key if first else 'nothing'}, not {case['flaw']}")
    for play in case.get("absent", ()):
        misses += [
            f"{one.key} is proposed" for one in roadmap.initiatives if play in (one.key, one.key.partition("@")[0])
        ]
    if len(roadmap.initiatives) > case.get("most", 99):
        misses.append(f"{len(roadmap.initiatives)} initiatives where {case['most']} would do")
    if any(one.severity > case.get("mildest", 1.0) for one in roadmap.initiatives):
        misses.append("an initiative is graver than the estate")
    return misses


def _sequence(case: dict[str, Any], roadmap: Roadmap) -> list[str]:
    slots = {slot.initiative: slot for slot in roadmap.schedule.slots}
    keys = {one.key: one for one in roadmap.initiatives}
    misses = []
    for one in roadmap.initiatives:
        for other in one.depends_on:
            if one.id in slots and (other not in slots or slots[other].end >= slots[one.id].start):
                misses.append(f"{one.id} starts before {other} is finished")
    for first, then in case.get("before", ()):
        if first not in keys or then not in keys or keys[first].id not in keys[then].depends_on:
            misses.append(f"{then} does not wait for {first}")
    for horizon in {slot.horizon for slot in slots.values()}:
        inside = [one for one in roadmap.initiatives if one.id in slots and slots[one.id].horizon == horizon]
        seeing = [slots[one.id].start for one in inside if one.dimension == "observability"]
        others = [slots[one.id].start for one in inside if one.dimension != "observability"]
        if seeing and others and max(seeing) > min(others):
            misses.append(f"observability is not first in {horizon}")
    return misses


def _limits(case: dict[str, Any], roadmap: Roadmap) -> list[str]:
    slots = {slot.initiative: slot for slot in roadmap.schedule.slots}
    inside = [one for one in roadmap.initiatives if one.id in slots]
    options, misses = roadmap.options, []
    if options.budget is not None and sum(one.cost.high for one in inside if one.cost) > options.budget:
        misses.append("the budget is not held")
    if options.power_kw is not None and sum(one.power_kw for one in inside) > options.power_kw:
        misses.append("the power limit is not held")
    if options.headcount is not None:
        busy = max((_busy(inside, slots, slot.start) for slot in slots.values()), default=0.0)
        if busy > options.headcount:
            misses.append("the headcount is not held")
    if any(slot.end > roadmap.schedule.end for slot in slots.values()):
        misses.append("the horizon is not held")
    keys = {one.id: one.key for one in roadmap.initiatives}
    out = {keys[one.initiative]: one.limit for one in roadmap.schedule.outside}
    binding = {one.name for one in roadmap.schedule.limits if one.binds}
    for key, limit in case.get("outside", {}).items():
        if out.get(key) != limit or limit not in binding:
            misses.append(f"{key} is not kept outside by {limit}: {out}")
    if {*out} | {keys[name] for name in slots} != {*keys.values()}:
        misses.append("an initiative is neither in the plan nor outside")
    return misses


def _busy(inside: list[Initiative], slots: dict[str, Any], day: Any) -> float:
    return sum(one.people for one in inside if slots[one.id].start <= day <= slots[one.id].end)


def _founded(roadmap: Roadmap) -> list[str]:
    findings = {one.id for one in roadmap.evidence if one.kind == "finding"}
    misses = [f"{one.key} has no finding" for one in roadmap.initiatives if not one.why or not set(one.why) <= findings]
    bought = [one for one in roadmap.initiatives if one.cost is None]
    asked = {name for question in roadmap.open_questions for name in question.settles}
    return misses + [f"the cost of {one.key} is unknown and not asked" for one in bought if one.id not in asked]


def text(outcomes: tuple[Outcome, ...]) -> str:
    """A line an organisation, and the sums."""
    lines = [f"{'organisation':<20}{'met':>5}{'initiatives':>13}{'sentences':>11}{'seconds':>9}"]
    for one in outcomes:
        met = "no" if one.misses else "yes"
        lines.append(f"{one.id:<20}{met:>5}{one.initiatives:>13}{one.sentences:>11}{one.seconds:>9.1f}")
        lines += [f"    {miss}" for miss in one.misses]
    lines.append(
        f"{sum(not one.misses for one in outcomes)} of {len(outcomes)} meet all expectations; "
        f"{sum(one.unsupported for one in outcomes)} unsupported and {sum(one.untraceable for one in outcomes)} "
        f"untraceable of {sum(one.sentences for one in outcomes)} sentences and rows"
    )
    return "\n".join(lines)
