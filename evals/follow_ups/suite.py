"""Questions that lean on earlier ones against their self-contained wording, a row an item."""

from __future__ import annotations

from pathlib import Path

from advisor.settings import Settings, corpus_path
from evals.documents import folder_digest
from evals.follow_ups import runner
from evals.registry import EvalSet, Item, Opened, Say
from evals.row import Measure, Part, Row

MEASURES = (
    Measure("recall@5", "higher", "of follow-ups about guidance, asked with the conversation"),
    Measure("recall@5 self-contained", "neither", "of the wording that needs no conversation: what can be reached"),
    Measure("recall@5 as typed", "neither", "of the words alone, without the conversation"),
    Measure("estate right", "higher", "share of the follow-ups about the estate with the figures of the wording alone"),
    Measure("courtesy right", "higher", "share of thanks and greetings that are answered as such"),
)


def _row(found: runner.Outcome) -> Row:
    case, parts, why = found.case, dict[str, Part](), None
    if case.kind == "courtesy":
        parts["courtesy right"] = (float(found.right), 1.0)
        why = None if found.right else "not taken for a courtesy"
    elif case.over == "estate":
        parts["estate right"] = (float(found.right), 1.0)
        why = None if found.right else "other figures than those of the self-contained wording"
    else:
        parts["recall@5"] = (found.recall, 1.0)
        parts["recall@5 self-contained"] = (found.alone, 1.0)
        parts["recall@5 as typed"] = (found.typed, 1.0)
        why = f"recall {found.recall:.2f}, self-contained {found.alone:.2f}" if found.recall < found.alone else None
    return Row(
        id=case.id,
        question=" / ".join([*case.history, case.question]),
        kind=case.kind,
        parts=parts,
        failures=(why,) if why else (),
        expected=case.standalone,
        answer=f"understood as: {found.understood}",
        evidence=tuple(f"{gold.path}: {gold.quote}" for gold in case.gold),
        split=case.split,
    )


def _open(settings: Settings, work: Path, say: Say) -> Opened:
    cases = {case.id: case for case in runner.load()}
    measure = runner.opened(list(cases.values()), settings, corpus_path(), work, say)
    return Opened(lambda item: _row(measure(cases[item.id])))


SETS = (
    EvalSet(
        name="follow_ups",
        about="questions that lean on earlier ones",
        measures=MEASURES,
        items=lambda: [Item(case.id, case.model_dump_json()) for case in runner.load()],
        state=lambda: folder_digest(corpus_path() / "guidance") + folder_digest(corpus_path() / "sample_org"),
        open=_open,
    ),
)
