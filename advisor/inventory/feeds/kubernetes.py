"""`kubectl get nodes -o json`: capacity, GPU feature discovery labels, conditions."""

from __future__ import annotations

import json
import re
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.conversion import Unreadable, gpu_model, timestamp
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "kubernetes"
DIRECTNESS = Directness.RECORDED

_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "habana.ai/gaudi")
_PRODUCT = (
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "beta.amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
)
_SCALE = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "m": 1e-3,
          "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}  # fmt: skip


def recognises(source: Source) -> bool:
    if source.path.suffix.lower() != ".json" or '"items"' not in source.head:
        return False
    return bool(re.search(r'"kind":\s*"(?:Node|NodeList)"', source.head)) and '"status"' in source.head


def read(source: Source, sink: Sink) -> None:
    try:
        items = json.loads(source.text())["items"]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(f"{source.shown} is no node list ({error}): export `kubectl get nodes -o json`.") from error
    for row, item in enumerate(items, 1):
        if isinstance(item, dict) and item.get("kind", "Node") == "Node":
            _node(item, row, sink)


def amount(text: object) -> float:
    """A Kubernetes quantity: "2113559240Ki", "96", "95690m". Raises Unreadable."""
    found = re.fullmatch(r"([-+]?\d+(?:\.\d+)?)([kMGTPm]|[KMGTP]i)?", str(text).strip())
    if not found:
        raise Unreadable(f"{text!r} is no Kubernetes quantity")
    return float(found[1]) * _SCALE[found[2] or ""]


def _node(item: dict[str, Any], row: int, sink: Sink) -> None:
    metadata, status, spec = (item.get(name) or {} for name in ("metadata", "status", "spec"))
    labels, capacity = metadata.get("labels") or {}, status.get("capacity") or {}
    cells = {"node": Cell(metadata.get("name"), "metadata.name")}
    for field, name in (("cpu_cores", "cpu"), ("memory_gb", "memory")):
        if name in capacity:
            try:
                value = amount(capacity[name])
            except Unreadable as error:
                sink.doubt(str(error), row, f"status.capacity.{name}", "node")
                continue
            cells[field] = Cell(int(value) if name == "cpu" else value / 1e9, f"status.capacity.{name}")
    _gpus(labels, capacity, cells, sink, row)
    for field, names in (
        ("site", ("topology.kubernetes.io/zone",)),
        ("product", ("node.kubernetes.io/instance-type",)),
    ):
        found = next((name for name in names if name in labels), None)
        if found:
            cells[field] = Cell(labels[found], f"metadata.labels.{found}")
    for field in ("site", "cluster", "provider"):
        if given := sink.source.option(field):
            cells[field] = Cell(given, f"feeds.yaml: {field}")
    ready = next((c for c in status.get("conditions") or [] if c.get("type") == "Ready"), None)
    if ready is not None:
        up = ready.get("status") == "True"
        cells["status"] = Cell(
            ("drained" if spec.get("unschedulable") else "up") if up else "down", "status.conditions.Ready"
        )
    sink.record("node", row, cells, as_of=_beat(ready))


def _gpus(labels: dict[str, Any], capacity: dict[str, Any], cells: dict[str, Cell], sink: Sink, row: int) -> None:
    product = next((name for name in _PRODUCT if name in labels), None)
    if product:
        cells["gpu_model"] = Cell(gpu_model(str(labels[product])), f"metadata.labels.{product}")
    if product and "-MIG-" in str(labels[product]):
        sink.doubt(
            "gpu.count counts MIG slices here, not devices: not used",
            row,
            "metadata.labels.nvidia.com/gpu.count",
            "node",
        )
        return
    shared = str(labels.get("nvidia.com/gpu.sharing-strategy", "none")) not in ("none", "")
    replicas = str(labels.get("nvidia.com/gpu.replicas", "1"))
    count = labels.get("nvidia.com/gpu.count")
    resource = next((name for name in _RESOURCES if name in capacity), None)
    if count is not None:
        cells["gpu_count"] = Cell(count, "metadata.labels.nvidia.com/gpu.count")
        if resource and str(capacity[resource]) != str(count) and not shared and replicas in ("0", "1"):
            text = f"{resource} is {capacity[resource]}, nvidia.com/gpu.count is {count}: the label is used"
            sink.doubt(text, row, f"status.capacity.{resource}", "node")
    elif resource:
        if shared or replicas not in ("0", "1"):
            sink.doubt(
                "GPUs are shared and gpu.count is absent: capacity counts replicas, not devices", row, resource, "node"
            )
            return
        cells["gpu_count"] = Cell(capacity[resource], f"status.capacity.{resource}")


def _beat(ready: dict[str, Any] | None) -> Any:
    try:
        return timestamp(ready["lastHeartbeatTime"]) if ready and ready.get("lastHeartbeatTime") else None
    except Unreadable:
        return None
