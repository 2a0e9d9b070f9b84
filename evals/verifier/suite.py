"""Changed and faithful claims put to the verifier, a row a pair."""

from __future__ import annotations

from pathlib import Path

from advisor.settings import Settings
from evals.registry import EvalSet, Item, Opened, Say
from evals.row import Measure, Part, Row
from evals.verifier import runner

MEASURES = (
    *(Measure(f"stopped: {kind}", "higher", f"share of the claims with a changed {kind}") for kind in runner.CHANGED),
    Measure("false alarms", "lower", "share of the true and paraphrased claims that are stopped"),
    Measure("F1 of stopping", "higher", "of all changed claims against all faithful ones"),
)


def _pairs() -> list[runner.Pair]:
    return [pair for path in runner.shipped() for pair in runner.load(path)]


def _row(pair: runner.Pair, stopped: bool) -> Row:
    faithful = pair.kind in runner.FAITHFUL
    parts: dict[str, Part] = {
        "false alarms" if faithful else f"stopped: {pair.kind}": (float(stopped), 1.0),
    }
    if stopped or not faithful:
        parts["F1 of stopping"] = (2.0, 2.0) if stopped and not faithful else (0.0, 1.0)
    right = stopped != faithful
    why = "a faithful claim is stopped" if faithful else f"a claim with a changed {pair.kind} is let through"
    return Row(
        id=pair.id,
        question=pair.claim,
        kind=pair.kind,
        parts=parts,
        failures=() if right else (why,),
        expected="let through" if faithful else "stopped",
        answer="stopped" if stopped else "let through",
        evidence=pair.evidence,
        split=pair.split,
    )


def _open(settings: Settings, work: Path, say: Say) -> Opened:
    pairs = {pair.id: pair for pair in _pairs()}
    encoder = runner.encoder(work, settings.embedding_model)
    return Opened(lambda item: _row(pairs[item.id], runner._stopped(pairs[item.id], encoder)))


SETS = (
    EvalSet(
        name="verifier",
        about="claims that say what their evidence says, and claims that were changed",
        measures=MEASURES,
        items=lambda: [Item(pair.id, pair.model_dump_json()) for pair in _pairs()],
        state=lambda: "",
        open=_open,
    ),
)
