"""The Readiness tab: scorecard, gaps, why each score is what it is, and what a change would make of it."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, LibraryError
from advisor.access import Role
from advisor.errors import QuestionError
from advisor.readiness import assessed, snapshot
from advisor.readiness.assessed import Assessed
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


def seen(advisor: Advisor, request: gr.Request) -> Assessed | None:
    """As the person before the browser may see it; None when no inventory has been imported."""
    inventory = advisor.estate.inventory(access.clearance_of(request))
    return None if inventory is None else assessed.of(inventory)


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks."""

    def load(request: gr.Request) -> tuple[Any, ...]:
        blank = (gr.update(choices=[], value=None), "", "", "", "", gr.update(choices=[]))
        try:
            found = seen(advisor, request)
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
            views.gap_bars(result) + views.costs(found.economics()),
            "",
            gr.update(choices=list(snapshot.names(advisor.settings.home, access.clearance_of(request)))),
        )

    def why(workload: str | None, dimension: str | None, request: gr.Request) -> str:
        if not workload:
            return ""
        try:
            found = seen(advisor, request)
            verdict = next((v for v in found.result.verdicts if v.workload.name == workload), None) if found else None
            if found is None or verdict is None:
                return _wrong("The inventory has changed: press Reload.")
            proofs = found.prove(verdict.gaps)
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
            found = seen(advisor, request)
            if found is None:
                return NONE_YET
            supposed = assessed.suppose(found, text)
        except (AdvisorError, LibraryError) as error:
            return _wrong(error)
        return views.supposed(supposed.changes, supposed.differences, found.result, supposed.after.result)

    def keep(name: str, request: gr.Request) -> tuple[Any, str]:
        clearance = access.clearance_of(request)
        try:
            if not access.principal_of(request).may(Role.EDITOR):
                raise QuestionError("Keeping a snapshot needs the role editor.")
            found = seen(advisor, request)
            if found is None:
                return gr.skip(), NONE_YET
            snapshot.save(advisor.settings.home, name.strip(), snapshot.as_wire(found.result, clearance))
        except (AdvisorError, LibraryError) as error:
            return gr.skip(), _wrong(error)
        names = list(snapshot.names(advisor.settings.home, clearance))
        return gr.update(choices=names), f'<div class="shown" role="status"><p>Kept as {e(name.strip())}.</p></div>'

    def compare(name: str | None, request: gr.Request) -> str:
        if not name:
            return ""
        clearance = access.clearance_of(request)
        try:
            found = seen(advisor, request)
            if found is None:
                return NONE_YET
            before = snapshot.read(advisor.settings.home, name, clearance)
            lines = snapshot.compare(before, snapshot.as_wire(found.result, clearance))
        except (AdvisorError, LibraryError) as error:
            return _wrong(error)
        return views.compared(name, lines)

    head = gr.HTML('<div class="shown" role="status"><p>Assessing the estate …</p></div>')
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
            with gr.Accordion("Snapshots", open=False):
                name = gr.Textbox(label="Keep this assessment as", placeholder="2026-q4", submit_btn="Keep")
                kept = gr.Dropdown([], label="What changed since", interactive=True)
                changed = gr.HTML()
            gaps = gr.HTML()
    sites = gr.HTML()
    reload = gr.Button("Reload", size="sm")
    outputs = [head, workload, scores, sites, gaps, reasons, kept]
    name.submit(keep, [name], [kept, changed], api_visibility="private")
    kept.input(compare, [kept], [changed], api_visibility="private")
    scores.click(picked, None, [workload, reasons], api_visibility="private", show_progress="hidden")
    workload.input(chosen, [workload], [reasons], api_visibility="private")
    gr.on([change.submit, try_it.click], suppose, [change], [effects], api_visibility="private")
    reload.click(load, None, outputs, api_visibility="private")
    page.load(load, None, outputs, api_visibility="private", show_progress="hidden")


def _wrong(error: object) -> str:
    return f'<div class="shown wrong" role="alert"><p>{e(error)}</p></div>'
