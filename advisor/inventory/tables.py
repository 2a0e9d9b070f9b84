"""The store: DuckDB tables of observations, as feeds gave them, with where each came from.

`main.feeds`, `main.maps` (which column filled which field), `main.problems`, and one `main.obs_<entity>`
an entity. `advisor.inventory.resolution` derives from them one table an entity and clearance.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from advisor.errors import InventoryError
from advisor.inventory import schema
from advisor.inventory.record import Observation, Problem, ProblemKind, by_maps
from index.document import Label

FILE = "inventory.duckdb"
FORMAT = 1
MEMORY = "1GB"

_FEEDS = """CREATE TABLE main.feeds (
    feed INTEGER PRIMARY KEY, path VARCHAR NOT NULL, source VARCHAR NOT NULL, root VARCHAR NOT NULL, format VARCHAR NOT NULL,
    directness TINYINT NOT NULL, sha256 VARCHAR NOT NULL, options VARCHAR NOT NULL, size BIGINT NOT NULL,
    as_of TIMESTAMP, as_of_from VARCHAR NOT NULL, label TINYINT NOT NULL, rows BIGINT NOT NULL, records BIGINT NOT NULL)"""
_MAPS = """CREATE TABLE main.maps (
    map INTEGER NOT NULL, feed INTEGER NOT NULL, entity VARCHAR NOT NULL, field VARCHAR NOT NULL, "column" VARCHAR NOT NULL,
    unit VARCHAR NOT NULL)"""
_PROBLEMS = """CREATE TABLE main.problems (
    feed INTEGER NOT NULL, kind VARCHAR NOT NULL, reason VARCHAR NOT NULL, path VARCHAR NOT NULL, row BIGINT,
    "column" VARCHAR NOT NULL, entity VARCHAR NOT NULL, rule VARCHAR NOT NULL, count BIGINT NOT NULL, label TINYINT NOT NULL)"""
_OWN = "obs_id BIGINT NOT NULL, feed INTEGER NOT NULL, row BIGINT NOT NULL, map INTEGER NOT NULL, as_of TIMESTAMP, label TINYINT NOT NULL, directness TINYINT NOT NULL, key VARCHAR"
TABLES = ("feeds", "maps", "problems", *(f"obs_{name}" for name in schema.ENTITIES))


def create(path: Path) -> duckdb.DuckDBPyConnection:
    """A new, empty store in `path`."""
    database = duckdb.connect(str(path))
    database.execute(f"SET memory_limit = '{MEMORY}'")
    database.execute(f"SET temp_directory = '{path.parent.as_posix().replace(chr(39), '')}/.spill'")
    for statement in (_FEEDS, _MAPS, _PROBLEMS):
        database.execute(statement)
    for name in schema.ENTITIES:
        columns = ", ".join(f'"{field}" {schema.sql_type(name, field)}' for field in schema.fields(name))
        database.execute(f"CREATE TABLE main.obs_{name} ({_OWN}, {columns})")
    return database


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can neither write nor reach any other file or address."""
    try:
        return duckdb.connect(
            str(path), read_only=True, config={"enable_external_access": "false", "lock_configuration": "true"}
        )
    except duckdb.Error as error:
        raise InventoryError(f"{path} cannot be read ({error}): run `advisor inventory import PATH…` again.") from error


