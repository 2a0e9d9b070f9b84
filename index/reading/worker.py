"""A reader's process: requests in on stdin, answers out on stdout, and nothing else may happen.

A frame is four bytes of length and that much. A request is a frame of JSON and the file's bytes. An answer is any
number of frames, an empty one, and a frame of JSON that says how it ended.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import IO, Any

from index.document import Chunk, Reading
from index.errors import UnreadableDocument

SLICE, _SLICE_CHARACTERS = 256, 500_000  # of a frame, in chunks and in their text
Take = Callable[[bytes], None]
Answer = Callable[[dict[str, Any], bytes, Take], object]  # of a request, the bytes with it, and where frames go
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.remove", "os.rename")


def main(memory_bytes: int, seconds: float) -> None:
    serve(cut, memory_bytes, seconds)


def cut(request: dict[str, Any], data: bytes, give: Take) -> object:
    """Gives a frame with the text of a file and frames with its chunks; says its title, metadata and their number."""
    from index import chunking
    from index.codec import chunk_row
    from index.reading import MAX_CHUNKS, read_bytes

    reading = _storable(read_bytes(request["name"], data))
    give(reading.text.encode())
    chunks = chunking.chunk(reading, _counter(Path(request["tokenizer"])))
    number = len(chunks)
    if number > MAX_CHUNKS:
        raise UnreadableDocument(f"{number:,} passages, more than {MAX_CHUNKS:,}: split the file")
    for part in _slices(chunks):
        give(json.dumps([chunk_row(chunk) for chunk in part], separators=(",", ":"), ensure_ascii=False).encode())
    return [reading.title, dict(reading.metadata), number]


@cache
def _counter(tokenizer: Path) -> Callable[..., Any]:
    from index.chunking import piece_counter

    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # a pool of threads reserves more memory than a reader may have
    return piece_counter(tokenizer)


def _slices(chunks: list[Chunk]) -> Iterator[list[Chunk]]:
    """SLICE chunks each, fewer where they are long; those given are let go."""
    chunks.reverse()
    while chunks:
        part: list[Chunk] = []
        size = 0
        while chunks and len(part) < SLICE and size < _SLICE_CHARACTERS:
            part.append(chunks.pop())
            size += len(part[-1].text)
        yield part


def _storable(reading: Reading) -> Reading:
    """Half a surrogate pair is no character and cannot be stored: it becomes a question mark."""
    blocks = tuple(replace(b, rendered=_whole(b.rendered)) if b.rendered else b for b in reading.blocks)
    return replace(reading, text=_whole(reading.text), blocks=blocks)


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def serve(answer: Answer, memory_bytes: int, seconds: float) -> None:
    """Answer requests until stdin ends, with so much memory and time, and doing nothing but reading."""
    replies = outlet()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a reader writes no files
    sys.dont_write_bytecode = True
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for nothing
    sys.addaudithook(_forbid)

    def limited(request: dict[str, Any], data: bytes, give: Take) -> object:
        _limit_processor_time(seconds)
        return answer(request, data, give)

    converse(limited, replies)


def outlet() -> IO[bytes]:
    """Where answers go, which is stdout; to it nothing else goes from now on."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not get between the replies
    return stream


def converse(answer: Answer, replies: IO[bytes]) -> None:
    """Answer requests until stdin ends. `answer` may give frames before it returns what is answered.

    It may raise UnreadableDocument with the reason of a refusal.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a service is told all at once to end; the parent says when
    requests = sys.stdin.buffer
    while (frame := receive(requests)) is not None:
        request = json.loads(frame)
        data = requests.read(request["size"])
        if len(data) < request["size"]:
            return
        reply: dict[str, object]
        try:
            reply = {"answer": answer(request, data, lambda frame: send(replies, frame))}
        except UnreadableDocument as error:
            reply = {"refused": str(error)}
        except MemoryError:
            reply = {"memory": True}
        except Exception as error:
            reply = {"refused": f"not readable: {type(error).__name__}: open and save it again"}
        send(replies, b"")
        try:
            # Half a surrogate pair, again: here of titles and metadata.
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


def _limit_processor_time(seconds: float) -> None:
    """For the case that nobody is left to stop a reader that does not end, neither with reading nor with cutting."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + 2 * seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not for readers of documents")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
