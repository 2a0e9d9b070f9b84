"""Observations → one row a thing, for each clearance; contradictions and duplicates on the way.

Where feeds disagree, the rule FRESH_DIRECT_LATEST decides: what is not 180 days behind the newest observation
of the same thing; then measured over recorded over declared; then the later date. Values that move
(utilisation, power, state) take the latest. Every field keeps the observation it was taken from in `<field>__obs`.
"""

from __future__ import annotations

import duckdb

from advisor.inventory import schema
from advisor.inventory.record import ProblemKind
from index.document import Label

RULE = "fresh-direct-latest"
RULE_TEXT = "what is not 180 days behind the newest; then measured over recorded over declared; then the later date; then the later row"
STALE_DAYS = 180
SCHEMAS = {label: f"c_{label.value}" for label in Label}
MOVING = frozenset(
    {"utilisation_percent", "power_w", "temperature_c", "memory_used_gb", "gpu_allocated", "used_tb", "power_used_kw",
     "status", "driver_version", "measured_collective"}
)  # fmt: skip

_SHORT = "CASE WHEN regexp_full_match({0}, '[0-9.]+|.*:.*') THEN lower({0}) ELSE lower(split_part({0}, '.', 1)) END"


def resolve(database: duckdb.DuckDBPyConnection) -> None:
    """Derive every clearance's tables anew, and the problems that only show across feeds."""
    database.execute("DELETE FROM main.problems WHERE feed = 0")
    for label, name in SCHEMAS.items():
        database.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        database.execute(f"CREATE SCHEMA {name}")
        _filter(database, label)
        _site_names(database)
        _keys(database)
        for entity in schema.ENTITIES:
            if not schema.entity(entity).EVENT:
                _merge(database, name, entity)
        _events(database, name)
        _unlisted_sites(database, name)
        _counted_accelerators(database, name)
        if label is Label.RESTRICTED:
            for entity in schema.ENTITIES:
                if not schema.entity(entity).EVENT and _filled(database, entity):
                    _contradictions(database, entity)
                    _duplicates(database, entity)
            _device_problems(database, name)
        for entity in schema.ENTITIES:
            database.execute(f"DROP TABLE IF EXISTS temp.f_{entity}")


def _filled(database: duckdb.DuckDBPyConnection, entity: str) -> bool:
    return bool(database.execute(f"SELECT EXISTS (SELECT 1 FROM temp.f_{entity})").fetchall()[0][0])


def _filter(database: duckdb.DuckDBPyConnection, label: Label) -> None:
    for entity in schema.ENTITIES:
        if entity == "spend":
            continue  # a million rows: filtered by a view
        database.execute(
            f"CREATE OR REPLACE TEMP TABLE f_{entity} AS SELECT * FROM main.obs_{entity} WHERE label <= {label.rank}"
        )


def _site_names(database: duckdb.DuckDBPyConnection) -> None:
    """One spelling a site: the name its own row has; aliases and letter case fold into it."""
    database.execute("""CREATE OR REPLACE TEMP TABLE site_names AS
        SELECT lower(trim(alias)) AS alias, min(site) AS site FROM (
            SELECT site, unnest(list_concat([site], string_split(coalesce(aliases, ''), ';'))) AS alias FROM temp.f_site)
        WHERE trim(alias) <> '' GROUP BY 1 HAVING count(DISTINCT lower(site)) = 1""")
    for entity in schema.ENTITIES:
        if entity != "spend" and "site" in schema.fields(entity):
            database.execute(f"""UPDATE temp.f_{entity} SET site = n.site FROM temp.site_names n
                WHERE lower(trim(temp.f_{entity}.site)) = n.alias AND temp.f_{entity}.site <> n.site""")
    database.execute("""UPDATE temp.f_reading SET site = s.site FROM (
            SELECT lower(grid_zone) AS zone, min(site) AS site FROM temp.f_site WHERE grid_zone IS NOT NULL
            GROUP BY 1 HAVING count(DISTINCT site) = 1) s
        WHERE temp.f_reading.site IS NULL AND lower(temp.f_reading.grid_zone) = s.zone""")


