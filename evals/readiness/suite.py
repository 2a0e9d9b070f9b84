"""Readiness questions on the sample organisation, a row a question."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from advisor.errors import SchemaError
from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.settings import Settings, corpus_path
from evals.documents import folder_digest
from evals.readiness import runner
from evals.registry import EvalSet, Item, Opened, Say
from evals.row import Measure, Row

_WHY = {
    "verdict": "the verdict is not first, or not right",
    "said": "what binds, where, or the next step is not said",
    "figures": "a figure of the raw feeds is not in the answer",
}
MEASURES = (
    Measure("verdict", "higher", "share of the answers that begin with the right verdict"),
    Measure("binding constraint", "higher", "share that name what binds, where, and the next step"),
    Measure("figures", "higher", "share that hold every figure worked out of the raw feeds, within half a per cent"),
    Measure("all right", "higher", "share with all three"),
)


def _row(one: runner.Outcome) -> Row:
    return Row(
        id=one.id,
        question=one.question,
        kind="readiness",
        parts={
            "verdict": (float(one.verdict), 1.0),
            "binding constraint": (float(one.said), 1.0),
            "figures": (float(one.figures), 1.0),
            "all right": (float(one.right), 1.0),
        },
        failures=tuple(why for name, why in _WHY.items() if not getattr(one, name)),
        answer=one.answer,
    )


def _open(settings: Settings, work: Path, say: Say) -> Opened:
    say("readiness: importing the sample organisation")
    shutil.rmtree(work, ignore_errors=True)
    report = build_store(work, [corpus_path() / "sample_org"])
    if report.refused:
        raise SchemaError(f"The sample organisation was refused: {report.refused}")
    rows = {one.id: _row(one) for one in runner.run(Inventory(work))}
    return Opened(lambda item: rows[item.id])


SETS = (
    EvalSet(
        name="readiness",
        about="readiness questions against the raw feeds",
        measures=MEASURES,
        items=lambda: [Item(one["id"], json.dumps(one, sort_keys=True)) for one in runner.cases()],
        state=lambda: folder_digest(corpus_path() / "sample_org"),
        open=_open,
    ),
)
