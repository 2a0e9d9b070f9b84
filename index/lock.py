"""The one writer of a workspace.

HOME/lock          held by the writer; the system frees it when the process dies
HOME/writer.json   who that is: {"process", "what", "since"}; a killed writer leaves it behind
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import LibraryLocked, storage_error

WHO = "writer.json"
_work: ContextVar[str] = ContextVar("work", default="another program")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes."""

    process: int
    what: str  # "advisor ingest", "advisor serve, job_…"
    since: str  # "2026-11-27 12:03 UTC"

    def __str__(self) -> str:
        return f"{self.what} (process {self.process}, since {self.since})"


@contextmanager
def at_work(what: str) -> Iterator[None]:
    """What writes inside is told to others as `what`."""
    token = _work.set(what)
    try:
        yield
    finally:
        _work.reset(token)


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Be the writer. Raises LibraryLocked, which says who is; StorageFull, StorageReadOnly."""
    lock = FileLock(home / "lock")
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        who = _noted(home) or "Another process"
        raise LibraryLocked(f"{who} is writing to {home}: wait for it to finish, then run the command again.") from None
    except OSError as error:
        raise storage_error(error, f"The workspace {home}") from error
    me = Writer(os.getpid(), _work.get(), f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    try:
        with suppress(OSError):  # what is to be written will tell of a full disk
            (home / WHO).write_text(json.dumps(asdict(me)), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            (home / WHO).unlink()
        lock.release()


def other(home: Path) -> Writer | None:
    """Another process that is writing now; None when none is."""
    found = _noted(home)
    if found is None or found.process == os.getpid():
        return None
    probe = FileLock(home / "lock")
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return found
    except OSError:
        return None
    probe.release()
    return None


def _noted(home: Path) -> Writer | None:
    try:
        return Writer(**json.loads((home / WHO).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
