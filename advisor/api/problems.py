"""Errors as the caller gets them: problem+json (RFC 9457), and OpenAI's own form on the routes that speak it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from advisor.errors import AdvisorError
from index.errors import LibraryError

OPENAI_PATHS = ("/v1/chat/completions", "/v1/models")


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


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


def map_errors(app: FastAPI) -> None:
    """Every error of ours, and of the framework, as a problem."""

    @app.exception_handler(AdvisorError)
    def bad_question(request: Request, error: Exception) -> JSONResponse:
        return said(request, 422, str(error))

    @app.exception_handler(LibraryError)
    def no_library(request: Request, error: Exception) -> JSONResponse:
        return said(request, 503, str(error))

    @app.exception_handler(RequestValidationError)
    def bad_body(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = [(".".join(map(str, e["loc"][1:])) or "body", e["msg"]) for e in error.errors()]
        return said(request, 422, "; ".join(f"{where}: {what}" for where, what in first), param=first[0][0])

    @app.exception_handler(HTTPException)
    def other(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        param, code = (error.param, error.code) if isinstance(error, OpenAIError) else (None, None)
        return said(request, error.status_code, str(error.detail), param=param, code=code)


def said(
    request: Request, status: int, detail: str, *, param: str | None = None, code: str | None = None
) -> JSONResponse:
    """The response in the form that the route speaks; OpenAI calls a bad body 400."""
    if request.url.path.startswith(OPENAI_PATHS):
        status = 400 if status == 422 else status
        kind = "invalid_request_error" if status < 500 else "server_error"
        body = OpenAIErrorBody(error=OpenAIErrorDetail(message=detail, type=kind, param=param, code=code))
        return JSONResponse(body.model_dump(), status)
    return problem(status, detail)


def problem(status: int, detail: str) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json")
