"""The set that was written without the grammar: what it scored when this was committed is the floor."""

from pathlib import Path

import pytest

from evals.inventory import fresh_set, runner

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    return runner.run(
        ROOT / "corpus" / "sample_org", tmp_path_factory.mktemp("fresh"), path=runner.SETS / "inventory_fresh.jsonl"
    )


def test_no_number_is_wrong_and_nearly_all_are_answered(scores):
    assert scores.cases["answerable"] + scores.cases["follow-up"] >= 130
    assert scores.measures["numeric exactness of answered"] == 1.0
    assert scores.measures["answered share of answerable"] >= 0.95
    assert scores.measures["abstention F1"] >= 0.9
    assert scores.measures["ambiguous flagged"] >= 0.9
    assert scores.measures["guidance left alone"] == 1.0


def test_the_set_is_what_its_script_makes_of_the_feeds():
    made = fresh_set.build(ROOT / "corpus" / "sample_org").rows
    kept = runner.load(runner.SETS / "inventory_fresh.jsonl")
    assert [(one["question"], one["kind"]) for one in made] == [(one["question"], one["kind"]) for one in kept]
    for new, old in zip(made, kept, strict=True):
        assert new.get("values") == pytest.approx(old.get("values", None)) if "values" in old else "values" not in new
