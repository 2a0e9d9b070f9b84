"""Reads files in a process of its own, which may hang, crash or swell without harm.

One child serves many files. After a file that was too much for it, the next one gets a new child.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self

import index
from index.document import Reading
from index.errors import UnreadableDocument
from index.reading import MAX_BYTES, read_bytes
from index.reading.worker import from_json, receive, send

# From here `python -m` finds the package however it was installed, and not what lies in the user's folder.
_HOME = Path(index.__file__).resolve().parents[1]
MAX_REPLY = 256 * 1024**2  # bytes of an answer that this process takes in


class Child:
    """A process that answers requests, under limits of time and memory. One request at a time.

    `module` is run with both limits as arguments and calls `index.reading.worker.serve`.
    """

    def __init__(self, module: str, seconds: float, memory_bytes: int) -> None:
        self._module = module
        self._seconds = seconds
        self._memory = memory_bytes
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, request: Mapping[str, object], data: bytes = b"") -> Any:
        """The answer to a request. Raises UnreadableDocument only."""
        with self._lock:
            try:
                reply = self._ask(request, data)
            except BaseException:  # also an interrupt: the child's answer would be taken for the next file's
                self._stop()
                raise
        if "answer" in reply:
            return reply["answer"]
        raise UnreadableDocument(str(reply["refused"]))

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask(self, request: Mapping[str, object], data: bytes) -> dict[str, Any]:
        if self._child is not None and self._child.poll() is not None:
            self._stop()  # it died between two files
        child = self._child or self._start()
        assert child.stdin is not None and child.stdout is not None
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            child.kill()

        timer = Timer(self._seconds, stop)
        timer.daemon = True
        timer.start()
        frame = None
        try:
            send(child.stdin, json.dumps({**request, "size": len(data)}).encode())
            child.stdin.write(data)
            child.stdin.flush()
            frame = receive(child.stdout, MAX_REPLY)
        except BrokenPipeError:
            pass  # the child is gone; why is found out below
        finally:
            timer.cancel()
        if frame is None or late:
            if late:
                raise UnreadableDocument(f"took longer than {self._seconds:g} s to read: split or simplify it")
            raise UnreadableDocument("the reader crashed on this file: open and save it again")
        reply: dict[str, Any] = json.loads(frame)
        if "memory" in reply:
            raise UnreadableDocument(f"needed more than {self._memory / 1024**3:g} GB of memory: split it")
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-m", self._module, str(self._memory), str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_HOME,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends the child
        )
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Sandbox(Child):
    """`read` as `read_bytes`, in a child."""

    def __init__(self, seconds: float = 30.0, memory_bytes: int = 2 * 1024**3) -> None:
        super().__init__("index.reading.worker", seconds, memory_bytes)

    def read(self, name: str, data: bytes) -> Reading:
        """The reading of a file. Raises UnreadableDocument only."""
        if len(data) > MAX_BYTES:
            return read_bytes(name, data)  # which refuses it unread
        return from_json(self.ask({"name": name}, data))
