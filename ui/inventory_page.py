"""The Inventory tab: questions with table and chart, records with the source of a clicked cell, feeds and remarks."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from datetime import date
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
import pandas as pd

from advisor import Advisor, AdvisorError, LibraryError
from advisor.inventory import browse, quality, schema
from advisor.inventory.inventory import CellLocation, Inventory
from advisor.inventory.record import ProblemKind
from advisor.measures import wording
from advisor.measures.query import InventoryAnswer, answer_question
from ui import access

EXAMPLES = (
    "How many H100s sit idle in Frankfurt?",
    "Which sites have less than 1 GB/s of sustained read per GPU?",
    "What did we pay per GPU-hour in Q3, by provider?",
    "GPUs by site",
    "AWS spend by month",
)
NONE_YET = "No inventory has been imported: run `advisor inventory import PATH…`, then load this page again."
NOT_OURS = "This is not about your own estate, or needs guidance: ask it in the Ask tab."
HINT = '<div class="sources"><p class="none">Click a cell to see where it stands.</p></div>'
BARS = 40  # at most, in the chart


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks."""
    with gr.Tab("Ask"):
        _ask(advisor)
    with gr.Tab("Records"):
        _records(advisor, page)
    with gr.Tab("Feeds and remarks"):
        _feeds(advisor, page)


def opened(advisor: Advisor, request: gr.Request) -> Inventory | None:
    """The inventory as the person before the browser may see it."""
    return advisor.estate.inventory(access.clearance_of(request))


# ---- pure: answer → what is shown


def answer_html(said: InventoryAnswer | None) -> str:
    """Sentences, reading, definition, remarks; the cells that prove it follow."""
    if said is None:
        return f"<p>{_e(NOT_OURS)}</p>"
    parts = [f"<p>{_e(one.text)}</p>" for one in said.sentences]
    if said.clarify:
        parts.append(f"<p><b>{_e(said.clarify)}</b></p>")
    parts.append(f'<p class="where">Read as: {_e(said.reading)}.</p>')
    if said.alternatives and not said.clarify:
        parts.append(f'<p class="where">See also: {_e("; ".join(said.alternatives))}.</p>')
    parts += [f'<p class="where">{_e(one)}</p>' for one in said.definitions]
    parts += [f'<p class="missing">{_e(one)}</p>' for one in said.missing]
    cells = [
        f"<tr><td>{_e(one.subject)}</td><td>{_e(one.value)} {_e(one.unit)}</td><td>{_e(one.feed)}</td>"
        f"<td>{one.row}</td><td>{_e(one.column)}</td><td>{_e(one.as_of or '')}</td></tr>"
        for one in said.facts[:20]
    ]
    if cells:
        head = "<tr><th>cell</th><th>value</th><th>feed</th><th>row</th><th>column</th><th>as of</th></tr>"
        more = f"<p class='where'>{len(said.facts) - 20} more cells.</p>" if len(said.facts) > 20 else ""
        parts.append(
            f"<details><summary>Cells behind it</summary><table>{head}{''.join(cells)}</table>{more}</details>"
        )
    return f'<div class="shown sources">{"".join(parts)}</div>'


def table_frame(said: InventoryAnswer | None) -> pd.DataFrame:
    table = said.table if said else None
    return pd.DataFrame([list(row) for row in table.rows], columns=list(table.columns)) if table else pd.DataFrame()


def chart_html(said: InventoryAnswer | None) -> str:
    """Groups as bars from zero, in the order of the answer; "" when no grouping was asked, or units differ."""
    table = said.table if said else None
    if table is None or len(table.columns) < 3 or len(table.rows) < 2 or len({row[-1] for row in table.rows}) > 1:
        return ""
    rows = [
        (", ".join("none" if part is None else str(part) for part in row[:-2]), row[-2], str(row[-1]))
        for row in table.rows
        if isinstance(row[-2], float)
    ]
    widest = max((abs(value) for _, value, _ in rows), default=0.0) or 1.0
    bars = [
        f'<div style="display:flex;align-items:center;gap:.5rem;margin:.15rem 0"><span style="flex:0 0 12rem;text-align:right">{_e(name)}'
        f'</span><span style="flex:1"><span style="display:block;height:1rem;border-radius:3px;width:{100 * abs(value) / widest:.2f}%;'
        f'background:{"#b91c1c" if value < 0 else "var(--color-accent)"}"></span></span>'
        f'<span style="flex:0 0 10rem">{_e(wording.shown(value, unit))}</span></div>'
        for name, value, unit in rows[:BARS]
    ]
    more = f'<p class="where">{len(rows) - BARS} more in the table.</p>' if len(rows) > BARS else ""
    title = f"{table.columns[-2]} by {', '.join(table.columns[:-2])}"
    return f'<figure class="sources" aria-label="{_e(title)}"><figcaption>{_e(title)}</figcaption>{"".join(bars)}{more}</figure>'


def place_html(column: str, value: object, place: CellLocation | None) -> str:
    if place is None:
        return f'<div class="sources"><p>No feed gives <b>{_e(column)}</b> here.</p></div>'
    unit = f" (the feed's unit: {_e(place.unit)})" if place.unit else ""
    dated = f"{place.as_of:%Y-%m-%d}" if place.as_of else "unknown"
    return (
        f'<div class="sources"><div class="card"><b>{_e(column)} = {_e(value)}</b>'
        f'<span class="label {place.label.value}">{place.label.value}</span>'
        f'<div class="where path">{_e(place.feed)}, row {place.row}, column {_e(place.column)}{unit}'
        f" · as of {dated}</div>"
        "</div></div>"
    )


