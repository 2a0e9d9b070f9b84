"""Reads files in a process of its own, which may hang, crash or swell without harm.

One child serves many files. After a file that was too much for it, the next one gets a new child.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer
from types import TracebackType
from typing import Self

import index
from index.document import Reading
from index.errors import UnreadableDocument
from index.reading import MAX_BYTES, read_bytes
from index.reading.worker import from_json, receive, send

# From here `python -m` finds the package however it was installed, and not what lies in the user's folder.
_HOME = Path(index.__file__).resolve().parents[1]


class Sandbox:
    """`read` as `read_bytes`, with limits on time and memory. One file at a time."""

    def __init__(self, seconds: float = 30.0, memory_bytes: int = 2 * 1024**3) -> None:
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

    def read(self, name: str, data: bytes) -> Reading:
        """The reading of a file. Raises UnreadableDocument only."""
        if len(data) > MAX_BYTES:
            return read_bytes(name, data)  # which refuses it unread
        with self._lock:
            try:
                reply = self._ask(name, data)
            except BaseException:  # also an interrupt: the child's answer would be taken for the next file's
                self._stop()
                raise
        if "reading" in reply:
            return from_json(reply["reading"])
        raise UnreadableDocument(str(reply["refused"]))

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask(self, name: str, data: bytes) -> dict[str, list[object]]:
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
            send(child.stdin, json.dumps({"name": name, "size": len(data)}).encode())
            child.stdin.write(data)
            child.stdin.flush()
            frame = receive(child.stdout)
        except BrokenPipeError:
            pass  # the child is gone; why is found out below
        finally:
            timer.cancel()
        if frame is None or late:
            if late:
                raise UnreadableDocument(f"took longer than {self._seconds:g} s to read: split or simplify it")
            raise UnreadableDocument("the reader crashed on this file: open and save it again")
        reply: dict[str, list[object]] = json.loads(frame)
        if "memory" in reply:
            raise UnreadableDocument(f"needed more than {self._memory / 1024**3:g} GB of memory: split it")
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "index.reading.worker", str(self._memory), str(self._seconds)],
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
