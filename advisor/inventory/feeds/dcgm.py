"""dcgm-exporter's Prometheus text: one observation a line, joined by UUID.

Field names and units follow the exporter's default counters: FB in MiB, power in W, GPU_UTIL in %.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from advisor.inventory.conversion import gpu_model, gpu_vendor
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "dcgm"
DIRECTNESS = Directness.MEASURED

_LINE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)\{(?P<labels>.*)\}\s+(?P<value>\S+)(?:\s+(?P<time>-?\d+))?\s*$")
_LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')
_METRICS = {
    "DCGM_FI_DEV_GPU_UTIL": ("utilisation_percent", "%"),
    "DCGM_FI_DEV_POWER_USAGE": ("power_w", "W"),
    "DCGM_FI_DEV_GPU_TEMP": ("temperature_c", "°C"),
    "DCGM_FI_DEV_FB_USED": ("memory_used_gb", "MiB"),
    "DCGM_FI_DEV_FB_TOTAL": ("memory_gb", "MiB"),
    "DCGM_FI_DEV_POWER_MGMT_LIMIT": ("power_limit_w", "W"),
}
_BLANK = 2**60  # DCGM writes blank values as huge integers near 2^63


def recognises(source: Source) -> bool:
    return bool(re.search(r"^(?:# (?:HELP|TYPE) )?DCGM_FI_", source.head, re.MULTILINE))


def read(source: Source, sink: Sink) -> None:
    text = source.text()
    lines = text.splitlines()
    if lines and not text.endswith("\n"):  # the format ends each line with a line feed
        sink.set_aside("the file ends within this line: it was cut off", len(lines), "", "accelerator")
        lines.pop()
    for number, line in enumerate(lines, 1):
        found = _LINE.match(line)
        if not found or not found["name"].startswith("DCGM_FI_"):
            continue
        labels = {
            name: value.replace('\\"', '"').replace("\\\\", "\\") for name, value in _LABEL.findall(found["labels"])
        }
        if labels.get("GPU_I_ID"):
            continue  # a MIG slice, not the device
        field = _METRICS.get(found["name"])
        if field is None:
            continue
        value = float(found["value"]) if _is_number(found["value"]) else math.nan
        if not math.isfinite(value) or abs(value) >= _BLANK:
            sink.doubt(f"{found['name']} is blank ({found['value']})", number, found["name"], "accelerator")
            continue
        _record(sink, number, labels, found, field, value)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", text))


def _host(sink: Sink, row: int, labels: dict[str, str]) -> Cell:
    """The node. In Kubernetes the exporter may tell its pod's name as the host: that is no node."""
    if given := sink.source.option("node"):
        return Cell(given, "feeds.yaml: node")
    for name in ("node", "kubernetes_node", "Hostname"):
        value = labels.get(name)
        if value and not re.search(r"\bdcgm-exporter-\w", value):
            return Cell(value, name)
    if not any(one.column == "Hostname" for one in sink.problems):
        text = f"Hostname {labels.get('Hostname', '')!r} names the exporter's pod, no node: give `node:` in feeds.yaml"
        sink.doubt(text, row, "Hostname", "accelerator")
    return Cell(None, "Hostname")


def _record(
    sink: Sink, number: int, labels: dict[str, str], found: re.Match[str], field: tuple[str, str], value: float
) -> None:
    name, unit = field
    product = labels.get("modelName", "")
    cells = {
        name: Cell(value, found["name"], unit),
        "uuid": Cell(labels.get("UUID"), "UUID"),
        "node": _host(sink, number, labels),
        "gpu_index": Cell(labels.get("gpu"), "gpu"),
    }
    if product:
        cells |= {"product": Cell(product, "modelName"), "model": Cell(gpu_model(product), "modelName"),
                  "vendor": Cell(gpu_vendor(product), "modelName")}  # fmt: skip
    if driver := labels.get("DCGM_FI_DRIVER_VERSION"):
        cells["driver_version"] = Cell(driver, "DCGM_FI_DRIVER_VERSION")
    for option in ("site", "cluster"):
        if given := sink.source.option(option):
            cells[option] = Cell(given, f"feeds.yaml: {option}")
    as_of = datetime.fromtimestamp(int(found["time"]) / 1000, UTC).replace(tzinfo=None) if found["time"] else None
    sink.record("accelerator", number, cells, as_of=as_of)
