"""nccl-tests output (all_reduce_perf and its sisters): bus bandwidth at the largest message, in GB/s."""

from __future__ import annotations

import math
import re

from advisor.errors import SchemaError
from advisor.inventory.record import Cell, Directness, Sink, Source

NAME = "nccl-tests"
DIRECTNESS = Directness.MEASURED

_DATA = re.compile(r"^\s*\d+\s+\d+\s+\w+\s+\S+(?:\s+\S+){1,}\s*$")
_RANK = re.compile(r"^\[[\d,]+\]<std(?:out|err)>:\s?", re.MULTILINE)  # mpirun --tag-output


def recognises(source: Source) -> bool:
    return bool(re.search(r"^(?:\[[\d,]+\]<stdout>:)?\s*#.*\balgbw\s+busbw\b", source.head, re.MULTILINE))


def read(source: Source, sink: Sink) -> None:
    name = source.option("fabric")
    if name is None:
        raise SchemaError(f"{source.shown} does not say what it measured: give `fabric:` for it in feeds.yaml.")
    text = _RANK.sub("", source.text())
    best: tuple[int, float, int] | None = None
    columns: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if "algbw" in line and line.lstrip().startswith("#"):
            columns = line.lstrip("# ").split()
        if not columns or not _DATA.match(line):
            continue
        cells = line.split()
        bus = [position for position, column in enumerate(columns) if column == "busbw"]
        if len(cells) != len(columns) or not bus:
            sink.doubt(f"line has {len(cells)} values under {len(columns)} columns: not used", number, "", "fabric")
            continue
        if any(cells[p + 1] not in ("0", "N/A") for p in bus if p + 1 < len(columns) and columns[p + 1] in ("#wrong",)):
            sink.doubt("#wrong is not 0: the collective gave wrong results, not used", number, "#wrong", "fabric")
            continue
        if not all(math.isfinite(float(cells[position])) for position in bus):
            sink.set_aside("busbw is no finite number", number, "busbw", "fabric")
            continue
        size, value = int(cells[0]), max(float(cells[position]) for position in bus)
        if best is None or size >= best[0]:
            best = (size, value, number)
    if best is None:
        raise SchemaError(f"{source.shown} has no line of results: run the test again and keep its whole output.")
    collective = re.search(
        r"\b(all_reduce|all_gather|reduce_scatter|alltoall|broadcast|sendrecv|reduce)(?:_perf)?\b", text
    )
    ranks = len(re.findall(r"^#\s+Rank\s+\d+", text, re.MULTILINE))
    hosts = len(set(re.findall(r"^#\s+Rank\s+\d+.*?\bon\s+(\S+)", text, re.MULTILINE)))
    if ranks and hosts == 1:
        sink.doubt(
            "all ranks run on one node: this measures the links inside it, not the fabric", best[2], "Rank", "fabric"
        )
    cells_out = {
        "fabric": Cell(name, "feeds.yaml: fabric"),
        "measured_busbw_gbytes_per_s": Cell(best[1], "busbw", "GB/s"),
        "measured_collective": Cell(collective[1] if collective else None, "command"),
    }
    for option in ("site", "cluster"):
        if given := source.option(option):
            cells_out[option] = Cell(given, f"feeds.yaml: {option}")
    sink.record("fabric", best[2], cells_out)
