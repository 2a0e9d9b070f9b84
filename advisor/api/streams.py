"""Server-sent events that end when the server does."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fastapi import Request
from fastapi.responses import StreamingResponse

from advisor.events import ClaimHeld, Done, Event, EvidenceCited, Notice

STOPPING = "The server is stopping: ask again when it is back."


def streamed(request: Request, events: Iterator[str], farewell: str) -> StreamingResponse:
    """`events` as a response; when the server is to stop, `farewell` is the last of them."""
    stopping = request.app.state.stopping

    def until_stopped() -> Iterator[str]:
        for event in events:
            if stopping.is_set():
                yield farewell
                return
            yield event

    return StreamingResponse(until_stopped(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def sse(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"


def error(detail: str) -> str:
    return sse("error", json.dumps({"detail": detail}))


def told(events: Iterator[Event]) -> Iterator[str]:
    """`notice`, `evidence` and `claim` as they come about, then the whole `answer`."""
    for event in events:
        match event:
            case EvidenceCited():
                yield sse("evidence", event.evidence.model_dump_json())
            case ClaimHeld():
                yield sse("claim", event.claim.model_dump_json())
            case Notice():
                yield sse("notice", json.dumps({"code": event.code, "text": event.text}))
            case Done():
                yield sse("answer", event.answer.model_dump_json())
