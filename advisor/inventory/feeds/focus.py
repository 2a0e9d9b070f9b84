"""FinOps FOCUS cost and usage, CSV, versions 1.0 to 1.2, loaded by DuckDB itself: a million lines in seconds.

Column ids, null rules and NumericFormat are those of the specification (focus.finops.org). Numbers that
break NumericFormat ("1,234.50", "$32") are set aside with their row, never repaired.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from advisor.errors import SchemaError
from advisor.inventory import schema
from advisor.inventory.feeds.instances import gpus_of
from advisor.inventory.record import Directness, Problem, ProblemKind, Sink, Source, decode

NAME = "focus"
DIRECTNESS = Directness.RECORDED

MAX_REWRITTEN = 200 * 1024**2  # of a file that DuckDB cannot read and that is then read row by row, in memory

_MANDATORY = ("BilledCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory")
_COLUMNS = {  # field → columns, the first that holds a value wins
    "provider": ("ProviderName", "ServiceProviderName", "PublisherName"),
    "service_category": ("ServiceCategory",),
    "service": ("ServiceName",),
    "region": ("RegionName", "RegionId"),
    "account": ("SubAccountName", "SubAccountId", "BillingAccountName", "BillingAccountId"),
    "resource": ("ResourceName", "ResourceId"),
    "charge_category": ("ChargeCategory",),
    "charge_class": ("ChargeClass",),
    "pricing_category": ("PricingCategory",),
    "commitment": ("CommitmentDiscountName", "CommitmentDiscountId"),
    "commitment_status": ("CommitmentDiscountStatus",),
    "currency": ("BillingCurrency",),
}
_COSTS = {"billed_cost": "BilledCost", "effective_cost": "EffectiveCost", "list_cost": "ListCost"}
_TEMPORARY = ("focus_raw", "focus_tags", "focus_sku")
_NUMERIC = r"^-?(\d+(\.\d*)?|\.\d+)([eE]-?\d+)?$"
_HOURS = {"hours": 1.0, "hour": 1.0, "hrs": 1.0, "hr": 1.0, "minutes": 1 / 60, "minute": 1 / 60,
          "seconds": 1 / 3600, "second": 1 / 3600, "days": 24.0, "day": 24.0}  # fmt: skip
_TAGS = {"team": ("team", "owner", "costcenter", "cost_center"), "workload": ("workload", "project", "application")}


def recognises(source: Source) -> bool:
    return source.path.suffix.lower() in (".csv", ".tsv") and all(name in _header(source.head) for name in _MANDATORY)


def _header(text: str) -> list[str]:
    first = next(iter(text.splitlines()), "").lstrip("\ufeff")
    return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]


def _delimiter(first: str) -> str:
    return max(",;\t|", key=first.count)


def read(source: Source, sink: Sink) -> None:
    raise SchemaError(f"{source.shown}: FOCUS is loaded in bulk.")


def stage(source: Source, sink: Sink, database: duckdb.DuckDBPyConnection) -> None:
    """The lines in temporary tables, broken ones marked and told to the sink. Outside any transaction: a file that
    DuckDB cannot read as regular CSV makes a first attempt fail."""
    header = _header(source.head)
    for name in _TEMPORARY:
        database.execute(f"DROP TABLE IF EXISTS {name}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            _stage(source, sink, database, Path(folder), header)
        _details(database, header)
        _quarantine(sink, database, header)
    except (duckdb.Error, csv.Error, ValueError, RecursionError) as error:
        said = str(error).partition("\n")[0][:200]
        raise SchemaError(f"{source.shown} cannot be read as a FOCUS bill ({said}): export it again.") from error
    found = database.execute(
        'SELECT max("ChargePeriodEnd"::TIMESTAMP), count(*) FROM focus_raw WHERE NOT _bad'
    ).fetchone()
    assert found is not None
    sink.as_of = found[0]
    sink.rows += int(found[1])


def load(
    source: Source,
    database: duckdb.DuckDBPyConnection,
    *,
    feed: int,
    first_id: int,
    map_id: int,
    as_of: datetime,
) -> None:
    """The staged lines into main.obs_spend."""
    names = ", ".join(schema.fields("spend"))
    mapping = _mapping(_header(source.head))
    selected = ", ".join(f"{expression} AS {name}" for name, (expression, _) in mapping.items())
    database.execute(
        f"""INSERT INTO main.obs_spend BY NAME
        SELECT ?::BIGINT + _row AS obs_id, ?::INTEGER AS feed, _row AS row, ?::INTEGER AS map,
               ?::TIMESTAMP AS as_of, ?::TINYINT AS label, ?::TINYINT AS directness, NULL::VARCHAR AS key, {names}
        FROM (SELECT _row, {selected} FROM focus_raw
              LEFT JOIN focus_tags USING (_tags) LEFT JOIN focus_sku USING (_sku) WHERE NOT _bad)""",
        [first_id, feed, map_id, as_of, source.label.rank, int(DIRECTNESS)],
    )
    for name in _TEMPORARY:
        database.execute(f"DROP TABLE {name}")


def columns(source: Source) -> dict[str, tuple[str, str]]:
    """Field → (column, unit) for provenance."""
    return {name: (column, "") for name, (_, column) in _mapping(_header(source.head)).items()}


def _stage(source: Source, sink: Sink, database: duckdb.DuckDBPyConnection, folder: Path, header: list[str]) -> None:
    """focus_raw: every needed column as text, with the spreadsheet row."""
    wanted = [name for name in header if name in _needed()]
    doubled = {name for name in wanted if wanted.count(name) > 1}
    if doubled:
        raise SchemaError(f"{source.shown} has the column {sorted(doubled)[0]} twice: remove one.")
    listed = ", ".join(f'nullif(trim("{name}"), \'\') AS "{name}"' for name in wanted)
    options = "header=true, all_varchar=true, nullstr=['NULL', 'null'], quote='\"', escape='\"', max_line_size=10000000"
    query = "CREATE TEMP TABLE focus_raw AS SELECT row_number() OVER () + 1 AS _row, {listed}{extra} FROM read_csv(?, delim=?, {options})"
    extra = "".join(
        f", nullif(trim(\"{c}\"), '') AS _{n}" for c, n in (("Tags", "tags"), ("SkuPriceDetails", "sku")) if c in header
    )
    plain = folder / "feed.csv"  # DuckDB would take a * in the file's own name for a pattern, and read its neighbours
    plain.symlink_to(source.path.resolve())
    try:
        database.execute(
            query.format(listed=listed, extra=extra, options=options), [str(plain), _delimiter(source.head)]
        )
    except duckdb.Error as error:
        if source.path.stat().st_size > MAX_REWRITTEN:
            raise SchemaError(f"{source.shown} is no regular CSV ({str(error)[:200]}): export it again.") from error
        clean = folder / "clean.csv"
        _rewrite(source, sink, clean, wanted, header)
        query = query.replace("row_number() OVER () + 1 AS _row", "_row::BIGINT AS _row")
        database.execute(query.format(listed=listed, extra=extra, options=options), [str(clean), ","])
    for name in ("tags", "sku"):
        if f"AS _{name}" not in extra:
            database.execute(f"ALTER TABLE focus_raw ADD COLUMN _{name} VARCHAR")


def _rewrite(source: Source, sink: Sink, clean: Path, wanted: list[str], header: list[str]) -> None:
    """For a file that is no regular CSV: row by row, those with the wrong number of cells set aside."""
    positions = [header.index(name) for name in wanted]
    with source.path.open("rb") as raw:
        text = io.StringIO(decode(raw.read()))
    rows = csv.reader(text, delimiter=_delimiter(source.head))
    with clean.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["_row", *wanted])
        next(rows, None)
        for number, row in enumerate(rows, 2):
            if len(row) != len(header):
                if row:
                    reason = f"row has {len(row)} cells under {len(header)} columns"
                    _quarantined(sink, reason, number, "")
                continue
            writer.writerow([number, *(row[position] for position in positions)])


def _needed() -> set[str]:
    return {
        *_MANDATORY, *(one for several in _COLUMNS.values() for one in several), *_COSTS.values(),
        "ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit", "Tags", "SkuPriceDetails", "ResourceType",
    }  # fmt: skip


def _details(database: duckdb.DuckDBPyConnection, header: list[str]) -> None:
    """focus_tags and focus_sku: each distinct Tags and SkuPriceDetails value, read once."""
    database.execute("CREATE TEMP TABLE focus_tags (_tags VARCHAR, team VARCHAR, workload VARCHAR)")
    database.execute(
        "CREATE TEMP TABLE focus_sku (_sku VARCHAR, instance_type VARCHAR, gpu_model VARCHAR, gpu_count DOUBLE)"
    )
    tags = database.execute("SELECT DISTINCT _tags FROM focus_raw WHERE _tags IS NOT NULL").fetchall()
    _insert(database, "focus_tags", ([text, *_team_and_workload(text)] for (text,) in tags))
    skus = database.execute("SELECT DISTINCT _sku FROM focus_raw WHERE _sku IS NOT NULL").fetchall()
    _insert(database, "focus_sku", ([text, *_accelerators(text)] for (text,) in skus))


def _insert(database: duckdb.DuckDBPyConnection, table: str, rows: Iterator[list[Any]]) -> None:
    listed = list(rows)
    for start in range(0, len(listed), 5000):
        part = listed[start : start + 5000]
        places = ", ".join("(" + ", ".join("?" * len(part[0])) + ")" for _ in part)
        database.execute(f"INSERT INTO {table} VALUES {places}", [cell for row in part for cell in row])


def _object(text: str) -> dict[str, Any]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _team_and_workload(text: str) -> tuple[str | None, str | None]:
    tags = {str(key).rpartition(":")[2].rpartition("/")[2].lower(): value for key, value in _object(text).items()}

    def first(names: tuple[str, ...]) -> str | None:
        return next((str(tags[name]).strip() for name in names if tags.get(name)), None)

    return first(_TAGS["team"]), first(_TAGS["workload"])


def _accelerators(text: str) -> tuple[str | None, str | None, float | None]:
    details = _object(text)
    instance = details.get("InstanceType")
    known = gpus_of(str(instance)) if instance else None
    count = details.get("GpuCount")
    if isinstance(count, int | float) and not isinstance(count, bool):
        return str(instance) if instance else None, known[0] if known else None, float(count)
    return (str(instance) if instance else None, known[0] if known else None, float(known[1]) if known else None)


def _quarantine(sink: Sink, database: duckdb.DuckDBPyConnection, header: list[str]) -> None:
    """Mark rows that break a mandatory column or a numeric format, with the first reason found."""
    checks: list[tuple[str, str, str]] = [
        ("BillingCurrency", '"BillingCurrency" IS NULL', "BillingCurrency is missing")
    ]
    checks.append(("BilledCost", '"BilledCost" IS NULL', "BilledCost is missing"))
    for name in [*_COSTS.values(), "ConsumedQuantity", "PricingQuantity"]:
        if name in header:
            checks.append(
                (name, f"NOT regexp_full_match(\"{name}\", '{_NUMERIC}')", f"{name} breaks FOCUS NumericFormat")
            )
            absurd = f'"{name}" IS NOT NULL AND TRY_CAST("{name}" AS DECIMAL(28,10)) IS NULL'
            checks.append((name, absurd, f"{name} is beyond all amounts"))
    for name in ("ChargePeriodStart", "ChargePeriodEnd"):
        checks.append((name, f'TRY_CAST("{name}" AS TIMESTAMP) IS NULL', f"{name} is no date"))
    reason = " ".join(f"WHEN {condition} THEN {position}" for position, (_, condition, _) in enumerate(checks))
    database.execute("ALTER TABLE focus_raw ADD COLUMN _reason TINYINT")
    database.execute("ALTER TABLE focus_raw ADD COLUMN _bad BOOLEAN")
    database.execute(f"UPDATE focus_raw SET _reason = CASE {reason} END")
    database.execute("UPDATE focus_raw SET _bad = _reason IS NOT NULL")
    for position, (column, _, text) in enumerate(checks):
        bad = database.execute(
            f'SELECT count(*), min(_row), arg_min("{column}", _row) FROM focus_raw WHERE _reason = ?', [position]
        ).fetchone()
        if bad and bad[0]:
            shown = f"{text}: {bad[2]!r}" if bad[2] is not None else text
            _quarantined(sink, shown, int(bad[1]), column, int(bad[0]))


def _quarantined(sink: Sink, reason: str, row: int, column: str, count: int = 1) -> None:
    sink.problems.append(
        Problem(
            ProblemKind.QUARANTINED,
            reason,
            sink.source.shown,
            row,
            column,
            "spend",
            count=count,
            label=sink.source.label,
        )
    )


def _mapping(header: list[str]) -> dict[str, tuple[str, str]]:
    """Field → (SQL over focus_raw, column name for provenance). Identifiers are the specification's only."""
    found: dict[str, tuple[str, str]] = {}
    for name, candidates in _COLUMNS.items():
        there = [f'"{one}"' for one in candidates if one in header]
        found[name] = (
            f"coalesce({', '.join(there)})" if there else "NULL::VARCHAR",
            " else ".join(t.strip('"') for t in there),
        )
    for name, column in _COSTS.items():
        found[name] = (f'"{column}"::DECIMAL(28,10)' if column in header else "NULL::DECIMAL(28,10)", column)
    found["team"] = ("team", "Tags.team")
    found["workload"] = ("workload", "Tags.workload")
    found["instance_type"] = ("instance_type", "SkuPriceDetails.InstanceType")
    found["gpu_model"] = ("gpu_model", "SkuPriceDetails.InstanceType")
    hours, column = _hours(header)
    found["quantity_hours"] = (hours, column)
    usage = "\"ChargeCategory\" = 'Usage' AND gpu_count > 0"
    found["gpu_hours"] = (f"CASE WHEN {usage} THEN {hours} * gpu_count END", f"{column} × SkuPriceDetails.GpuCount")
    found["period_start"] = ('"ChargePeriodStart"::TIMESTAMP', "ChargePeriodStart")
    found["period_end"] = ('"ChargePeriodEnd"::TIMESTAMP', "ChargePeriodEnd")
    return {name: found[name] for name in schema.fields("spend")}


def _hours(header: list[str]) -> tuple[str, str]:
    cases, names = [], []
    for quantity, unit in (("ConsumedQuantity", "ConsumedUnit"), ("PricingQuantity", "PricingUnit")):
        if quantity in header and unit in header:
            scale = " ".join(f"WHEN '{name}' THEN {factor!r}" for name, factor in _HOURS.items())
            hours = f'"{quantity}"::DOUBLE * CASE lower("{unit}") {scale} END'
            if quantity == "PricingQuantity" and "CommitmentDiscountStatus" in header:  # what was paid for and not used
                hours = f"CASE WHEN coalesce(\"CommitmentDiscountStatus\", '') <> 'Unused' THEN {hours} END"
            cases.append(hours)
            names.append(quantity)
    return (f"coalesce({', '.join(cases)})" if cases else "NULL::DOUBLE"), " else ".join(names)
