"""Our own documented form: CSV (any delimiter), XLSX (a sheet an entity), JSON and YAML.

Columns are the fields of the schema; a header may name another unit of the same dimension:
`memory_gib`, `Memory (GiB)`, `memory [GiB]` all fill `memory_gb`, converted.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from advisor.errors import SchemaError
from advisor.inventory import schema
from advisor.inventory.conversion import (
    Decimal,
    Unreadable,
    decimal_sign,
    gpu_model,
    gpu_vendor,
    is_missing,
    parse_unit,
    timestamp,
)
from advisor.inventory.record import Cell, Directness, Sink, Source
from index.document import Label

NAME = "own"
DIRECTNESS = Directness.DECLARED

_SUFFIXES = {
    "gb": "GB", "gib": "GiB", "mb": "MB", "mib": "MiB", "tb": "TB", "tib": "TiB", "pb": "PB", "pib": "PiB",
    "kw": "kW", "w": "W", "mw": "MW", "percent": "%", "pct": "%", "c": "°C", "ms": "ms", "s": "s", "kwh": "kWh",
    "mwh": "MWh", "gbits_per_s": "Gb/s", "gbit_per_s": "Gb/s", "gbps": "Gb/s", "mbits_per_s": "Mb/s",
    "tbits_per_s": "Tb/s", "gbytes_per_s": "GB/s", "mbytes_per_s": "MB/s", "gib_per_s": "GiB/s", "mib_per_s": "MiB/s",
    "kib_per_s": "KiB/s", "tbytes_per_s": "TB/s", "iops": "IOPS", "gco2e_per_kwh": "gCO2e/kWh", "days": "day",
}  # fmt: skip
_PLURALS = {"sites": "site", "clusters": "cluster", "nodes": "node", "servers": "node", "accelerators": "accelerator",
            "gpus": "accelerator", "fabrics": "fabric", "networks": "fabric", "storage_systems": "storage",
            "storages": "storage", "workloads": "workload", "use_cases": "workload", "skills": "skill",
            "team_skills": "skill", "teams": "skill", "controls": "control", "signals": "signal",
            "observability": "signal", "spend_lines": "spend", "readings": "reading",
            "energy": "reading", "rates": "rate", "exchange_rates": "rate", "currencies": "rate"}  # fmt: skip
_GPU_NAMES = {"gpu": "model", "gpu_type": "model", "index": "gpu_index", "name": ""}


def recognises(source: Source) -> bool:
    suffix = source.path.suffix.lower()
    if suffix == ".xlsx":
        return True
    if suffix in (".csv", ".tsv", ".txt"):
        rows = _csv_rows(source.head)
        return bool(rows) and _entity_of(source, rows[0]) is not None
    if suffix in (".json", ".yaml", ".yml"):
        loaded = _load_tree(source)
        return isinstance(loaded, dict) and any(_entity_name(str(name)) for name in loaded)
    return False


def read(source: Source, sink: Sink) -> None:
    suffix = source.path.suffix.lower()
    if suffix == ".xlsx":
        _read_workbook(source, sink)
    elif suffix in (".json", ".yaml", ".yml"):
        _read_tree(source, sink)
    else:
        rows = _csv_rows(source.text())
        entity = _entity_of(source, rows[0]) if rows else None
        if entity is None:
            raise SchemaError(f"{source.shown} names no entity: give `entity:` for it in feeds.yaml.")
        semicolons = ";" in source.head.splitlines()[0] if source.head else False
        _read_table(entity, rows[0], enumerate(rows[1:], 2), "", sink, semicolons=semicolons)


def _csv_rows(text: str) -> list[list[str]]:
    text = text.lstrip("\ufeff")
    if not text.strip():
        return []
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)]
    except csv.Error as error:
        raise SchemaError(f"The CSV cannot be read ({error}): save it again as UTF-8 CSV.") from error


def _entity_name(text: str) -> str | None:
    name = re.sub(r"[^a-z]+", "_", text.lower()).strip("_")
    if name in schema.ENTITIES:
        return name
    return _PLURALS.get(name)


def _entity_of(source: Source, header: Sequence[str]) -> str | None:
    """From feeds.yaml, the file's name, or the columns, in this order."""
    given = source.option("entity")
    if given:
        return _entity_name(given)
    known = {name: _matched(name, header) for name in schema.ENTITIES}
    stem = re.sub(r"[-_.]?\d[\d-]*$", "", source.path.stem)
    for part in (stem, *re.split(r"[-_. ]", stem)):
        name = _entity_name(part)
        if name and len(known[name]) >= 2:
            return name
    best = max(known, key=lambda name: len(known[name]))
    used = [column for column in header if column.strip().lower() not in schema.ROW_COLUMNS]
    return best if len(known[best]) >= max(2, 0.8 * len(used)) else None


