"""Hostile files, read as an ingest and an import read them: no crash, a reason for each refusal, memory flat."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from advisor.inventory import importing
from index import chunking
from index.embedding import piece_counter
from index.errors import UnreadableDocument
from index.reading.sandbox import Sandbox

Say = Callable[[str], None]
SECRETS = ("root:x:0:0",)  # of files that a document may try to pull in


@dataclass(slots=True)
class Outcome:
    read: int = 0
    refused: dict[str, str] = field(default_factory=dict)  # file → reason
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    memory_mb: tuple[float, float, float] = (0.0, 0.0, 0.0)  # resident before, most, after

    @property
    def tried(self) -> int:
        return self.read + len(self.refused) + len(self.faults)


def read_documents(paths: Iterable[Path], seconds: float = 30.0, say: Say = lambda line: None) -> Outcome:
    """Each file through the sandbox and the chunker, as an ingest does."""
    outcome = Outcome()
    count = piece_counter()
    with Sandbox(seconds) as sandbox, _memory(outcome):
        for path in paths:
            started = time.monotonic()
            try:
                reading = sandbox.read(path.name, path.read_bytes())
                chunks = list(chunking.chunk(reading, count))
                if any(secret in reading.text for secret in SECRETS):
                    outcome.faults.append(f"{path.name}: holds a file of the machine")
                outcome.read += 1
                say(f"read     {path.name}: {len(chunks)} chunks")
            except UnreadableDocument as reason:
                outcome.refused[path.name] = str(reason)
                say(f"refused  {path.name}: {reason}")
            except Exception as fault:  # whatever it is, it is what the campaign looks for
                outcome.faults.append(f"{path.name}: {type(fault).__name__}: {fault}")
            outcome.slowest = max(outcome.slowest, (time.monotonic() - started, path.name))
    outcome.faults += [f"{name}: refused without a reason" for name, reason in outcome.refused.items() if not reason]
    return outcome


def import_feeds(source: Path, store: Path, say: Say = lambda line: None) -> Outcome:
    """All files of a folder in one import, with a sound one among them that must get through."""
    outcome = Outcome()
    (source / "sites.csv").write_text("site,pue,country\nSound,1.2,NO\n")
    started = time.monotonic()
    with _memory(outcome):
        try:
            report = importing.build_store(store, [source], label="public")
        except Exception as fault:  # whatever it is, it is what the campaign looks for
            outcome.faults.append(f"the import stopped: {type(fault).__name__}: {fault}")
            return outcome
    outcome.slowest = (time.monotonic() - started, "all together")
    outcome.read = len(report.read)
    outcome.refused = {Path(path).name: reason for path, reason in report.refused}
    if str(source / "sites.csv") not in report.read:
        outcome.faults.append("the sound feed was not read")
    for name, reason in outcome.refused.items():
        say(f"refused  {name}: {reason[:200]!r}")
    return outcome


def make(kind: str, folder: Path) -> list[Path]:
    """The files of a kind, "documents" or "feeds", made by another process: some need much memory to make."""
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "evals.campaigns.hostile_files", kind, str(folder)], check=True)
    return sorted(folder.iterdir())


@contextmanager
def _memory(outcome: Outcome) -> Iterator[None]:
    """Resident memory of this process before, at most, and after."""
    before = most = resident_mb()
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, resident_mb())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
        outcome.memory_mb = (before, most, resident_mb())


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
