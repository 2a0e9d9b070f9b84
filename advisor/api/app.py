"""The API over one Advisor: ask, documents, health, readiness."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from advisor import uploading
from advisor.access import Access
from advisor.answer import Answer
from advisor.api import assess, documents, inventory, jobs, openai, reference, roadmap, size
from advisor.api.auth import Caller, caller
from advisor.api.guard import Guard
from advisor.api.problems import errors, map_errors, problem
from advisor.api.wire import AskRequest
from advisor.engine import Advisor, workspace_ready
from advisor.events import ClaimHeld, Done, Event, EvidenceCited, Notice, last

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(advisor: Advisor) -> FastAPI:
    """The API, with errors as problem+json."""
    mcp = _mcp(advisor)
    app = FastAPI(
        title="Infra Advisor",
        version=version("infra-advisor"),
        description="Answers infrastructure questions from evidence. Every claim cites an exact span.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(advisor, mcp),
    )
    app.add_middleware(Guard, settings=advisor.settings, access=Access(advisor.settings))

    @app.post("/v1/ask", response_model=Answer, responses=errors(422, 503))
    def ask(body: AskRequest, who: Caller, accept: Annotated[str, Header()] = "") -> Any:
        """The verified answer; with `stream` (or `Accept: text/event-stream`) as server-sent events."""
        events = advisor.stream(body.question, clearance=who.sees(body.clearance), k=body.k, history=body.history)
        if body.stream or "text/event-stream" in accept:
            return StreamingResponse(_sse(events), media_type="text/event-stream")
        return last(events)

    app.include_router(documents.router(advisor))
    app.include_router(jobs.router(advisor))
    app.include_router(inventory.router(advisor))
    app.include_router(size.router())
    app.include_router(assess.router(advisor))
    app.include_router(roadmap.router(advisor))
    app.include_router(openai.router(advisor))

    if mcp is not None:
        app.router.routes.append(Route("/mcp", mcp, methods=["POST"], include_in_schema=False))

    @app.get("/docs", include_in_schema=False, dependencies=[Depends(caller)])
    def docs() -> HTMLResponse:
        """The routes and schemas, for people."""
        return HTMLResponse(reference.page(app.openapi()))

    @app.get("/health")
    def health() -> dict[str, str]:
        """The process is up."""
        return {"status": "ok"}

    @app.get("/ready")
    def ready() -> JSONResponse:
        """The library can answer."""
        wanting = workspace_ready(advisor.settings.home)
        if wanting:
            return problem(503, wanting)
        return JSONResponse({"status": "ready", "generation": advisor.retriever.generation})

    @app.api_route("/v1/{rest:path}", methods=_METHODS, include_in_schema=False, dependencies=[Depends(caller)])
    def unknown(request: Request) -> None:
        """Before the pages, which are mounted at / and would answer in their own form."""
        other = any(route.matches(request.scope)[0] is Match.PARTIAL for route in app.routes)
        raise HTTPException(405 if other else 404)

    map_errors(app)
    return app


def _mcp(advisor: Advisor) -> Any:
    """The endpoint at /mcp, or None when the extra is not installed."""
    if find_spec("mcp") is None:
        return None
    from advisor.api.mcp import Endpoint  # takes a third of a second to import

    return Endpoint(advisor)


def _lifespan(advisor: Advisor, mcp: Any) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        uploading.recover(advisor)
        async with mcp.running() if mcp is not None else nullcontext():
            yield
        await run_in_threadpool(advisor.jobs.close)

    return lifespan


def _sse(events: Iterator[Event]) -> Iterator[str]:
    """`notice`, `evidence` and `claim` as they come about, then the whole `answer`."""
    for event in events:
        match event:
            case EvidenceCited():
                yield _event("evidence", event.evidence.model_dump_json())
            case ClaimHeld():
                yield _event("claim", event.claim.model_dump_json())
            case Notice():
                yield _event("notice", json.dumps({"code": event.code, "text": event.text}))
            case Done():
                yield _event("answer", event.answer.model_dump_json())


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