def _keys(database: duckdb.DuckDBPyConnection) -> None:
    for entity, model in schema.ENTITIES.items():
        if model.EVENT or entity in ("node", "accelerator"):
            continue
        joined = " || '/' || ".join(f"lower(coalesce({field}, ''))" for field in model.KEY)
        database.execute(f"UPDATE temp.f_{entity} SET key = {joined}")
    database.execute("""CREATE OR REPLACE TEMP TABLE cluster_sites AS SELECT lower(cluster) AS cluster, min(site) AS site
        FROM temp.f_cluster WHERE site IS NOT NULL GROUP BY 1 HAVING count(DISTINCT site) = 1""")
    for entity in ("node", "accelerator", "fabric", "storage"):
        database.execute(f"""UPDATE temp.f_{entity} SET site = c.site FROM temp.cluster_sites c
            WHERE temp.f_{entity}.site IS NULL AND lower(temp.f_{entity}.cluster) = c.cluster""")
    short = _SHORT.format("node")
    database.execute(f"""CREATE OR REPLACE TEMP TABLE host_sites AS SELECT host, min(site) AS site FROM (
            SELECT {short} AS host, site FROM temp.f_node UNION ALL SELECT {short}, site FROM temp.f_accelerator)
        WHERE site IS NOT NULL AND host IS NOT NULL GROUP BY 1 HAVING count(DISTINCT site) = 1""")
    for entity in ("node", "accelerator"):
        database.execute(f"""UPDATE temp.f_{entity} SET site = h.site FROM temp.host_sites h
            WHERE temp.f_{entity}.site IS NULL AND {_SHORT.format(f"temp.f_{entity}.node")} = h.host""")
        database.execute(f"ALTER TABLE temp.f_{entity} ADD COLUMN node_key VARCHAR")
        database.execute(
            f"UPDATE temp.f_{entity} SET node_key = lower(coalesce(site, '')) || '/' || {short} WHERE node IS NOT NULL"
        )
    database.execute("UPDATE temp.f_node SET key = node_key")
    _accelerator_keys(database)


def _accelerator_keys(database: duckdb.DuckDBPyConnection) -> None:
    """UUID, else the UUID known for the serial number or for the slot, else serial number, else slot."""
    database.execute("ALTER TABLE temp.f_accelerator ADD COLUMN slot VARCHAR")
    database.execute(
        "UPDATE temp.f_accelerator SET slot = node_key || '#' || gpu_index WHERE node_key IS NOT NULL AND gpu_index IS NOT NULL"
    )
    for column in ("serial", "slot"):
        database.execute(f"""CREATE OR REPLACE TEMP TABLE by_{column} AS
            SELECT lower({column}) AS id, arg_max(lower(uuid), coalesce(as_of, TIMESTAMP '1900-01-01')) AS uuid
            FROM temp.f_accelerator WHERE {column} IS NOT NULL AND uuid IS NOT NULL GROUP BY 1""")
    # A slot holds one board at a time: what was there before the latest is gone.
    database.execute("""DELETE FROM temp.f_accelerator WHERE uuid IS NOT NULL AND slot IS NOT NULL AND EXISTS (
        SELECT 1 FROM temp.by_slot s WHERE s.id = lower(slot) AND s.uuid <> lower(temp.f_accelerator.uuid))
        AND coalesce(as_of, TIMESTAMP '1900-01-01') < (SELECT max(coalesce(o.as_of, TIMESTAMP '1900-01-01'))
            FROM temp.f_accelerator o WHERE o.slot = temp.f_accelerator.slot)""")
    database.execute("""UPDATE temp.f_accelerator SET key = coalesce('uuid:' || lower(uuid),
        'uuid:' || (SELECT s.uuid FROM temp.by_serial s WHERE s.id = lower(serial)),
        'uuid:' || (SELECT s.uuid FROM temp.by_slot s WHERE s.id = lower(slot)),
        'serial:' || lower(serial), 'slot:' || slot)""")


