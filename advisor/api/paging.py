"""Lists in pages, and answers that are not sent again while nothing has changed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

MOST = 1000
T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")]
IfNoneMatch = Annotated[str | None, Header(description="The `ETag` of what you have; 304 while it has not changed.")]


def page(items: Sequence[T], key: Callable[[T], str], limit: int, cursor: str | None) -> tuple[list[T], str | None]:
    """(the items after the cursor, the next cursor). `items` ascend by `key`; what comes and goes moves no page."""
    after = _read(cursor) if cursor is not None else None
    left = [one for one in items if after is None or key(one) > after]
    shown = left[:limit]
    return shown, _write(key(shown[-1])) if len(left) > limit else None


def _write(key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read(cursor: str) -> str:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if isinstance(key, str):
            return key
    except (ValueError, binascii.Error, RecursionError):
        pass
    said = {
        "loc": ("query", "cursor"),
        "msg": "this is no cursor of ours: take `next` of a page",
        "type": "value_error",
    }
    raise RequestValidationError([said])


def unchanged(request: Request, response: Response, *parts: str) -> None:
    """Set the ETag for what `parts` (generation, clearance, …) determine. Raises 304 when the caller has it."""
    text = json.dumps([request.url.path, request.url.query, *parts])
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Vary": "Authorization, X-API-Key"}  # programs may keep it, caches may not
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        raise HTTPException(304, headers=headers)
    response.headers.update(headers)
