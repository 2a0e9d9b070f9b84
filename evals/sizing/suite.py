"""The sizing formulas against published cases, a row a case."""

from __future__ import annotations

import json

from evals.registry import EvalSet, Item, Opened
from evals.row import Measure, Part, Row
from evals.sizing import runner

MEASURES = (
    Measure("error of exact cases", "lower", "mean absolute error as a share of the published value", 4),
    Measure("error of empirical cases", "lower", "mean absolute error as a share of the published value", 4),
    Measure("within limit", "higher", "share of the cases within the limit of their kind; a bound must hold"),
)


def _row(one: runner.Outcome) -> Row:
    good = one.holds if one.kind == "bound" else abs(one.error) <= runner.LIMITS[one.kind]
    parts: dict[str, Part] = {"within limit": (float(good), 1.0)}
    if one.kind != "bound":
        parts[f"error of {one.kind} cases"] = (abs(one.error), 1.0)
    return Row(
        id=one.id,
        question=f"{one.formula} ({one.kind})",
        kind=one.kind,
        parts=parts,
        failures=() if good else (f"{one.error:+.1%} off. {one.note}",),
        expected=f"{one.expected:,.6g} {one.unit}",
        answer=f"{one.computed:,.6g} {one.unit}",
        evidence=(f"{one.source.publisher} {one.source.year}: {one.source.title}",),
    )


def _open(*_: object) -> Opened:
    rows = {one.id: _row(one) for one in runner.run()}
    return Opened(lambda item: rows[item.id])


SETS = (
    EvalSet(
        name="sizing",
        about="sizing formulas against published cases",
        measures=MEASURES,
        items=lambda: [Item(one["id"], json.dumps(one, sort_keys=True)) for one in runner.cases()],
        state=lambda: "",  # catalogues are in the code
        open=_open,
    ),
)
