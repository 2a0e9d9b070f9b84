"""A roadmap as inert HTML: sections with their references, pictures, stages of the work. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from advisor.answer import Claim, Evidence
from advisor.roadmap import charts as drawings
from advisor.roadmap.document import Block, Roadmap, Section
from advisor.roadmap.editing import cited
from advisor.roadmap.reference import described, numbered
from ui.charts import e

MEDIA = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".md": "text/markdown",
    ".json": "application/json",
    ".csv": "text/csv",
}


def stages(stage: str, done: int, total: int) -> str:
    """How far the draft is."""
    return (
        f'<div class="shown" role="status"><progress value="{done}" max="{total}"></progress> '
        f"<span>{done} of {total}: {e(stage)}</span></div>"
    )


def headline(roadmap: Roadmap) -> str:
    """What the plan holds, and the schedule as a picture."""
    plan = roadmap.schedule
    counts = [
        (len(plan.slots), "in the plan"),
        (len(plan.outside), "outside it"),
        (len(roadmap.open_questions), "open questions"),
    ]
    tiles = "".join(f"<li><b>{number}</b>{e(said)}</li>" for number, said in counts)
    limits = "".join(f"<li>{e(one.statement.text)}</li>" for one in plan.limits)
    gantt = "".join(
        _figure(one, "The schedule, in order of start; the section The plan has it as a table")
        for one in drawings.gantt(roadmap)
    )
    return (
        f'<div class="shown roadmap"><h3>{e(roadmap.title)}</h3><ul class="counts">{tiles}</ul>{gantt}'
        f"<ul>{limits}<li>{e(plan.proof.text)}</li></ul>"
        f'<p class="where">Written by {e(roadmap.writer)} in {roadmap.timings_ms["total"] / 1000:.1f} s. '
        f"Classification: {e(roadmap.label.value)}.</p></div>"
    )


def _figure(drawing: object, told: str) -> str:
    return f'<figure class="picture" role="img" aria-label="{e(told)}">{drawings.svg(drawing)}</figure>'


def section(roadmap: Roadmap, one: Section) -> str:
    """A section, and below it the references that it cites."""
    number = numbered(roadmap)
    blocks = "".join(_block(block, roadmap, number) for block in one.blocks)
    items = {item.id: item for item in roadmap.evidence}
    mine = sorted({number[name] for name in cited([one]) if name in number})
    by_number = {number[name]: items[name] for name in number}
    entries = "".join(_reference(n, by_number[n], number) for n in mine)
    title = f"{one.number} {one.title}".strip()
    return (
        f'<div class="shown roadmap"><h3>{e(title)}</h3>{blocks}'
        f"<details><summary>References of this section ({len(mine)})</summary><ol>{entries}</ol></details></div>"
    )


def _reference(n: int, item: Evidence, number: dict[str, int]) -> str:
    place, inputs, words = described(item, number)
    runs = ", ".join("–".join(f"[{end}]" for end in dict.fromkeys((run[0], run[-1]))) for run in inputs)
    from_ = f" from {runs}" if runs else ""
    return (
        f'<li id="roadmap-ref-{n}" value="{n}"><span class="where">{e(place)}{e(from_)}</span> “{e(words)}” '
        f'<span class="tag">{e(item.label.value)}</span></li>'
    )


def _block(block: Block, roadmap: Roadmap, number: dict[str, int]) -> str:
    head = f"<h4>{e(block.heading)}</h4>" if block.heading else ""
    kept = '<p class="where">Your words: kept when this section is drafted anew.</p>' if block.locked else ""
    if block.kind == "table":
        return (
            head
            + "".join(_figure(one, block.heading) for one in drawings.pictures(block, roadmap))
            + _table(block, number)
        )
    said = [_claim(one, number) for one in block.claims]
    if block.kind == "bullets":
        return f"{head}{kept}<ul>{''.join(f'<li>{one}</li>' for one in said)}</ul>"
    return f"{head}{kept}<p>{' '.join(said)}</p>"


def _claim(one: Claim, number: dict[str, int]) -> str:
    warning = "" if one.verdict.holds else ' <span class="tag">not verified</span>'
    return f"{e(one.text)}{warning} {_marks(one.evidence, number)}"


def _marks(ids: Sequence[str], number: dict[str, int]) -> str:
    known = [number[one] for one in ids if one in number]
    return "".join(f'<a class="mark" href="#roadmap-ref-{n}">[{n}]</a>' for n in known)


def _table(block: Block, number: dict[str, int]) -> str:
    head = "".join(f'<th scope="col">{e(one)}</th>' for one in (*block.columns, "Refs"))
    rows = "".join(
        f"<tr>{''.join(f'<td>{e(cell)}</td>' for cell in row.cells)}<td>{_marks(row.evidence, number)}</td></tr>"
        for row in block.rows
    )
    label = e(block.heading or "table")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def download(name: str, ending: str, content: bytes) -> str:
    """A file in the page itself: nothing of it is left on the server."""
    data = base64.b64encode(content).decode()
    size = f"{len(content) / 1000:,.0f} kB"
    return (
        f'<div class="shown"><p><a class="download" download="{e(name + ending)}" '
        f'href="data:{MEDIA[ending]};base64,{data}">Save {e(name + ending)}</a> ({size})</p></div>'
    )
