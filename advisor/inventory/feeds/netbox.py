"""NetBox devices: the CSV export of the device list, and the REST API's JSON (dcim/devices)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.conversion import Unreadable, gpu_model, timestamp
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "netbox"
DIRECTNESS = Directness.RECORDED

_STATUS = {"active": "up", "offline": "down", "failed": "down", "planned": "planned", "staged": "planned",
           "inventory": "planned", "decommissioning": "down"}  # fmt: skip
_CSV = {"node": ("name", "Name"), "site": ("site", "Site"), "rack": ("rack", "Rack"),
        "serial": ("serial", "Serial number"),
        "cluster": ("cluster", "Cluster"), "product": ("device_type", "Type", "Device type")}  # fmt: skip
_ROLES = ("role", "device_role", "Role", "Device role")
_CUSTOM = {"gpu_count": "gpu_count", "gpu_model": "gpu_model", "power_limit_kw": "power_limit_kw"}


def recognises(source: Source) -> bool:
    if source.path.suffix.lower() == ".json":
        return '"device_type"' in source.head and '"results"' in source.head and '"serial"' in source.head
    if source.path.suffix.lower() != ".csv":
        return False
    header = set(_header(source.head))
    return (
        bool(header & {"device_type", "Device type", "Type"})
        and bool(header & set(_ROLES))
        and bool(header & {"status", "Status"})
    )


def _header(text: str) -> list[str]:
    first = next(iter(text.splitlines()), "").lstrip("\ufeff")
    return next(csv.reader([first], delimiter=max(",;\t", key=first.count)), [])


def read(source: Source, sink: Sink) -> None:
    if source.path.suffix.lower() == ".json":
        _read_json(source, sink)
    else:
        _read_csv(source, sink)


def _read_csv(source: Source, sink: Sink) -> None:
    text = source.text()
    first = text.splitlines()[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            sink.set_aside("row has more or fewer cells than the header", number, "", "node")
            continue
        plain = {str(name).strip(): value for name, value in row.items() if name}
        role_column = next((one for one in _ROLES if one in plain), "role")
        if not _is_server(plain.get(role_column)):
            continue
        cells = {}
        for field, names in _CSV.items():
            column = next((one for one in names if one in plain), None)
            if column:
                cells[field] = Cell(plain[column], column)
        status = next((one for one in ("status", "Status") if one in plain), "status")
        cells["status"] = Cell(_STATUS.get(str(plain.get(status, "")).lower(), plain.get(status)), status)
        for field, name in _CUSTOM.items():
            for column in (f"cf_{name}", name, name.replace("_", " ").capitalize()):
                if column in plain:
                    cells[field] = Cell(plain[column], column)
        _record(sink, number, cells)


def _is_server(role: object) -> bool:
    """Switches, PDUs and patch panels are devices too; nodes are what computes."""
    text = str(role or "").lower()
    return any(word in text for word in ("server", "node", "gpu", "compute", "hypervisor", "dgx", "hgx"))


def _read_json(source: Source, sink: Sink) -> None:
    try:
        body = json.loads(source.text())
        results = body["results"]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(
            f"{source.shown} is no NetBox device list ({error}): export /api/dcim/devices/ again."
        ) from error
    if body.get("next"):
        sink.doubt(f"page 1 of a longer list ({body.get('count')} devices, {len(results)} here): export with ?limit=0")
    for number, device in enumerate(results, 1):
        if isinstance(device, dict) and _is_server(_named(device.get("role") or device.get("device_role"))):
            _record(sink, number, _json_cells(device), device.get("last_updated"))


def _json_cells(device: Mapping[str, Any]) -> dict[str, Cell]:
    status = device.get("status")
    status = status.get("value") if isinstance(status, dict) else status
    maker = (device.get("device_type") or {}).get("manufacturer")
    product = " ".join(one for one in (_named(maker), _named(device.get("device_type"), "model")) if one)
    cells = {
        "node": Cell(device.get("name"), "name"),
        "site": Cell(_named(device.get("site")), "site.name"),
        "rack": Cell(_named(device.get("rack")), "rack.name"),
        "cluster": Cell(_named(device.get("cluster")), "cluster.name"),
        "serial": Cell(device.get("serial"), "serial"),
        "product": Cell(product, "device_type.model"),
        "status": Cell(_STATUS.get(str(status), status), "status.value"),
    }
    custom = device.get("custom_fields") or {}
    for field, name in _CUSTOM.items():
        if name in custom:
            cells[field] = Cell(custom[name], f"custom_fields.{name}")
    return cells


def _named(value: object, key: str = "name") -> str | None:
    if isinstance(value, dict):
        found = value.get(key) or value.get("name") or value.get("display")
        return None if found is None else str(found)
    return None if value is None else str(value)


def _record(sink: Sink, row: int, cells: dict[str, Cell], updated: object = None) -> None:
    for field in ("site", "cluster", "provider"):
        given = sink.source.option(field)
        if given and not cells.get(field, Cell(None, "")).raw:
            cells[field] = Cell(given, f"feeds.yaml: {field}")
    if cells.get("gpu_model") and cells["gpu_model"].raw:
        cells["gpu_model"] = Cell(gpu_model(str(cells["gpu_model"].raw)), cells["gpu_model"].column)
    as_of = None
    if sink.source.option("as_of") is None and updated:
        try:
            as_of = timestamp(updated)
        except Unreadable as error:
            sink.doubt(str(error), row, "last_updated", "node")
    sink.record("node", row, cells, as_of=as_of)
