"""Templates and tables as CSV and XLSX. Cells that a spreadsheet would run as a formula come out as text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from advisor.inventory import schema

WORKBOOK = "inventory-template.xlsx"
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: object) -> object:
    """The cell as it may stand in a spreadsheet: text that would be a formula gets an apostrophe before it.

    A lone carriage return becomes a line feed: the csv module leaves it unquoted, and a spreadsheet would begin a new
    row there, with a cell that nobody looked at.
    """
    if not isinstance(cell, str) or not cell:
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    if cell[0] in _ACTIVE or cell.lstrip()[:1] in ("=", "@"):
        return f"'{text}"
    return text


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([inert(name) for name in header])
        writer.writerows([inert(cell) for cell in row] for row in rows)


def _header(entity: str) -> list[str]:
    return [*schema.fields(entity), *schema.ROW_COLUMNS]


def write_templates(folder: Path) -> list[Path]:
    """One CSV an entity and one workbook with a sheet an entity, headers only, and a sheet that explains them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for entity in schema.ENTITIES:
        path = folder / f"{entity}.csv"
        write_csv(path, _header(entity), [])
        written.append(path)
    written.append(_write_workbook(folder / WORKBOOK))
    return written


def _write_workbook(path: Path) -> Path:
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    about = book.active
    about.title = "README"
    about.append(["entity", "column", "unit", "meaning"])
    for entity, model in schema.ENTITIES.items():
        about.append([entity, "", "", model.ABOUT])
        for name, field in model.model_fields.items():
            about.append([entity, name, schema.unit_of(entity, name), field.description])
        for name, meaning in schema.ROW_COLUMNS.items():
            about.append([entity, name, "", meaning])
        sheet = book.create_sheet(entity)
        sheet.append(_header(entity))
        sheet.freeze_panes = "A2"
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            sheet.column_dimensions[cell.column_letter].width = max(12, len(str(cell.value)) + 2)
    for column, width in zip("ABCD", (14, 32, 14, 80), strict=True):
        about.column_dimensions[column].width = width
    book.properties.created = book.properties.modified = datetime(2026, 1, 1)
    book.save(path)
    return path
