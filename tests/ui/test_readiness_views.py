"""The scorecard says in words what its colours say, and unknown is neither met nor not met."""

from pathlib import Path

import pytest

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import load
from advisor.readiness import assessment, findings, observation, rubric
from advisor.readiness.cells import Cells
from ui import charts, readiness_views
from ui.charts import Cell


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readiness")
    build_store(folder, [Path(__file__).parents[2] / "corpus" / "sample_org"])
    inventory, rules = Inventory(folder), rubric.load()
    estate = observation.observe(inventory, load(), rules)
    return inventory, estate, assessment.assess(estate, rules)


@pytest.mark.parametrize(
    ("cell", "said", "sign"),
    [
        (Cell(), "not asked", "–"),
        (Cell(1.0, 1.0), "met", "✓"),
        (Cell(0.0, 1.0), "cannot determine", "?"),
        (Cell(0.0, 0.5), "at most 50 %", "? ≤50 %"),
        (Cell(0.08, 0.08), "8 %", "8 %"),
        (Cell(0.999, 0.999), "99 %", "99 %"),  # not met is never shown as 100 %
    ],
)
def test_a_score_has_words_and_a_sign(cell, said, sign):
    assert (cell.said, cell.sign) == (said, sign)


def test_unknown_bad_and_good_have_classes_of_their_own():
    kinds = {Cell(0.0, 1.0).kind, Cell(0.0, 0.0).kind, Cell(1.0, 1.0).kind, Cell().kind}
    assert kinds == {"unknown", "far", "met", "none"}


def test_every_asked_score_can_be_chosen_and_is_named_in_words(seen):
    _, _, result = seen
    shown = readiness_views.by_workload(result)
    asked = sum(len({gap.check.dimension for gap in one.gaps}) for one in result.verdicts)
    assert shown.count("data-pick=") == asked == shown.count(". Show why.")


def test_the_radar_tells_its_values_as_text(seen):
    _, _, result = seen
    drawn = readiness_views.by_site(result)
    assert 'role="img"' in drawn and "storage 54–78 %" in drawn and "<script" not in drawn
    assert charts.radar("two", [("a", Cell(1, 1)), ("b", Cell(1, 1))]) == ""


def test_a_workload_is_drilled_down_to_feed_row_and_column(seen):
    inventory, estate, result = seen
    verdict = next(one for one in result.verdicts if one.workload.name == "llm-finetune-70b")
    proofs = findings.of(verdict.gaps, estate, Cells(inventory, load()), load())
    shown = readiness_views.drill(verdict, proofs, "storage")
    assert "1.3 ÷ 16.3 → 8 %" in shown and "fio-fra-nas01.json" in shown and "PUE" not in shown
    whole = readiness_views.drill(verdict, proofs, None)
    assert "Binding constraint" in whole and whole.count("<details") == len(verdict.gaps)


def test_names_out_of_feeds_never_become_markup():
    nasty = "<img src=x onerror=alert(1)>"
    for shown in (
        charts.heat_map(nasty, nasty, [nasty], [(nasty, nasty, [Cell(0, 0)])], True),
        charts.radar(nasty, [(nasty, Cell(0, 1))] * 3),
        charts.bars(nasty, [(nasty, 1.0, nasty)]),
    ):
        assert "<img" not in shown and "&lt;img" in shown
