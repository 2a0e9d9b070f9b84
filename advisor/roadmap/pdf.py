"""A roadmap as PDF: outline, tables, pictures, and [n] that leads to the n-th reference at the end."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from advisor.roadmap import charts, fonts, words
from advisor.roadmap.document import Block, Roadmap
from advisor.roadmap.reference import described, numbered, short

_SHORT = 13  # characters of a cell that stays on one line
_MARGIN = 57.0  # points, 2 cm
_BLUE, _INK, _QUIET, _BAND = "#0b5cad", "#1e293b", "#52606f", "#eef3f9"


def write(roadmap: Roadmap) -> bytes:
    """The whole document on A4 pages."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph

    fonts.register()
    style = _styles()
    number = numbered(roadmap)
    out = io.BytesIO()
    foot = f"{roadmap.title} · classification: {roadmap.label.value}"

    class Document(BaseDocTemplate):  # type: ignore[misc]
        def afterFlowable(self, flowable: Any) -> None:
            level = getattr(flowable, "outline", None)
            if level is not None:
                self.canv.bookmarkPage(flowable.anchor)
                self.canv.addOutlineEntry(flowable.getPlainText(), flowable.anchor, level, closed=level > 0)

    def furniture(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(fonts.PLAIN, 7.5)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN, 30, fonts.shown(foot)[:120])
        canvas.drawRightString(A4[0] - _MARGIN, 30, f"{document.page}")
        canvas.restoreState()

    document = Document(
        out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=52, bottomMargin=52,
        title=roadmap.title, subject=f"Classification: {roadmap.label.value}", author=roadmap.organisation,
    )  # fmt: skip
    frame = Frame(
        _MARGIN, 52, A4[0] - 2 * _MARGIN, A4[1] - 104, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=furniture))
    story: list[Any] = [
        Paragraph(_text(roadmap.title), style["title"]),
        Paragraph(_text(_meta(roadmap)), style["meta"]),
    ]
    for section in roadmap.sections:
        story += _heading(f"{section.number} {section.title}".strip(), 0, section.id, style)
        for block in section.blocks:
            story += _block(block, roadmap, number, style)
    story.append(PageBreak())
    story += _heading("References", 0, "references", style)
    story += [
        Paragraph(f'<a name="ref{number[one.id]}"/>[{number[one.id]}] {_described(one, number)}', style["reference"])
        for one in roadmap.evidence
    ]
    document.build(story)
    return out.getvalue()


def _meta(roadmap: Roadmap) -> str:
    known = f"as of {words.day(roadmap.as_of)}" if roadmap.as_of else "of unknown date"
    plan = f"plan from {words.day(roadmap.schedule.start)} over {roadmap.options.horizon_months} months"
    return f"Feeds {known} · {plan} · classification: {roadmap.label.value}"


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    base = ParagraphStyle(
        "body", fontName=fonts.PLAIN, fontSize=9.2, leading=13.2, textColor=_INK, spaceAfter=7, allowWidows=0,
        allowOrphans=0, splitLongWords=1,
    )  # fmt: skip
    head = ParagraphStyle("h1", base, fontName=fonts.BOLD, fontSize=14, leading=18, spaceBefore=14, spaceAfter=6,
                          textColor=_BLUE)  # fmt: skip
    return {
        "body": base,
        "bullet": ParagraphStyle("bullet", base, leftIndent=11, bulletIndent=1, spaceAfter=3),
        "title": ParagraphStyle(
            "title", base, fontName=fonts.BOLD, fontSize=20, leading=25, textColor=_BLUE, spaceAfter=4
        ),
        "meta": ParagraphStyle("meta", base, textColor=_QUIET, fontSize=8.5, spaceAfter=10),
        "h1": head,
        "h2": ParagraphStyle("h2", head, fontSize=10.5, leading=14, spaceBefore=9, spaceAfter=4, textColor=_INK),
        "cell": ParagraphStyle("cell", base, fontSize=7.8, leading=10, spaceAfter=0),
        "head": ParagraphStyle("head", base, fontName=fonts.BOLD, fontSize=7.8, leading=10, spaceAfter=0),
        "reference": ParagraphStyle(
            "reference", base, fontSize=7.5, leading=9.8, spaceAfter=2, leftIndent=24, firstLineIndent=-24
        ),
    }


