"""An OpenAI-compatible endpoint on loopback that says what it is told to and keeps every byte it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Fault = Callable[[BaseHTTPRequestHandler, bool], None]  # (handler, streamed?) answers in its own way


class Stub:
    """`reply` is what the model writes, or what `obey` makes of (system, user); `fault`, when set, answers instead.

    `received` holds all request bytes.
    """

    def __init__(self) -> None:
        self.reply = ""
        self.obey: Callable[[str, str], str] | None = None
        self.fault: Fault | None = None
        self.received = b""
        self.calls = 0
        self.url = ""


def chunk(text: str) -> bytes:
    """A piece of a streamed completion."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


def whole(text: str) -> bytes:
    """A completion in one body."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return json.dumps(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice], "usage": usage}
    ).encode()


def send(handler: BaseHTTPRequestHandler, body: bytes, media: str, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("content-type", media)
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


@contextmanager
def serving() -> Iterator[Stub]:
    """The stub, listening on a free port."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            stub.received += f"{self.path}\n{self.headers}".encode()
            send(self, b'{"object": "list", "data": [{"id": "stub"}]}', "application/json")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            stub.received += f"{self.path}\n{self.headers}".encode() + body
            stub.calls += 1
            asked = json.loads(body)
            streamed = bool(asked.get("stream"))
            reply = stub.reply
            if stub.obey is not None:
                said = {one["role"]: str(one["content"]) for one in asked.get("messages", ())}
                reply = stub.obey(said.get("system", ""), said.get("user", ""))
            try:
                if stub.fault is not None:
                    stub.fault(self, streamed)
                elif streamed:
                    pieces = [reply[i : i + 12] for i in range(0, len(reply), 12)]
                    send(self, b"".join(map(chunk, pieces)) + b"data: [DONE]\n\n", "text/event-stream")
                else:
                    send(self, whole(reply), "application/json")
            except OSError:
                pass  # the caller hung up

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
