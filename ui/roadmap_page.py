"""The Roadmap tab: a draft under the limits that are given, sections to read, edit and draft anew, files to keep."""

from __future__ import annotations

import os
import queue
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from pydantic import ValidationError

from advisor import Advisor, AdvisorError, LibraryError
from advisor.roadmap import editing, export, service
from advisor.roadmap.document import Options, Roadmap
from ui import access
from ui import roadmap_views as views
from ui.charts import e

TONES = [("for everyone", "neutral"), ("for a board", "board"), ("for engineers", "engineer")]
LENGTHS = ["brief", "standard", "full"]
EMPTY = (
    '<div class="shown empty"><h3>No draft yet</h3><p>A roadmap is planned from the findings of your own inventory. '
    "Give the limits that you know, or none, and press <b>Draft the roadmap</b>.</p></div>"
)
LEFT_OPEN = "left open: no limit"


def options_of(values: dict[str, Any], section: str | None = None) -> Options:
    """The request as it was typed. Raises ValueError in words for what is no number."""
    given: dict[str, Any] = {"tone": values["tone"], "length": values["length"], "section": section}
    given["horizon_months"] = int(values["horizon"])
    given["currency"] = (values["currency"] or "USD").strip().upper()
    for name in ("budget", "power_kw", "headcount"):
        typed = str(values[name] or "").replace(",", "").replace(" ", "")
        if typed:
            try:
                given[name] = float(typed)
            except ValueError as error:
                raise ValueError(f"{values[name]!r} is no number: write digits alone, or leave it open.") from error
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        raise ValueError("; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())) from error


def told(work: Callable[[Callable[[str, int, int], None]], Roadmap]) -> Iterator[str | Roadmap]:
    """Stages as they are done, then the roadmap. Raises what the work raises."""
    line: queue.Queue[str | Roadmap | Exception] = queue.Queue()

    def run() -> None:
        try:
            line.put(work(lambda stage, done, total: line.put(views.stages(stage, done, total))))
        except (AdvisorError, LibraryError, ValueError) as error:
            line.put(error)
        except Exception:
            line.put(ValueError("The draft failed; the log of the server says why."))
            raise

    threading.Thread(target=run, daemon=True, name="roadmap").start()
    while True:
        one = line.get()
        if isinstance(one, Exception):
            raise one
        yield one
        if isinstance(one, Roadmap):
            return


def build(advisor: Advisor) -> None:
    """The tab's contents, inside the caller's Blocks."""
    held = gr.State(None)
    with gr.Row():
        organisation = gr.Textbox(label="Organisation", placeholder="name on the title page", min_width=220)
        horizon = gr.Slider(6, 60, value=24, step=1, label="Horizon, months", min_width=220)
        tone = gr.Dropdown(TONES, value="neutral", label="Tone", min_width=160)
        length = gr.Dropdown(LENGTHS, value="standard", label="Length", min_width=160)
    with gr.Row():
        budget = gr.Textbox(label="Budget", placeholder=LEFT_OPEN, min_width=160)
        currency = gr.Textbox(label="Currency", value="USD", max_length=3, min_width=100)
        power = gr.Textbox(label="Power that may be added, kW", placeholder=LEFT_OPEN, min_width=160)
        people = gr.Textbox(label="People at the same time", placeholder=LEFT_OPEN, min_width=160)
    go = gr.Button("Draft the roadmap", variant="primary")
    state = gr.HTML(EMPTY)
    head = gr.HTML()
    with gr.Column(visible=False) as results:
        with gr.Row():
            chosen = gr.Dropdown([], label="Section", interactive=True, min_width=240)
            anew = gr.Button("Draft this section anew", size="sm", min_width=160)
        shown = gr.HTML()
        with gr.Accordion("Edit this section", open=False):
            block = gr.Dropdown([], label="Paragraph or list", interactive=True)
            words = gr.Textbox(label="Your words", lines=5, info="A line for each item of a list.")
            with gr.Row():
                keep = gr.Button("Keep my words", size="sm")
                release = gr.Button("Let it be drafted anew", size="sm")
        with gr.Row():
            ending = gr.Dropdown(list(export.FORMS), value=".pdf", label="File", min_width=160)
            make = gr.Button("Make the file", size="sm", min_width=160)
        file = gr.HTML()
    asked = {
        "organisation": organisation, "horizon": horizon, "tone": tone, "length": length, "budget": budget,
        "currency": currency, "power_kw": power, "headcount": people,
    }  # fmt: skip
    outputs = [held, state, head, results, chosen, shown, block, words, file]

    def draft(given: dict[Any, Any], request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from _drafting(given, request, None, None)

    def redraft(given: dict[Any, Any], request: gr.Request) -> Iterator[tuple[Any, ...]]:
        if given[held] is not None and given[chosen]:
            yield from _drafting(given, request, given[held], given[chosen])
        else:
            yield (gr.skip(),) * len(outputs)

    def _drafting(
        given: dict[Any, Any], request: gr.Request, former: Roadmap | None, section: str | None
    ) -> Iterator[tuple[Any, ...]]:
        values = {name: given[field] for name, field in asked.items()}
        still = (gr.skip(),) * (len(outputs) - 2)
        try:
            options = options_of(values, section)
            clearance = access.clearance_of(request)
            name = (values["organisation"] or "").strip() or "the organisation"
            for one in told(
                lambda say: service.drafted(
                    advisor, options, clearance=clearance, organisation=name, former=former, progress=say
                )
            ):
                if isinstance(one, Roadmap):
                    made = one if former is None else editing.redrafted(former, one)
                    yield _result(made, section)
                else:
                    yield (gr.skip(), one, *still)
        except (AdvisorError, LibraryError, ValueError) as error:
            yield (gr.skip(), f'<div class="shown wrong" role="alert"><p>{e(error)}</p></div>', *still)

    def _result(made: Roadmap, section: str | None) -> tuple[Any, ...]:
        first = section or made.sections[0].id
        pick = [(f"{one.number} {one.title}".strip(), one.id) for one in made.sections]
        return (
            made, "", views.headline(made), gr.update(visible=True), gr.update(choices=pick, value=first),
            *_open(made, first), "",
        )  # fmt: skip

    def _open(made: Roadmap, section: str) -> tuple[Any, ...]:
        one = next(one for one in made.sections if one.id == section)
        blocks = [(_called(b.heading, b.claims[0].text), b.id) for b in one.blocks if b.claims]
        return views.section(made, one), gr.update(choices=blocks, value=None), ""

    def open_section(roadmap: Roadmap | None, section: str | None) -> tuple[Any, ...]:
        return _open(roadmap, section) if roadmap is not None and section else ("", gr.update(choices=[]), "")

    def open_block(roadmap: Roadmap | None, identity: str | None) -> str:
        found = [b for s in roadmap.sections for b in s.blocks if b.id == identity] if roadmap else []
        if not found:
            return ""
        return ("\n" if found[0].kind == "bullets" else " ").join(one.text for one in found[0].claims)

    def keep_words(roadmap: Roadmap | None, section: str | None, identity: str | None, text: str) -> tuple[Any, ...]:
        if roadmap is None or not section or not identity:
            return gr.skip(), gr.skip(), '<div class="shown wrong" role="alert"><p>Choose a paragraph first.</p></div>'
        try:
            made = editing.edited(roadmap, identity, text)
        except AdvisorError as error:
            return gr.skip(), gr.skip(), f'<div class="shown wrong" role="alert"><p>{e(error)}</p></div>'
        return made, _open(made, section)[0], ""

    def let_go(roadmap: Roadmap | None, section: str | None, identity: str | None) -> tuple[Any, ...]:
        if roadmap is None or not section or not identity:
            return gr.skip(), gr.skip()
        made = editing.released(roadmap, identity)
        return made, _open(made, section)[0]

    def write(roadmap: Roadmap | None, form: str) -> str:
        if roadmap is None:
            return ""
        name = re.sub(r"\W+", "-", roadmap.title.lower()).strip("-")[:60]
        return views.download(name, form, export.write(roadmap, form))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    go.click(draft, {*asked.values()}, outputs, **quiet)
    anew.click(redraft, {held, chosen, *asked.values()}, outputs, **quiet)
    chosen.input(open_section, [held, chosen], [shown, block, words], **quiet)
    block.input(open_block, [held, block], [words], **quiet)
    keep.click(keep_words, [held, chosen, block, words], [held, shown, state], **quiet)
    release.click(let_go, [held, chosen, block], [held, shown], **quiet)
    make.click(write, [held, ending], [file], api_visibility="private")


def _called(heading: str, text: str) -> str:
    """A block in a list to choose from."""
    said = f"{heading}: {text}" if heading else text
    return said if len(said) <= 90 else f"{said[:88].rpartition(' ')[0]} …"
