"""`kill -9` at random moments of an ingest or an import: what was acknowledged is there, and nothing is mixed."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from advisor.inventory.importing import import_feeds
from advisor.inventory.inventory import Inventory
from index import library, retriever
from index.document import Label
from index.embedding import PACKAGED, Embedder
from index.retriever import Retriever

FILES = 7  # of each kind, rewritten in turn
State = dict[str, str]  # what a workspace holds, by file name


@dataclass(frozen=True, slots=True)
class Outcome:
    kills: int
    acknowledged: int  # runs that ended before the kill
    committed: int  # killed runs whose generation was in force nevertheless
    faults: tuple[str, ...]


class Subject(Protocol):
    """Something that is written into a workspace."""

    def write(self, folder: Path, number: int, version: int) -> None:
        """One file of the sources, in a new version."""

    def wanted(self, folder: Path) -> State:
        """What the workspace holds when all sources are taken in."""

    def held(self, home: Path) -> State:
        """What the workspace holds, after checking that its parts belong together."""

    @property
    def act(self) -> Callable[[Path, Path], object]: ...


class Notes:
    """Guidance notes, by `library.ingest`."""

    def __init__(self) -> None:
        self._embedder: Embedder | None = None

    def write(self, folder: Path, number: int, version: int) -> None:
        text = f"---\nlabel: public\n---\n# Note {number}\n\nNote {number} was revised {version} times by its owner.\n"
        (folder / f"{number}.md").write_text(text)

    def wanted(self, folder: Path) -> State:
        return {path.name: path.read_text() for path in folder.glob("*.md")}

    def held(self, home: Path) -> State:
        manifest, damaged = retriever.verify(home)
        opened = Retriever(home, PACKAGED, self._embedder)
        self._embedder = opened.embedder
        listed = opened.documents()
        assert damaged == [] and sum(chunks for _, chunks in listed) == manifest.chunks == len(opened.texts())
        assert opened.retrieve("who revised the note").passages
        return {Path(one.source).name: one.document.text for one in library.stored(home)}

    act = staticmethod(lambda home, folder: library.ingest(home, [folder]))


class Feeds:
    """Feeds of an inventory, by `import_feeds`."""

    def write(self, folder: Path, number: int, version: int) -> None:
        rows = f"site,kind,country,cooling\nSite {number},datacentre,DE,revision {version}\n"
        (folder / f"sites-{number}.csv").write_text(rows)

    def wanted(self, folder: Path) -> State:
        return {path.name: path.read_text().rpartition(",")[2].strip() for path in folder.glob("*.csv")}

    def held(self, home: Path) -> State:
        assert retriever.verify(home)[1] == []
        inventory = Inventory.open(home, Label.RESTRICTED)
        assert inventory is not None
        try:
            rows = inventory.query("SELECT f.path, o.cooling FROM main.obs_site o JOIN main.feeds f ON f.feed = o.feed")
        finally:
            inventory.close()
        return {Path(path).name: str(cooling) for path, cooling in rows}

    act = staticmethod(lambda home, folder: import_feeds(home, [folder], label="public"))


def _act(subject: str, home: Path, folder: Path) -> None:
    SUBJECTS[subject]().act(home, folder)


SUBJECTS: dict[str, Callable[[], Subject]] = {"notes": Notes, "feeds": Feeds}


def run(home: Path, folder: Path, kind: str, kills: int, seed: int = 7, say: Callable[[str], None] = print) -> Outcome:
    """Rewrite two sources, take them in, kill at a random moment, look; until so many were killed."""
    subject = SUBJECTS[kind]()
    chance = random.Random(seed)
    # Modules are loaded once, so that the kills fall into the work and not into its start.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["evals.campaigns.kills", "onnxruntime", "faiss", "bm25s", "duckdb", "filelock"])
    subject.write(folder, 0, 0)
    _timed(context, kind, home, folder)  # starts the server of the context and makes the first generation
    subject.write(folder, 0, 1)
    usual = _timed(context, kind, home, folder)
    before, killed, acknowledged, committed = subject.held(home), 0, 0, 0
    faults: list[str] = []
    while killed < kills:
        version = killed + acknowledged + 2
        for number in (killed % FILES, (killed + 3) % FILES):
            subject.write(folder, number, version)
        after = subject.wanted(folder)
        process = context.Process(target=_act, args=(kind, home, folder))
        process.start()
        process.join(chance.uniform(0.02, 1.5) * usual)  # one in three may end
        ended = process.exitcode == 0
        if process.exitcode not in (0, None):
            faults.append(f"run {version}: ended by itself with code {process.exitcode}")
            break
        if not ended:
            process.kill()
            killed += 1
        process.join()
        try:
            now = subject.held(home)
        except Exception as fault:  # whatever it is, it is what the campaign looks for
            faults.append(f"kill {killed}: cannot be opened: {type(fault).__name__}: {fault}")
            break
        if now not in (before, after):
            faults.append(f"kill {killed}: a mixture of two generations")
        if ended and now != after:
            faults.append(f"run {version}: acknowledged and gone")
        acknowledged += ended
        committed += not ended and now == after != before
        before = now
        if killed % 25 == 0 and not ended:
            say(f"{kind}: {killed} killed, {acknowledged} acknowledged, {committed} committed though killed")
    return Outcome(killed, acknowledged, committed, tuple(faults))


def _timed(context: multiprocessing.context.ForkServerContext, kind: str, home: Path, folder: Path) -> float:
    """Seconds of one whole run."""
    started = time.monotonic()
    process = context.Process(target=_act, args=(kind, home, folder))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"{kind}: the first run failed")
    return time.monotonic() - started
