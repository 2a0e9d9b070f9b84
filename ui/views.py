"""Answer → what is shown, as inert HTML or terminal text. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from advisor import Advisor, Answer, Evidence
from advisor.markdown import inert

__all__ = [
    "everything",
    "inert",
    "linked",
    "plain",
    "questions",
    "sources_html",
    "suggestions_html",
    "terminal",
    "turns_html",
]

Surroundings = Callable[[Evidence], tuple[str, str]]


def linked(markdown: str, turn: int) -> str:
    """Citation numbers as links to the sources of this turn; escaped brackets are text and stay."""
    return re.sub(r"(?<!\\)\[(\d+)\](?!\()", rf"[\\[\1\\]](#source-{turn}-\1)", markdown)


def turns_html(answers: Mapping[int, Answer], surroundings: Surroundings) -> str:
    """The sources of the last answer, and under it, closed, those of the answers before."""
    *earlier, last = answers
    parts = [sources_html(answers[last], surroundings, last)]
    for turn in reversed(earlier):
        inside = sources_html(answers[turn], surroundings, turn)
        asked = _e(answers[turn].question)
        parts.append(f'<details class="earlier"><summary>Earlier: {asked}</summary>{inside}</details>')
    return "".join(parts)


def suggestions_html(questions: Sequence[str]) -> str:
    """Questions as buttons; "" when there are none."""
    if not questions:
        return ""
    shown = "".join(f'<button type="button" data-pick="{_e(one)}">{_e(one)}</button>' for one in questions)
    return f'<div class="next" role="group" aria-label="Go on with">{shown}</div>'


def sources_html(answer: Answer, surroundings: Surroundings, turn: int = 1) -> str:
    """Numbered source cards: document, heading, span, and the cited words marked in their context."""
    cited = {one for claim in answer.claims for one in claim.evidence}
    number = {item.id: position for position, item in enumerate(answer.evidence, 1)}
    shown, under = [], []
    for item in answer.evidence:
        card = _card(item, surroundings(item), turn, number, item.id in cited)
        (shown if item.id in cited else under).append(card)
    cards = ["".join(shown)] if shown else []
    if under:
        what = f"What they stand on: {len(under)} figures and cells"
        cards.append(f'<details class="earlier"><summary>{what}</summary>{"".join(under)}</details>')
    notes = [f'<p class="missing">Missing: {_coded(item)}</p>' for item in answer.missing]
    notes += [f'<p class="missing">Withheld: {w.documents} documents, {_e(w.reason)}.</p>' for w in answer.withheld]
    if not cards:
        cards = ['<p class="none">No source is cited.</p>']
    checked = _verdicts(answer, turn)
    return f'<div class="sources">{"".join(cards)}{"".join(notes)}{checked}{_receipt(answer)}</div>'


def _verdicts(answer: Answer, turn: int) -> str:
    """Each sentence with what the verifier found."""
    number = {item.id: position for position, item in enumerate(answer.evidence, 1)}
    rows = []
    for claim in answer.claims:
        marks = " ".join(f'<a href="#source-{turn}-{number[one]}">[{number[one]}]</a>' for one in claim.evidence)
        rows.append(f'<li><span class="tag">{_e(claim.verdict)}</span> {_e(claim.text)} {marks}</li>')
    if not rows:
        return ""
    return f"<details><summary>How each sentence was checked</summary><ul>{''.join(rows)}</ul></details>"


def _receipt(answer: Answer) -> str:
    """Who wrote it, where, from what, and what it took."""
    took = answer.receipt
    told = [f"writer {took.writer}", f"generation {answer.generation}", f"{answer.timings_ms['total']:.0f} ms"]
    told.append(f"model {took.model} at {took.endpoint}" if took.model else "no language model took part")
    if took.tokens_in is not None:
        told.append(f"{took.tokens_in} tokens read, {took.tokens_out or 0} written")
    if took.energy_wh is not None:
        told.append(f"{took.energy_wh:.3g} Wh ({took.estimate})")
    if took.cost is not None:
        told.append(f"cost {took.cost:.4g}")
    if took.fallback:
        told.append(f"not all by the model: {took.fallback}")
    told += [f"{one.passages} passages not shown to the model: {one.reason}" for one in took.withheld]
    return f'<p class="stamp">{_e(" · ".join(told))} · confidence {answer.confidence:.2f}</p>'


def _card(item: Evidence, around: tuple[str, str], turn: int, number: Mapping[str, int], opened: bool) -> str:
    """A source with its place and words; open when a sentence cites it, closed when another source stands on it."""
    before, after = around
    where = item.locator
    if item.kind != "passage":
        return _measured_card(item, turn, number, opened)
    page = f" · page {where.page}" if where.page else ""
    return (
        f"{_summary(number[item.id], where.document or '', item, turn, opened)}"
        f'<div class="where">{_e(where.heading or "")}</div>'
        f'<div class="where path">{_e(where.path or "")}{page} · characters {where.start}–{where.end}</div>'
        f'<pre class="span"><span class="around">{_e(_tail(before))}</span><mark>{_e(item.text)}</mark>'
        f'<span class="around">{_e(_head(after))}</span></pre></details>'
    )


def _measured_card(item: Evidence, turn: int, number: Mapping[str, int], opened: bool) -> str:
    """A fact with its cell; a figure or a finding with its formula and what it stands on."""
    where = item.locator
    dated = f" · as of {where.as_of}" if where.as_of else ""
    if item.kind == "fact":
        title, place = where.feed or "", _e(f"{where.feed}, row {where.row}, column {where.column}")
    else:
        title = f"{'Finding' if item.kind == 'finding' else 'Figure'}: {where.formula}"
        inputs = [number[one] for one in where.inputs or () if one in number]
        marks = " ".join(f'<a href="#source-{turn}-{one}">[{one}]</a>' for one in inputs)
        place = f"stands on {marks}" if marks else "counted over all rows"
    return (
        f"{_summary(number[item.id], title, item, turn, opened)}"
        f'<div class="where path">{place}{_e(dated)}</div>'
        f'<pre class="span"><mark>{_e(item.text)}</mark></pre></details>'
    )


def _summary(number: int, title: str, item: Evidence, turn: int, opened: bool) -> str:
    """The head of a card, which the caller closes."""
    return (
        f'<details class="card" id="source-{turn}-{number}"{" open" if opened else ""}>'
        f"<summary><b>[{number}] {_e(title)}</b>"
        f'<span class="label {_e(item.label)}">{_e(item.label)}</span></summary>'
    )


def _e(text: object) -> str:
    return html.escape(str(text))


def _coded(text: str) -> str:
    """Escaped, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _e(text))


