"""The inventory set on the sample organisation holds its thresholds."""

from pathlib import Path

import pytest

from evals.inventory import runner

SAMPLE = Path(__file__).parents[2] / "corpus" / "sample_org"


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    from advisor.inventory.importing import build_store
    from advisor.inventory.inventory import Inventory

    folder = tmp_path_factory.mktemp("eval")
    build_store(folder, [SAMPLE])
    cases = [case for case in runner.load(runner.SET) if case["org"] == "sample"]
    return runner.score(cases, {"sample": Inventory(folder)})


def test_the_set_is_as_large_as_promised():
    kinds = [case["kind"] for case in runner.load(runner.SET)]
    assert len(kinds) >= 120 and kinds.count("unanswerable") >= 20
    assert kinds.count("ambiguous") >= 15 and kinds.count("follow-up") >= 15


def test_no_number_is_wrong(scores):
    assert scores.measures["numeric exactness of answered"] == 1.0


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("answered share of answerable", 0.95),
        ("abstention F1", 0.9),
        ("ambiguous flagged", 0.9),
        ("guidance left alone", 0.95),
    ],
)
def test_thresholds(scores, name, least):
    assert scores.measures[name] >= least


def test_a_wrong_value_would_be_noticed():
    from advisor.measures.query import InventoryAnswer

    answer = InventoryAnswer("answered", "x")
    assert runner.differs({"values": {"": 1.0}}, _with_value(answer, 1.0)) is None
    assert "instead of" in runner.differs({"values": {"": 1.0}}, _with_value(answer, 1.001))


def _with_value(answer, value):
    from dataclasses import replace

    from advisor.evidence import Figure
    from index.document import Label

    figure = Figure("gpu_count", value, "GPU", "", "", (), None, Label.PUBLIC)
    return replace(answer, figures=(figure,))
