"""Reads files in a process of its own, which may hang, crash or swell without harm.

One child serves many files. After a file that was too much for it, the next one gets a new child.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import TIMEOUT_MAX, Lock, Timer
from types import TracebackType
from typing import Any, Self

import index
from index.errors import UnreadableDocument
from index.reading import MAX_BYTES, read_bytes
from index.reading.worker import Take, receive, send

# From here `python -m` finds the package however it was installed, and not what lies in the user's folder.
_HOME = Path(index.__file__).resolve().parents[1]
MAX_REPLY = 256 * 1024**2  # bytes of an answer, all its frames together, that this process takes in
LATER = 4  # times the limit that a frame may take when one came already: of a text that was read, cutting has an end


@dataclass(frozen=True, slots=True)
class Cut:
    """What is said of a file besides its text and its chunks."""

    title: str | None
    metadata: Mapping[str, object]
    chunks: int


class Child:
    """A process that answers requests, under limits of time and memory. One request at a time.

    `module` is run with both limits as arguments and calls `index.reading.worker.serve`, or `converse` when there are
    none (`math.inf`, `resource.RLIM_INFINITY`). `leads` a group of processes, with its own children, that is ended
    with it; the child of a child does not.
    """

    def __init__(self, module: str, seconds: float, memory_bytes: int, *, leads: bool = True) -> None:
        self._module = module
        self._seconds = seconds
        self._memory = memory_bytes
        self._leads = leads
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, request: Mapping[str, object], data: bytes = b"", take: Take = lambda frame: None) -> Any:
        """The answer to a request; frames before it go to `take` as they come. Raises UnreadableDocument only.

        (And what `take` raises. The limit of time is that of the first frame; later ones may take LATER times as long.)
        """
        with self._lock:
            try:
                reply = self._ask(request, data, take)
            except BaseException:  # also an interrupt: the child's answer would be taken for the next file's
                self._stop()
                raise
        if "answer" in reply:
            return reply["answer"]
        raise UnreadableDocument(str(reply["refused"]))

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask(self, request: Mapping[str, object], data: bytes, take: Take) -> dict[str, Any]:
        if self._child is not None and self._child.poll() is not None:
            self._stop()  # it died between two files
        child = self._child or self._start()
        assert child.stdin is not None and child.stdout is not None
        with self._timed(child, self._seconds):
            send(child.stdin, json.dumps({**request, "size": len(data)}).encode())
            child.stdin.write(data)
            child.stdin.flush()
            frame = receive(child.stdout, MAX_REPLY)
        left = MAX_REPLY
        while frame:
            take(frame)
            left -= len(frame)
            with self._timed(child, LATER * self._seconds):
                frame = receive(child.stdout, left)
        with self._timed(child, self._seconds):
            frame = None if frame is None else receive(child.stdout, left)
        if frame is None:
            raise UnreadableDocument("the reader crashed on this file: open and save it again")
        reply: dict[str, Any] = json.loads(frame)
        if "memory" in reply:
            raise UnreadableDocument(f"needed more than {self._memory / 1024**3:g} GB of memory: split it")
        return reply

    @contextmanager
    def _timed(self, child: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
        """Ends the child when what is done with it takes too long."""
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            child.kill()

        timer = Timer(min(seconds, TIMEOUT_MAX), stop)
        timer.daemon = True
        timer.start()
        try:
            with suppress(BrokenPipeError):  # the child is gone; no frame will come
                yield
        finally:
            timer.cancel()
        if late:
            raise UnreadableDocument(f"took longer than {seconds:g} s to read: split or simplify it")

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-m", self._module, str(self._memory), str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_HOME,
            start_new_session=self._leads,  # Ctrl-C is for the parent, which then ends the child
        )
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if self._leads and child.returncode is None:
            with suppress(OSError):  # the group is gone already
                os.killpg(child.pid, signal.SIGKILL)
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class Sandbox(Child):
    """Reads and cuts files in a child."""

    def __init__(self, tokenizer: Path, seconds: float = 30.0, memory_bytes: int = 2 * 1024**3) -> None:
        """`tokenizer`: the file by which word pieces are counted."""
        super().__init__("index.reading.worker", seconds, memory_bytes)
        self._tokenizer = tokenizer

    def cut(self, name: str, data: bytes, take: Take) -> Cut:
        """The text of a file and then its chunks, frame by frame, to `take`. Raises UnreadableDocument only."""
        if len(data) > MAX_BYTES:
            read_bytes(name, data)  # which refuses it unread
        title, metadata, chunks = self.ask({"name": name, "tokenizer": str(self._tokenizer)}, data, take)
        if not chunks:
            raise UnreadableDocument("holds no sentences to cite: only headings or markup")
        return Cut(title, metadata, chunks)
