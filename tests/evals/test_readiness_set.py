"""Readiness questions: expected values out of the raw feeds, all answered right."""

import pytest

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from evals.readiness import make_set, runner


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readiness") / "store"
    assert build_store(folder, [make_set.ORG]).refused == []
    return Inventory(folder)


def test_the_set_is_what_the_raw_feeds_say():
    assert len(runner.cases()) >= 30
    assert runner.cases() == make_set.items()


def test_every_question_is_answered_right(sample):
    outcomes = runner.run(sample)
    assert [one.id for one in outcomes if not one.right] == [], runner.report(outcomes)


def test_a_wrong_figure_is_noticed(sample, tmp_path):
    path = tmp_path / "set.jsonl"
    text = runner.SET.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(text.replace("16.33", "17.33"), encoding="utf-8")
    (one,) = runner.run(sample, path)
    assert one.verdict and one.said and not one.figures