def _tail(text: str) -> str:
    cut = text[-160:]
    return ("…" + cut.partition(" ")[2]) if len(text) > 160 else cut


def _head(text: str) -> str:
    cut = text[:160]
    return (cut.rpartition(" ")[0] + "…") if len(text) > 160 else cut


def questions(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the user asked so far, from a chat's messages; a message's content is text or parts of it."""
    asked = []
    for message in history:
        content = message["content"]
        if message["role"] == "user":
            parts = [content] if isinstance(content, str) else [one.get("text", "") for one in content]
            asked.append(" ".join(parts))
    return asked


def plain(markdown: str) -> str:
    """The answer's Markdown for a terminal: escapes undone, bold marks dropped."""
    return re.sub(r"\\([\\`*\[\]<>~|])", r"\1", re.sub(r"(?<!\\)\*\*", "", markdown))


def terminal(answer: Answer) -> str:
    """Answer, then numbered sources with document, heading and exact span."""
    parts = [plain(answer.answer)]
    if answer.evidence:
        number = {item.id: position for position, item in enumerate(answer.evidence, 1)}
        parts.append("\n".join(["Sources", *(_source_line(item, number) for item in answer.evidence)]))
    if answer.missing:
        parts.append("\n".join(["Missing", *(f"  - {plain(item)}" for item in answer.missing)]))
    parts.extend(f"Withheld: {w.documents} documents, {w.reason}." for w in answer.withheld)
    return "\n\n".join(parts)


def everything(answer: Answer, advisor: Advisor) -> str:
    """All that the pages and the terminal show of an answer."""
    page = linked(answer.answer, 1) + turns_html({1: answer}, advisor.surroundings)
    return f"{page}\n{terminal(answer)}"


def _source_line(item: Evidence, number: Mapping[str, int]) -> str:
    where, own = item.locator, number[item.id]
    if item.kind == "fact":
        cell = f"{where.feed}, row {where.row}, column {where.column}"
        return f"  [{own}] {cell} ({item.label})\n      {item.text}"
    if item.kind != "passage":
        dated = f", as of {where.as_of}" if where.as_of else ""
        marks = "".join(f"[{number[one]}]" for one in where.inputs or () if one in number)
        stands = f", stands on {marks}" if marks else ""
        return f"  [{own}] {item.kind} {where.formula}{dated}{stands} ({item.label})\n      {item.text}"
    page = f", page {where.page}" if where.page else ""
    text = " ".join(item.text.split())
    shown = text if len(text) <= 240 else text[:200].rpartition(" ")[0] + " … " + text[-36:].partition(" ")[2]
    heading = f" — {where.heading}" if where.heading and where.heading != where.document else ""
    return (
        f"  [{own}] {where.document}{heading}\n      {where.path}{page}, characters {where.start}–{where.end}"
        f" ({item.label})\n      “{shown}”"
    )
