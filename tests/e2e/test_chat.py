"""The page in a real browser, on a real server with a real library."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright

from ui import server

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def address(advisor) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = uvicorn.Server(uvicorn.Config(server.build(advisor), port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def page(address) -> Iterator[Page]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None and "CI" not in os.environ:
        pytest.skip("no Chromium on this machine: install one to run the browser tests")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=QUIET)
        page = opened.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        yield page
        opened.close()


def ask(page: Page, question: str) -> None:
    box = page.get_by_label("Question").first
    box.fill(question)
    box.press("Enter")


def test_an_answer_stands_beside_its_source_with_the_cited_words_marked(page, advisor):
    ask(page, "What is PUE?")
    answer = advisor.ask("What is PUE?")
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