def _merge(database: duckdb.DuckDBPyConnection, name: str, entity: str) -> None:
    """One row a key; each field from the observation that the rule chooses."""
    fields = schema.fields(entity)
    chosen = []
    for field in fields:
        order = "latest" if field in MOVING else "chosen"
        chosen.append(f'arg_max("{field}", {order}) FILTER (WHERE "{field}" IS NOT NULL) AS "{field}"')
        chosen.append(f'arg_max(obs_id, {order}) FILTER (WHERE "{field}" IS NOT NULL) AS "{field}__obs"')
    extra = ", any_value(node_key) AS node_key" if entity in ("node", "accelerator") else ""
    database.execute(f"""CREATE OR REPLACE TABLE {name}.{entity} AS
        SELECT key, max(as_of) AS as_of, max(label) AS label{extra}, {", ".join(chosen)} FROM (
            SELECT *, row_number() OVER (ORDER BY fresh, directness, as_of, feed, row) AS chosen,
                   row_number() OVER (ORDER BY as_of, directness, feed, row) AS latest
            FROM (SELECT *, coalesce(as_of, TIMESTAMP '1900-01-01') >=
                         max(coalesce(as_of, TIMESTAMP '1900-01-01')) OVER (PARTITION BY key) - INTERVAL {STALE_DAYS} DAY AS fresh
                  FROM temp.f_{entity} WHERE key IS NOT NULL))
        GROUP BY key ORDER BY key""")


def _events(database: duckdb.DuckDBPyConnection, name: str) -> None:
    rank = next(label.rank for label, one in SCHEMAS.items() if one == name)
    database.execute(f"CREATE VIEW {name}.spend AS SELECT * FROM main.obs_spend WHERE label <= {rank} AND key IS NULL")
    database.execute(f"CREATE TABLE {name}.reading AS SELECT * FROM temp.f_reading WHERE key IS NULL")


def _unlisted_sites(database: duckdb.DuckDBPyConnection, name: str) -> None:
    """Sites that other feeds name and none describes: listed with nothing but their name."""
    named = " UNION ALL ".join(
        f"SELECT site, site__obs AS obs, '{entity}' AS entity FROM {name}.{entity} WHERE site IS NOT NULL"
        for entity in ("cluster", "node", "accelerator", "fabric", "storage", "control", "signal")
    )
    new = f"SELECT lower(site) AS key, min(site) AS site, count(*) AS times FROM ({named}) WHERE lower(site) NOT IN (SELECT key FROM {name}.site) GROUP BY 1"
    if name == SCHEMAS[Label.RESTRICTED]:
        database.execute(f"""INSERT INTO main.problems SELECT 0, '{ProblemKind.MISSING}',
            'site ' || site || ' is named by ' || times || ' records, but no feed describes it', '', NULL, '', 'site', '', times, {Label.RESTRICTED.rank}
            FROM ({new})""")
    database.execute(f"INSERT INTO {name}.site (key, site) SELECT key, site FROM ({new})")


def _counted_accelerators(database: duckdb.DuckDBPyConnection, name: str) -> None:
    """Accelerators that a node counts but no feed lists one by one: they exist, their readings are unknown."""
    database.execute(f"ALTER TABLE {name}.accelerator ADD COLUMN counted_by BIGINT")  # observation of the node's count
    database.execute(f"""INSERT INTO {name}.accelerator (key, as_of, label, node_key, node, site, cluster, model, acquisition, counted_by)
        SELECT 'count:' || n.key || '#' || i, n.as_of, n.label, n.key, n.node, n.site, n.cluster, n.gpu_model, n.acquisition, n.gpu_count__obs
        FROM (SELECT n.*, n.gpu_count - coalesce(a.listed, 0) AS more FROM {name}.node n
              LEFT JOIN (SELECT node_key, count(*) AS listed FROM {name}.accelerator GROUP BY 1) a ON a.node_key = n.key
              WHERE n.gpu_count > 0 AND coalesce(n.status, '') <> 'planned') n, range(more) r(i)
        WHERE more > 0""")


