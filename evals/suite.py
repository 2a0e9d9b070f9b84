"""Measure sets under one or two configurations and beside other systems; what is finished is not measured again."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import advisor
import evals
import index
from advisor.settings import Settings
from evals.history import History
from evals.judging.judge import Judge, judged
from evals.peers.compare import rank_with_peers
from evals.registry import EvalSet, Item, Opened, Say
from evals.row import ADVISOR, Row, Run, SetResult

Progress = Callable[[str, int, int], None]  # what, done, total
_NOT_MEASURED = {"home", "host", "port", "api_key", "allowed_hosts", "max_upload_mb", "llm_api_key"}


def run(
    sets: Sequence[EvalSet],
    settings: Settings,
    history: History,
    *,
    against: Settings | None = None,
    peers: Path | None = None,
    sample: int | None = None,
    fresh: bool = False,
    workers: int = 1,
    judge: Judge | None = None,
    say: Say = print,
    progress: Progress = lambda what, done, total: None,
) -> Run:
    """Every set, the advisor's rows under "advisor", those of `against` under "against", peers under their names.

    `peers` is the interpreter that has them. `sample` takes so many questions of each set, always the same ones.
    `fresh` measures even what is finished. `workers` questions are measured at the same time, where a set allows it;
    rows and their order are the same for any number, but for times. A `judge` is asked about the rows afterwards; its
    verdicts stand apart from all measures.
    """
    results = {}
    for one in sets:
        items = _sampled(one.items(), sample)
        state = one.state()
        key = _key(one.name, state, _of(settings))
        take = partial(_measured, one, items, history=history, fresh=fresh, workers=workers, progress=progress)
        notes: Sequence[str] = ()
        with closing(_Once(one, settings, say)) as opened:
            rows = {ADVISOR: take(key, opened)}
            if against is not None:
                with closing(_Once(one, against, say)) as given:
                    rows["against"] = take(_key(one.name, state, _of(against)), given)
            if peers is not None and one.compared:
                vectors = settings.home / "evals" / "vectors"
                theirs, notes = rank_with_peers(one.name, key, opened, rows[ADVISOR], peers, history, vectors, say)
                rows |= theirs
        found = SetResult(one.name, one.about, one.measures, rows, tuple(notes), one.compared)
        if judge is not None:
            told = partial(progress, f"{one.name}: judge")
            said = judged(rows[ADVISOR], judge, history, workers=workers, fresh=fresh, progress=told)
            found = replace(found, judge=judge.name, judged=tuple(said))
        results[one.name] = found
    return Run(datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%f"), code_digest(), _of(settings), results)


class _Once:
    """A set that is opened when its first question is measured, and then kept open."""

    def __init__(self, one: EvalSet, settings: Settings, say: Say) -> None:
        self._one, self._settings, self._say = one, settings, say
        self._opened: Opened | None = None

    def __call__(self) -> Opened:
        if self._opened is None:
            model = hashlib.sha256(self._settings.embedding_model.encode()).hexdigest()[:8]
            work = self._settings.home / "evals" / f"{self._one.name}-{model}"
            if (encoder := self._settings.home / "encoder").is_dir() and not (work / "encoder").exists():
                shutil.copytree(encoder, work / "encoder", copy_function=os.link)  # saves exporting it again
            self._opened = self._one.open(self._settings, work, self._say)
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def _measured(
    one: EvalSet,
    items: Sequence[Item],
    key: str,
    opened: Callable[[], Opened],
    *,
    history: History,
    fresh: bool,
    workers: int,
    progress: Progress,
) -> list[Row]:
    """A row for each item, in their order; each is kept as soon as it is measured."""
    keys = {item.id: _key(key, item.content) for item in items}
    known = {} if fresh else history.finished(list(keys.values()))
    rows = {item.id: Row.from_json(known[keys[item.id]]) for item in items if keys[item.id] in known}
    left = [item for item in items if item.id not in rows]
    progress(one.name, len(rows), len(items))
    measuring = _rows(left, opened().measure, workers if one.parallel else 1) if left else ()
    for identity, row in measuring:
        rows[identity] = row
        history.keep(keys[identity], row.as_json())
        progress(one.name, len(rows), len(items))
    return [rows[item.id] for item in items]


def _rows(items: Sequence[Item], measure: Callable[[Item], Row], workers: int) -> Iterator[tuple[str, Row]]:
    """As they are finished. What has not begun when a question fails is left."""
    if workers == 1:
        yield from ((item.id, measure(item)) for item in items)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="eval")
    try:
        asked = {pool.submit(measure, item): item.id for item in items}
        for one in as_completed(asked):
            yield asked[one], one.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _sampled(items: Sequence[Item], sample: int | None) -> Sequence[Item]:
    if sample is None or sample >= len(items):
        return items
    kept = set(random.Random(0).sample(range(len(items)), sample))
    return [item for place, item in enumerate(items) if place in kept]


def _of(settings: Settings) -> dict[str, object]:
    """The settings that an answer can depend on."""
    return settings.model_dump(mode="json", exclude=_NOT_MEASURED)


def _key(*parts: object) -> str:
    return hashlib.sha256("\0".join([code_digest(), *map(repr, parts)]).encode()).hexdigest()


def code_digest(packages: Sequence[object] = (index, advisor, evals)) -> str:
    """Of the code and catalogues of the packages: with another digest nothing that was finished is used."""
    if not _DIGEST:
        digest = hashlib.sha256()
        for package in packages:
            folder = Path(str(package.__file__)).parent  # type: ignore[attr-defined]
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".yaml", ".txt"):
                    digest.update(path.relative_to(folder.parent).as_posix().encode() + path.read_bytes())
        _DIGEST.append(digest.hexdigest())
    return _DIGEST[0]


_DIGEST: list[str] = []
