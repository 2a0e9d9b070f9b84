"""Changed and faithful claims put to the verifier, a row a pair."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

from advisor import Label
from advisor.settings import Settings
from advisor.verifying import entailment
from evals.registry import EvalSet, Item, Opened
from evals.row import Material, Measure, Part, Row
from evals.verifier import runner

MEASURES = (
    *(Measure(f"stopped: {kind}", "higher", f"share of the claims with a changed {kind}") for kind in runner.CHANGED),
    Measure("false alarms", "lower", "share of the true and paraphrased claims that are stopped"),
    Measure("precision of stopping", "higher", "share of what is stopped that was changed"),
    Measure("F1 of stopping", "higher", "of all changed claims against all faithful ones"),
    Measure("ms per claim", "neither", "by the clock, one claim after another", 1),
    Measure("CPU ms per claim", "neither", "of all threads", 1),
)


def _pairs(paths: Sequence[Path], documents: Path | None) -> list[runner.Pair]:
    return [pair for path in paths for pair in runner.load(path, documents)]


def _row(pair: runner.Pair, stopped: bool, spent_ms: float, worked_ms: float, label: Label) -> Row:
    faithful = pair.kind in runner.FAITHFUL
    parts: dict[str, Part] = {
        "false alarms" if faithful else f"stopped: {pair.kind}": (float(stopped), 1.0),
        "ms per claim": (spent_ms, 1.0),
        "CPU ms per claim": (worked_ms, 1.0),
    }
    if stopped:
        parts["precision of stopping"] = (float(not faithful), 1.0)
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
        material=Material(
            said=pair.claim,
            contexts=pair.evidence,
            label=label.value,
            ours={"faithfulness": not stopped},
            truth={"faithfulness": faithful},
        ),
    )


def _open(pairs: Sequence[runner.Pair], label: Label, settings: Settings, work: Path) -> Opened:
    known = {pair.id: pair for pair in pairs}
    encoder = runner.encoder(work, settings.embedding_model)
    nli = entailment.load(settings.nli_model) if settings.nli_model else None
    for pair in pairs[:5]:
        runner.stopped(pair, encoder, nli)  # what is loaded once is no time of a claim

    def measure(item: Item) -> Row:
        started, worked = perf_counter(), process_time()
        stopped = runner.stopped(known[item.id], encoder, nli)
        spent_ms, worked_ms = 1000 * (perf_counter() - started), 1000 * (process_time() - worked)
        return _row(known[item.id], stopped, spent_ms, worked_ms, label)

    return Opened(measure)


def make(
    name: str, about: str, paths: Sequence[Path], documents: Path | None = None, label: Label = Label.RESTRICTED
) -> EvalSet:
    """The set of files of pairs; evidence that they name by file and characters is read from `documents`.

    `label` is that of their text: a hosted judge reads none above its ceiling.
    """
    return EvalSet(
        name=name,
        about=about,
        measures=MEASURES,
        items=lambda: [Item(pair.id, pair.model_dump_json()) for pair in _pairs(paths, documents)],
        state=lambda: label.value,
        open=lambda settings, work, say: _open(_pairs(paths, documents), label, settings, work),
        parallel=False,  # time is taken, and the verifier has threads of its own
    )


_ABOUT = "claims that say what their evidence says, and changed ones"
SETS = (
    make("verifier", _ABOUT, (runner.SET, runner.FRESH), label=Label.PUBLIC),
    make("verifier_free", f"{_ABOUT}, in free words", (runner.FREE,), label=Label.PUBLIC),
    make("verifier_held_out", f"{_ABOUT}, by others", (runner.HELD_OUT,), label=Label.PUBLIC),
    make("verifier_unseen", f"{_ABOUT}, by two more", (runner.UNSEEN,), label=Label.PUBLIC),
    make("verifier_contrast_held_out", f"{_ABOUT}, in contrast", (runner.CONTRAST_HELD_OUT,), label=Label.PUBLIC),
)
