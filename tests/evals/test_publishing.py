"""Figures go between their marks, and nowhere else."""

import re
from pathlib import Path

from evals import publishing
from evals.registry import shipped
from evals.row import ADVISOR, Measure, Row, Run, SetResult


def run_of(value, settings=None):
    measures = (Measure("nDCG@10", "higher", ""), Measure("ms per answer", "neither", ""))
    rows = {
        ADVISOR: [Row("a", "q", "k", {"nDCG@10": (value, 1.0), "ms per answer": (7.0, 1.0)}, split="dev")],
        "peer": [Row("a", "q", "k", {"nDCG@10": (0.5, 1.0)}, split="dev")],
    }
    return Run("r", "c", settings or {}, {"mine": SetResult("mine", "", measures, rows, (), ("nDCG@10",))})


def test_a_set_in_parts_without_other_systems_has_a_column_a_part():
    measures = (Measure("m", "higher", ""),)
    rows = [Row(str(i), "q", "k", {"m": (float(i), 1.0)}, split="dev" if i else "held-out") for i in range(3)]
    text = publishing.block(SetResult("mine", "", measures, {ADVISOR: rows}))
    assert "| measure | all 3 | held-out 1 | dev 2 |" in text and "| 1.500 (1.000–2.000) |" in text


def test_every_set_has_its_figures_on_a_page_and_every_block_is_of_a_set():
    root = Path(__file__).parents[2]
    pages = "".join((root / name).read_text(encoding="utf-8") for name in publishing.PAGES)
    blocks = re.findall(r"<!-- eval (\S+): begin -->\n(.*?)<!-- eval \1", pages, re.DOTALL)
    not_shipped = {"public", "verifier_public", "cranfield", "cisi"}  # `make eval PUBLIC=… BEIR=…`
    assert {name for name, _ in blocks} == set(shipped()) | not_shipped
    assert [name for name, table in blocks if "| measure |" not in table] == []


def test_a_block_is_replaced_and_the_rest_stays(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in publishing.PAGES:
        (tmp_path / name).write_text("before\n<!-- eval mine: begin -->\nold\n<!-- eval mine: end -->\nafter\n")
    assert publishing.write(run_of(0.75), tmp_path) == list(publishing.PAGES)
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n<!-- eval mine: begin -->\n| measure | advisor | peer |")
    assert text.endswith("<!-- eval mine: end -->\nafter\n") and "old" not in text
    assert "+0.250" in text and "1.50 times" in text and "dev, 1 questions" in text
    assert "ms per answer" not in text
    assert publishing.write(run_of(0.75), tmp_path) == []


def test_what_a_model_wrote_does_not_take_the_place_of_what_is_quoted(tmp_path):
    (tmp_path / "docs").mkdir()
    marks = "<!-- eval mine: begin -->\nquoted\n<!-- eval mine: end -->\n"
    marks += "<!-- eval mine by local: begin -->\n<!-- eval mine by local: end -->\n"
    for name in publishing.PAGES:
        (tmp_path / name).write_text(marks)
    publishing.write(run_of(0.75, {"llm": "local"}), tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "quoted" in text and "| nDCG@10 | 0.750" in text.partition("by local: begin")[2]
