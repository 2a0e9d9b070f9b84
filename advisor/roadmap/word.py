"""A roadmap as a Word document: headings, tables, pictures, and [n] that leads to the n-th reference at the end."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from advisor.roadmap import charts
from advisor.roadmap.document import Block, Roadmap
from advisor.roadmap.reference import described, numbered

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what XML 1.0 cannot hold
_WIDE_CM = 17.0
_TABLE_POINTS, _MARK_POINTS, _REFERENCE_POINTS = 8.0, 7.0, 8.0


def write(roadmap: Roadmap) -> bytes:
    """The whole document on A4 pages."""
    import docx as word
    from docx.shared import Cm, Pt, RGBColor

    number = numbered(roadmap)
    document = word.Document()
    document.core_properties.title = _text(roadmap.title)
    document.core_properties.subject = f"Classification: {roadmap.label.value}"
    document.core_properties.author = _text(roadmap.organisation)
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Calibri", Pt(10.5)
    for level in (1, 2):
        document.styles[f"Heading {level}"].font.color.rgb = RGBColor(0x0B, 0x5C, 0xAD)
        document.styles[f"Heading {level}"].paragraph_format.keep_with_next = True
    _foot(page.footer.paragraphs[0], f"{_text(roadmap.title)} · classification: {roadmap.label.value} · page ")
    document.add_heading(_text(roadmap.title), 0)
    document.add_paragraph(f"As of {roadmap.as_of}. Classification: {roadmap.label.value}.")
    for section in roadmap.sections:
        document.add_heading(_text(f"{section.number} {section.title}".strip()), 1)
        for block in section.blocks:
            _block(document, block, roadmap, number)
    document.add_page_break()
    document.add_heading("References", 1)
    for one in roadmap.evidence:
        paragraph = document.add_paragraph(f"[{number[one.id]}] ")
        paragraph.paragraph_format.space_after = Pt(2)
        place, inputs, words = described(one, number)
        paragraph.add_run(_text(place))
        for position, part in enumerate(inputs):
            paragraph.add_run(", " if position else " from ")
            _range(paragraph, part)
        paragraph.add_run(_text(f": “{words}” ({one.label.value})"))
        for run in paragraph.runs:
            run.font.size = Pt(_REFERENCE_POINTS)
        _bookmark(paragraph, number[one.id])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _block(document: Any, block: Block, roadmap: Roadmap, number: dict[str, int]) -> None:
    if block.heading:
        document.add_heading(_text(block.heading), 2)
    drawn = [_picture(document, drawing, block, roadmap) for drawing in charts.pictures(block, roadmap)]
    if drawn and block.picture == "heat map":
        paragraph = document.add_paragraph("Evidence by dimension: ")
        for position, row in enumerate(block.rows):
            paragraph.add_run(f"{' · ' if position else ''}{_text(row.cells[0])} ")
            _marks(paragraph, row.evidence, number)
    elif block.kind == "table":
        _table(document, block, number)
    elif block.kind == "bullets":
        for claim in block.claims:
            paragraph = document.add_paragraph(f"{_text(claim.text)} ", style="List Bullet")
            _marks(paragraph, claim.evidence, number)
    else:
        paragraph = document.add_paragraph()
        for claim in block.claims:
            paragraph.add_run(_text(claim.text) + " ")
            _marks(paragraph, claim.evidence, number)
            paragraph.add_run(" ")


def _picture(document: Any, drawing: Any, block: Block, roadmap: Roadmap) -> Any:
    """The drawing, with what it shows as its description for who cannot see it."""
    from docx.shared import Cm

    shape = document.add_picture(io.BytesIO(charts.png(drawing)), width=Cm(_WIDE_CM))
    told = "; ".join(" ".join(row.cells) for row in block.rows)
    shape._inline.docPr.set("descr", _text(f"{block.heading}: {told}")[:2000])
    return shape


def _table(document: Any, block: Block, number: dict[str, int]) -> None:
    """The header stands on every page that the table reaches, and no row is cut."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=len(block.columns) + 1, style="Light Grid Accent 1")
    for cell, name in zip(table.rows[0].cells, (*block.columns, "References"), strict=True):
        cell.text = _text(name)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in block.rows:
        added = table.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, said in zip(added.cells, row.cells, strict=False):
            cell.text = _text(said)
        _marks(added.cells[-1].paragraphs[0], row.evidence, number)
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(_TABLE_POINTS)
    document.add_paragraph()


def _marks(paragraph: Any, ids: Iterable[str], number: dict[str, int]) -> None:
    """[n] as links to the bookmarks of the references."""
    for one in ids:
        if one in number:
            _link(paragraph, number[one], _MARK_POINTS)


def _range(paragraph: Any, part: Sequence[int]) -> None:
    _link(paragraph, part[0], _REFERENCE_POINTS)
    if len(part) > 1:
        paragraph.add_run("–")
        _link(paragraph, part[-1], _REFERENCE_POINTS)


def _link(paragraph: Any, n: int, points: float) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), f"ref{n}")
    run = paragraph.add_run(f"[{n}]")
    run.font.size, run.font.color.rgb = Pt(points), RGBColor(0x0B, 0x5C, 0xAD)
    link.append(run._r)
    paragraph._p.append(link)


def _foot(paragraph: Any, said: str) -> None:
    """A line with the number of the page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run = paragraph.add_run(said)
    run.font.size = Pt(8)
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    paragraph._p.append(number)


def _bookmark(paragraph: Any, n: int) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), str(n))
    start.set(qn("w:name"), f"ref{n}")
    paragraph._p.insert(0, start)
    paragraph._p.append(end)


def _text(said: str) -> str:
    return _UNWRITABLE.sub("", said)
