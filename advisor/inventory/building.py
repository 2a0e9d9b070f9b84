"""The process that builds an inventory: feeds → tables of the next generation; the memory it took ends with it.

It is asked once, and writes only in the folder that it is given; what that becomes is for its parent to say. When the
parent is gone it ends too, and the reader of feeds with it.
"""

from __future__ import annotations

import json
import math
import os
import resource
import select
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb

from advisor.errors import AdvisorError, InventoryError
from advisor.inventory import detection, schema, tables, worker
from advisor.inventory.conversion import Unreadable, timestamp
from advisor.inventory.feeds import focus
from advisor.inventory.record import Problem, ProblemKind, Sink, Source
from advisor.inventory.resolution import resolve
from index.errors import LibraryError, StorageFull, StorageReadOnly, UnreadableDocument, storage_error
from index.memory import give_back
from index.reading.sandbox import Child
from index.reading.worker import Take, converse, outlet

# What is wrong with one feed; other errors of DuckDB, as of a full disk, end the import.
_OF_THE_FEED = (AdvisorError, UnreadableDocument, OSError, duckdb.DataError, duckdb.InvalidInputException)
_ERRORS = {one.__name__: one for one in (InventoryError, LibraryError, StorageFull, StorageReadOnly)}


@dataclass(frozen=True, slots=True)
class Feed:
    """A file to read. `source` is its path without links, `root` the file or folder that was named, likewise."""

    path: Path
    shown: str
    source: str
    root: str
    options: dict[str, Any]


@dataclass(slots=True)
class ImportReport:
    """What one import did. Paths are as the user named them."""

    read: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    records: int = 0
    problems: int = 0
    generation: str = ""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def build(
    staging: Path,
    former: Path | None,
    feeds: Sequence[Feed],
    digests: Mapping[str, str],
    replaced: Sequence[int],
    report: ImportReport,
    say: Callable[[str], None],
) -> None:
    """The whole inventory of the next generation, in `staging`, by a child; `say` gets each feed before it is read.

    `former` has the inventory before, of which the feeds `replaced` are left out. Raises InventoryError, LibraryError.
    """
    request = {
        "staging": os.path.abspath(staging),
        "former": former and os.path.abspath(former),
        "feeds": [asdict(one) | {"path": os.path.abspath(one.path), "options": _texts(one.options)} for one in feeds],
        "digests": {one.source: digests[one.source] for one in feeds},
        "replaced": replaced,
        "refused": report.refused,
    }
    with Child("advisor.inventory.building", math.inf, resource.RLIM_INFINITY) as child:
        try:
            built = child.ask(request, take=lambda frame: say(json.loads(frame)))
        except UnreadableDocument as error:  # said as of a file
            raise InventoryError(
                "The import was ended from outside, perhaps for want of memory; the former inventory is untouched. "
                "Try again."
            ) from error
    if "failed" in built:
        raise _ERRORS[built["failed"]](built["reason"])
    report.read, report.records, report.problems = built["read"], built["records"], built["problems"]
    report.refused = [(shown, reason) for shown, reason in built["refused"]]


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else str(value) for name, value in options.items()}


def answer(request: dict[str, Any], data: bytes, give: Take) -> object:
    """The report of what `build` asked for; an error that ends the import is an answer too."""
    feeds = [Feed(**{**one, "path": Path(one["path"])}) for one in request["feeds"]]
    former = Path(request["former"]) if request["former"] else None
    report = ImportReport(refused=[(shown, reason) for shown, reason in request["refused"]])
    failed: Exception
    try:
        _build(
            Path(request["staging"]),
            former,
            feeds,
            request["digests"],
            request["replaced"],
            report,
            lambda shown: give(json.dumps(shown).encode()),
        )
        return report.as_dict()
    except (InventoryError, LibraryError) as error:
        failed = error
    except (duckdb.Error, OSError) as error:
        failed = storage_error(error, "The inventory")
        if type(failed) is LibraryError:
            failed = InventoryError(f"The inventory could not be written ({error}); the former one is untouched.")
    except Exception as error:
        failed = InventoryError(f"The import failed ({type(error).__name__}: {error}); the former one is untouched.")
    return {"failed": type(failed).__name__, "reason": str(failed)}


def _build(
    staging: Path,
    former: Path | None,
    feeds: Sequence[Feed],
    digests: Mapping[str, str],
    replaced: Sequence[int],
    report: ImportReport,
    say: Callable[[str], None],
) -> None:
    database = tables.create(staging / tables.FILE)
    reader = worker.reader()
    try:
        if former is not None:
            tables.load_snapshot(database, former, without=replaced)
        for feed in feeds:
            say(feed.shown)
            try:
                _read(database, feed, digests[feed.source], reader)
                report.read.append(feed.shown)
            except _OF_THE_FEED as error:
                report.refused.append((feed.shown, str(error)))
            give_back()
        if not database.execute("SELECT count(*) FROM main.feeds").fetchall()[0][0]:
            reasons = "".join(f"\n  {shown}: {reason}" for shown, reason in report.refused[:20])
            raise InventoryError(f"No feed could be read.{reasons}")
        database.execute("SET threads = 1")  # each would have buffers of its own, however little there is to write
        _repeated_lines(database)
        resolve(database)
        report.problems = _count(database, "problems")
        report.records = sum(_count(database, f"obs_{name}") for name in schema.ENTITIES)
        tables.save_snapshot(database, staging)
        database.execute("CHECKPOINT")
    finally:
        reader.close()
        database.close()
        shutil.rmtree(staging / ".spill", ignore_errors=True)


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM main.{table}").fetchall()[0][0])


