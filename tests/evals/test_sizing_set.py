"""The published cases: enough of them, with sources, within the promised error."""

from pathlib import Path

from evals.sizing import runner

CASES = runner.cases()


def test_the_set_is_as_large_as_promised():
    assert len(CASES) >= 60 and len({case["id"] for case in CASES}) == len(CASES)
    assert all(case["source"]["publisher"] and case["source"]["year"] for case in CASES)


def test_errors_keep_their_limits():
    outcomes = runner.run()
    medians = runner.by_kind(outcomes)
    assert medians["exact"] <= 0.02 and medians["empirical"] <= 0.15
    assert runner.passes(outcomes)


def test_no_case_is_hidden():
    outcomes = runner.run()
    text = runner.report(outcomes)
    assert sum(count for _, _, count, _, _ in runner.by_formula(outcomes)) == len(CASES)
    for one in outcomes:
        if one.kind in runner.LIMITS and abs(one.error) > runner.LIMITS[one.kind]:
            assert one.id in text


def test_the_documentation_publishes_the_errors_as_they_are():
    page = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text(encoding="utf-8")
    assert runner.report(runner.run()) in page
    assert f"holds {len(CASES)} cases" in page
