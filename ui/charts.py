"""Charts as inert HTML and SVG: no script, no asset, readable without colour. Pure."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A score between `low` and `high`, 0-1; both None where nothing was asked."""

    low: float | None = None
    high: float | None = None

    @property
    def kind(self) -> str:
        """Its class: colours are blue for met and orange for not met, hatched for unknown; the text says the same."""
        if self.low is None or self.high is None:
            return "none"
        if self.low < self.high:
            return "unknown" if self.high >= 1 - 1e-9 else "unknown short"
        return "met" if self.low >= 1 - 1e-9 else "near" if self.low >= 0.7 else "short" if self.low >= 0.3 else "far"

    @property
    def said(self) -> str:
        """ "not asked", "met", "62 %", "cannot determine", "at most 62 %"."""
        match self.kind:
            case "none":
                return "not asked"
            case "met":
                return "met"
            case "unknown":
                return "cannot determine"
            case "unknown short":
                return f"at most {_percent(self.high)}"
        return _percent(self.low)

    @property
    def sign(self) -> str:
        """What stands in the cell, short enough for a narrow column."""
        match self.kind:
            case "none":
                return "–"
            case "met":
                return "✓"
            case "unknown":
                return "?"
            case "unknown short":
                return f"? ≤{_percent(self.high)}"
        return _percent(self.low)


def _percent(share: float | None) -> str:
    """A score that is not met never rounds up to 100 %."""
    whole = 100 * (share or 0.0)
    return f"{min(99, math.floor(whole + 0.5)) if whole < 100 else 100} %"


def heat_map(
    title: str, first: str, columns: Sequence[str], rows: Sequence[tuple[str, str, Sequence[Cell]]], picks: bool
) -> str:
    """A table of scores. Each row: name, remark, cells. With `picks` every asked cell is a button `row|column`."""
    head = "".join(f'<th scope="col">{e(name)}</th>' for name in columns)
    body = []
    for name, remark, cells in rows:
        shown = "".join(_heat(name, column, cell, picks) for column, cell in zip(columns, cells, strict=True))
        note = f'<span class="remark">{e(remark)}</span>' if remark else ""
        body.append(f'<tr><th scope="row">{e(name)}{note}</th>{shown}</tr>')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{e(title)}"><table class="heat">'
        f'<caption>{e(title)}</caption><thead><tr><th scope="col">{e(first)}</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _heat(row: str, column: str, cell: Cell, picks: bool) -> str:
    label = f"{row}, {column}: {cell.said}"
    if not picks or cell.kind == "none":
        return f'<td class="{cell.kind}"><span title="{e(label)}">{e(cell.sign)}</span></td>'
    return (
        f'<td class="{cell.kind}"><button type="button" data-pick="{e(row)}|{e(column)}" title="{e(label)}" '
        f'aria-label="{e(label)}. Show why.">{e(cell.sign)}</button></td>'
    )


LEGEND = (
    '<p class="legend"><span class="met">✓ met</span><span class="near">70 % and more of the need</span>'
    '<span class="short">30–69 %</span><span class="far">below 30 %</span>'
    '<span class="unknown">? cannot determine</span><span class="none">– not asked</span></p>'
)


def radar(title: str, axes: Sequence[tuple[str, Cell]]) -> str:
    """What is known for good (filled) and what could be at best (dashed), on one axis a dimension."""
    asked = [(name, cell) for name, cell in axes if cell.low is not None and cell.high is not None]
    if len(asked) < 3:
        return ""
    centre_x, centre_y, reach = 230.0, 170.0, 115.0

    def at(index: int, share: float) -> tuple[float, float]:
        angle = 2 * math.pi * index / len(asked) - math.pi / 2
        return centre_x + reach * share * math.cos(angle), centre_y + reach * share * math.sin(angle)

    def ring(shares: Sequence[float]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*at(i, share)) for i, share in enumerate(shares))

    parts = [f'<polygon class="grid" points="{ring([share] * len(asked))}"/>' for share in (0.25, 0.5, 0.75, 1.0)]
    for index, (name, cell) in enumerate(asked):
        x, y = at(index, 1.0)
        parts.append(f'<line class="grid" x1="{centre_x}" y1="{centre_y}" x2="{x:.1f}" y2="{y:.1f}"/>')
        tx, ty = at(index, 1.14)
        anchor = "middle" if abs(tx - centre_x) < 12 else "start" if tx > centre_x else "end"
        parts.append(f'<text x="{tx:.1f}" y="{ty:.1f}" text-anchor="{anchor}">{e(name)}</text>')
        parts.append(f'<text class="value" x="{tx:.1f}" y="{ty + 14:.1f}" text-anchor="{anchor}">{span(cell)}</text>')
    parts.append(f'<polygon class="best" points="{ring([cell.high or 0.0 for _, cell in asked])}"/>')
    parts.append(f'<polygon class="sure" points="{ring([cell.low or 0.0 for _, cell in asked])}"/>')
    told = "; ".join(f"{name} {span(cell)}" for name, cell in asked)
    return (
        f'<figure class="radar"><figcaption>{e(title)}</figcaption>'
        f'<svg viewBox="0 0 460 345" role="img" aria-label="{e(title)}: {e(told)}">{"".join(parts)}</svg>'
        '<p class="where">Filled: what is known to be there. Dashed: what could be there at best, '
        "if all that is unknown were met.</p></figure>"
    )


def span(cell: Cell) -> str:
    low, high = _percent(cell.low), _percent(cell.high)
    return low if low == high else f"{low.removesuffix(' %')}–{high}"


def bars(title: str, rows: Sequence[tuple[str, float, str]], kind: str = "share") -> str:
    """Rows of name, share of the widest bar (0-1) and the words beside it; "" when there are none."""
    if not rows:
        return ""
    body = "".join(
        f'<li><span class="name">{e(name)}</span><span class="track"><span class="fill" '
        f'style="width:{100 * max(0.0, min(1.0, share)):.1f}%"></span></span><span class="said">{e(said)}</span></li>'
        for name, share, said in rows
    )
    return f'<figure class="bars {e(kind)}"><figcaption>{e(title)}</figcaption><ul>{body}</ul></figure>'


def e(text: object) -> str:
    return html.escape(str(text))
