"""Review of drafts in a real browser: drafted, read, mended, accepted or rejected; what is accepted can be run."""

from __future__ import annotations

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evals import own
from ui.feedback import FILE


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Evals", exact=True).first.click()
    expect(page.get_by_role("button", name="Draft questions")).to_be_visible(timeout=15_000)


def test_drafts_are_read_mended_and_accepted_or_rejected(page: Page, estate):
    home = estate.settings.home
    thumb = {"question": "Why is RoCE slow?", "liked": False, "evidence": [], "label": "public"}
    (home / FILE).write_text(json.dumps(thumb) + "\n")
    opened(page)
    page.get_by_label("Questions to draft").fill("12")
    page.get_by_role("button", name="Draft questions").click()
    expect(page.get_by_text("new drafts, worded by fixed patterns")).to_be_visible(timeout=60_000)
    table = page.get_by_role("region", name="Drafts")
    expect(table.get_by_text("Why is RoCE slow?")).to_be_visible()
    first = own.load(home)[0]
    expect(page.get_by_label("Question, as you would ask it")).to_have_value(first.question)
    expect(page.locator(".card", has_text="Expected")).to_contain_text("From:")

    page.get_by_label("Question, as you would ask it").fill("What does PUE mean to a beginner?")
    page.get_by_label("Key facts a right answer must contain").fill("energy")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Accepted: ")).to_be_visible(timeout=15_000)
    expect(page.get_by_label("own", exact=True)).to_be_visible()
    kept = own.load(home)[0]
    assert (kept.question, kept.key_facts, kept.reviewed) == ("What does PUE mean to a beginner?", ("energy",), True)

    second = next(one for one in own.load(home) if not one.reviewed)
    expect(page.get_by_label("Question, as you would ask it")).to_have_value(second.question)
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text(f"Rejected: {second.question}")).to_be_visible(timeout=15_000)
    assert second.id not in [one.id for one in own.load(home)]

    page.get_by_role("combobox", name="Draft").click()
    page.get_by_role("option", name="Why is RoCE slow?").click()
    expect(page.get_by_label("Question, as you would ask it")).to_have_value("Why is RoCE slow?")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Say what a right answer holds")).to_be_visible(timeout=15_000)
    page.get_by_label("Nothing in this workspace answers it").check()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Accepted: Why is RoCE slow?")).to_be_visible(timeout=15_000)


def test_drafts_can_be_read_in_the_dark(address: str, browser: Browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page.goto(f"{address}/?__theme=dark")
    opened(page)
    expect(page.get_by_role("region", name="Drafts")).to_be_visible()
    page.get_by_role("button", name="Draft questions").hover()
    page.wait_for_timeout(500)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]}})
    page.close()
    assert [one["help"] for one in found.response["violations"]] == []


def test_accepted_questions_are_run_as_a_set_of_their_own(page: Page, estate):
    opened(page)
    page.get_by_label("guidance", exact=True).uncheck()
    page.get_by_label("own", exact=True).check()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="own")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("questions of your own over this workspace")).to_be_visible()
