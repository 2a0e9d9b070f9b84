"""The API over one Advisor: ask, documents, health, readiness."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount, Route

from advisor import feeding, uploading
from advisor.access import Access, users
from advisor.answer import Answer
from advisor.api import assess, documents, inventory, jobs, metrics, openai, reference, roadmap, sessions, size
from advisor.api.auditing import Audit
from advisor.api.auth import Caller, caller
from advisor.api.description import describe
from advisor.api.guard import Guard
from advisor.api.problems import errors, map_errors, problem
from advisor.api.streams import STOPPING, error, streamed, told
from advisor.api.wire import AskRequest
from advisor.engine import Advisor, workspace_ready
from advisor.events import last
from advisor.sessions import Sessions

_log = logging.getLogger(__name__)
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
    app.state.stopping = threading.Event()
    app.add_middleware(Guard, settings=advisor.settings, access=Access(advisor.settings))
    app.add_middleware(Audit, settings=advisor.settings)  # added last, so it stands before the guard

    @app.post("/v1/ask", response_model=Answer, responses=errors(422, 503))
    def ask(body: AskRequest, who: Caller, request: Request, accept: Annotated[str, Header()] = "") -> Any:
        """The verified answer; with `stream` (or `Accept: text/event-stream`) as server-sent events."""
        events = advisor.stream(body.question, clearance=who.sees(body.clearance), k=body.k, history=body.history)
        if body.stream or "text/event-stream" in accept:
            return streamed(request, told(events), error(STOPPING))
        return last(events)

    app.include_router(documents.router(advisor))
    app.include_router(jobs.router(advisor))
    app.include_router(inventory.router(advisor))
    app.include_router(size.router())
    app.include_router(assess.router(advisor))
    app.include_router(roadmap.router(advisor))
    app.include_router(openai.router(advisor))
    app.include_router(metrics.router(advisor))
    app.include_router(sessions.router(advisor))

    if mcp is not None:
        app.router.routes.append(Route("/mcp", mcp, methods=["POST"], include_in_schema=False))

    @app.get("/docs", include_in_schema=False, dependencies=[Depends(caller)])
    def docs() -> HTMLResponse:
        """The routes and schemas, for people."""
        return HTMLResponse(reference.page(app.openapi()))

    @app.get("/health")
    async def health() -> dict[str, str]:
        """The process is up."""
        return {"status": "ok"}

    @app.get("/ready", responses=errors(503))
    def ready() -> JSONResponse:
        """The library can answer."""
        wanting = workspace_ready(advisor.settings.home)
        if wanting:
            return problem(503, wanting)
        return JSONResponse({"status": "ready", "generation": advisor.retriever.generation})

    unknown_path = "/v1/{rest:path}"

    @app.api_route(unknown_path, methods=_METHODS, include_in_schema=False, dependencies=[Depends(caller)])
    def unknown(request: Request) -> None:
        """Before the pages, which are mounted at / and would answer in their own form."""
        routes = [one for one in app.routes if getattr(one, "path", "") != unknown_path]
        fits = [m for m in _METHODS if any(_answers(one, request, m) for one in routes)]
        raise HTTPException(405, headers={"Allow": ", ".join(fits)}) if fits else HTTPException(404)

    map_errors(app)
    describe(app)
    return app


def _answers(route: BaseRoute, request: Request, method: str) -> bool:
    whole = not isinstance(route, Mount)
    return whole and route.matches({**request.scope, "method": method})[0] is Match.FULL


def _mcp(advisor: Advisor) -> Any:
    """The endpoint at /mcp, or None when the extra is not installed."""
    if find_spec("mcp") is None:
        return None
    from advisor.api.mcp import Endpoint  # takes a third of a second to import

    return Endpoint(advisor)


def _take_up(advisor: Advisor) -> None:
    """What an earlier server, or an earlier version of it, left to be done."""
    home = advisor.settings.home
    uploading.resume(advisor)
    feeding.resume(advisor)
    uploading.recover(advisor)
    try:
        Sessions(home).adopt([(one.id, one.name) for one in users(home)])
    except OSError as error:
        _log.warning("conversations of before could not be given to their keys: %s", error)


def _lifespan(advisor: Advisor, mcp: Any) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _take_up(advisor)
        async with mcp.running() if mcp is not None else nullcontext():
            yield
        app.state.stopping.set()
        await run_in_threadpool(advisor.jobs.close)

    return lifespan