def _contradictions(database: duckdb.DuckDBPyConnection, entity: str) -> None:
    """Feeds that say different things of one thing: both are shown, alike cases told once with a count."""
    for field in schema.fields(entity):
        if field in MOVING or field in ("product", "aliases") or field in schema.entity(entity).KEY:
            continue
        number = schema.sql_type(entity, field) == "DOUBLE"
        differ = (
            f'max("{field}") > min("{field}") + 0.01 * abs(min("{field}"))'
            if number
            else f'count(DISTINCT lower("{field}"::VARCHAR)) > 1'
        )
        database.execute(f"""INSERT INTO main.problems
            WITH said AS (SELECT key, o.feed, f.path, "{field}", min(o.row) AS row, max(o.label) AS label
                          FROM temp.f_{entity} o JOIN main.feeds f ON f.feed = o.feed
                          WHERE "{field}" IS NOT NULL AND key IS NOT NULL GROUP BY ALL),
                 cases AS (SELECT key, max(label) AS label, list_sort(list(DISTINCT feed)) AS feeds,
                                  string_agg("{field}"::VARCHAR || ' (' || path || ', row ' || row || ')', ' against ' ORDER BY feed, row) AS said
                           FROM said GROUP BY key HAVING count(DISTINCT feed) > 1 AND {differ})
            SELECT 0, '{ProblemKind.CONTRADICTORY}', '{field} of {entity} ' || arg_min(key, key) || ': ' || arg_min(said, key),
                   '', NULL, '{field}', '{entity}', '{RULE}', count(*), max(label)
            FROM cases GROUP BY feeds""")


def _duplicates(database: duckdb.DuckDBPyConnection, entity: str) -> None:
    """The same thing twice in one feed of a format with a row a thing."""
    database.execute(f"""INSERT INTO main.problems
        SELECT feed0, '{ProblemKind.DUPLICATE}', '{entity} ' || any_value(key) || ' stands in rows ' || any_value(rows) || ': counted once',
               any_value(path), any_value(row), '', '{entity}', '{RULE}', count(*), max(label)
        FROM (SELECT 0 AS feed0, o.feed, f.path, key, string_agg(o.row::VARCHAR, ', ' ORDER BY o.row) AS rows, min(o.row) AS row, max(o.label) AS label
              FROM temp.f_{entity} o JOIN main.feeds f ON f.feed = o.feed
              WHERE f.format NOT IN ('dcgm', 'fio') AND key IS NOT NULL GROUP BY ALL HAVING count(*) > 1)
        GROUP BY feed0, feed""")


def _device_problems(database: duckdb.DuckDBPyConnection, name: str) -> None:
    rank = Label.RESTRICTED.rank
    for entity in ("accelerator", "node"):
        database.execute(f"""INSERT INTO main.problems
            SELECT 0, '{ProblemKind.DUPLICATE}', 'serial ' || serial || ' belongs to ' || count(*) || ' {entity}s: ' ||
                   string_agg(key, ', ' ORDER BY key) || '; all are counted', '', NULL, 'serial', '{entity}', '', count(*), {rank}
            FROM {name}.{entity} WHERE serial IS NOT NULL GROUP BY serial HAVING count(*) > 1""")
    database.execute(f"""INSERT INTO main.problems
        SELECT 0, '{ProblemKind.CONTRADICTORY}', 'node ' || n.node || ' has ' || n.gpu_count || ' GPUs by its count, ' || a.listed ||
               ' by the list of devices', '', NULL, 'gpu_count', 'node', 'the list of devices', 1, {rank}
        FROM {name}.node n JOIN (SELECT node_key, count(*) FILTER (WHERE counted_by IS NULL) AS listed FROM {name}.accelerator GROUP BY 1) a
             ON a.node_key = n.key WHERE a.listed > n.gpu_count""")
    database.execute(f"""INSERT INTO main.problems
        SELECT 0, '{ProblemKind.MISSING}', sum(n.gpu_count - a.listed) || ' GPUs of ' || count(*) ||
               ' nodes at ' || coalesce(n.site, 'no site') || ' are counted by their node but listed by no device feed: their utilisation is unknown',
               '', NULL, 'utilisation_percent', 'accelerator', '', count(*), {rank}
        FROM {name}.node n JOIN (SELECT node_key, count(*) FILTER (WHERE counted_by IS NULL) AS listed FROM {name}.accelerator GROUP BY 1) a
             ON a.node_key = n.key WHERE a.listed < n.gpu_count AND coalesce(n.status, '') <> 'planned' GROUP BY n.site""")
