"""The Evals tab: run sets, look at failures, compare with the run before, see trends; for administrators."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, LibraryError
from advisor.access import Role
from evals import drift, gate, history, report, suite
from evals.row import Run
from ui import access, eval_sets, evals_views, review_page

NOT_YOURS = (
    '<div class="shown empty"><p>Evaluations are shown to administrators: ask for a key with the role admin.</p></div>'
)
PAUSE_S = 0.5
_one_at_a_time = threading.Lock()


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks."""

    def opened(request: gr.Request) -> tuple[Any, ...]:
        if not access.principal_of(request).may(Role.ADMIN):
            return gr.update(visible=False), NOT_YOURS, gr.skip(), gr.update(visible=False)
        with history.opened(advisor.settings.home) as kept:
            known = kept.run_ids()
            last = kept.run(known[-1]) if known else None
            trends = kept.trends()
        told = evals_views.run(last, trends) if last else evals_views.NONE_YET
        return (
            gr.update(visible=True),
            told,
            gr.update(choices=eval_sets.names(advisor.settings)),
            gr.update(visible=True),
        )

    def measure(names: list[str], sample: float, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """(what is going on, figures, report) as questions are measured."""
        if not access.principal_of(request).may(Role.ADMIN):
            yield evals_views.wrong("Running evaluations needs the role admin."), gr.skip(), gr.skip()
            return
        if not names:
            yield evals_views.wrong("Choose a set first."), gr.skip(), gr.skip()
            return
        if not _one_at_a_time.acquire(blocking=False):
            yield evals_views.wrong("An evaluation is running already: wait for it."), gr.skip(), gr.skip()
            return
        try:
            job = _Job(advisor, names, int(sample) or None)
            worker = threading.Thread(target=job.work, daemon=True)
            worker.start()
            while worker.is_alive():
                yield evals_views.progress(job.said, job.at), gr.skip(), gr.skip()
                time.sleep(PAUSE_S)
        finally:
            _one_at_a_time.release()
        if job.error:
            yield evals_views.wrong(job.error), gr.skip(), gr.skip()
        else:
            yield "", job.shown, gr.update(value=job.report, visible=True)

    with gr.Column(visible=False) as own:
        sets = gr.CheckboxGroup(eval_sets.names(advisor.settings), value=["guidance"], label="Sets")
        with gr.Row():
            sample = gr.Number(25, label="Questions of each set (0: all)", precision=0, minimum=0, scale=1)
            go = gr.Button("Run", variant="primary", scale=1)
            download = gr.DownloadButton("Download the report", visible=False, scale=1)
    state = gr.HTML()
    shown = gr.HTML()
    with gr.Column(visible=False) as reviewing:
        review_page.build(advisor, page, sets)
    go.click(measure, [sets, sample], [state, shown, download], api_visibility="private", show_progress="hidden")
    page.load(opened, None, [own, shown, sets, reviewing], api_visibility="private", show_progress="hidden")


@dataclass
class _Job:
    """A run in a thread of its own, and how far it is."""

    advisor: Advisor
    names: Sequence[str]
    sample: int | None
    said: str = "starting"
    at: dict[str, tuple[int, int]] = field(default_factory=dict)
    error: str = ""
    shown: str = ""
    report: str = ""

    def work(self) -> None:
        try:
            self._measure()
        except (AdvisorError, LibraryError) as error:
            self.error = str(error)

    def _measure(self) -> None:
        settings = self.advisor.settings
        with history.opened(settings.home) as kept:
            known = kept.run_ids()
            before = kept.run(known[-1]) if known else None
            found = suite.run(
                eval_sets.chosen(self.names, settings),
                settings,
                kept,
                sample=self.sample,
                say=self._say,
                progress=self._progress,
            )
            kept.add(found)
            trends = kept.trends()
        changed = drift.changes(before, found) if before else []
        worse = _worse(found, before) if before else []
        self.shown = evals_views.run(found, trends, changed, worse)
        folder = Path(tempfile.mkdtemp(prefix="evals-"))
        path = folder / f"evaluation-{found.id}.html"
        path.write_text(report.as_html(found, worse, trends, changed), encoding="utf-8")
        self.report = str(path)

    def _say(self, line: str) -> None:
        self.said = line

    def _progress(self, what: str, done: int, total: int) -> None:
        self.at[what] = (done, total)


def _worse(found: Run, before: Run) -> list[gate.Breach]:
    both = found.sets.keys() & before.sets.keys()
    return [one for name in sorted(both) for one in gate.regressions(found.sets[name], before.sets[name])]