def _matched(entity: str, header: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Column position → (field, unit in the header)."""
    names = schema.fields(entity)
    stems = {_stem(name): name for name in names}
    found: dict[int, tuple[str, str]] = {}
    for position, column in enumerate(header):
        matched = _field(column, names, stems)
        if matched and matched[0] not in {name for name, _ in found.values()}:
            found[position] = matched
    return found


def _stem(name: str) -> str:
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if name.endswith("_" + suffix):
            return name[: -len(suffix) - 1]
    return name


def _field(column: str, names: Sequence[str], stems: Mapping[str, str]) -> tuple[str, str] | None:
    text = column.strip().lstrip("\ufeff")
    unit = ""
    if bracket := re.search(r"[\[(]([^\])]+)[\])]\s*$", text):
        unit = bracket[1].strip()
        text = text[: bracket.start()]
    name = re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_")
    if unit:
        try:
            parse_unit(unit)
        except Unreadable:
            return None
    if name in names:
        return name, unit
    if name in stems and (unit or stems[name] in names):
        return (stems[name], unit) if unit else None  # a quantity without a unit says nothing
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if name.endswith("_" + suffix) and name[: -len(suffix) - 1] in stems:
            return stems[name[: -len(suffix) - 1]], _SUFFIXES[suffix]
    return None


def _read_table(
    entity: str,
    header: Sequence[str],
    rows: Iterator[tuple[int, Sequence[Any]]],
    sheet: str,
    sink: Sink,
    *,
    semicolons: bool = False,
) -> None:
    matched = _matched(entity, header)
    special = {
        position: column.strip().lower()
        for position, column in enumerate(header)
        if column.strip().lower() in schema.ROW_COLUMNS
    }
    for position, column in enumerate(header):
        if column.strip() and position not in matched and position not in special:
            sink.doubt(f"column {column.strip()!r} is no field of {entity}: not used", None, column.strip(), entity)
    kept = [(number, list(row)) for number, row in rows if any(not is_missing(cell) for cell in row)]
    decimal = decimal_sign(_numeric_cells(entity, matched, kept), semicolons=semicolons)
    for number, row in kept:
        if [str(cell).strip() for cell in row] == [column.strip() for column in header]:
            continue  # the header again: tables joined
        if len(row) > len(header) and any(not is_missing(cell) for cell in row[len(header) :]):
            # a delimiter within a cell: values may stand under the wrong column
            sink.set_aside(f"row has {len(row)} cells under {len(header)} columns", number, "", entity)
            continue
        cells = {
            name: Cell(row[position] if position < len(row) else None, f"{sheet}{header[position].strip()}", unit)
            for position, (name, unit) in matched.items()
        }
        own = {name: row[position] for position, name in special.items() if position < len(row)}
        add(entity, number, cells, own, sink, decimal)


def _numeric_cells(
    entity: str, matched: Mapping[int, tuple[str, str]], rows: Sequence[tuple[int, Sequence[Any]]]
) -> list[str]:
    positions = [p for p, (name, _) in matched.items() if schema.python_type(entity, name) in (int, float)]
    return [
        re.sub(r"\s*[^\d.,+-].*$", "", str(row[p]).strip())
        for _, row in rows
        for p in positions
        if p < len(row) and isinstance(row[p], str)
    ]


def add(
    entity: str, row: int, cells: dict[str, Cell], own: Mapping[str, Any], sink: Sink, decimal: Decimal = "."
) -> None:
    """One record with the row's own date and label, and model names made short."""
    as_of = None
    if not is_missing(own.get("as_of")):
        try:
            as_of = timestamp(own["as_of"])
        except Unreadable as error:
            sink.doubt(str(error), row, "as_of", entity)
    label = Label.parse(own["label"]) if "label" in own else None
    fill = {"site": "site", "cluster": "cluster", "node": "node"}
    for name, option in fill.items():
        given = sink.source.option(option)
        if given and name in schema.fields(entity) and (name not in cells or is_missing(cells[name].raw)):
            cells[name] = Cell(given, f"feeds.yaml: {option}")
    field = "model" if entity == "accelerator" else "gpu_model"
    if field in cells and not is_missing(cells[field].raw):
        product = str(cells[field].raw)
        cells[field] = Cell(gpu_model(product), cells[field].column)
        if entity == "accelerator" and "vendor" not in cells and gpu_vendor(product):
            cells["vendor"] = Cell(gpu_vendor(product), cells[field].column)
    sink.record(entity, row, cells, as_of=as_of, label=label, decimal=decimal)


def _read_workbook(source: Source, sink: Sink) -> None:
    import openpyxl

    try:
        book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever zip, XML or its own parts raise
        raise SchemaError(f"{source.shown} is no readable XLSX workbook ({error}): save it again.") from error
    try:
        for sheet in book.worksheets:
            entity = _entity_name(sheet.title)
            if entity is None:
                if sheet.title.lower() not in ("readme", "about", "units", "lists"):
                    sink.doubt(f"sheet {sheet.title!r} is no entity: not read")
                continue
            rows = (tuple(map(_shown, row)) for row in sheet.iter_rows())
            header = [str(cell) if cell is not None else "" for cell in next(rows, ())]
            _read_table(entity, header, enumerate(rows, 2), f"{sheet.title}!", sink)
    finally:
        book.close()


def _shown(cell: Any) -> Any:
    """A workbook's cell as it is seen: 0.62 in a percent format is 62 %."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in str(cell.number_format or ""):
        return f"{value * 100:.12g} %"
    return value


class _PlainLoader(yaml.SafeLoader):
    """YAML without the surprises of 1.1: 4:1 is no base 60, 010 no octal, NO no boolean."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] not in ("bool", "int", "float")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF")
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+\.\d+(?:[eE][-+]?\d+)?$"), list("-+0123456789")
)


