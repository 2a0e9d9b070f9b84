"""Spreadsheets and delimited text: one block a row, said with its column names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO

from index.document import Block, Kind, Reading
from index.errors import UnreadableDocument
from index.reading.archive import check_zip
from index.reading.build import Part, build, collapse, jsonable, render_row, row_parts
from index.reading.decode import MAX_LINE, decode
from index.reading.marking import MARKING, office_marking

MAX_ROWS = 200_000

_NUMBER = re.compile(r"[\s$€£(+-]*\d[\d.,'\s]*[%)]?\s*$")


def read_xlsx(data: bytes) -> Reading:
    check_zip(data, "xl/workbook.xml")
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    parts: list[Part] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue  # what its author hid is not for readers to be quoted
        sheet.reset_dimensions()  # files of other programs often state them wrongly
        rows = []
        for row in sheet.iter_rows(values_only=True):
            cells = [_cell(value) for value in row]
            if any(cells):
                rows.append(cells)
                _limit(len(parts) + len(rows))
        if rows:
            parts.append(Part(Kind.HEADING, collapse(sheet.title), 1))
            parts += row_parts(rows, has_header=_is_header(rows[0]))
    text, blocks = build(parts)
    properties = book.properties
    names = ("title", "creator", "subject", "keywords", "category", "created", "modified")
    metadata = {n: jsonable(v) for n in names if (v := getattr(properties, n, None))}
    if marked := office_marking(data):
        metadata[MARKING] = marked
    title = metadata.get("title")
    return Reading(text, blocks, str(title) if title else None, metadata)


def read_csv(data: bytes) -> Reading:
    text = decode(data)
    blocks: list[Block] = []
    header: Sequence[str] | None = None
    for start, end, record in _records(text):
        cells = [collapse(cell) for cell in record]
        if not any(cells):
            continue
        if header is None:
            header = cells if _is_header(cells) else ()
            if header:
                continue
        raw = text[start:end]
        start += len(raw) - len(raw.lstrip())
        blocks.append(Block(Kind.ROW, start, start + len(raw.strip()), (), rendered=render_row(header, cells)))
        _limit(len(blocks))
    if not blocks and header:  # a single line is no header
        blocks.append(Block(Kind.ROW, 0, len(text), (), rendered=render_row((), header)))
    return Reading(text, tuple(blocks))


def _records(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Each record with its place; a quoted cell may run over several lines."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in StringIO(text, newline=""):
            end += len(line)
            yield line

    csv.field_size_limit(MAX_LINE)
    start = 0
    reader = csv.reader(lines(), delimiter=_delimiter(text))
    if text.count('"') % 2:  # an odd quote would swallow the rest of the file as one cell
        reader = csv.reader(lines(), delimiter=_delimiter(text), quoting=csv.QUOTE_NONE)
    for record in reader:
        yield start, end, record
        start = end


def _delimiter(text: str) -> str:
    """What parts the cells: found by the sniffer if the first lines agree with it, else a comma."""
    sample = text[:8192]
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|").delimiter
    except csv.Error:
        first = sample.splitlines()[0] if sample.strip() else ""
        return max(",;\t|", key=first.count)


def _is_header(cells: Sequence[str]) -> bool:
    """Names, not numbers, and hardly a gap."""
    filled = [cell for cell in cells if cell]
    return (
        len(filled) * 2 > len(cells)
        and len(set(filled)) == len(filled)
        and not any(_NUMBER.match(cell) for cell in filled)
        and max(map(len, filled)) <= 80
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(jsonable(value)) if not isinstance(value, bool) else str(value).upper()
    return collapse(text.removesuffix("T00:00:00"))


def _limit(rows: int) -> None:
    if rows > MAX_ROWS:
        raise UnreadableDocument(f"more than {MAX_ROWS:,} rows: split the table or keep only what matters")
