"""Files → the next generation's inventory. Only new and changed feeds are read; a bad file never stops the rest."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from advisor.errors import AdvisorError, InventoryError
from advisor.inventory import detection, manifest, schema, tables, worker
from advisor.inventory.conversion import Unreadable, timestamp
from advisor.inventory.feeds import focus
from advisor.inventory.record import Problem, ProblemKind, Sink, Source
from advisor.inventory.resolution import resolve
from index import generation, uploads
from index.errors import LibraryError, UnreadableDocument, storage_error
from index.intake import shown as shown_path
from index.memory import give_back
from index.reading.sandbox import Child

FOLDER = "inventory"  # inside a generation
KEPT = "feeds"  # inside the workspace: feeds that were uploaded
# What is wrong with one feed; other errors of DuckDB, as of a full disk, end the import.
_OF_THE_FEED = (AdvisorError, UnreadableDocument, OSError, duckdb.DataError, duckdb.InvalidInputException)


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


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    shown: str
    source: str
    root: str
    options: dict[str, Any]


def import_feeds(
    home: Path,
    paths: Sequence[Path],
    *,
    label: str | None = None,
    rebuild: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> ImportReport:
    """Bring the inventory up to date with `paths` (files or folders); other feeds stay.

    Reading the same files again changes nothing. Raises InventoryError or index.errors.LibraryError; a bad
    file only lands in `refused`.
    """
    started = time.perf_counter()
    report = ImportReport()
    files, digests = _digests(_files(paths, label, home), report)
    if not files:
        reasons = "".join(f"\n  {shown}: {reason}" for shown, reason in report.refused[:20])
        raise InventoryError(
            f"No feed in {', '.join(map(str, paths))}: give files or folders of {' '.join(sorted(detection.SUFFIXES))}.{reasons}"
        )
    with generation.extended(home, FOLDER) as (former, staging):
        before = {} if rebuild or former is None else _known(former)
        roots = {file.root for file in files}
        changed = [file for file in files if before.get(file.source, (0, "", ""))[1] != digests[file.source]]
        present = {file.source for file in files}
        gone = [source for source, (_, _, root) in before.items() if root in roots and source not in present]
        report.unchanged = [file.shown for file in files if file not in changed]
        if former is not None and not changed and not gone and not rebuild:
            report.generation = generation.current_name(home)
        else:
            replaced = [before[source][0] for source in [*gone, *(file.source for file in changed)] if source in before]
            report.removed = gone
            _build(staging, former if not rebuild else None, changed, digests, replaced, report, say)
    if not report.generation:
        report.generation = generation.current_name(home)
    report.seconds = time.perf_counter() - started
    return report


def build_store(folder: Path, paths: Sequence[Path], *, label: str | None = None) -> ImportReport:
    """A store of its own in `folder`, outside any workspace: for evaluation and benchmarks."""
    report = ImportReport()
    started = time.perf_counter()
    files, digests = _digests(_files(paths, label), report)
    folder.mkdir(parents=True, exist_ok=True)
    _build(folder, None, files, digests, [], report, lambda line: None)
    report.seconds = time.perf_counter() - started
    return report


def _known(former: Path) -> dict[str, tuple[int, str, str]]:
    """source → (feed, digest, root) of the former inventory."""
    database = tables.open_read_only(former / tables.FILE)
    try:
        rows = database.execute("SELECT source, feed, sha256 || ' ' || options, root FROM main.feeds").fetchall()
    finally:
        database.close()
    return {source: (int(feed), digest, root) for source, feed, digest, root in rows}


def _digests(files: Iterator[_File], report: ImportReport) -> tuple[list[_File], dict[str, str]]:
    """The files that can be opened, with their sums; the others are refused."""
    kept, digests = [], {}
    for file in files:
        try:
            if not Path(file.source).is_relative_to(file.root):
                raise InventoryError("a link that leads out of its folder: copy the file there")
            file.source.encode()
            digests[file.source] = _digest(file)
            kept.append(file)
        except UnicodeEncodeError:
            report.refused.append((file.shown, "its name is not valid UTF-8: rename it"))
        except OSError as error:
            report.refused.append((file.shown, f"cannot be opened: {error.strerror or error}"))
        except InventoryError as error:
            report.refused.append((file.shown, str(error)))
    return kept, digests


def _digest(file: _File) -> str:
    digest = hashlib.sha256()
    with file.path.open("rb") as data:
        while block := data.read(1 << 20):
            digest.update(block)
    return f"{digest.hexdigest()} {_options_text(file)}"


def _options_text(file: _File) -> str:
    return json.dumps([file.options, file.shown], sort_keys=True, default=str)


def _files(paths: Sequence[Path], label: str | None, home: Path | None = None) -> Iterator[_File]:
    seen: set[str] = set()
    for path in paths:
        if not path.exists():
            raise InventoryError(f"{path} does not exist: check the path.")
        folder = path if path.is_dir() else path.parent
        about = manifest.load(folder)
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in found:
            inside = file.relative_to(folder)
            source = str(file.resolve())
            hidden = any(part.startswith((".", "~$")) for part in inside.parts)
            if hidden or source in seen or file.name == manifest.NAME or file.suffix.lower() not in detection.SUFFIXES:
                continue
            seen.add(source)
            options = about.options(inside.as_posix())
            if label is not None and "label" not in options:
                options["label"] = label
            own = uploads.shown(home, file, KEPT) if home else None
            yield _File(file, own or shown_path(file), source, str(path.resolve()), options)


def _build(
    staging: Path,
    former: Path | None,
    files: Sequence[_File],
    digests: dict[str, str],
    replaced: Sequence[int],
    report: ImportReport,
    say: Callable[[str], None],
) -> None:
    """The whole inventory of the next generation, in `staging`."""
    path = staging / tables.FILE
    database = tables.create(path)
    reader = worker.reader()
    try:
        if former is not None:
            tables.load_snapshot(database, former, without=replaced)
        for file in files:
            say(file.shown)
            try:
                _read(database, file, digests[file.source], reader)
                report.read.append(file.shown)
            except _OF_THE_FEED as error:
                report.refused.append((file.shown, str(error)))
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
    except duckdb.Error as error:
        failed = storage_error(error, "The inventory")
        if type(failed) is not LibraryError:
            raise failed from error
        raise InventoryError(f"The inventory could not be written ({error}); the former one is untouched.") from error
    finally:
        reader.close()
        database.close()
        shutil.rmtree(staging / ".spill", ignore_errors=True)


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM main.{table}").fetchall()[0][0])


def _read(database: duckdb.DuckDBPyConnection, file: _File, digest: str, reader: Child) -> None:
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
