"""The Ask tab in a real browser."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect


def ask(page: Page, question: str) -> None:
    box = page.get_by_placeholder("Ask about GPUs")
    box.fill(question)
    box.press("Enter")


def test_an_answer_stands_beside_its_source_with_the_cited_words_marked(page, estate):
    ask(page, "What is PUE?")
    answer = estate.ask("What is PUE?")
    expect(page.locator(".sources mark").first).to_have_text(answer.evidence[0].text, timeout=15_000)
    expect(page.locator(".sources .where.path").first).to_contain_text("pue.md")
    expect(page.get_by_test_id("bot").get_by_text(answer.claims[0].text[:60]).first).to_be_visible()


def test_an_unknown_subject_is_said_to_be_unknown(page):
    ask(page, "Who won the 1998 world cup?")
    expect(page.get_by_text("I don't know").first).to_be_visible(timeout=15_000)
    expect(page.locator(".sources mark")).to_have_count(0)


def test_the_page_asks_no_other_host_for_anything(page, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    ask(page, "What is InfiniBand?")
    expect(page.locator(".sources mark").first).to_be_visible(timeout=15_000)
    for tab in ("Inventory", "Readiness", "Sizing"):
        page.get_by_role("tab", name=tab, exact=True).first.click()
        page.wait_for_timeout(400)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_a_citation_leads_to_its_source_in_this_page(page, address):
    ask(page, "What is PUE?")
    page.get_by_test_id("bot").locator("a[href='#source-1-1']").first.click(timeout=15_000)
    assert page.evaluate("document.activeElement.closest('.card').id") == "source-1-1"
    assert page.url.startswith(address) and len(page.context.pages) == 1


def test_a_second_answer_keeps_the_sources_of_the_first(page):
    ask(page, "What is PUE?")
    expect(page.locator("#source-1-1")).to_be_visible(timeout=15_000)
    page.wait_for_timeout(500)
    ask(page, "What is InfiniBand?")
    expect(page.locator("#source-2-1")).to_be_visible(timeout=15_000)
    page.get_by_test_id("bot").locator("a[href='#source-1-1']").first.click()
    expect(page.locator("#source-1-1")).to_be_visible()  # its closed fold has opened


def test_a_thumb_is_kept_with_question_and_answer(page, estate):
    ask(page, "What is InfiniBand?")
    expect(page.locator("#source-1-1")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Like", exact=True).click()
    file = estate.settings.home / "feedback.jsonl"
    expect(page.locator("#source-1-1")).to_be_visible()
    page.wait_for_timeout(800)
    line = json.loads(file.read_text().splitlines()[-1])
    assert line["liked"] and line["question"] == "What is InfiniBand?" and line["evidence"]
    assert file.stat().st_mode & 0o077 == 0


def test_what_is_suggested_is_answered(page):
    ask(page, "How many GPUs do we have?")
    suggested = page.locator(".next button").first
    expect(suggested).to_contain_text("by site", timeout=15_000)
    suggested.click()
    expect(page.locator("#source-2-1")).to_be_visible(timeout=15_000)
