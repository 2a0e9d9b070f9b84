"""What documents and cells hold is text: no template of the page, and no markup, is made of it."""

from __future__ import annotations

import csv
import shutil

import pytest
from playwright.sync_api import Page, expect

from advisor import Advisor
from advisor.inventory.importing import import_feeds
from advisor.settings import load
from index import library
from index.document import Label

TRAP = (
    "${7*191} {{7*191}} {{{7*191}}} ${window.pwned='$'} {{#if true}}inside{{/if}} "
    "{{constructor.constructor('window.pwned=1')()}} <img src=x onerror=window.pwned=2> <%= 7*191 %>"
)
NOTE = f"""---
title: "Zirconium coolant {TRAP}"
label: public
---
# Zirconium coolant {TRAP}

The zirconium coolant carries sixty kilowatts {TRAP} from each rack of the hall.

| pump {TRAP} | flow |
|---|---|
| zirconium pump {TRAP} | 12 |
"""


@pytest.fixture(scope="module")
def estate(home, tmp_path_factory) -> Advisor:
    """The small library with a document and a feed that are full of templates."""
    base = tmp_path_factory.mktemp("templates")
    own = base / "home"
    shutil.copytree(home, own)
    (base / "zirconium.md").write_text(NOTE)
    for name, rows in {
        "sites": [("site", "kind", "pue"), (f"Lyon {TRAP}", "datacentre", 1.3), ("Oslo", "datacentre", 1.2)],
        "workloads": [("workload", "site", "team", "kind", "gpus_required"), (TRAP, "Oslo", TRAP, "inference", 4)],
    }.items():
        with (base / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    library.ingest(own, [base / "zirconium.md"], label=Label.PUBLIC)
    assert not import_feeds(own, [base / "sites.csv", base / "workloads.csv"], label="public").refused
    return Advisor.open(load(home=own))


def inert(page: Page) -> None:
    """Nothing ran, nothing was worked out, nothing of it is an element."""
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[src=x]").count() == 0
    shown = page.locator("body").inner_text()
    assert "1337" not in shown and "[object" not in shown
    assert page.evaluate("document.documentElement.innerHTML").count(">1337<") == 0


def opened(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).first.click()


def test_an_answer_and_its_sources_show_templates_as_they_stand(page: Page):
    page.get_by_label("Question").fill("What does the zirconium coolant carry?")
    page.keyboard.press("Enter")
    expect(page.locator(".sources").get_by_text("${7*191}").first).to_be_attached(timeout=30_000)
    page.wait_for_timeout(1000)
    inert(page)


def test_the_library_shows_them_in_title_and_text(page: Page):
    opened(page, "Library")
    page.get_by_role("gridcell", name="Zirconium coolant").first.click()
    expect(page.locator(".sources pre.span").first).to_contain_text("${window.pwned='$'}", timeout=15_000)
    inert(page)


@pytest.mark.parametrize("way", [["Inventory", "Records"], ["Inventory", "Feeds and remarks"], ["Readiness"]])
def test_the_estate_shows_them_in_cells(page: Page, way: list[str]):
    for tab in way:
        opened(page, tab)
    if way != ["Inventory", "Feeds and remarks"]:
        expect(page.get_by_text("7*191").first).to_be_attached(timeout=20_000)
    page.wait_for_timeout(500)
    inert(page)


def test_a_roadmap_shows_them_in_its_sections(page: Page):
    opened(page, "Roadmap")
    page.get_by_role("button", name="Draft the roadmap").click()
    expect(page.get_by_label("Section").first).to_be_visible(timeout=60_000)
    inert(page)


def test_what_would_run_is_noticed(page: Page):
    """The control."""
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.pwned=2\">')")
    page.wait_for_function("window.pwned === 2")
    with pytest.raises(AssertionError):
        inert(page)
