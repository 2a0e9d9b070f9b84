"""The Evals tab in a real browser: a set is run, and its figures, intervals and report are there."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_a_sample_of_a_set_is_measured_and_the_report_can_be_fetched(page: Page):
    page.get_by_role("tab", name="Evals", exact=True).first.click()
    page.get_by_label("guidance", exact=True).uncheck()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a set", timeout=15_000)
    page.get_by_label("sizing", exact=True).check()
    page.get_by_label("Questions of each set (0: all)").fill("5")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("columnheader", name="value (95 %)")).to_be_visible(timeout=60_000)
    with page.expect_download(timeout=30_000) as fetched:
        page.get_by_role("button", name="Download the report").click()
    assert "sizing" in fetched.value.path().read_text(encoding="utf-8")
