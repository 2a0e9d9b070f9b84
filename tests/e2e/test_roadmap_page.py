"""The Roadmap tab in a real browser: limits, stages, sections, own words, files."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader


def opened(page: Page) -> None:
    tab = page.get_by_role("tab", name="Roadmap", exact=True).first
    expect(page.get_by_role("tab", name="Ask", exact=True).first).to_be_visible()
    page.wait_for_timeout(500)
    if tab.is_visible():
        tab.click()
    else:
        page.locator(".overflow-menu button").first.click()
        page.get_by_text("Roadmap", exact=True).last.click()


def drafted(page: Page, **limits: str) -> None:
    opened(page)
    for label, value in limits.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    page.get_by_role("button", name="Draft the roadmap").click()
    expect(page.locator(".roadmap .picture").first).to_be_visible(timeout=90_000)


@pytest.fixture
def choose(page: Page):
    def pick(label: str, option: str) -> None:
        page.get_by_label(label, exact=True).click()
        page.get_by_role("option", name=option).first.click()

    return pick


def test_stages_are_told_while_it_is_drafted_and_limits_are_held(page: Page):
    opened(page)
    page.get_by_label("Organisation").fill("Nordwind <b>Analytics</b>")
    page.get_by_label("People at the same time").fill("8")
    page.get_by_role("button", name="Draft the roadmap").click()
    expect(page.get_by_text("of 14: ").first).to_be_visible(timeout=30_000)
    expect(page.locator(".roadmap h3").first).to_have_text(
        "AI infrastructure roadmap for Nordwind <b>Analytics</b>", timeout=90_000
    )
    expect(page.get_by_text("of 8 people allowed").first).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)


def test_a_reference_leads_to_the_cell(page: Page):
    drafted(page)
    page.locator(".roadmap a.mark", has_text="[1]").first.click()
    entry = page.locator("#roadmap-ref-1")
    expect(entry).to_be_visible()
    expect(entry).to_contain_text("readiness of workloads")


def test_own_words_are_kept_when_the_section_is_drafted_anew(page: Page, choose):
    drafted(page)
    choose("Section", "3 Networking and storage")
    page.get_by_role("button", name="Edit this section").click()
    choose("Paragraph or list", "Storage:")
    box = page.get_by_label("Your words")
    expect(box).to_have_value(re.compile("^Add 15.0 GB/s of sustained throughput"), timeout=10_000)
    box.fill("We bought the new tier in October. It gives 99 GB/s.")
    page.get_by_role("button", name="Keep my words").click()
    words = page.get_by_text("We bought the new tier in October.", exact=False).last
    expect(words).to_be_visible(timeout=10_000)
    expect(page.get_by_text("not verified").first).to_be_visible()  # no evidence has 99 GB/s
    choose("Tone", "for engineers")
    page.get_by_role("button", name="Draft this section anew").click()
    expect(page.get_by_text("Accept it on").first).to_be_visible(timeout=90_000)
    expect(page.get_by_text("We bought the new tier in October.", exact=False).last).to_be_visible()
    expect(page.get_by_text("Your words: kept").first).to_be_visible()


def test_a_file_can_be_kept(page: Page):
    drafted(page)
    page.get_by_role("button", name="Make the file").click()
    link = page.get_by_role("link", name="Save ai-infrastructure-roadmap")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as started:
        link.click()
    pages = PdfReader(io.BytesIO(started.value.path().read_bytes())).pages
    assert "Executive summary" in pages[0].extract_text()


def test_what_is_no_number_is_refused_in_words(page: Page):
    opened(page)
    page.get_by_label("Budget").fill("a lot")
    page.get_by_role("button", name="Draft the roadmap").click()
    expect(page.get_by_role("alert")).to_contain_text("is no number", timeout=15_000)


def test_the_tab_is_no_wider_than_a_phone(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    drafted(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
