"""The Readiness tab: scorecard, gaps, why each score is what it is, and what a change would make of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, LibraryError
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import load as load_catalogue
from advisor.readiness import assessment, findings, observation, rubric, what_if
from advisor.readiness.assessment import Assessment
from advisor.readiness.observation import Estate
from ui import access
from ui import readiness_views as views
from ui.charts import e

NONE_YET = (
    '<div class="shown empty"><h3>No inventory yet</h3><p>Readiness is arithmetic over your own estate. '
    "Import its feeds with <code>advisor inventory import PATH…</code> "
    "(<code>advisor inventory template</code> writes files to fill in), then press Reload.</p></div>"
)
NO_WORKLOADS = (
    '<div class="shown empty"><h3>No workloads in the inventory</h3><p>Readiness is assessed for each workload: '
    "fill in <code>workloads.csv</code> (<code>advisor inventory template</code> writes one), import it, "
    "then press Reload.</p></div>"
)
PICK = "element.addEventListener('click', event => { const picked = event.target.closest('[data-pick]'); " \
    "if (picked) trigger('click', {pick: picked.dataset.pick}); });"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessed:
    """An inventory with what readiness says of it."""

    inventory: Inventory
    estate: Estate
    rules: rubric.Rubric
    result: Assessment


def assessed(advisor: Advisor, request: gr.Request) -> Assessed | None:
    """As the person before the browser may see it; None when no inventory has been imported."""
    inventory = advisor.estate.inventory(access.clearance_of(request))
    if inventory is None:
        return None
    rules = rubric.load()
    estate = observation.observe(inventory, load_catalogue(), rules)
    return Assessed(inventory, estate, rules, assessment.assess(estate, rules))


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks."""

    def load(request: gr.Request) -> tuple[Any, ...]:
        blank = (gr.update(choices=[], value=None), "", "", "", "")
        try:
            found = assessed(advisor, request)
        except (AdvisorError, LibraryError) as error:
            return (_wrong(error), *blank)
        if found is None or not found.result.verdicts:
            return (NONE_YET if found is None else NO_WORKLOADS, *blank)
        names = [one.workload.name for one in found.result.verdicts]
        result = found.result
        return (
            views.headline(result),
            gr.update(choices=names, value=None),
            views.by_workload(result),
            views.by_site(result),
            views.gap_bars(result),
            "",
        )

    def why(workload: str | None, dimension: str | None, request: gr.Request) -> str:
        if not workload:
            return ""
        try:
            found = assessed(advisor, request)
            verdict = next((v for v in found.result.verdicts if v.workload.name == workload), None) if found else None
            if found is None or verdict is None:
                return _wrong("The inventory has changed: press Reload.")
            proofs = findings.of(verdict.gaps, found.estate, found.inventory, load_catalogue())
        except (AdvisorError, LibraryError) as error:
            return _wrong(error)
        return views.drill(verdict, proofs, dimension)

    def picked(event: gr.EventData, request: gr.Request) -> tuple[Any, str]:
        workload, _, dimension = str((event._data or {}).get("pick", "")).partition("|")
        return (gr.update(value=workload), why(workload, dimension, request)) if workload else (gr.skip(), gr.skip())

    def chosen(workload: str | None, request: gr.Request) -> str:
        return why(workload, None, request)

    def suppose(text: str, request: gr.Request) -> str:
        try:
            found = assessed(advisor, request)
            if found is None:
                return NONE_YET
            changes = what_if.parse(text, found.estate, found.rules)
            after = assessment.assess(what_if.apply(found.estate, changes), found.rules)
        except (AdvisorError, LibraryError) as error:
            return _wrong(error)
        return views.supposed(changes, what_if.differences(found.result, after), found.result, after)

    head = gr.HTML()
    scores = gr.HTML(js_on_load=PICK)
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320):
            workload = gr.Dropdown([], label="Why? Choose a workload, or a score above", interactive=True)
            reasons = gr.HTML()
        with gr.Column(min_width=320):
            change = gr.Textbox(
                label="What if",
                placeholder="add 16 H100 in Oslo; fabric Frankfurt 400 Gb/s",
                info="Changes apart by “;”. Enter shows what would be otherwise; nothing is kept.",
            )
            try_it = gr.Button("Show what would change", size="sm")
            effects = gr.HTML()
            gaps = gr.HTML()
    sites = gr.HTML()
    reload = gr.Button("Reload", size="sm")
    outputs = [head, workload, scores, sites, gaps, reasons]
    scores.click(picked, None, [workload, reasons], api_visibility="private", show_progress="hidden")
    workload.input(chosen, [workload], [reasons], api_visibility="private")
    gr.on([change.submit, try_it.click], suppose, [change], [effects], api_visibility="private")
    reload.click(load, None, outputs, api_visibility="private")
    page.load(load, None, outputs, api_visibility="private", show_progress="hidden")


def _wrong(error: object) -> str:
    return f'<div class="shown wrong" role="alert"><p>{e(error)}</p></div>'
