"""Ask every question of the set, compare with the expected values, and time it."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.measures.query import InventoryAnswer, answer_question
from evals.inventory import large_org

SETS = Path(__file__).parent.parent / "sets"
SET = SETS / "inventory.jsonl"


@dataclass(frozen=True, slots=True)
class Miss:
    id: str
    question: str
    why: str


@dataclass(slots=True)
class Scores:
    cases: dict[str, int] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)


def load(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path} is no question set: {error}") from error


def run(
    sample: Path, work: Path, *, path: Path = SET, lines: int = large_org.LINES, say: Callable[[str], None] = print
) -> Scores:
    """Build both organisations' stores in `work`, answer the set, score it."""
    cases = load(path)
    stores = {}
    for name in sorted({case["org"] for case in cases}):
        say(f"importing the {name} organisation …")
        feeds = sample if name == "sample" else large_org.generate(work / "large", lines=lines)
        folder = work / f"store-{name}"
        shutil.rmtree(folder, ignore_errors=True)  # built anew: the code that builds it is measured too
        build_store(folder, [feeds])
        stores[name] = Inventory(folder)
    say(f"answering {len(cases)} questions …")
    return score(cases, stores)


def score(cases: Sequence[dict[str, Any]], stores: dict[str, Inventory]) -> Scores:
    found = Scores()
    times: list[float] = []
    cpu: list[float] = []  # what the question itself costs, whatever else the machine does
    right = {
        "exact": 0,
        "answered": 0,
        "answerable": 0,
        "abstained": 0,
        "wrongly abstained": 0,
        "flagged": 0,
        "guided": 0,
        "mixed": 0,
    }
    for inventory in stores.values():
        answer_question("How many GPUs do we have?", inventory)  # the lexicon is built once
    for case in cases:
        found.cases[case["kind"]] = found.cases.get(case["kind"], 0) + 1
        started, spent = perf_counter(), process_time()
        answer = answer_question(case["question"], stores[case["org"]], case.get("history", ()))
        times.append(perf_counter() - started)
        cpu.append(process_time() - spent)
        _count(case, answer, right, found)
    kinds = found.cases
    abstaining = kinds.get("unanswerable", 0)
    answerable = right["answerable"]
    hits = right["abstained"]
    precision = hits / (hits + right["wrongly abstained"]) if hits else 0.0
    recall = hits / abstaining if abstaining else 1.0
    times.sort()
    cpu.sort()
    found.measures = {
        "numeric exactness of answered": right["exact"] / right["answered"] if right["answered"] else 0.0,
        "answered share of answerable": right["answered"] / answerable if answerable else 0.0,
        "abstention F1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "ambiguous flagged": right["flagged"] / kinds["ambiguous"] if kinds.get("ambiguous") else 1.0,
        "guidance left alone": right["guided"] / kinds["guidance"] if kinds.get("guidance") else 1.0,
        "mixed recognised": right["mixed"] / kinds["mixed"] if kinds.get("mixed") else 1.0,
        "median ms": 1000 * times[len(times) // 2],
        "p95 ms": 1000 * times[int(len(times) * 0.95)],
        "median CPU ms": 1000 * cpu[len(cpu) // 2],
        "p95 CPU ms": 1000 * cpu[int(len(cpu) * 0.95)],
    }
    return found


def _count(case: dict[str, Any], answer: InventoryAnswer | None, right: dict[str, int], found: Scores) -> None:
    kind = case["kind"]

    def miss(why: str) -> None:
        found.misses.append(Miss(case["id"], case["question"], why))

    if kind in ("answerable", "follow-up"):
        right["answerable"] += 1
        if answer is None or answer.abstained:
            right["wrongly abstained"] += answer is not None
            miss(
                "no answer: "
                + ("taken for guidance" if answer is None else "; ".join(answer.missing) or str(answer.clarify))
            )
            return
        right["answered"] += 1
        if why := differs(case, answer):
            miss(why)
        else:
            right["exact"] += 1
    elif kind == "unanswerable":
        good = answer is None or answer.abstained
        right["abstained"] += good
        if not good and answer is not None:
            miss(f"answered: {answer.sentences[0].text}")
    elif kind == "ambiguous":
        good = answer is not None and answer.ambiguous
        right["flagged"] += good
        if not good:
            miss("not flagged: " + ("taken for guidance" if answer is None else answer.reading))
    elif kind == "guidance":
        right["guided"] += answer is None
        if answer is not None:
            miss(f"taken for the estate: {answer.reading}")
    else:
        good = answer is not None and answer.status == "mixed"
        right["mixed"] += good
        if not good:
            miss("not mixed")


def differs(case: dict[str, Any], answer: InventoryAnswer) -> str | None:
    """None when the answer's values are the expected ones, all of them and (but for `subset`) no more."""
    expected: dict[str, float] = case["values"]
    got: dict[str, float] = {}
    if "change" in expected:
        got = {"change": next((one.value for one in answer.figures if one.formula.startswith("change of")), 0.0)}
    elif set(expected) == {""} and answer.figures[0].formula.startswith("number of groups"):
        got = {"": answer.figures[0].value}  # "how many nodes have more than 1 TB": the count leads, the nodes follow
    elif answer.table is not None and len(answer.table.columns) > 2:
        for row in answer.table.rows:
            value = row[-2]
            if isinstance(value, float):
                got[", ".join(map(str, row[:-2]))] = value
    elif any(one.formula.startswith("share of") for one in answer.figures):
        got = {"": next(one.value for one in answer.figures if one.formula.startswith("share of"))}
    else:
        got = {"": answer.figures[0].value}
    if case.get("subset"):
        got = {name: value for name, value in got.items() if name in expected}
    if set(got) != set(expected):
        return f"groups {sorted(got)[:6]} instead of {sorted(expected)[:6]}"
    for name, value in expected.items():
        if not math.isclose(got[name], value, rel_tol=1e-9, abs_tol=1e-9):
            return f"{name or 'value'} is {got[name]!r} instead of {value!r}"
    return None
