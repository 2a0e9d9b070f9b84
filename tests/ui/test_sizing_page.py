"""A sizing is shown with formula, inputs and what moves it; what is missing is said."""

from advisor.sizing import answer, request
from ui import sizing_page


def test_every_figure_is_shown_with_formula_source_and_inputs():
    asked, unread = request.parse("serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context")
    found = answer.size(asked, unread)
    shown = sizing_page.sized_html(found)
    assert shown.count("<details") == len(found.sized) == shown.count("Source of the formula")
    assert "12 accelerators" in shown and "Missing" in shown and "concurrency" in shown


def test_what_a_reader_writes_never_becomes_markup():
    assert "<img" not in sizing_page._refused("no model <img src=x onerror=alert(1)>")