def _heading(said: str, level: int, anchor: str, style: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import CondPageBreak, Paragraph

    heading = Paragraph(_text(said), style["h1" if level == 0 else "h2"])
    heading.outline, heading.anchor = level, f"part-{anchor}"
    return [CondPageBreak(150 if level == 0 else 92), heading]  # not keepWithNext: it would move whole tables


def _block(block: Block, roadmap: Roadmap, number: dict[str, int], style: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import KeepTogether, Paragraph, Spacer

    made = _heading(block.heading, 1, block.id, style) if block.heading else []
    drawings = charts.pictures(block, roadmap)
    if drawings:
        made = [KeepTogether([*made[1:], drawings[0], Spacer(0, 6)])]
        made += [part for one in drawings[1:] for part in (one, Spacer(0, 6))]
    if block.picture == "heat map" and drawings:
        rows = " · ".join(f"{_text(row.cells[0])} {_marks(row.evidence, number)}" for row in block.rows)
        made.append(Paragraph(f"Evidence by dimension: {rows}", style["cell"]))
        made.append(Spacer(0, 8))
    elif block.kind == "table":
        made += [_table(block, number, style), Spacer(0, 9)]
    elif block.kind == "bullets":
        made += [
            Paragraph(f"{_text(one.text)} {_marks(one.evidence, number)}", style["bullet"], bulletText="•")
            for one in block.claims
        ]
        made.append(Spacer(0, 4))
    else:
        said = " ".join(f"{_text(one.text)} {_marks(one.evidence, number)}" for one in block.claims)
        made.append(Paragraph(said, style["body"]))
    return made


def _table(block: Block, number: dict[str, int], style: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph, Table

    head = [Paragraph(_text(one), style["head"]) for one in (*block.columns, "Refs")]
    rows = [
        [
            *(Paragraph(_text(one), style["cell"]) for one in row.cells),
            Paragraph(_marks(row.evidence, number), style["cell"]),
        ]
        for row in block.rows
    ]
    table = Table([head, *rows], colWidths=_widths(block, number), repeatRows=1, splitInRow=0, hAlign="LEFT")
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, 0), _BAND),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, charts.RULE), ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )  # fmt: skip
    return table


def _whole(said: str) -> str:
    """A date or a value gets the room to stand on one line."""
    return said.replace(" ", "\u00a0") if len(said) <= _SHORT else said


def _widths(block: Block, number: dict[str, int]) -> list[float]:
    """Each column gets what its longest word needs, and the rest by how much it has to say."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    marks = [short(row.evidence, number).replace("][", "] [") for row in block.rows]
    columns = [[block.columns[i], *(_whole(row.cells[i]) for row in block.rows)] for i in range(len(block.columns))]
    columns.append(["Refs", *marks])

    def wide(said: str) -> float:
        mark = said.startswith("[")
        return float(stringWidth(fonts.shown(said), fonts.PLAIN if mark else fonts.BOLD, 6.7 if mark else 7.8))

    least = [max(wide(word) for said in column for word in said.split(" ")) + 10 for column in columns]
    least[-1] = max([least[-1], *(wide(" ".join(said.split(" ")[:2])) + 10 for said in marks)])
    full = [max(wide(said) for said in column) + 9 for column in columns]
    least = [min(need, 150.0) for need in least]
    spare = max(0.0, charts.WIDTH - sum(least))
    wish = [max(0.0, want - need) for want, need in zip(full, least, strict=True)]
    share = min(1.0, spare / sum(wish)) if sum(wish) else 0.0
    widths = [need + share * more for need, more in zip(least, wish, strict=True)]
    fit = min(1.0, charts.WIDTH / sum(widths))
    return [one * fit for one in widths]


def _marks(ids: Iterable[str], number: dict[str, int]) -> str:
    """[n] in small type, each a link to its reference."""
    known = [number[one] for one in ids if one in number]
    return " ".join(f'<a href="#ref{n}" color="{_BLUE}"><font size="6.5">[{n}]</font></a>' for n in known)


def _described(one: Any, number: dict[str, int]) -> str:
    """Where evidence stands and its words; what it was computed from leads on."""
    place, inputs, words = described(one, number)
    links = ", ".join(_range(part) for part in inputs)
    computed = f" from {links}" if links else ""
    return f"{_text(place)}{computed}: “{_text(words)}” ({one.label.value})"


def _range(part: Sequence[int]) -> str:
    ends = [f'<a href="#ref{n}" color="{_BLUE}">[{n}]</a>' for n in dict.fromkeys((part[0], part[-1]))]
    return "–".join(ends)


def _text(said: str) -> str:
    return escape(fonts.shown(said))
