"""A roadmap as a Word document, where each [n] leads to its reference, and as a tracker's CSV, where an initiative
names its findings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from advisor.inventory.export import inert
from advisor.roadmap.document import Block, Initiative, Roadmap
from advisor.roadmap.markdown import reference

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what XML 1.0 cannot hold
_COLUMNS = (
    "id", "title", "dimension", "site", "kind", "what", "start", "end", "horizon", "owner", "effort_person_weeks_low",
    "effort_person_weeks_high", "cost_low", "cost_high", "cost_unit", "power_kw", "depends_on", "kpi", "baseline",
    "target", "unit", "due", "outside_because", "findings", "label",
)  # fmt: skip


def tracker(roadmap: Roadmap) -> str:
    """One initiative a row; cells that a spreadsheet would run come out as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([inert(cell) for cell in _row(one, roadmap)] for one in roadmap.initiatives)
    return out.getvalue()


def _row(one: Initiative, roadmap: Roadmap) -> list[object]:
    slot = next((slot for slot in roadmap.schedule.slots if slot.initiative == one.id), None)
    left = next((out for out in roadmap.schedule.outside if out.initiative == one.id), None)
    cost = one.cost
    return [
        one.id, one.title, one.dimension, one.site or "", one.kind, one.what.text, slot.start if slot else "",
        slot.end if slot else "", slot.horizon if slot else "", one.owner_role, one.effort.low, one.effort.high,
        cost.low if cost else "", cost.high if cost else "", cost.unit if cost else "", one.power_kw,
        " ".join(one.depends_on), one.kpi.name, _or_empty(one.kpi.baseline), _or_empty(one.kpi.target), one.kpi.unit,
        one.kpi.due or "", left.reason.text if left else "", " ".join(one.why), one.label.value,
    ]  # fmt: skip


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value


def docx(roadmap: Roadmap) -> bytes:
    """A Word document: headings, tables, and [n] that leads to the n-th reference at the end."""
    import docx as word

    number = {one.id: position for position, one in enumerate(roadmap.evidence, 1)}
    document = word.Document()
    document.core_properties.title = _text(roadmap.title)
    document.core_properties.subject = f"Classification: {roadmap.label.value}"
    document.add_heading(_text(roadmap.title), 0)
    document.add_paragraph(f"As of {roadmap.as_of}. Classification: {roadmap.label.value}.")
    for section in roadmap.sections:
        document.add_heading(_text(f"{section.number} {section.title}".strip()), 1)
        for block in section.blocks:
            _block(document, block, number)
    document.add_heading("References", 1)
    for one in roadmap.evidence:
        paragraph = document.add_paragraph(_text(f"[{number[one.id]}] {_plain(reference(one, number))}"))
        _bookmark(paragraph, number[one.id])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _block(document: Any, block: Block, number: dict[str, int]) -> None:
    if block.heading:
        document.add_heading(_text(block.heading), 2)
    if block.kind == "table":
        table = document.add_table(rows=1, cols=len(block.columns) + 1, style="Light Grid Accent 1")
        for cell, name in zip(table.rows[0].cells, (*block.columns, "References"), strict=True):
            cell.text = _text(name)
        for row in block.rows:
            cells = table.add_row().cells
            for cell, said in zip(cells, row.cells, strict=False):
                cell.text = _text(said)
            _marks(cells[-1].paragraphs[0], row.evidence, number)
        document.add_paragraph()
        return
    if block.kind == "paragraph":
        paragraph = document.add_paragraph()
    for claim in block.claims:
        if block.kind == "bullets":
            paragraph = document.add_paragraph(style="List Bullet")
        paragraph.add_run(_text(claim.text) + " ")
        _marks(paragraph, claim.evidence, number)
        if block.kind == "paragraph":
            paragraph.add_run(" ")


def _marks(paragraph: Any, ids: Iterable[str], number: dict[str, int]) -> None:
    """[n] as links to the bookmarks of the references."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for one in ids:
        if one not in number:
            continue
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), f"ref{number[one]}")
        run = paragraph.add_run(f"[{number[one]}]")
        link.append(run._r)
        paragraph._p.append(link)


def _bookmark(paragraph: Any, n: int) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), str(n))
    start.set(qn("w:name"), f"ref{n}")
    paragraph._p.insert(0, start)
    paragraph._p.append(end)


def _plain(markdown: str) -> str:
    """Inert Markdown as text."""
    return re.sub(r"\\([^\w\s])", r"\1", markdown)


def _text(said: str) -> str:
    return _UNWRITABLE.sub("", said)
