"""Every tab, in light and in dark, holds the machine-checkable part of WCAG 2.1 A and AA."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

TABS = ("Ask", "Library", "Inventory", "Readiness", "Roadmap", "Sizing", "Evals", "Doctor")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).first.click()
    page.wait_for_timeout(1500)  # what a tab loads and fades in


def told(violations: list[dict]) -> str:
    return "\n".join(
        f"{one['id']}: {one['help']}\n" + "\n".join(f"    {n['html'][:220]} {n['target']}" for n in one["nodes"][:4])
        for one in violations
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_a_tab_has_no_violation_that_a_machine_can_find(address: str, browser: Browser, tab: str, scheme: str):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page.goto(f"{address}/?__theme={scheme}")
    open_tab(page, tab)
    if tab == "Ask":
        page.get_by_label("Question").fill("How many H100s sit idle in Frankfurt?")
        page.get_by_label("Question").press("Enter")
        page.get_by_text("38 idle GPUs").first.wait_for(timeout=20_000)
        page.wait_for_timeout(1500)
    found = Axe().run(page, options=RULES)
    page.close()
    assert not found.response["violations"], told(found.response["violations"])