def save_snapshot(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every observation as Parquet: what a later import starts from, and anyone can read."""
    for name in TABLES:
        target = (folder / f"{name}.parquet").as_posix().replace("'", "''")
        database.execute(f"COPY (SELECT * FROM main.{name}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def load_snapshot(database: duckdb.DuckDBPyConnection, folder: Path, *, without: Iterable[int]) -> None:
    """The former observations but those of the feeds in `without`."""
    left_out = sorted(set(without)) or [-1]
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if not path.is_file():
            raise InventoryError(f"{path} is missing: run `advisor inventory import --rebuild PATH…`.")
        database.execute(
            f"INSERT INTO main.{name} BY NAME SELECT * FROM read_parquet(?) WHERE NOT list_contains(?, feed)",
            [str(path), left_out],
        )


def next_id(database: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    found = database.execute(f"SELECT coalesce(max({column}), 0) FROM main.{table}").fetchone()
    return int(found[0]) + 1 if found else 1


def add_map(
    database: duckdb.DuckDBPyConnection, number: int, feed: int, entity: str, columns: Mapping[str, tuple[str, str]]
) -> None:
    rows = [(number, feed, entity, field, column, unit) for field, (column, unit) in columns.items()]
    database.executemany("INSERT INTO main.maps VALUES (?,?,?,?,?,?)", rows)


def add_observations(
    database: duckdb.DuckDBPyConnection,
    feed: int,
    directness: int,
    observations: Sequence[Observation],
    default_as_of: datetime | None,
) -> None:
    """Rows of one feed, written through one JSON file an entity: row by row would take minutes."""
    numbers: dict[str, int] = {}
    for entity, columns in by_maps(list(observations)):
        number = next_id(database, "maps", "map")
        add_map(database, number, feed, entity, columns)
        numbers[_map_key(entity, columns)] = number
    with tempfile.TemporaryDirectory() as folder:
        for entity in {one.entity for one in observations}:
            first = next_id(database, f"obs_{entity}", "obs_id")
            path = Path(folder) / f"{entity}.ndjson"
            mine = [one for one in observations if one.entity == entity]
            with path.open("w", encoding="utf-8") as out:
                for position, one in enumerate(mine):
                    own = {
                        "obs_id": first + position, "feed": feed, "row": one.row, "label": one.label.rank,
                        "map": numbers[_map_key(entity, one.columns)], "as_of": one.as_of or default_as_of,
                        "directness": directness, "key": None,
                    }  # fmt: skip
                    out.write(json.dumps({**own, **one.values}, default=_text) + "\n")
            database.execute(
                f"INSERT INTO main.obs_{entity} BY NAME SELECT * FROM read_json(?, format='newline_delimited', columns={_types(entity)})",
                [str(path)],
            )


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _types(entity: str) -> str:
    own = {"obs_id": "BIGINT", "feed": "INTEGER", "row": "BIGINT", "map": "INTEGER", "as_of": "TIMESTAMP", "label": "TINYINT",
           "directness": "TINYINT", "key": "VARCHAR"}  # fmt: skip
    types = own | {field: schema.sql_type(entity, field) for field in schema.fields(entity)}
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in types.items()) + "}"


def _map_key(entity: str, columns: Mapping[str, tuple[str, str]]) -> str:
    return f"{entity} {sorted(columns.items())}"


def add_problems(database: duckdb.DuckDBPyConnection, feed: int, problems: Sequence[Problem]) -> None:
    """Problems, those alike told once with a count and the first row."""
    grouped: dict[tuple[str, str, str, str], list[Problem]] = {}
    for one in problems:
        grouped.setdefault((one.kind, _shape(one.reason), one.column, one.entity), []).append(one)
    rows: list[tuple[Any, ...]] = []
    for several in grouped.values():
        one = several[0]
        count = sum(p.count for p in several)
        label = max(p.label.rank for p in several)
        rows.append(
            (feed, one.kind.value, one.reason, one.feed, one.row, one.column, one.entity, one.rule, count, label)
        )
    if rows:
        database.executemany("INSERT INTO main.problems VALUES (?,?,?,?,?,?,?,?,?,?)", rows)


def _shape(reason: str) -> str:
    """The reason without what is particular to a row."""
    return reason.partition(":")[0].partition(" may be ")[0] if ":" in reason else reason


def problems_of(database: duckdb.DuckDBPyConnection, clearance: Label) -> list[Problem]:
    rows = database.execute(
        'SELECT kind, reason, path, row, "column", entity, rule, count, label FROM main.problems WHERE label <= ? '
        'ORDER BY kind, path, row NULLS FIRST, "column", reason',
        [clearance.rank],
    ).fetchall()
    labels = list(Label)
    return [
        Problem(ProblemKind(kind), reason, path, row, column, entity, rule, int(count), labels[label])
        for kind, reason, path, row, column, entity, rule, count, label in rows
    ]
