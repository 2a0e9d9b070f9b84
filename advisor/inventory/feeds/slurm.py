"""Slurm: `scontrol show node` (blocks or --oneliner) and `sinfo --json` or `scontrol show nodes --json`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.conversion import gpu_model
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "slurm"
DIRECTNESS = Directness.RECORDED

_KEY = re.compile(r"(?:^|\s)([A-Z][A-Za-z0-9_/:]*)=")
_GRES = re.compile(r"(?:gres/)?gpu(?::(?P<type>[A-Za-z][\w.-]*))?[:=](?P<count>\d+)")


def recognises(source: Source) -> bool:
    if source.path.suffix.lower() == ".json":
        return '"slurm"' in source.head.lower() and (
            '"sinfo"' in source.head or '"nodes"' in source.head or '"gres"' in source.text()
        )
    return bool(re.search(r"^NodeName=\S+\s", source.head, re.MULTILINE))


def read(source: Source, sink: Sink) -> None:
    if source.path.suffix.lower() == ".json":
        _read_json(source, sink)
    else:
        _read_text(source, sink)


def gpus(gres: str) -> tuple[str | None, int] | None:
    """(model, count) in a gres string: "gpu:h100:8(S:0-1)", "gpu:8", "gres/gpu=8". Typed entries win over the total."""
    found = [(one["type"], int(one["count"])) for one in _GRES.finditer(gres)]
    typed = [one for one in found if one[0]]
    if typed:
        models = {gpu_model(str(name)) for name, _ in typed}
        return (models.pop() if len(models) == 1 else None), sum(count for _, count in typed)
    return (None, found[0][1]) if found else None


def state(text: str) -> str:
    """up, down, drained or planned from Slurm's states and flags: "MIXED+DRAIN", "DOWN*", "IDLE+PLANNED"."""
    flags = {one.strip("*~#!%$@^-").upper() for one in re.split(r"[+,]", text)}
    if flags & {"DOWN", "FAIL", "FAILING", "NOT_RESPONDING", "POWERED_DOWN", "POWERING_DOWN", "UNKNOWN"}:
        return "down"
    if "*" in text:
        return "down"
    if flags & {"DRAIN", "DRAINED", "DRAINING", "MAINT", "MAINTENANCE"}:
        return "drained"
    return "planned" if "FUTURE" in flags else "up"


def _read_text(source: Source, sink: Sink) -> None:
    blocks: list[tuple[int, str]] = []
    text = source.text()
    lines = text.splitlines()
    if lines and not text.endswith("\n"):  # scontrol ends each line
        sink.set_aside("the file ends within this line: it was cut off", len(lines), "", "node")
        lines.pop()
    for number, line in enumerate(lines, 1):
        if line.startswith("NodeName="):
            blocks.append((number, line))
        elif blocks and line.strip():
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]} {line.strip()}")
    for number, block in blocks:
        starts = list(_KEY.finditer(block))
        ends = [one.start() for one in starts[1:]] + [len(block)]
        pairs = {one[1]: block[one.end() : end].strip() for one, end in zip(starts, ends, strict=True)}
        _record_text(pairs, number, sink)


def _record_text(pairs: dict[str, str], number: int, sink: Sink) -> None:
    cells = {
        "node": Cell(pairs.get("NodeHostName") or pairs.get("NodeName"), "NodeName"),
        "cpu_cores": Cell(pairs.get("CPUTot"), "CPUTot"),
        "status": Cell(state(pairs["State"]) if "State" in pairs else None, "State"),
    }
    if memory := pairs.get("RealMemory"):
        cells["memory_gb"] = Cell(memory, "RealMemory", "MiB")
    _gpu_cells(cells, gpus(pairs.get("Gres", "")) or gpus(pairs.get("CfgTRES", "")), "Gres")
    if "AllocTRES" in pairs and "gpu_count" in cells:
        used = gpus(pairs["AllocTRES"])
        cells["gpu_allocated"] = Cell(used[1] if used else 0, "AllocTRES")
    _record(sink, number, cells)


