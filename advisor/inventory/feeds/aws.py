"""`aws ec2 describe-instances` JSON: one node an instance."""

from __future__ import annotations

import json
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.feeds.instances import gpus_of
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "aws-instances"
DIRECTNESS = Directness.RECORDED

_STATE = {"running": "up", "pending": "planned", "stopping": "down", "stopped": "down"}


def recognises(source: Source) -> bool:
    return '"Reservations"' in source.head and '"Instances"' in source.head


def read(source: Source, sink: Sink) -> None:
    try:
        body = json.loads(source.text())
        instances = [one for reservation in body["Reservations"] for one in reservation["Instances"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(
            f"{source.shown} is no describe-instances output ({error}): export it again with --output json."
        ) from error
    if body.get("NextToken"):
        sink.doubt("the list goes on (NextToken is set): export all pages")
    for row, instance in enumerate(instances, 1):
        state = str((instance.get("State") or {}).get("Name", ""))
        if state in ("terminated", "shutting-down"):
            continue
        _instance(instance, state, row, sink)


def _instance(instance: dict[str, Any], state: str, row: int, sink: Sink) -> None:
    tags = {str(one.get("Key")): one.get("Value") for one in instance.get("Tags") or []}
    kind = str(instance.get("InstanceType", ""))
    zone = (instance.get("Placement") or {}).get("AvailabilityZone")
    cells = {
        "node": Cell(instance.get("InstanceId"), "InstanceId"),
        "product": Cell(kind, "InstanceType"),
        "status": Cell(_STATE.get(state, state or None), "State.Name"),
        "site": Cell(
            sink.source.option("site") or zone,
            "feeds.yaml: site" if sink.source.option("site") else "Placement.AvailabilityZone",
        ),
        "provider": Cell(
            sink.source.option("provider") or "AWS",
            "feeds.yaml: provider" if sink.source.option("provider") else "format",
        ),
        "cluster": Cell(sink.source.option("cluster") or tags.get("cluster") or tags.get("Cluster"), "Tags.cluster"),
        "acquisition": Cell(_acquisition(instance, tags), "InstanceLifecycle, CapacityReservationId, Tags.acquisition"),
    }
    cpu = instance.get("CpuOptions") or {}
    if cpu.get("CoreCount"):
        cells["cpu_cores"] = Cell(int(cpu["CoreCount"]) * int(cpu.get("ThreadsPerCore") or 1), "CpuOptions")
    known = gpus_of(kind)
    if known:
        cells["gpu_model"] = Cell(known[0], "InstanceType")
        cells["gpu_count"] = Cell(known[1], "InstanceType")
    elif (
        kind.split(".")[0].rstrip("0123456789abcdefghijklmnopqrstuvwxyz-") == ""
        and kind[:1] in ("p", "g")
        and kind[1:2].isdigit()
    ):
        sink.doubt(
            f"{kind} looks like an accelerated type but is not in instances.yaml: its GPUs are not counted",
            row,
            "InstanceType",
            "node",
        )
    sink.record("node", row, cells)


def _acquisition(instance: dict[str, Any], tags: dict[str, Any]) -> str:
    if instance.get("InstanceLifecycle") == "spot":
        return "spot"
    if tags.get("acquisition"):
        return str(tags["acquisition"])
    return "reserved" if instance.get("CapacityReservationId") else "on-demand"
