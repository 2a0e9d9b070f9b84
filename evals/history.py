"""HOME/evals/history.duckdb: finished rows by what they depend on, and every run with its figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from advisor.errors import SchemaError
from evals.bootstrap import Estimate, estimates
from evals.row import ADVISOR, Judgement, Measure, Row, Run, SetResult

_TABLES = """
CREATE TABLE IF NOT EXISTS finished (key TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, code TEXT NOT NULL, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sets (run TEXT, set_name TEXT, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS results (run TEXT, set_name TEXT, system TEXT, position INTEGER, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS estimates (run TEXT, set_name TEXT, system TEXT, measure TEXT,
                                      value DOUBLE, low DOUBLE, high DOUBLE, questions INTEGER);
"""


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure of a set over the runs, oldest first: (run, estimate)."""

    set_name: str
    measure: str
    points: tuple[tuple[str, Estimate], ...]


class History:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._database = connection

    def finished(self, keys: Sequence[str]) -> dict[str, str]:
        """What was kept under those of `keys` that were measured before."""
        found = self._database.execute("SELECT key, content FROM finished WHERE list_contains(?, key)", [list(keys)])
        return dict(found.fetchall())

    def keep(self, key: str, content: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO finished VALUES (?, ?)", [key, content])

    def add(self, run: Run) -> None:
        """The run with its rows and estimates, whole or not at all."""
        self._database.begin()
        self._database.execute("INSERT INTO runs VALUES (?, ?, ?)", [run.id, run.code, json.dumps(dict(run.settings))])
        for one in run.sets.values():
            about: dict[str, Any] = {"about": one.about, "notes": one.notes, "compared": one.compared}
            about |= {"judge": one.judge, "judged": [asdict(each) for each in one.judged]}
            measures = [asdict(measure) for measure in one.measures]
            content = json.dumps({**about, "measures": measures}, ensure_ascii=False)
            self._database.execute("INSERT INTO sets VALUES (?, ?, ?)", [run.id, one.name, content])
            for system, rows in one.rows.items():
                given = [[run.id, one.name, system, place, row.as_json()] for place, row in enumerate(rows)]
                if given:
                    self._database.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?)", given)
                found = estimates(rows, [measure.name for measure in one.measures]) if rows else {}
                for name, e in found.items():
                    row = [run.id, one.name, system, name, e.value, e.low, e.high, e.questions]
                    self._database.execute("INSERT INTO estimates VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._database.commit()

    def run_ids(self) -> list[str]:
        return [row[0] for row in self._database.execute("SELECT id FROM runs ORDER BY id").fetchall()]

    def run(self, identity: str) -> Run:
        """An earlier run; "last" is the latest. Raises SchemaError naming those there are."""
        known = self.run_ids()
        wanted = known[-1] if identity == "last" and known else identity
        if wanted not in known:
            raise SchemaError(f"There is no run {identity!r}. There are: {', '.join(known[-5:]) or 'none yet'}.")
        code, settings = self._fetch("SELECT code, settings FROM runs WHERE id = ?", wanted)[0]
        rows: dict[str, dict[str, list[Row]]] = {}
        query = "SELECT set_name, system, content FROM results WHERE run = ? ORDER BY set_name, system, position"
        for name, system, content in self._fetch(query, wanted):
            rows.setdefault(name, {}).setdefault(system, []).append(Row.from_json(content))
        results = {}
        for name, content in self._fetch("SELECT set_name, content FROM sets WHERE run = ?", wanted):
            about = json.loads(content)
            measures = tuple(Measure(**one) for one in about["measures"])
            notes, compared = tuple(about["notes"]), tuple(about["compared"])
            judged = tuple(Judgement(**one) for one in about.get("judged", ()))
            of = rows.get(name, {})
            results[name] = SetResult(
                name, about["about"], measures, of, notes, compared, about.get("judge", ""), judged
            )
        return Run(wanted, code, json.loads(settings), results)

    def _fetch(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        return self._database.execute(query, list(given)).fetchall()

    def trends(self, set_name: str | None = None, system: str = ADVISOR) -> list[Trend]:
        """Every measure that was ever taken, over all runs."""
        found: dict[tuple[str, str], list[tuple[str, Estimate]]] = {}
        query = (
            "SELECT set_name, measure, run, value, low, high, questions FROM estimates "
            "WHERE system = ? AND (? IS NULL OR set_name = ?) ORDER BY set_name, measure, run"
        )
        for name, measure, run, *values in self._database.execute(query, [system, set_name, set_name]).fetchall():
            found.setdefault((name, measure), []).append((run, Estimate(*values)))
        return [Trend(name, measure, tuple(points)) for (name, measure), points in found.items()]


@contextmanager
def opened(home: Path) -> Iterator[History]:
    """The history of a workspace. Raises SchemaError when another run holds it."""
    path = home / "evals" / "history.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection: Any = duckdb.connect(str(path))
    except duckdb.Error as error:
        raise SchemaError(f"{path} cannot be opened: is another evaluation running? {error}") from error
    try:
        connection.execute(_TABLES)
        yield History(connection)
    finally:
        connection.close()
