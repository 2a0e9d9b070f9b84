"""A run on the page: intervals, what fell short and why; nothing of a question alive."""

from evals.row import ADVISOR, Measure, Row, Run, SetResult
from ui import evals_views

EVIL = "<script>alert(1)</script>"


def test_figures_failures_and_hostile_questions_are_told_inertly():
    rows = [
        Row("a", EVIL, "number", {"exactness": (0.0, 1.0)}, (EVIL,), expected="4", answer=EVIL, evidence=(EVIL,)),
        Row("b", "How many?", "number", {"exactness": (1.0, 1.0)}),
    ]
    result = SetResult("own", "about", (Measure("exactness", "higher", "share of exact figures"),), {ADVISOR: rows})
    shown = evals_views.run(Run("r1", "code", {}, {"own": result}))
    assert "<script" not in shown and "<b>0.500</b>" in shown and "1 of 2 questions fell short" in shown
