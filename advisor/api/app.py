"""The API over one Advisor: ask, documents, health, readiness."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from advisor.access import Access
from advisor.answer import Answer
from advisor.api import assess, inventory, reference, roadmap, size
from advisor.api.auth import Caller, caller
from advisor.api.guard import Guard
from advisor.api.wire import AskRequest, Problem
from advisor.engine import Advisor, workspace_ready
from advisor.errors import AdvisorError
from advisor.events import ClaimHeld, Done, Event, EvidenceCited, Notice, last
from index.document import Label
from index.errors import LibraryError

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(advisor: Advisor) -> FastAPI:
    """The API, with errors as problem+json."""
    app = FastAPI(
        title="Infra Advisor",
        version=version("infra-advisor"),
        description="Answers infrastructure questions from evidence. Every claim cites an exact span.",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(Guard, settings=advisor.settings, access=Access(advisor.settings))

    @app.post("/v1/ask", response_model=Answer, responses={422: {"model": Problem}, 503: {"model": Problem}})
    def ask(body: AskRequest, who: Caller, accept: Annotated[str, Header()] = "") -> Any:
        """The verified answer; with `stream` (or `Accept: text/event-stream`) as server-sent events."""
        events = advisor.stream(body.question, clearance=who.sees(body.clearance), k=body.k, history=body.history)
        if body.stream or "text/event-stream" in accept:
            return StreamingResponse(_sse(events), media_type="text/event-stream")
        return last(events)

    @app.get("/v1/documents")
    def documents(who: Caller, clearance: Annotated[Label | None, Query()] = None) -> dict[str, Any]:
        """The documents the caller may see."""
        listed = advisor.documents(who.sees(clearance))
        return {"generation": advisor.retriever.generation, "count": len(listed), "documents": listed}

    app.include_router(inventory.router(advisor))
    app.include_router(size.router())
    app.include_router(assess.router(advisor))
    app.include_router(roadmap.router(advisor))

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
        problem = workspace_ready(advisor.settings.home)
        if problem:
            return _problem(503, problem)
        return JSONResponse({"status": "ready", "generation": advisor.retriever.generation})

    @app.api_route("/v1/{rest:path}", methods=_METHODS, include_in_schema=False, dependencies=[Depends(caller)])
    def unknown(request: Request) -> None:
        """Before the pages, which are mounted at / and would answer in their own form."""
        other = any(route.matches(request.scope)[0] is Match.PARTIAL for route in app.routes)
        raise HTTPException(405 if other else 404)

    _map_errors(app)
    return app


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


def _map_errors(app: FastAPI) -> None:
    @app.exception_handler(AdvisorError)
    def bad_question(request: Request, error: Exception) -> JSONResponse:
        return _problem(422, str(error))

    @app.exception_handler(LibraryError)
    def no_library(request: Request, error: Exception) -> JSONResponse:
        return _problem(503, str(error))

    @app.exception_handler(RequestValidationError)
    def bad_body(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or 'body'}: {e['msg']}" for e in error.errors())
        return _problem(422, said)

    @app.exception_handler(HTTPException)
    def other(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return _problem(error.status_code, str(error.detail))


def _problem(status: int, detail: str) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json")
