"""Work in the background, one job at a time: the workspace has one writer.

The queue lives with the process. What was accepted does not: files and journal are on disk before a job is
acknowledged, and the next server takes up what this one did not end.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from advisor import journal
from advisor.access import Principal, Role
from advisor.errors import AdvisorError, BusyError, ConflictError
from advisor.job import Job, State
from advisor.journal import Accepted
from index import lock
from index.document import Label
from index.errors import LibraryError, LibraryLocked

WAITING = 32  # jobs that may wait
KEPT = 500  # jobs that are remembered
LOCKED_S = 600.0  # how long a job waits for another process to finish writing
NICENESS = 19  # of indexing, so that questions asked meanwhile are answered first
_PAUSE_S = 0.5
_log = logging.getLogger(__name__)


class Interrupted(Exception):
    """Raised inside a job that was cancelled or whose server stops."""


@dataclass(eq=False)
class Running:
    """What the work of a job may do to it."""

    job: Job
    owner: Principal
    label: Label  # the most sensitive of what it names
    work: Callable[[Running], None]
    undo: Callable[[], None]  # what came in with it, when it is cancelled or fails
    forget: Callable[[], None]  # that it was accepted
    cancelled: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    def update(self, **changes: object) -> None:
        self.job = self.job.model_copy(update=changes)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tell how far it is. Raises Interrupted when it is to end."""
        if self.cancelled.is_set() or self.stopping.is_set():
            raise Interrupted
        self.update(stage=stage, done=done, total=total)

    def outcome(self, at: int, **changes: object) -> None:
        """What became of the file at a position."""
        files = list(self.job.files)
        files[at] = files[at].model_copy(update=changes)
        self.update(files=tuple(files))

    def end(self, state: State, error: str | None = None) -> None:
        """Over, or left to the next server when this one stops before it is done."""
        if state is State.DONE or not self.stopping.is_set():
            if state is not State.DONE:
                self.undo()
            self.forget()
        self.update(state=state, error=error, ended=datetime.now(UTC))


class Jobs:
    """The queue and its one worker, started by the first job. Thread-safe."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._due = threading.Condition(self._lock)
        self._all: dict[str, Running] = {}
        self._queue: deque[Running] = deque()
        self._worker: threading.Thread | None = None
        self._closed = threading.Event()

    def submit(self, accepted: Accepted, work: Callable[[Running], None], undo: Callable[[], None]) -> Job:
        """Write down that it was accepted and queue it. Raises BusyError when too many wait already, StorageFull.

        One that an earlier server accepted finds room always.
        """
        job = accepted.job
        with self._due:
            if self._closed.is_set():
                raise BusyError("The server is stopping: send it again when it is back.")
            if len(self._queue) >= WAITING and not job.resumed:
                raise BusyError(f"{WAITING} jobs wait already: try again when some are done.")
            if not job.resumed:
                journal.keep(self._home, accepted)
            made = Running(
                job, accepted.owner.principal(), accepted.label, work, undo,
                lambda: journal.forget(self._home, job.id), stopping=self._closed,
            )  # fmt: skip
            self._all[job.id] = made
            self._queue.append(made)
            for old in [key for key, one in self._all.items() if one.job.state.over][: max(0, len(self._all) - KEPT)]:
                del self._all[old]
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="jobs", daemon=True)
                self._worker.start()
            self._due.notify()
        return job

    def check_free(self, document: str = "") -> None:
        """Raises ConflictError, which names what is at work, while another process writes to the workspace, or a job
        of this one is to change the `document`."""
        writer = lock.other(self._home)
        if writer is not None:
            raise ConflictError(f"{writer} is writing to this workspace: send it again when that is done.")
        with self._lock:
            for one in self._all.values():
                changes = one.job.kind in ("delete", "relabel") and not one.job.state.over
                if document and changes and document in [file.document for file in one.job.files]:
                    raise ConflictError(f"{one.job.id} is to {one.job.kind} this document: wait until it is done.")

    def room(self) -> bool:
        """Whether a job would be taken now."""
        with self._lock:
            return len(self._queue) < WAITING and not self._closed.is_set()

    def seen(self, who: Principal) -> list[Job]:
        """The caller's jobs, an admin's also those of others up to their clearance; newest first."""
        with self._lock:
            return [one.job for one in reversed(self._all.values()) if _sees(who, one)]

    def find(self, identity: str, who: Principal) -> Job | None:
        with self._lock:
            found = self._all.get(identity)
            return found.job if found is not None and _sees(who, found) else None

    def cancel(self, identity: str, who: Principal) -> Job | None:
        """End a job; one that is writing its result may be done first. None when the caller sees no such job."""
        with self._lock:
            found = self._all.get(identity)
            if found is None or not _sees(who, found):
                return None
            found.cancelled.set()
            waiting = found in self._queue
            if waiting:
                self._queue.remove(found)
        if waiting:
            found.end(State.CANCELLED)
        return found.job

    def close(self, timeout_s: float = 10.0) -> None:
        """End the running job cleanly and take no more."""
        with self._due:
            self._closed.set()
            self._due.notify()
            worker = self._worker
        if worker is not None:
            worker.join(timeout_s)

    def _run(self) -> None:
        give_way(threading.get_native_id())
        while True:
            with self._due:
                while not self._queue and not self._closed.is_set():
                    self._due.wait()
                if self._closed.is_set():
                    return
                one = self._queue.popleft()
            _work(one)


def give_way(task: int = 0) -> None:
    """Let a process, or on Linux a thread and those it starts, work only when no one else wants the processor."""
    if sys.platform == "linux":  # elsewhere it would slow the answers too, or fail
        os.setpriority(os.PRIO_PROCESS, task, max(NICENESS, os.getpriority(os.PRIO_PROCESS, task)))


def _sees(who: Principal, one: Running) -> bool:
    return one.owner.id == who.id or (who.may(Role.ADMIN) and one.label.rank <= who.clearance.rank)


def _work(one: Running) -> None:
    """Run a job to its end, whatever happens in it; waits while another process writes."""
    until = time.monotonic() + LOCKED_S
    one.update(state=State.RUNNING, started=datetime.now(UTC))
    try:
        while True:
            one.progress("starting", 0, 0)
            try:
                with lock.at_work(f"advisor serve, {one.job.id}"):
                    one.work(one)
                break
            except LibraryLocked:
                if time.monotonic() > until:
                    raise
                one.progress("waiting for another writer", 0, 0)
                one.cancelled.wait(_PAUSE_S)
        one.end(State.DONE)
    except Interrupted:
        one.end(State.CANCELLED)
    except (AdvisorError, LibraryError) as error:
        one.end(State.FAILED, str(error))
    except Exception:  # a worker that dies would leave every later job waiting
        _log.exception("job %s (%s)", one.job.id, one.job.kind)
        one.end(State.FAILED, "It failed unexpectedly: the server's log says why.")
