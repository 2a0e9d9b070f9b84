"""Conversations on the Ask tab, in a real browser: kept, gone on with, exported, deleted."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from advisor import Label
from advisor.sessions import Sessions


def ask(page: Page, question: str) -> None:
    box = page.get_by_placeholder("Ask about GPUs")
    box.fill(question)
    box.press("Enter")


def test_a_conversation_is_kept_reopened_exported_and_deleted(page, estate):
    kept = Sessions(estate.settings.home)
    ask(page, "What is PUE?")
    expect(page.locator(".sources mark").first).to_be_visible(timeout=15_000)
    ask(page, "how is it measured?")
    expect(page.get_by_test_id("bot").get_by_text("Understood as: how is PUE measured?")).to_be_visible(timeout=15_000)
    newest = kept.listed("local", Label.RESTRICTED)[0]
    assert [turn.question for turn in newest.turns] == ["What is PUE?", "how is it measured?"]

    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_test_id("bot")).to_have_count(0)
    ask(page, "What is InfiniBand?")
    expect(page.get_by_test_id("bot").get_by_text("lossless switched fabric").first).to_be_visible(timeout=15_000)
    assert len(kept.listed("local", Label.RESTRICTED)) >= 2

    page.reload()
    choice = page.get_by_label("Conversations")
    choice.click()
    page.get_by_role("option", name="What is PUE?").first.click()
    expect(page.get_by_test_id("bot").get_by_text("Understood as: how is PUE measured?")).to_be_visible(timeout=15_000)
    expect(page.locator(".sources mark").first).to_be_visible()
    ask(page, "what are its limits?")
    expect(page.get_by_test_id("bot").get_by_text("what are PUE's limits?")).to_be_visible(timeout=15_000)
    assert len(kept.get("local", newest.id, Label.RESTRICTED).turns) == 3

    with page.expect_download() as download:
        page.get_by_role("button", name="Export conversation").click()
    assert "## how is it measured?" in Path(download.value.path()).read_text(encoding="utf-8")

    page.get_by_role("button", name="Delete conversation").click()
    expect(page.get_by_test_id("bot")).to_have_count(0)
    assert newest.id not in {one.id for one in kept.listed("local", Label.RESTRICTED)}
