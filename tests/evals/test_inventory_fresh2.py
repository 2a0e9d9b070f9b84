"""The second author's sets: no wrong number, and the sets are what their scripts make of the feeds."""

from pathlib import Path

import pytest

from evals.inventory import runner, second_fresh_set, third_fresh_set

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    work = tmp_path_factory.mktemp("fresh2")
    return runner.run(ROOT / "corpus" / "sample_org", work, path=second_fresh_set.SET)


def test_no_number_is_wrong_and_nearly_all_are_answered(scores):
    assert scores.cases["answerable"] + scores.cases["follow-up"] == 90
    assert scores.measures["numeric exactness of answered"] == 1.0
    assert scores.measures["answered share of answerable"] >= 0.95
    assert scores.measures["abstention F1"] >= 0.9
    assert scores.measures["ambiguous flagged"] >= 0.9
    assert scores.measures["guidance left alone"] == 1.0


def test_no_number_is_wrong_on_questions_that_were_never_tuned_on(tmp_path):
    found = runner.run(ROOT / "corpus" / "sample_org", tmp_path, path=third_fresh_set.SET)
    assert found.measures["numeric exactness of answered"] == 1.0
    assert found.measures["ambiguous flagged"] == found.measures["guidance left alone"] == 1.0


@pytest.mark.parametrize("script", [second_fresh_set, third_fresh_set])
def test_the_set_is_what_its_script_makes_of_the_feeds(script):
    kept, made = runner.load(script.SET), script.questions()
    assert [(one["question"], one["kind"]) for one in made] == [(one["question"], one["kind"]) for one in kept]
    for new, old in zip(made, kept, strict=True):
        assert new.get("values") == (pytest.approx(old["values"]) if "values" in old else None)
