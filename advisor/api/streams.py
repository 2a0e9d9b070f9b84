"""Server-sent events that end when the server does."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fastapi import Request
from fastapi.responses import StreamingResponse

STOPPING = "The server is stopping: ask again when it is back."


def streamed(request: Request, events: Iterator[str], farewell: str) -> StreamingResponse:
    """`events` as a response; when the server is to stop, `farewell` is the last of them."""
    stopping = request.app.state.stopping

    def told() -> Iterator[str]:
        for event in events:
            if stopping.is_set():
                yield farewell
                return
            yield event

    return StreamingResponse(told(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def sse(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"


def error(detail: str) -> str:
    return sse("error", json.dumps({"detail": detail}))
