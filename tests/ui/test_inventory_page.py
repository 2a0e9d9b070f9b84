"""What the Inventory tab shows, from real answers: inert, from zero, and of the record that was clicked."""

from pathlib import Path

import pytest

from advisor.inventory import browse
from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.measures.query import answer_question
from ui import inventory_page, views


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("estate")
    build_store(folder, [Path(__file__).parents[2] / "corpus" / "sample_org"])
    return Inventory(folder)


def test_a_grouping_has_bars_in_its_order_and_a_single_value_none(estate):
    chart = inventory_page.chart_html(answer_question("GPUs by site", estate))
    assert [chart.index(name) for name in ("Frankfurt", "Oslo", "Dublin", "AWS")] == sorted(
        chart.index(name) for name in ("Frankfurt", "Oslo", "Dublin", "AWS")
    )
    assert "width:100.00%" in chart and f"width:{100 * 80 / 96:.2f}%" in chart and "80 GPUs" in chart
    assert inventory_page.chart_html(answer_question("How many GPUs do we have?", estate)) == ""
    mixed = answer_question("spend by provider", estate)
    assert inventory_page.chart_html(mixed) == ""  # dollars and euros on one axis would compare them


def test_the_answer_carries_reading_definition_and_cells(estate):
    shown = inventory_page.answer_html(answer_question("How many H100s sit idle in Frankfurt?", estate))
    assert "38 idle GPUs" in shown and "Read as: idle GPUs" in shown and "fra-h100-04.csv" in shown
    assert inventory_page.NOT_OURS in inventory_page.answer_html(None)


def test_a_cell_of_a_feed_never_becomes_markup(tmp_path):
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / "sites.csv").write_text("site,pue,rack_count\n<img src=x onerror=alert(1)>,1.2,3\nOslo,1.3,4\n")
    build_store(tmp_path / "store", [feeds], label="internal")
    inventory = Inventory(tmp_path / "store")
    said = answer_question("racks by site", inventory)
    shown = browse.records(inventory, "site")
    place = inventory_page.place_html("site", shown.rows[0][0], browse.place(inventory, shown, 0, 0))
    for html in (inventory_page.answer_html(said), inventory_page.chart_html(said), place):
        assert "<img" not in html and "&lt;img" in html


def test_the_record_clicked_is_found_by_its_values_after_sorting(estate):
    shown = browse.records(estate, "site")
    values = ["" if one is None else one for one in shown.rows[2]]
    assert inventory_page.row_of(shown, 0, values) == 2
    assert inventory_page.row_of(shown, 1, None) == 1
    assert inventory_page.row_of(shown, 0, ["nothing", "like", "it"]) is None


def test_questions_of_a_conversation_are_read_from_text_and_from_parts():
    history = [
        {"role": "user", "content": "GPUs in Oslo?"},
        {"role": "assistant", "content": "80"},
        {"role": "user", "content": [{"type": "text", "text": "and in Dublin?"}]},
    ]
    assert views.questions(history) == ["GPUs in Oslo?", "and in Dublin?"]
