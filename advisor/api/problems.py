"""Errors as the caller gets them: problem+json (RFC 9457), and OpenAI's own form on the routes that speak it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from advisor.errors import AdvisorError, BusyError, ConflictError, NotFoundError
from advisor.redaction import redacted
from index.errors import LibraryError, LibraryLocked, StorageFull, storage_error

PROBLEM = "application/problem+json"
OPENAI_PATHS = ("/v1/chat/completions", "/v1/models")


FORM = "invalid_form"  # OpenAI's `code` where the form of a request is wrong


class Fault(BaseModel):
    """A part of a request whose form is wrong."""

    where: str = Field(description="`body.k`, `query.limit`, … or `body`.")
    what: str


class Problem(BaseModel):
    """RFC 9457; a 422 with `errors` is about the form of the request, one without about what it means."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = Field(None, description="What of the form is wrong; null where the form is right.")


class OpenAIErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIErrorBody(BaseModel):
    """OpenAI's form of an error."""

    error: OpenAIErrorDetail


class OpenAIError(HTTPException):
    """A refusal on a route that speaks OpenAI's form."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(status, message)
        self.param, self.code = param, code


STATUSES: tuple[tuple[type[Exception], int], ...] = (  # the first that fits
    (NotFoundError, 404),
    (ConflictError, 409),
    (BusyError, 429),
    (AdvisorError, 422),
    (LibraryLocked, 409),
    (StorageFull, 507),
    (LibraryError, 503),
)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides its result, for the description of the API."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase} | ({"content": content} if status >= 400 else {})
        for status in statuses
    }


def map_errors(app: FastAPI) -> None:
    """Every error of ours, and of the framework, as a problem."""

    def ours(request: Request, error: Exception) -> Response:
        status = next(status for kind, status in STATUSES if isinstance(error, kind))
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, BusyError) else {}
        return said(request, status, str(error), headers=headers)

    app.exception_handler(AdvisorError)(ours)
    app.exception_handler(LibraryError)(ours)

    @app.exception_handler(RequestValidationError)
    def bad_body(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [Fault(where=".".join(map(str, one["loc"])), what=one["msg"]) for one in error.errors()]
        parts = [one.where.partition(".")[2] or one.where for one in faults]
        detail = "; ".join(f"{part}: {one.what}" for part, one in zip(parts, faults, strict=True))
        return said(request, 422, detail, param=parts[0], code=FORM, faults=faults)

    @app.exception_handler(HTTPException)
    def other(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 304:
            return Response(status_code=304, headers=error.headers)
        if isinstance(error.__cause__, OSError):  # an upload that could not be put aside
            return ours(request, storage_error(error.__cause__, "The upload"))
        param, code = (error.param, error.code) if isinstance(error, OpenAIError) else (None, None)
        return said(request, error.status_code, str(error.detail), param=param, code=code, headers=error.headers)


def said(
    request: Request,
    status: int,
    detail: str,
    *,
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
    faults: list[Fault] | None = None,
) -> Response:
    """The response in the form that the route speaks; OpenAI calls a bad body 400."""
    if request.url.path.startswith(OPENAI_PATHS):
        status = 400 if status == 422 else status
        kind = "invalid_request_error" if status < 500 else "server_error"
        body = OpenAIErrorBody(error=OpenAIErrorDetail(message=detail, type=kind, param=param, code=code))
        return JSONResponse(body.model_dump(), status, headers=headers)
    return problem(status, detail, headers, faults)


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, faults: list[Fault] | None = None
) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=redacted(detail), errors=faults)
    return JSONResponse(body.model_dump(exclude_none=True), status, headers=headers, media_type=PROBLEM)
