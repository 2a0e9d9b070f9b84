"""Documents between reading and writing: their texts and chunks wait on disk, so that memory does not grow with them.

    HOME/generations/.spool-…/documents     for each document: a frame with its text, frames with its chunks

A writer has one of these while it works. What a killed one leaves is swept with the other folders of that kind.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from index.codec import chunk_of, chunk_row
from index.document import Chunk
from index.generation import generations
from index.reading.worker import SLICE, receive, send
from index.records import Stored

Take = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Spooled:
    """A document without text and chunks, and where those lie."""

    one: Stored
    chunks: int
    path: Path
    start: int  # byte of its first frame

    def text(self) -> str:
        return next(self._frames()).decode()

    def read(self) -> Iterator[Chunk]:
        """Its chunks in order, of which few are in memory at a time."""
        frames, left = self._frames(), self.chunks
        next(frames)
        while left:
            rows = json.loads(next(frames))
            left -= len(rows)
            yield from map(chunk_of, rows)

    def _frames(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            while (frame := receive(file)) is not None:
                yield frame


class Spool:
    """Takes documents in; its folder is there from the first one until the end."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder: Path | None = None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # of a full disk; what was left in the buffer is not wanted any more
                self._file.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, fill: Callable[[Take], tuple[Stored, int]]) -> Spooled:
        """What `fill` hands over frame by frame, and then says of it: the document and its number of chunks.

        When it raises, what it handed over is forgotten.
        """
        file = self._open()
        start = file.tell()
        try:
            one, chunks = fill(lambda frame: send(file, frame))
        except BaseException:
            with suppress(OSError):
                file.seek(start)
                file.truncate()
            raise
        return Spooled(one, chunks, Path(file.name), start)

    def put(self, stored: Stored) -> Spooled:
        """A document that is in memory."""

        def fill(take: Take) -> tuple[Stored, int]:
            take(stored.document.text.encode())
            for start in range(0, len(stored.chunks), SLICE):
                rows = [chunk_row(chunk) for chunk in stored.chunks[start : start + SLICE]]
                take(json.dumps(rows, ensure_ascii=False).encode())
            return replace(stored, document=replace(stored.document, text=""), chunks=()), len(stored.chunks)

        return self.add(fill)

    def _open(self) -> IO[bytes]:
        if self._file is None:
            generations(self._home).mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=".spool-", dir=generations(self._home)))
            self._file = (self._folder / "documents").open("wb")
        return self._file
