"""The Sizing tab: a calculator from a sentence or from fields, each figure with formula, inputs and what moves it."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import AdvisorError
from advisor.sizing import answer, request, wording
from advisor.sizing.answer import Sized, SizingAnswer
from advisor.sizing.catalogue import load as load_catalogues
from advisor.sizing.formats import FORMATS
from ui import charts
from ui.charts import e

EXAMPLES = (
    "serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context",
    "train Llama-3.1-8B on 100B tokens in 30 days on H100, 2.5 EUR per GPU-hour",
    "fine-tune Llama-3.1-70B with QLoRA rank 16",
    "serve Mixtral-8x7B in INT4 at 20 users, 4k context on L40S",
)
EMPTY = (
    '<div class="shown empty"><h3>What does a model need?</h3><p>Write it as a sentence or fill in the fields: '
    "accelerators, memory, bandwidth, power and cost follow, each with its formula. "
    "What is unknown or out of range is refused, never guessed.</p></div>"
)
FIRST = (
    "accelerators",
    "memory_gb",
    "tokens_per_s_per_user",
    "days",
    "site_kw",
    "cost",
    "cost_per_hour",
    "frozen_gb",
    "state_gb",
)


def sized_html(found: SizingAnswer) -> str:
    """Reading, headline figures, every figure with its proof, then assumptions and what is missing."""
    texts = {fact.id: fact.text for fact in found.facts}
    tiles = "".join(_tile(one) for one in found.sized if one.name in FIRST)
    figures = "".join(_figure(one, texts) for one in found.sized)
    notes = "".join(
        f"<h4>{title}</h4><ul>{''.join(f'<li>{e(one)}</li>' for one in several)}</ul>"
        for title, several in (("Missing", found.missing), ("Notes", found.notes), ("Assumed", found.assumed))
        if several
    )
    return (
        f'<div class="shown" aria-live="polite"><p class="verdict">Read as: {e(found.reading)}.</p>'
        f'<div class="tiles">{tiles}</div><h3>Figures</h3>{figures}{notes}</div>'
    )


def _title(one: Sized) -> str:
    title = one.figure.definition.partition("; ")[0]
    return title[:1].upper() + title[1:]


def _amount(one: Sized) -> tuple[str, str]:
    """The value, and its range where the assumptions leave one."""
    value, unit = wording.number(one.figure.value, one.figure.unit), one.figure.unit
    low, high = wording.number(one.low, unit), wording.number(one.high, unit)
    noun = unit[:-1] if unit == "accelerators" and value == "1" else unit
    return f"{value} {noun}", "" if low == high else f"{low} to {high}"


def _tile(one: Sized) -> str:
    value, span = _amount(one)
    return f'<div class="tile"><span>{e(_title(one))}</span><b>{e(value)}</b><span class="where">{e(span)}</span></div>'


def _figure(one: Sized, texts: dict[str, str]) -> str:
    value, span = _amount(one)
    source = one.figure.definition.partition("; ")[2]
    widest = max((driver.change for driver in one.drivers), default=0.0) or 1.0
    moved = charts.bars(
        "What moves it: change of the figure over the input's range",
        [
            (wording.driver_name(d.name), d.change / widest, f"{100 * d.change:.0f} % for {d.low:.4g} to {d.high:.4g}")
            for d in one.drivers[:6]
        ],
        "moves",
    )
    inputs = "".join(f"<li>{e(texts[fact])}</li>" for fact in one.figure.inputs)
    return (
        f'<details class="card"><summary><b>{e(_title(one))}</b> <span class="amount">{e(value)}</span> '
        f'<span class="where">{e(span)}</span></summary><p class="formula">{e(one.figure.formula)}</p>'
        f'<p class="where">Source of the formula: {e(source)}</p><p>Inputs</p><ul>{inputs}</ul>{moved}</details>'
    )


def build() -> None:
    """The tab's contents, inside the caller's Blocks."""
    known = load_catalogues()

    def from_text(text: str) -> str:
        if not text.strip():
            return EMPTY
        try:
            asked, unread = request.parse(text)
            return sized_html(answer.size(asked, unread))
        except AdvisorError as error:
            return _refused(error)

    names = ("kind", "model", "accelerator", "weight_format", "method", "rank", "concurrency", "context_tokens",
             "training_tokens", "days", "pue", "grams_per_kwh", "price_low", "price_high")  # fmt: skip

    def from_fields(*given: Any) -> str:
        fields = {
            name: value for name, value in zip(names, given, strict=True) if value
        }  # an empty number arrives as 0
        whole = ("concurrency", "context_tokens", "rank")
        try:
            fields |= {name: _whole(fields[name]) for name in whole if name in fields}
            return sized_html(answer.size(request.of(**fields)))
        except AdvisorError as error:
            return _refused(error)

    text = gr.Textbox(label="What to size", placeholder=EXAMPLES[0], submit_btn="Size")
    gr.Examples([[one] for one in EXAMPLES], inputs=text)
    with gr.Accordion("Or fill in fields", open=False):
        with gr.Row():
            kind = gr.Radio([("Serve", "serve"), ("Train", "train")], value="serve", label="What")
            model = gr.Dropdown([m.name for m in known.models], value="Llama-3.1-70B", label="Model")
            chip = gr.Dropdown([a.name for a in known.accelerators], value="H100 SXM", label="Accelerator")
            form = gr.Dropdown([(one.upper(), one) for one in FORMATS], value="bf16", label="Format of the weights")
        with gr.Row():
            users = gr.Number(100, label="Sequences at once (serving)", precision=0)
            context = gr.Number(8192, label="Tokens of a sequence (serving)", precision=0)
            method = gr.Dropdown([("All parameters", "full"), ("LoRA", "lora"), ("QLoRA", "qlora")], value="full",
                                 label="What is trained")  # fmt: skip
            rank = gr.Number(16, label="Rank of the adapters", precision=0)
            tokens = gr.Number(None, label="Tokens to train on")
            days = gr.Number(None, label="Days the training may take")
        with gr.Row():
            pue = gr.Number(None, label="PUE of the site")
            carbon = gr.Number(None, label="Grid, g CO2e/kWh")
            low = gr.Number(None, label="EUR an accelerator-hour, from")
            high = gr.Number(None, label="to")
        go = gr.Button("Size from fields", variant="primary")
    shown = gr.HTML(EMPTY)
    text.submit(from_text, [text], [shown], api_visibility="private")

    def of_kind(*given: Any) -> str:
        """Fields of the other kind are left out: users say nothing about training, nor tokens about serving."""
        other = (
            ("concurrency", "context_tokens") if given[0] == "train" else ("training_tokens", "days", "method", "rank")
        )
        if given[0] == "train" and given[names.index("method")] == "full":
            other = (*other, "rank")
        return from_fields(*(None if name in other else value for name, value in zip(names, given, strict=True)))

    fields = [kind, model, chip, form, method, rank, users, context, tokens, days, pue, carbon, low, high]
    go.click(of_kind, fields, [shown], api_visibility="private")


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refused(error: object) -> str:
    return f'<div class="shown wrong" role="alert"><h3>Not sized</h3><p>{e(error)}</p></div>'
