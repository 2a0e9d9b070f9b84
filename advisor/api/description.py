"""The description of the API: what any route may answer besides its own, and how a caller is known."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from advisor.api.problems import OPENAI_PATHS, PROBLEM, Problem, errors
from advisor.api.size import EITHER

_ANY = (400, 401, 403, 408, 413, 422, 429, 503)  # host, key, origin, slow or large bodies, parameters, rate, room
STREAMS = {  # path → names of its server-sent events
    "/v1/ask": ("notice", "evidence", "claim", "answer", "error"),
    "/v1/chat/completions": ("message",),
    "/v1/sessions/{identity}/ask": ("notice", "evidence", "claim", "answer", "error"),
    "/v1/roadmap": ("progress", "roadmap", "error"),
}
_DOCUMENT, _JOB, _SESSION = "/v1/documents/{identity}", "/v1/jobs/{identity}", "/v1/sessions/{identity}"
LINKS = {  # what answers → where in the answer the identity stands, and what it is good for
    "POST /v1/sessions": (
        "/id",
        ["GET " + _SESSION, f"POST {_SESSION}/ask", f"GET {_SESSION}/export", "DELETE " + _SESSION],
    ),
    "GET /v1/sessions": ("/sessions/0/id", ["GET " + _SESSION]),
    "GET /v1/documents": ("/documents/0/id", ["GET " + _DOCUMENT, "PATCH " + _DOCUMENT, "DELETE " + _DOCUMENT]),
    "POST /v1/documents": ("/id", ["GET " + _JOB, "DELETE " + _JOB]),
    "POST /v1/inventory/feeds": ("/id", ["GET " + _JOB, "DELETE " + _JOB]),
    f"PATCH {_DOCUMENT}": ("/id", ["GET " + _JOB]),
    f"DELETE {_DOCUMENT}": ("/id", ["GET " + _JOB]),
    "GET /v1/jobs": ("/jobs/0/id", ["GET " + _JOB]),
    "GET /v1/models": ("/data/0/id", ["GET /v1/models/{name}"]),
}
_FILES = {  # path that takes files → name and contents of one, as an example
    "/v1/documents": ("cooling.md", "# Cooling\n\nRear-door heat exchangers remove fifty kilowatts from a rack.\n"),
    "/v1/inventory/feeds": ("sites.csv", "site,kind,country,pue\nOslo,datacentre,NO,1.2\n"),
}
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `advisor keys create`."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` tell the whole: also what stands before the routes."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            body = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            parts = body.setdefault("components", {})
            known = parts.setdefault("schemas", {})
            known.pop("HTTPValidationError", None)
            known.pop("ValidationError", None)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            known["SizeBody"]["oneOf"] = EITHER
            known |= problem.pop("$defs") | {"Problem": problem}
            parts["securitySchemes"] = _KEYS
            for path, methods in body["paths"].items():
                for operation in methods.values():
                    _complete(path, operation)
            for path, (name, contents) in _FILES.items():
                form = body["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]
                disposition = {"schema": {"type": "string"}, "example": f'form-data; name="files"; filename="{name}"'}
                form["encoding"] = {"files": {"headers": {"Content-Disposition": disposition}}}
                form["example"] = {"files": [contents], "label": "internal"}
            _link(body["paths"])
            app.openapi_schema = body
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]


def _complete(path: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if not path.startswith("/v1/"):
        answers.update({str(status): one for status, one in errors(400).items()})
        return
    if path in STREAMS and "200" in answers:
        answers["200"].setdefault("content", {})["text/event-stream"] = {"schema": _event(STREAMS[path])}
    operation["security"] = [{name: []} for name in _KEYS]
    for status, one in errors(*_ANY).items():
        known = answers.get(str(status), {})
        if str(status) == "422" and "application/json" in known.get("content", {}):
            known = {}  # the framework's own form, which is not ours
        if path.startswith(OPENAI_PATHS):
            known.setdefault("description", one["description"])
            known.setdefault("content", {}).update(one["content"])
            known["content"].setdefault(
                "application/json", {"schema": {"$ref": "#/components/schemas/OpenAIErrorBody"}}
            )
        answers[str(status)] = known or one
    assert PROBLEM in answers["422"]["content"]


def _link(paths: dict[str, Any]) -> None:
    """Tell of what an answer identifies, for people and for programs that follow links."""
    for source, (place, targets) in LINKS.items():
        method, _, path = source.partition(" ")
        answers = paths[path][method.lower()]["responses"]
        done = next(one for status, one in answers.items() if status.startswith("2"))
        for target in targets:
            verb, _, there = target.partition(" ")
            operation = paths[there][verb.lower()]
            name = next(one["name"] for one in operation["parameters"] if one["in"] == "path")
            done.setdefault("links", {})[operation["operationId"]] = {
                "operationId": operation["operationId"],
                "parameters": {name: f"$response.body#{place}"},
            }


def _event(names: tuple[str, ...]) -> dict[str, Any]:
    """A server-sent event; its data is JSON, or `[DONE]` at the end of a chat completion."""
    named = {"type": "string", "enum": list(names)}
    data = {"type": "string", "contentMediaType": "application/json"}
    return {"type": "object", "properties": {"event": named, "data": data}, "required": ["data"]}