def _gpu_cells(cells: dict[str, Cell], found: tuple[str | None, int] | None, column: str) -> None:
    if found:
        cells["gpu_count"] = Cell(found[1], column)
        if found[0]:
            cells["gpu_model"] = Cell(found[0], column)


def _record(sink: Sink, number: int, cells: dict[str, Cell], as_of: datetime | None = None) -> None:
    for field in ("site", "cluster"):
        if given := sink.source.option(field):
            cells[field] = Cell(given, f"feeds.yaml: {field}")
    sink.record("node", number, cells, as_of=as_of)


def _read_json(source: Source, sink: Sink) -> None:
    try:
        body = json.loads(source.text())
    except ValueError as error:
        raise SchemaError(f"{source.shown} is no JSON ({error}): run the command again with --json.") from error
    if isinstance(body.get("nodes"), list):
        for row, node in enumerate(body["nodes"], 1):
            _json_node(node, row, sink)
    elif isinstance(body.get("sinfo"), list):
        _json_sinfo(body["sinfo"], sink)
    else:
        raise SchemaError(
            f"{source.shown} has neither nodes nor sinfo: run `sinfo --json` or `scontrol show nodes --json`."
        )


def _json_node(node: dict[str, Any], row: int, sink: Sink) -> None:
    """A node of `scontrol show nodes --json`, and of `sinfo --json` before Slurm 23.02."""
    states = node.get("state") or []
    states = [states] if isinstance(states, str) else states
    flags = node.get("state_flags") or []
    cells = {
        "node": Cell(node.get("hostname") or node.get("name"), "name"),
        "cpu_cores": Cell(node.get("cpus"), "cpus"),
        "status": Cell(state("+".join([*map(str, states), *map(str, flags)])) if states else None, "state"),
    }
    if node.get("real_memory"):
        cells["memory_gb"] = Cell(node["real_memory"], "real_memory", "MiB")
    _gpu_cells(cells, gpus(str(node.get("gres") or "")), "gres")
    if "gres_used" in node and "gpu_count" in cells:
        used = gpus(str(node["gres_used"] or ""))
        cells["gpu_allocated"] = Cell(used[1] if used else 0, "gres_used")
    _record(sink, row, cells, _busy(node.get("last_busy")))


def _busy(value: object) -> datetime | None:
    seconds = value.get("number") if isinstance(value, dict) else value
    if isinstance(seconds, int) and seconds > 10**9:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return None


def _json_sinfo(groups: list[dict[str, Any]], sink: Sink) -> None:
    """`sinfo --json` since 23.02 groups like nodes; per-node use is known only where a group has one node."""
    seen: dict[str, int] = {}
    for row, group in enumerate(groups, 1):
        names = (group.get("nodes") or {}).get("nodes") or []
        states = (group.get("node") or {}).get("state") or []
        gres = group.get("gres") or {}
        found = gpus(str(gres.get("total") or ""))
        memory = (group.get("memory") or {}).get("maximum")
        least = (group.get("memory") or {}).get("minimum")
        cpus = group.get("cpus") or {}
        for name in names:
            if name in seen:
                continue  # the same node in a further partition
            seen[name] = row
            cells = {
                "node": Cell(name, "nodes.nodes"),
                "status": Cell(state("+".join(map(str, states))) if states else None, "node.state"),
            }
            _gpu_cells(cells, found, "gres.total")
            if memory and memory == least:
                cells["memory_gb"] = Cell(memory, "memory.maximum", "MiB")
            if cpus.get("maximum") and cpus.get("maximum") == cpus.get("minimum"):
                cells["cpu_cores"] = Cell(cpus["maximum"], "cpus.maximum")
            if found and len(names) == 1:
                used = gpus(str(gres.get("used") or ""))
                cells["gpu_allocated"] = Cell(used[1] if used else 0, "gres.used")
            _record(sink, row, cells)
