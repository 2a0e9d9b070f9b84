"""Questions about an estate, a row a question; both sets share the stores of the two organisations."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from time import process_time
from typing import Any

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.measures.query import InventoryAnswer, answer_question
from advisor.settings import Settings, corpus_path
from evals.documents import folder_digest
from evals.inventory import large_org, runner
from evals.registry import EvalSet, Item, Opened, Say
from evals.row import Measure, Part, Row

MEASURES = (
    Measure("numeric exactness", "higher", "share of the answered questions whose every value is the expected one"),
    Measure("answered", "higher", "share of the answerable questions and follow-ups"),
    Measure("abstention F1", "higher", "of answering nothing against the unanswerable questions"),
    Measure("ambiguous flagged", "higher", "share of the ambiguous questions"),
    Measure("guidance left alone", "higher", "share of the questions about guidance that the estate leaves alone"),
    Measure("mixed recognised", "higher", "share of the questions that need both"),
    Measure("CPU ms per question", "neither", "mean", 1),
)


def _open(name: str, settings: Settings, work: Path, say: Say) -> Opened:
    cases = {case["id"]: case for case in runner.load(runner.SETS / f"{name}.jsonl")}
    stores: dict[str, Inventory] = {}

    def store(organisation: str) -> Inventory:
        if organisation not in stores:
            say(f"{name}: importing the {organisation} organisation")
            sample = corpus_path() / "sample_org"
            feeds = sample if organisation == "sample" else large_org.generate(work / "large", lines=large_org.LINES)
            folder = work / f"store-{organisation}"
            shutil.rmtree(folder, ignore_errors=True)  # built anew: the code that builds it is measured too
            folder.mkdir(parents=True)
            build_store(folder, [feeds])
            stores[organisation] = Inventory(folder)
            answer_question("How many GPUs do we have?", stores[organisation])  # the lexicon is built once
        return stores[organisation]

    def measure(item: Item) -> Row:
        case = cases[item.id]
        inventory = store(case["org"])
        started = process_time()
        answer = answer_question(case["question"], inventory, case.get("history", ()))
        return _row(case, answer, 1000 * (process_time() - started))

    return Opened(measure)


def _row(case: dict[str, Any], answer: InventoryAnswer | None, spent_ms: float) -> Row:
    kind, silent = case["kind"], answer is None or answer.abstained
    parts: dict[str, Part] = {"CPU ms per question": (spent_ms, 1.0)}
    why = None
    if kind in ("answerable", "follow-up"):
        parts["answered"] = (float(not silent), 1.0)
        if answer is not None and answer.abstained:
            parts["abstention F1"] = (0.0, 1.0)
        if answer is None or answer.abstained:
            why = "no answer"
        else:
            why = runner.differs(case, answer)
            parts["numeric exactness"] = (float(why is None), 1.0)
    elif kind == "unanswerable":
        parts["abstention F1"] = (2.0, 2.0) if silent else (0.0, 1.0)
        why = None if silent else "answered though unanswerable"
    elif kind == "ambiguous":
        flagged = answer is not None and answer.ambiguous
        parts["ambiguous flagged"] = (float(flagged), 1.0)
        why = None if flagged else "not flagged as ambiguous"
    elif kind == "guidance":
        parts["guidance left alone"] = (float(answer is None), 1.0)
        why = None if answer is None else "taken for the estate"
    else:
        mixed = answer is not None and answer.status == "mixed"
        parts["mixed recognised"] = (float(mixed), 1.0)
        why = None if mixed else "not mixed"
    return Row(
        id=case["id"],
        question=" / ".join([*case.get("history", ()), case["question"]]),
        kind=kind,
        parts=parts,
        failures=(why,) if why else (),
        expected=json.dumps(case.get("values", kind), ensure_ascii=False),
        answer=_said(answer),
        evidence=tuple(f"{one.formula}: {one.value:g} {one.unit}" for one in answer.figures) if answer else (),
    )


def _said(answer: InventoryAnswer | None) -> str:
    if answer is None:
        return "left to the guidance"
    lines = [one.text for one in answer.sentences] or [*answer.missing, str(answer.clarify or "")]
    return "\n".join([*lines, answer.reading]).strip()


def _set(name: str, about: str) -> EvalSet:
    return EvalSet(
        name=name,
        about=about,
        measures=MEASURES,
        items=lambda: [
            Item(case["id"], json.dumps(case, sort_keys=True)) for case in runner.load(runner.SETS / f"{name}.jsonl")
        ],
        state=lambda: folder_digest(corpus_path() / "sample_org"),
        open=lambda settings, work, say: _open(name, settings, work, say),
        parallel=False,  # processor time is taken
    )


SETS = (
    _set("inventory", "questions about an estate, by the author of the grammar"),
    _set("inventory_fresh", "questions about an estate, written without the grammar"),
    _set("inventory_fresh2", "questions about an estate by a second author"),
    _set("inventory_fresh3", "questions about an estate, written after the grammar was mended on the others"),
)