def _read(database: duckdb.DuckDBPyConnection, file: Feed, digest: str, reader: Child) -> None:
    """One feed, wholly or not at all."""
    sha256, _, options = digest.partition(" ")
    same = database.execute("SELECT path FROM main.feeds WHERE sha256 = ?", [sha256]).fetchone()
    if same:
        raise InventoryError(f"the same bytes as {same[0]}: counted once")
    source = detection.open_source(file.path, file.shown, file.options)
    found, sink = worker.read(reader, source, {one.name: one for one in detection.FORMATS})
    feed = tables.next_id(database, "feeds", "feed")
    in_bulk = found.name == focus.NAME
    if in_bulk:
        focus.stage(source, sink, database)
    as_of, said_by = _as_of(source, sink, file.path)
    records = sink.rows if in_bulk else len(sink.observations)
    database.execute("BEGIN")
    try:
        if in_bulk:
            number, first = tables.next_id(database, "maps", "map"), tables.next_id(database, "obs_spend", "obs_id") - 1
            tables.add_map(database, number, feed, "spend", focus.columns(source))
            focus.load(source, database, feed=feed, first_id=first, map_id=number, as_of=as_of)
        tables.add_observations(database, feed, found.directness, sink.observations, as_of)
        tables.add_problems(database, feed, [*sink.problems, *_feed_problems(source, sink, said_by, records)])
        database.execute(
            "INSERT INTO main.feeds VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [feed, file.shown, file.source, file.root, found.name, int(found.directness), sha256, options,
             file.path.stat().st_size, as_of, said_by, source.label.rank, sink.rows, records],
        )  # fmt: skip
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise


def _as_of(source: Source, sink: Sink, path: Path) -> tuple[datetime, str]:
    """When the feed was true, and who says so: feeds.yaml, the feed itself, or only the file's time."""
    given = source.options.get("as_of")
    if given is not None:
        try:
            return timestamp(str(given)), "feeds.yaml"
        except Unreadable as error:
            sink.doubt(f"as_of in feeds.yaml: {error}")
    if sink.as_of is not None:
        return sink.as_of, "the feed"
    own = [one.as_of for one in sink.observations if one.as_of is not None]
    if own:
        return max(own), "the feed"
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0), "the file's time"


def _feed_problems(source: Source, sink: Sink, said_by: str, records: int) -> Iterator[Problem]:
    label = source.label
    if said_by == "the file's time":
        reason = "the export does not say when it was taken; the file's time is used: give `as_of:` in feeds.yaml"
        yield Problem(ProblemKind.IN_DOUBT, reason, source.shown, label=label)
    if source.options.get("label") is None:
        reason = "no label is given, so it is restricted: give `label:` in feeds.yaml"
        yield Problem(ProblemKind.IN_DOUBT, reason, source.shown, label=label)
    if not records:
        yield Problem(ProblemKind.MISSING, "no record could be read", source.shown, label=label)


_REPEATED = "provider, service, region, account, resource, charge_category, charge_class, commitment_status, billed_cost, effective_cost, currency, quantity_hours, gpu_hours, period_start, period_end"


def _repeated_lines(database: duckdb.DuckDBPyConnection) -> None:
    """Lines of a bill or readings that a later feed repeats are marked with `key` and not counted again."""
    for entity, columns in (
        ("spend", _REPEATED),
        (
            "reading",
            "site, grid_zone, period_start, period_end, it_energy_kwh, facility_energy_kwh, grid_carbon_gco2e_per_kwh",
        ),
    ):
        database.execute(f"UPDATE main.obs_{entity} SET key = NULL WHERE key IS NOT NULL")
        feeds = database.execute(f"SELECT count(DISTINCT feed) FROM main.obs_{entity}").fetchall()[0][0]
        if int(feeds) < 2:
            continue
        joined = " AND ".join(f"a.{one} IS NOT DISTINCT FROM b.{one}" for one in columns.split(", "))
        database.execute(f"""UPDATE main.obs_{entity} AS a SET key = 'repeated' WHERE EXISTS (
            SELECT 1 FROM main.obs_{entity} b WHERE b.feed < a.feed AND b.period_start = a.period_start AND {joined})""")
        database.execute(f"DELETE FROM main.problems WHERE kind = '{ProblemKind.DUPLICATE}' AND entity = '{entity}'")
        database.execute(f"""INSERT INTO main.problems SELECT o.feed, '{ProblemKind.DUPLICATE}',
            count(*) || ' lines stand in an earlier feed too: counted once', f.path, min(o.row), '', '{entity}', 'first feed', count(*), f.label
            FROM main.obs_{entity} o JOIN main.feeds f ON f.feed = o.feed WHERE o.key = 'repeated' GROUP BY o.feed, f.path, f.label""")


def _end_with_parent() -> None:
    """Nothing is to be read from stdin any more when the parent is gone, however it ended."""
    parent = select.poll()
    parent.register(0, 0)  # only that the other end is closed
    parent.poll()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    converse(answer, outlet())
