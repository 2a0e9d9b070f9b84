"""A real server with a real library and the sample estate, and a page of a real browser on it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from advisor import Advisor
from advisor.inventory.importing import import_feeds
from advisor.settings import load
from ui import server

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
]  # the guard of tests/offline sees no browser


@pytest.fixture(scope="module")
def estate(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Advisor:
    """The small library with the sample organisation's feeds beside it."""
    own = tmp_path_factory.mktemp("estate") / "home"
    shutil.copytree(home, own)
    import_feeds(own, [Path(__file__).parents[2] / "corpus" / "sample_org"])
    return Advisor.open(load(home=own))


@pytest.fixture(scope="module")
def address(estate: Advisor) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = uvicorn.Server(uvicorn.Config(server.build(estate), port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and "CI" not in os.environ:
        pytest.skip("no Chromium on this machine: install one to run the browser tests")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    yield page
    page.close()
