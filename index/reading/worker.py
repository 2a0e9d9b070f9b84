"""A reader's process: requests in on stdin, answers out on stdout, and nothing else may happen.

A frame is four bytes of length and that much JSON; a request's JSON is followed by the file's bytes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import IO, Any

from index.document import Block, Kind, Reading
from index.errors import UnreadableDocument

_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.remove", "os.rename")


def main(memory_bytes: int, seconds: float) -> None:
    def read(request: dict[str, Any], data: bytes) -> object:
        from index.reading import read_bytes

        return to_json(read_bytes(request["name"], data))

    serve(read, memory_bytes, seconds)


def serve(answer: Callable[[dict[str, Any], bytes], object], memory_bytes: int, seconds: float) -> None:
    """Answer requests until stdin ends. `answer` may raise UnreadableDocument with the reason of a refusal."""
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not get between the replies
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a reader writes no files
    sys.dont_write_bytecode = True
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for nothing
    sys.addaudithook(_forbid)
    while (frame := receive(requests)) is not None:
        request = json.loads(frame)
        data = requests.read(request["size"])
        if len(data) < request["size"]:
            return
        _limit_processor_time(seconds)
        reply: dict[str, object]
        try:
            reply = {"answer": answer(request, data)}
        except UnreadableDocument as error:
            reply = {"refused": str(error)}
        except MemoryError:
            reply = {"memory": True}
        except Exception as error:
            reply = {"refused": f"not readable: {type(error).__name__}: open and save it again"}
        try:
            # Half a surrogate pair is no character and cannot be stored: it becomes a question mark.
            send(replies, json.dumps(reply, separators=(",", ":"), ensure_ascii=False).encode(errors="replace"))
        except MemoryError:
            send(replies, b'{"memory":true}')


def send(stream: IO[bytes], frame: bytes) -> None:
    stream.write(len(frame).to_bytes(4, "big"))
    stream.write(frame)
    stream.flush()


def receive(stream: IO[bytes], most: int = 1 << 32) -> bytes | None:
    """The next frame, None where the stream ends or announces more than `most` bytes."""
    length = stream.read(4)
    if len(length) < 4:
        return None
    size = int.from_bytes(length, "big")
    if size > most:
        return None
    frame = stream.read(size)
    return frame if len(frame) == size else None


def to_json(reading: Reading) -> list[object]:
    blocks = [
        [b.kind.value, b.start, b.end, [edge for run in b.runs for edge in run], b.level, b.rendered, b.page]
        for b in reading.blocks
    ]
    return [reading.text, reading.title, dict(reading.metadata), blocks]


def from_json(value: list[object]) -> Reading:
    text, title, metadata, rows = value
    assert isinstance(text, str) and isinstance(metadata, dict) and isinstance(rows, list)
    assert title is None or isinstance(title, str)
    blocks = tuple(
        Block(Kind(kind), start, end, tuple(zip(runs[::2], runs[1::2], strict=True)), level, rendered, page)
        for kind, start, end, runs, level, rendered, page in rows
    )
    return Reading(text, blocks, title, metadata)


def _limit_processor_time(seconds: float) -> None:
    """For the case that nobody is left to stop a reader that does not end."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not for readers of documents")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
