"""`fio --output-format=json` (and json+): sustained throughput of a storage system.

`bw_bytes` is bytes a second; `bw` alone is KiB a second (fio's documentation of the JSON output).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "fio"
DIRECTNESS = Directness.MEASURED

_SUSTAINED_S = 30  # a shorter run is dominated by caches and ramp-up


def recognises(source: Source) -> bool:
    return '"fio version"' in source.head


def read(source: Source, sink: Sink) -> None:
    text = source.text()
    start = text.find("{")  # fio prints warnings before the JSON
    try:
        body, _ = json.JSONDecoder().raw_decode(text[start:])
        jobs = [
            *(body.get("jobs") or []),
            *(one for one in body.get("client_stats") or [] if one.get("jobname") != "All clients"),
        ]
    except (ValueError, AttributeError) as error:
        raise SchemaError(f"{source.shown} is no fio JSON ({error}): run fio with --output-format=json.") from error
    taken = body.get("timestamp")
    as_of = datetime.fromtimestamp(taken, UTC).replace(tzinfo=None) if isinstance(taken, int) else None
    name = source.option("storage")
    if name is None:
        raise SchemaError(f"{source.shown} does not say what it measured: give `storage:` for it in feeds.yaml.")
    common = body.get("global options") or {}
    for row, job in _together(jobs):
        _job(job, {**common, **(job.get("job options") or {})}, row, name, as_of, sink)


def _together(jobs: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Row and job; clones of one job (`numjobs` without `group_reporting`) ran at once and are added up."""
    found: dict[tuple[object, object], tuple[int, dict[str, Any]]] = {}
    for row, job in enumerate(jobs, 1):
        key = (job.get("groupid", row), job.get("jobname", row))
        if key not in found:
            found[key] = (row, {**job, "clones": 1})
            continue
        first = found[key][1]
        first["error"] = first.get("error") or job.get("error")
        first["clones"] += 1
        for side in ("read", "write"):
            first[side] = _sum(first.get(side) or {}, job.get(side) or {})
    return list(found.values())


def _sum(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in ("io_bytes", "bw_bytes", "bw", "iops") if name in a or name in b]
    total: dict[str, Any] = {name: (a.get(name) or 0) + (b.get(name) or 0) for name in names}
    return {**a, **total, "runtime": min(a.get("runtime") or 0, b.get("runtime") or 0)}


def _job(job: dict[str, Any], options: dict[str, Any], row: int, name: str, as_of: datetime | None, sink: Sink) -> None:
    if job.get("error"):
        sink.doubt(f"job {job.get('jobname')!r} ended with error {job['error']}: not used", row, "error", "storage")
        return
    pattern = str(options.get("rw") or options.get("readwrite") or "")
    kind = pattern.partition(":")[0]
    if kind not in ("read", "write", "randread", "randwrite", "rw", "readwrite", "randrw"):
        sink.set_aside(f"the pattern {kind or 'is not given'}: neither sequential nor random", row, "rw", "storage")
        return
    if kind in ("rw", "readwrite", "randrw"):
        sink.doubt("reads and writes were mixed: less than either alone", row, "job options.rw", "storage")
    if job["clones"] > 1:
        sink.doubt(f"{job['clones']} clones of the job ran at once: added up", row, "jobname", "storage")
    cells = {"storage": Cell(name, "feeds.yaml: storage")}
    for side in ("read", "write"):
        stats = job.get(side) or {}
        if not stats.get("io_bytes") and not stats.get("bw"):
            continue
        _side(side, stats, pattern, cells)
        runtime_s = float(stats.get("runtime") or 0) / 1000
        if runtime_s < _SUSTAINED_S:
            sink.doubt(
                f"the {side} ran for {runtime_s:g} s: too short to be sustained", row, f"{side}.runtime", "storage"
            )
        if str(options.get("direct", "0")) != "1":
            sink.doubt(
                "the job ran without direct=1: the page cache may have answered", row, "job options.direct", "storage"
            )
    if site := sink.source.option("site"):
        cells["site"] = Cell(site, "feeds.yaml: site")
    if len(cells) > 1:
        sink.record("storage", row, cells, as_of=as_of)


def _side(side: str, stats: dict[str, Any], pattern: str, cells: dict[str, Cell]) -> None:
    if pattern.startswith("rand"):
        cells[f"rand_{side}_iops"] = Cell(stats.get("iops"), f"{side}.iops", "IOPS")
    elif "bw_bytes" in stats:
        cells[f"seq_{side}_gbytes_per_s"] = Cell(stats["bw_bytes"], f"{side}.bw_bytes", "B/s")
    else:
        cells[f"seq_{side}_gbytes_per_s"] = Cell(stats.get("bw"), f"{side}.bw", "KiB/s")
