"""The Library tab in a real browser: what is added can be asked, what is refused says why, what is deleted is gone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

NOTE = """# Immersion cooling at the Lisbon hall

The Lisbon hall uses single-phase immersion tanks that hold 72 servers each.
"""


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Library", exact=True).first.click()
    expect(page.get_by_text("documents that you may see")).to_be_visible(timeout=15_000)


def row(page: Page, title: str):
    return page.get_by_role("gridcell", name=title).first


def test_a_document_is_added_asked_and_deleted_and_a_bad_one_refused_with_the_reason(page: Page, tmp_path: Path):
    good, bad = tmp_path / "immersion.md", tmp_path / "broken.pdf"
    good.write_text(NOTE, encoding="utf-8")
    bad.write_bytes(b"this is no PDF")
    opened(page)
    page.locator("input[type=file][multiple]").set_input_files([good, bad])
    page.get_by_role("combobox", name="Least label of what is added").click()
    page.get_by_role("option", name="internal").click()
    page.get_by_role("button", name="Add to the library").click()
    expect(page.get_by_text("immersion.md added")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("broken.pdf refused")).to_be_visible()
    expect(row(page, "Immersion cooling at the Lisbon hall")).to_be_visible(timeout=15_000)

    row(page, "Immersion cooling at the Lisbon hall").click()
    expect(page.locator(".sources pre.span").first).to_contain_text("72 servers", timeout=15_000)
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_text("immersion.md removed")).to_be_visible(timeout=60_000)
    expect(row(page, "Immersion cooling at the Lisbon hall")).to_have_count(0, timeout=15_000)


def test_a_document_of_a_folder_is_read_but_not_changed_here(page: Page):
    opened(page)
    page.get_by_role("gridcell").first.click()
    expect(page.get_by_text("from a folder of the server")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="Delete …")).to_be_hidden()
