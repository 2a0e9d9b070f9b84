"""The process that reads feeds: a request names a file and what feeds.yaml says of it, the answer is what it holds.

Bills (FOCUS) are only recognised here: DuckDB loads them in bulk, under its own limit of memory.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError
from advisor.inventory import schema
from advisor.inventory.detection import Format, detect, open_source
from advisor.inventory.feeds import focus
from advisor.inventory.record import Observation, Problem, ProblemKind, Sink, Source
from index.document import Label
from index.errors import UnreadableDocument
from index.reading.archive import check_zip
from index.reading.sandbox import Child
from index.reading.worker import Take, serve

SECONDS, MEMORY = 120.0, 2 * 1024**3
MAX_BYTES = 200 * 1024**2  # of a feed that is read here
MAX_WORKBOOK = 50 * 1024**2
MAX_BILL = 4 * 1024**3
MAX_RECORDS, MAX_PROBLEMS = 300_000, 20_000
_LABELS = list(Label)


def reader() -> Child:
    """A child of the process that builds, which reads feeds; close it after use."""
    return Child("advisor.inventory.worker", SECONDS, MEMORY, leads=False)


def read(child: Child, source: Source, formats: Mapping[str, Format]) -> tuple[Format, Sink]:
    """The format of a feed and, unless it is a bill, its records and problems. Raises UnreadableDocument."""
    options = {name: value if isinstance(value, str) else str(value) for name, value in source.options.items()}
    answer = child.ask({"path": str(source.path.resolve()), "shown": source.shown, "options": options})
    sink = Sink(source)
    found = formats[answer["format"]]
    if found.name != focus.NAME:
        _take(answer, sink)
    return found, sink


def answer(request: dict[str, Any], data: bytes, give: Take) -> object:
    """What a child says of a file."""
    path = Path(request["path"])
    size, workbook = path.stat().st_size, path.suffix.lower() == ".xlsx"
    if size > (MAX_WORKBOOK if workbook else MAX_BILL):
        raise UnreadableDocument(f"{size / 1024**2:,.0f} MB: split the file")
    if workbook:
        check_zip(path.read_bytes(), "xl/workbook.xml")
    source = open_source(path, request["shown"], request["options"])
    try:
        found = detect(source)
        sink = Sink(source)
        if found.name != focus.NAME:
            if size > MAX_BYTES:
                raise UnreadableDocument(f"{size / 1024**2:,.0f} MB, more than {MAX_BYTES >> 20}: split the file")
            found.read(source, sink)
    except AdvisorError as error:
        raise UnreadableDocument(str(error)) from error
    if len(sink.observations) > MAX_RECORDS:
        raise UnreadableDocument(f"{len(sink.observations):,} records, more than {MAX_RECORDS:,}: split the file")
    if (more := len(sink.problems) - MAX_PROBLEMS) > 0:
        del sink.problems[MAX_PROBLEMS:]
        sink.doubt(f"{more} more remarks on this feed are not kept")
    return _give(found.name, sink)


def _give(name: str, sink: Sink) -> dict[str, Any]:
    """Observations with the maps of their columns apart: most have the same."""
    maps: dict[str, int] = {}
    listed: list[Any] = []
    rows = []
    for one in sink.observations:
        key = repr((one.entity, sorted(one.columns.items())))
        if key not in maps:
            maps[key] = len(listed)
            listed.append([one.entity, dict(one.columns)])
        values = {field: v.isoformat() if isinstance(v, datetime) else v for field, v in one.values.items()}
        rows.append([maps[key], one.row, values, one.as_of.isoformat() if one.as_of else None, one.label.rank])
    problems = [
        [p.kind, p.reason, p.feed, p.row, p.column, p.entity, p.rule, p.count, p.label.rank] for p in sink.problems
    ]
    as_of = sink.as_of.isoformat() if sink.as_of else None
    return {
        "format": name,
        "maps": listed,
        "observations": rows,
        "problems": problems,
        "as_of": as_of,
        "rows": sink.rows,
    }


def _take(given: dict[str, Any], sink: Sink) -> None:
    """The answer as the reader's sink had it."""
    maps = [(entity, {f: (column, unit) for f, (column, unit) in columns.items()}) for entity, columns in given["maps"]]
    times = {
        name: {f for f in schema.fields(name) if schema.python_type(name, f) is datetime} for name in schema.ENTITIES
    }
    for number, row, values, as_of, rank in given["observations"]:
        entity, columns = maps[number]
        for field in times[entity] & values.keys():
            values[field] = datetime.fromisoformat(values[field])
        taken = datetime.fromisoformat(as_of) if as_of else None
        sink.observations.append(Observation(entity, row, values, columns, taken, _LABELS[rank]))
    for kind, reason, feed, row, column, entity, rule, count, rank in given["problems"]:
        sink.problems.append(Problem(ProblemKind(kind), reason, feed, row, column, entity, rule, count, _LABELS[rank]))
    sink.as_of = datetime.fromisoformat(given["as_of"]) if given["as_of"] else None
    sink.rows = given["rows"]


if __name__ == "__main__":
    serve(answer, int(sys.argv[1]), float(sys.argv[2]))
