"""The Ask tab in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def ask(page: Page, question: str) -> None:
    box = page.get_by_label("Question").first
    box.fill(question)
    box.press("Enter")


def test_an_answer_stands_beside_its_source_with_the_cited_words_marked(page, estate):
    ask(page, "What is PUE?")
    answer = estate.ask("What is PUE?")
    expect(page.locator(".sources mark").first).to_have_text(answer.evidence[0].text, timeout=15_000)
    expect(page.locator(".sources .where.path").first).to_contain_text("pue.md")
    expect(page.get_by_text(answer.claims[0].text[:60]).first).to_be_visible()


def test_an_unknown_subject_is_said_to_be_unknown(page):
    ask(page, "Who won the 1998 world cup?")
    expect(page.get_by_text("I don't know").first).to_be_visible(timeout=15_000)
    expect(page.locator(".sources mark")).to_have_count(0)


def test_the_page_asks_no_other_host_for_anything(page, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    ask(page, "How fast is an NDR link?")
    expect(page.locator(".sources mark").first).to_be_visible(timeout=15_000)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