def row_of(found: browse.Records, index: int, values: Sequence[Any] | None) -> int | None:
    """The record that was clicked: the reader may have sorted the table, so its values decide, not its place."""
    if not values:
        return index if 0 <= index < len(found.rows) else None
    wanted = [_key(one) for one in values]
    order = [index, *range(len(found.rows))] if 0 <= index < len(found.rows) else range(len(found.rows))
    return next((at for at in order if [_key(one) for one in found.rows[at]] == wanted), None)


def _key(value: object) -> str:
    """A cell as it compares after a trip through the browser: 8 and 8.0 are one, empty and None too."""
    if value is None or value == "" or value != value:
        return ""
    return f"{float(value):.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _e(text: object) -> str:
    return html.escape(str(text))


# ---- the three parts of the tab


def _ask(advisor: Advisor) -> None:
    asked = gr.State([])  # earlier questions, so that "and in Oslo?" is understood

    def respond(question: str, history: list[str], request: gr.Request) -> tuple[Any, ...]:
        if not question.strip():
            return history, gr.skip(), gr.skip(), gr.skip()
        try:
            inventory = opened(advisor, request)
            if inventory is None:
                return history, f"<p>{_e(NONE_YET)}</p>", gr.update(visible=False), gr.update(visible=False)
            said = answer_question(question, inventory, history)
        except (AdvisorError, LibraryError) as error:
            return history, f"<p>{_e(error)}</p>", gr.update(visible=False), gr.update(visible=False)
        frame, bars = table_frame(said), chart_html(said)
        return (
            [*history, question][-6:],
            answer_html(said),
            gr.update(value=frame, visible=not frame.empty),
            gr.update(value=bars, visible=bool(bars)),
        )

    box = gr.Textbox(label="Question about your estate", placeholder="GPUs, storage, fabric, power, spend, people …")
    gr.Examples([[example] for example in EXAMPLES], inputs=box)
    shown = gr.HTML()
    chart = gr.HTML(visible=False)
    table = gr.Dataframe(interactive=False, visible=False, label="Table", wrap=True)
    box.submit(respond, [box, asked], [asked, shown, table, chart], api_visibility="private")


def _records(advisor: Advisor, page: gr.Blocks) -> None:
    held = gr.State(None)

    def load(entity: str, contains: str | None, request: gr.Request) -> tuple[Any, ...]:
        try:
            inventory = opened(advisor, request)
            if inventory is None:
                return None, pd.DataFrame(), NONE_YET, HINT
            found = browse.records(inventory, entity, contains or "")
        except (AdvisorError, LibraryError) as error:
            return None, pd.DataFrame(), str(error), HINT
        shown = f"{len(found.rows):,} of {found.total:,} records. {schema.entity(entity).ABOUT}"
        return found, pd.DataFrame(list(found.rows), columns=list(found.columns)), shown, HINT

    def clicked(found: browse.Records | None, event: gr.SelectData, request: gr.Request) -> str:
        inventory = opened(advisor, request)
        if found is None or inventory is None or not isinstance(event.index, Sequence):
            return ""
        column = int(event.index[1])
        row = row_of(found, int(event.index[0]), event.row_value)
        if row is None or not 0 <= column < len(found.columns):
            return ""
        return place_html(found.columns[column], found.rows[row][column], browse.place(inventory, found, row, column))

    with gr.Row():
        entity = gr.Dropdown(list(schema.ENTITIES), value="site", label="Entity")
        contains = gr.Textbox(label="Contains", placeholder="a word of the record; Enter")
    note = gr.Markdown()
    source = gr.HTML(HINT)
    table = gr.Dataframe(interactive=False, label="Records", wrap=False, max_height=520)
    outputs = [held, table, note, source]
    entity.change(load, [entity, contains], outputs, api_visibility="private")
    contains.submit(load, [entity, contains], outputs, api_visibility="private")
    table.select(clicked, [held], [source], api_visibility="private")
    page.load(load, [entity, contains], outputs, api_visibility="private")


def _feeds(advisor: Advisor, page: gr.Blocks) -> None:
    def load(request: gr.Request) -> tuple[str, pd.DataFrame, pd.DataFrame]:
        inventory = opened(advisor, request)
        if inventory is None:
            return NONE_YET, pd.DataFrame(), pd.DataFrame()
        found = quality.report(inventory, date.today())
        counts = ", ".join(f"{len(found.of(kind))} {kind.value}" for kind in ProblemKind if found.of(kind))
        feeds = [
            (one.path, one.format, one.records, f"{one.as_of:%Y-%m-%d}", one.as_of_from, one.label.value)
            for one in found.feeds
        ]
        remarks = [
            (one.kind.value, one.feed, one.row, one.column, one.reason, one.count, one.rule) for one in found.problems
        ]
        text = (
            f"{len(feeds)} feeds; remarks: {counts or 'none'}. "
            f"Where feeds disagree, **{found.rule}** decides: {found.rule_text}."
        )
        return (
            text,
            pd.DataFrame(feeds, columns=["feed", "format", "records", "as of", "says", "label"]),
            pd.DataFrame(remarks, columns=["kind", "feed", "row", "column", "remark", "times", "rule"]),
        )

    note = gr.Markdown()
    feeds = gr.Dataframe(interactive=False, label="Feeds", max_height=320)
    remarks = gr.Dataframe(interactive=False, label="Remarks", wrap=True, max_height=520)
    gr.Button("Reload", size="sm").click(load, None, [note, feeds, remarks], api_visibility="private")
    page.load(load, None, [note, feeds, remarks], api_visibility="private")
