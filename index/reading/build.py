"""Stored text for formats that have none of their own, and values that fit into JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from index.document import Block, Kind


class Part(NamedTuple):
    """A block before it has its place in the text."""

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None
    rendered: str | None = None  # empty: stands in the text without being a block


def collapse(text: str) -> str:
    """`text` on one line, single spaces; unpaired surrogates, which cannot be saved, replaced."""
    return " ".join(text.split()).encode("utf-8", "replace").decode()


def build(parts: Iterable[Part]) -> tuple[str, tuple[Block, ...]]:
    """The parts' text, rows on lines of their own and all else a paragraph, with one block a part."""
    pieces: list[str] = []
    blocks: list[Block] = []
    length = 0
    previous: Part | None = None
    for part in parts:
        text = part.text.strip()
        if not text:
            continue
        if previous is not None:
            gap = "\n" if previous.kind is part.kind is Kind.ROW else "\n\n"
            pieces.append(gap)
            length += len(gap)
        end = length + len(text)
        runs = () if part.rendered is not None else ((length, end),)
        if part.rendered != "":
            blocks.append(Block(part.kind, length, end, runs, part.level, part.rendered, part.page))
        pieces.append(text)
        length = end
        previous = part
    return "".join(pieces), tuple(blocks)


def render_row(header: Sequence[str], cells: Sequence[str]) -> str:
    """'Header: cell; Header: cell'; a cell without a header stands alone, an empty cell is skipped."""
    named = [(header[i] if i < len(header) else "", cell) for i, cell in enumerate(cells)]
    return "; ".join(f"{name.rstrip(':')}: {cell}" if name else cell for name, cell in named if cell)


def row_parts(rows: Sequence[Sequence[str]], has_header: bool, page: int | None = None) -> list[Part]:
    """One ROW a table row; the header's names are said with each. A single row is no header."""
    header: Sequence[str] = ()
    parts: list[Part] = []
    if has_header and len(rows) > 1:
        header, rows = rows[0], rows[1:]
        parts.append(Part(Kind.ROW, " | ".join(header), page=page, rendered=""))
    for cells in rows:
        if any(cells):
            parts.append(Part(Kind.ROW, " | ".join(cells), page=page, rendered=render_row(header, cells)))
    return parts


def jsonable(value: object, depth: int = 0) -> object:
    """`value` as JSON has it; dates in ISO form, the rest as its text."""
    if depth > 20:
        return str(type(value).__name__)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(jsonable(key, 20)): jsonable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item, depth + 1) for item in value]
    return str(value).encode("utf-8", "replace").decode()


def first_heading(parts: Iterable[Part]) -> str | None:
    return next((part.text for part in parts if part.kind is Kind.HEADING), None)
