"""Readiness and Sizing in a real browser: what is chosen leads down to the cell and the formula."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


def opened(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).first.click()


def test_a_score_leads_to_its_formula_its_figure_and_the_cell(page: Page):
    opened(page, "Readiness")
    score = page.get_by_role("button", name="llm-finetune-70b, storage: 8 %")
    score.focus()
    page.keyboard.press("Enter")  # the keyboard alone is enough
    check = page.locator("details.card", has_text="checkpoint write")
    expect(check.locator(".formula")).to_contain_text("1.3 ÷ 16.3 → 8 %", timeout=15_000)
    expect(check.locator("table")).to_contain_text("fio-fra-nas01.json")


def test_a_change_shows_what_would_be_otherwise_and_nonsense_is_refused(page: Page):
    opened(page, "Readiness")
    box = page.get_by_label("What if")
    box.fill("storage Frankfurt 20 GB/s")
    box.press("Enter")
    expect(page.get_by_role("rowheader", name="llm-finetune-70b").last).to_be_visible(timeout=15_000)
    expect(page.get_by_text("storage write at Frankfurt: 1.3 → 20 GB/s")).to_be_visible()
    box.fill("paint the racks blue")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot be read", timeout=15_000)


def test_an_assessment_is_kept_and_compared(page: Page):
    opened(page, "Readiness")
    page.get_by_text("Snapshots").click()
    box = page.get_by_label("Keep this assessment as")
    box.fill("2026-q4")
    box.press("Enter")
    expect(page.get_by_text("Kept as 2026-q4.")).to_be_visible(timeout=15_000)
    page.get_by_label("What changed since").click()
    page.get_by_role("option", name="2026-q4").click()
    expect(page.get_by_text("Nothing changed.")).to_be_visible(timeout=15_000)
    box.fill("../out")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is no name", timeout=15_000)


def test_costs_say_whose_prices_they_are(page: Page):
    opened(page, "Readiness")
    expect(page.get_by_text("both of your own spend")).to_be_visible(timeout=15_000)


def test_a_sentence_is_sized_and_an_unknown_model_refused_in_words(page: Page):
    opened(page, "Sizing")
    box = page.get_by_label("What to size")
    box.fill("serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context")
    box.press("Enter")
    needed = page.locator("details.card", has_text="Accelerators needed")
    expect(needed).to_contain_text("12 accelerators", timeout=15_000)
    needed.locator("summary").click()
    expect(needed.locator(".formula")).to_contain_text("degree ×")
    box.fill("serve Zeppelin-9B at 10 users, 4k context")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no model", timeout=15_000)


def test_fields_are_sized_too(page: Page):
    opened(page, "Sizing")
    page.get_by_text("Or fill in fields").click()
    page.get_by_role("button", name="Size from fields").click()
    expect(page.get_by_text("Read as: serve Llama-3.1-70B on H100 SXM").first).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("tab", ["Ask", "Library", "Inventory", "Readiness", "Sizing", "Evals", "Doctor"])
def test_no_tab_is_wider_than_a_phone(page: Page, tab: str):
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.locator(".overflow-menu button").first).to_be_visible(timeout=30_000)  # the tabs know the width
    found = page.get_by_role("tab", name=tab, exact=True).first
    if not found.is_visible():
        page.locator(".overflow-menu button").first.click()
        found = page.get_by_text(tab, exact=True).last
    found.click()
    page.wait_for_timeout(800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
