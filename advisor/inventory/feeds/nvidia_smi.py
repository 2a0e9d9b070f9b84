"""`nvidia-smi --query-gpu=… --format=csv`, with or without units and header units in brackets."""

from __future__ import annotations

import csv
import io
import re

from advisor.errors import SchemaError
from advisor.inventory.conversion import Unreadable, gpu_model, gpu_vendor, is_missing, timestamp
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "nvidia-smi"
DIRECTNESS = Directness.MEASURED

_FIELDS = {
    "uuid": "uuid", "gpu_uuid": "uuid", "serial": "serial", "gpu_serial": "serial", "index": "gpu_index",
    "name": "product", "gpu_name": "product", "memory.total": "memory_gb", "memory.used": "memory_used_gb",
    "utilization.gpu": "utilisation_percent", "power.draw": "power_w", "power.draw.average": "power_w",
    "power.limit": "power_limit_w", "enforced.power.limit": "power_limit_w", "temperature.gpu": "temperature_c",
    "driver_version": "driver_version", "mig.mode.current": "mig", "host": "node", "hostname": "node", "node": "node",
}  # fmt: skip
_UNITS = {"memory.total": "MiB", "memory.used": "MiB", "utilization.gpu": "%", "power.draw": "W", "power.limit": "W",
          "power.draw.average": "W", "enforced.power.limit": "W", "temperature.gpu": "°C"}  # fmt: skip


def recognises(source: Source) -> bool:
    names = {_plain(name) for name in _header(source.head)}
    return (
        bool(names & {"uuid", "gpu_uuid", "index"})
        and len(names & set(_FIELDS)) >= 3
        and any("." in name for name in names)
    )


def _header(text: str) -> list[str]:
    first = next((line for line in text.splitlines() if line.strip()), "").lstrip("\ufeff")
    return [name.strip() for name in next(csv.reader([first], skipinitialspace=True), [])]


def _plain(column: str) -> str:
    return re.sub(r"\s*\[[^\]]*\]$", "", column).strip().lower()


def read(source: Source, sink: Sink) -> None:
    rows = csv.reader(io.StringIO(source.text()), skipinitialspace=True)
    header = [name.strip() for name in next(rows, [])]
    if not header:
        raise SchemaError(f"{source.shown} is empty: run nvidia-smi --query-gpu=… --format=csv again.")
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if [cell.strip() for cell in row] == header:
            continue  # the header again: outputs of several nodes joined
        _row(header, row, number, sink)


def _row(header: list[str], row: list[str], number: int, sink: Sink) -> None:
    cells: dict[str, Cell] = {}
    as_of = None
    if len(row) != len(header):  # cut off, or a comma within a cell: values may stand under the wrong column
        sink.set_aside(f"row has {len(row)} cells under {len(header)} columns", number, "", "accelerator")
        return
    for column, raw in zip(header, row, strict=False):
        name = _plain(column)
        bracket = re.search(r"\[([^\]]+)\]$", column)
        if name == "timestamp" and not is_missing(raw):
            try:
                as_of = timestamp(raw)
            except Unreadable as error:
                sink.doubt(str(error), number, column, "accelerator")
        field = _FIELDS.get(name)
        if field is None or field in cells:
            continue
        cells[field] = Cell(raw.strip(), column, bracket[1] if bracket else _UNITS.get(name, ""))
    product = cells.get("product")
    if product and not is_missing(product.raw):
        cells["model"] = Cell(gpu_model(str(product.raw)), product.column)
        cells["vendor"] = Cell(gpu_vendor(str(product.raw)), product.column)
    for field in ("node", "site", "cluster"):
        given = sink.source.option(field)
        if given and field not in cells:
            cells[field] = Cell(given, f"feeds.yaml: {field}")
    sink.record("accelerator", number, cells, as_of=as_of)
