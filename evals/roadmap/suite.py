"""Roadmaps of organisations with known flaws, a row an organisation."""

from __future__ import annotations

import json
from pathlib import Path

from advisor.settings import Settings
from evals.registry import EvalSet, Item, Opened, Say
from evals.roadmap import runner
from evals.row import Measure, Row

MEASURES = (
    Measure("meets all expectations", "higher", "share of the organisations"),
    Measure("unsupported sentences", "lower", "share of sentences and rows"),
    Measure("untraceable sentences", "lower", "share of sentences and rows whose numbers lead to no cell or span"),
    Measure("initiatives", "neither", "of a roadmap", 1),
    Measure("seconds", "neither", "to draft a roadmap", 1),
)


def _open(settings: Settings, work: Path, say: Say) -> Opened:
    cases = {case["id"]: case for case in runner.load()}

    def measure(item: Item) -> Row:
        roadmap = runner.draft(cases[item.id], work)
        found = runner.check(cases[item.id], roadmap)
        wanted = {name: value for name, value in cases[item.id].items() if name not in ("id", "options")}
        return Row(
            id=item.id,
            question=f"A roadmap for {item.id.replace('_', ' ')}",
            kind=str(cases[item.id].get("dimension", "")),
            parts={
                "meets all expectations": (float(not found.misses), 1.0),
                "unsupported sentences": (found.unsupported, found.sentences),
                "untraceable sentences": (found.untraceable, found.sentences),
                "initiatives": (found.initiatives, 1.0),
                "seconds": (found.seconds, 1.0),
            },
            failures=found.misses,
            expected=json.dumps(wanted, ensure_ascii=False),
            answer="\n".join(f"{one.id} {one.key}: {one.what.text}" for one in roadmap.initiatives),
            evidence=tuple(f"{one.key}: {', '.join(one.why)}" for one in roadmap.initiatives),
        )

    return Opened(measure)


SETS = (
    EvalSet(
        name="roadmap",
        about="roadmaps of organisations with known flaws",
        measures=MEASURES,
        items=lambda: [Item(case["id"], json.dumps(case, sort_keys=True)) for case in runner.load()],
        state=lambda: "",  # the feeds are written by evals/roadmap/organisations.py
        open=_open,
        parallel=False,  # time is taken, and the solver has threads of its own
    ),
)