def _load_tree(source: Source) -> Any:
    text = source.head if len(source.head) < 65_000 else source.text()
    try:
        return json.loads(text) if source.path.suffix.lower() == ".json" else yaml.load(text, Loader=_PlainLoader)
    except (ValueError, yaml.YAMLError, RecursionError):
        return None


def _read_tree(source: Source, sink: Sink) -> None:
    loaded = _load_tree(source)
    if not isinstance(loaded, dict):
        raise SchemaError(f"{source.shown} is no JSON or YAML mapping of entity to records.")
    row = 0
    for name, records in loaded.items():
        entity = _entity_name(str(name))
        if entity is None or not isinstance(records, list):
            if name not in schema.ROW_COLUMNS:
                sink.doubt(f"{name!r} is no list of an entity's records: not read")
            continue
        for position, record in enumerate(records):
            row += 1
            if not isinstance(record, dict):
                sink.doubt(f"{name}[{position}] is no mapping: not read", row, "", entity)
                continue
            header = [str(key) for key in record]
            matched = _matched(entity, header)
            values = list(record.values())
            for at, column in enumerate(header):
                if at not in matched and column not in schema.ROW_COLUMNS:
                    sink.doubt(f"{column!r} is no field of {entity}: not used", row, column, entity)
            cells = {
                field: Cell(values[at], f"{name}[{position}].{header[at]}", unit)
                for at, (field, unit) in matched.items()
            }
            own = {key: record[key] for key in schema.ROW_COLUMNS if key in record}
            add(entity, row, cells, {**{k: loaded[k] for k in schema.ROW_COLUMNS if k in loaded}, **own}, sink)
