"""The Gantt and the heat map of a roadmap as drawings: vectors in PDF and on the page, pixels in Word.

Colours are those of the pages: blue is met, orange is not, grey is unknown; each cell and bar says in words what its
colour says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from advisor.roadmap.document import Block, Initiative, Roadmap, Slot
from advisor.roadmap.fonts import BOLD, PLAIN, register, shown

WIDTH = 481.0  # points: an A4 page less its margins
ROW, AXIS, LEGEND = 15.0, 20.0, 22.0
LABEL = 205.0  # points for the name of an initiative
INK, QUIET, RULE = "#1e293b", "#52606f", "#d5dce5"
KINDS = {"quick win": "#7fb3e6", "foundation": "#0b5cad", "strategic step": "#b45309"}
_SCORES = {  # fill and ink
    "met": ("#0b5cad", "#ffffff"), "near": ("#cfe3f7", "#0b3a66"), "short": ("#ffd9a8", "#5c2f00"),
    "far": ("#b45309", "#ffffff"), "unknown": ("#e2e8f0", "#1e293b"), "none": ("#ffffff", "#52606f"),
}  # fmt: skip
GANTT_ROWS = 38  # in one drawing: what a page holds


def gantt(roadmap: Roadmap) -> list[Any]:
    """Drawings of the schedule, each at most a page high; none without a plan."""
    slots = {slot.initiative: slot for slot in roadmap.schedule.slots}
    rows = [(one, slots[one.id]) for one in roadmap.initiatives if one.id in slots]
    return [_gantt(rows[at : at + GANTT_ROWS], roadmap) for at in range(0, len(rows), GANTT_ROWS)]


def _gantt(rows: Sequence[tuple[Initiative, Slot]], roadmap: Roadmap) -> Any:
    from reportlab.graphics.shapes import Drawing, Rect

    register()
    height = AXIS + ROW * len(rows) + LEGEND
    drawing = Drawing(WIDTH, height)
    first = roadmap.schedule.start.replace(day=1)
    last = max(slot.end for _, slot in rows) + timedelta(days=10)

    def x(day: date) -> float:
        return LABEL + (WIDTH - LABEL) * (day - first).days / max(1, (last - first).days)

    _months(drawing, first, last, x, height)
    at: dict[str, tuple[float, float, float]] = {}
    for number, (one, slot) in enumerate(rows):
        y = height - AXIS - ROW * (number + 1)
        left, right = x(slot.start), max(x(slot.end), x(slot.start) + 3)
        at[one.id] = (left, right, y + ROW / 2)
        _text(drawing, 0, y + 4.5, _fitting(f"{one.id}  {one.title}", LABEL - 8, 7.5), 7.5)
        drawing.add(
            Rect(left, y + 3, right - left, ROW - 6, fillColor=_hex(KINDS[one.kind]), strokeColor=None, rx=2, ry=2)
        )
    for one, _ in rows:
        for other in one.depends_on:
            if other in at:
                _arrow(drawing, at[other], at[one.id])
    left = LABEL
    for kind, colour in KINDS.items():
        drawing.add(Rect(left, 3, 9, 9, fillColor=_hex(colour), strokeColor=None))
        _text(drawing, left + 13, 4, kind, 7.5)
        left += 78
    return drawing


def _months(drawing: Any, first: date, last: date, x: Any, height: float) -> None:
    from reportlab.graphics.shapes import Line

    span = (last.year - first.year) * 12 + last.month - first.month
    step = 1 if span <= 9 else 3 if span <= 36 else 6
    day = first
    while day <= last:
        if (day.month - 1) % step == 0 or day == first:
            drawing.add(Line(x(day), LEGEND - 4, x(day), height - AXIS + 4, strokeColor=_hex(RULE), strokeWidth=0.6))
            if x(day) < WIDTH - 34 and not (day == first and x(_labelled(day, step)) - x(day) < 44):
                _text(drawing, x(day) + 2, height - AXIS + 7, f"{day:%b %Y}", 7.5, QUIET)
        day = (day + timedelta(days=32)).replace(day=1)


def _labelled(day: date, step: int) -> date:
    """The next month after this that bears a label."""
    while True:
        day = (day + timedelta(days=32)).replace(day=1)
        if (day.month - 1) % step == 0:
            return day


def _arrow(drawing: Any, source: tuple[float, float, float], target: tuple[float, float, float]) -> None:
    """From the end of what is waited for to the start of what waits."""
    from reportlab.graphics.shapes import PolyLine

    x0, x1 = source[1], target[0]
    middle = max(x0 + 2, x1 - 4)
    points = [x0, source[2], middle, source[2], middle, target[2], x1, target[2]]
    drawing.add(PolyLine(points, strokeColor=_hex("#94a3b8"), strokeWidth=0.7))
    drawing.add(
        PolyLine(
            [x1 - 3, target[2] + 2, x1, target[2], x1 - 3, target[2] - 2], strokeColor=_hex("#94a3b8"), strokeWidth=0.7
        )
    )


def heat_map(block: Block) -> Any:
    """Scores by dimension (rows) and site (columns), each cell in the words of the table."""
    from reportlab.graphics.shapes import Drawing, Rect

    register()
    sites = block.columns[1:]
    row, head, label = 21.0, 18.0, 110.0
    wide = min(120.0, (WIDTH - label) / max(1, len(sites)))
    height = head + row * len(block.rows) + LEGEND + 4
    drawing = Drawing(WIDTH, height)
    for number, site in enumerate(sites):
        _text(
            drawing,
            label + wide * (number + 0.5),
            height - 12,
            _fitting(site, wide - 4, 8),
            8,
            anchor="middle",
            bold=True,
        )
    for line, one in enumerate(block.rows):
        y = height - head - row * (line + 1)
        _text(drawing, 0, y + 7, one.cells[0], 8.5)
        for number, said in enumerate(one.cells[1:]):
            fill, ink = _SCORES[_kind(said)]
            drawing.add(
                Rect(
                    label + wide * number + 1,
                    y + 1,
                    wide - 2,
                    row - 2,
                    fillColor=_hex(fill),
                    strokeColor=_hex(RULE),
                    strokeWidth=0.4,
                )
            )
            _text(drawing, label + wide * (number + 0.5), y + 7, said, 8, ink, anchor="middle")
    legend = (("met", "met"), ("near", "70 % and more of the need"), ("short", "30 to 69 %"), ("far", "below 30 %"),
              ("unknown", "not known, or at most"))  # fmt: skip
    left = 0.0
    for kind, said in legend:
        drawing.add(Rect(left, 3, 9, 9, fillColor=_hex(_SCORES[kind][0]), strokeColor=_hex(RULE), strokeWidth=0.4))
        _text(drawing, left + 13, 4, said, 7.5)
        left += 24 + 4.4 * len(said)
    return drawing


def _kind(said: str) -> str:
    if said == "met":
        return "met"
    if said == "not asked":
        return "none"
    share = re.fullmatch(r"(\d+) %", said)
    if share is None:
        return "unknown"
    return "near" if int(share[1]) >= 70 else "short" if int(share[1]) >= 30 else "far"


def pictures(block: Block, roadmap: Roadmap) -> list[Any]:
    """The drawings of a block; none for one that has no picture."""
    if block.picture == "gantt":
        return gantt(roadmap)
    return [heat_map(block)] if block.picture == "heat map" and block.rows else []


def png(drawing: Any, dots_per_inch: int = 200) -> bytes:
    """A drawing as pixels."""
    import pypdfium2
    from reportlab.graphics import renderPDF

    page = pypdfium2.PdfDocument(renderPDF.drawToString(drawing))[0]
    out = io.BytesIO()
    page.render(scale=dots_per_inch / 72).to_pil().save(out, "PNG", optimize=True)
    return out.getvalue()


def svg(drawing: Any) -> str:
    """A drawing as an inert element of a page."""
    from reportlab.graphics import renderSVG

    said = str(renderSVG.drawToString(drawing))
    for face in (BOLD, PLAIN):
        said = said.replace(f"font-family: {face}", "font-family: system-ui, sans-serif")
    return said[said.index("<svg") :]


def _text(
    drawing: Any,
    x: float,
    y: float,
    said: str,
    size: float,
    colour: str = INK,
    anchor: str = "start",
    bold: bool = False,
) -> None:
    from reportlab.graphics.shapes import String

    name = BOLD if bold else PLAIN
    drawing.add(String(x, y, shown(said), fontName=name, fontSize=size, fillColor=_hex(colour), textAnchor=anchor))


def _fitting(said: str, width: float, size: float) -> str:
    """Cut at a word where it is too wide."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    said = shown(said)
    if stringWidth(said, PLAIN, size) <= width:
        return said
    while said and stringWidth(f"{said} …", PLAIN, size) > width:
        said = said.rpartition(" ")[0] if " " in said.strip() else said[:-1]
    return f"{said} …"


def _hex(colour: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(colour)
