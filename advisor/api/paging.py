"""Lists in pages, and answers that are not sent again while nothing has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Header, Query, Request, Response
from starlette.exceptions import HTTPException

MOST = 1000
T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the page before, as it is.")]
IfNoneMatch = Annotated[str | None, Header(description="The `ETag` of what you have; 304 while it has not changed.")]


def page(items: Sequence[T], key: Callable[[T], str], limit: int, cursor: str | None) -> tuple[list[T], str | None]:
    """(the items after the cursor, the next cursor). `items` ascend by `key`; what comes and goes moves no page."""
    left = [one for one in items if cursor is None or key(one) > cursor]
    shown = left[:limit]
    return shown, key(shown[-1]) if len(left) > limit else None


def unchanged(request: Request, response: Response, shown: object) -> None:
    """Set the ETag of what the caller is shown, as JSON. Raises 304 when they have it.

    Of nothing else: a tag of the generation would tell that something above their clearance has changed.
    """
    text = json.dumps([request.url.path, request.url.query, shown], default=str)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Vary": "Authorization, X-API-Key"}  # programs may keep it, caches may not
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        raise HTTPException(304, headers=headers)
    response.headers.update(headers)
