"""The caller of a route. Every route below /v1 depends on `Caller`, `Editor` or `Admin`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from advisor.access import Principal, Role

SCOPE_KEY = "advisor.principal"  # where the guard leaves the principal for routes and pages


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key of a request: `Authorization: Bearer KEY`, `X-API-Key: KEY`, or, for browsers, a Basic password."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return None
    return headers.get("x-api-key")


def caller(request: Request) -> Principal:
    """Whoever calls; the guard has checked the key."""
    principal = request.scope[SCOPE_KEY]
    assert isinstance(principal, Principal)
    return principal


def editor(request: Request) -> Principal:
    return _at_least(Role.EDITOR, caller(request))


def admin(request: Request) -> Principal:
    return _at_least(Role.ADMIN, caller(request))


def _at_least(role: Role, principal: Principal) -> Principal:
    if not principal.may(role):
        raise HTTPException(403, f"This needs the role {role}; {principal.name} is {principal.role}.")
    return principal


Caller = Annotated[Principal, Depends(caller)]
Editor = Annotated[Principal, Depends(editor)]
Admin = Annotated[Principal, Depends(admin)]
