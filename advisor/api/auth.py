"""One shared key in front of everything but the health checks."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN_PATHS = frozenset({"/health", "/ready"})


class RequireKey:
    """Lets a request pass with `Authorization: Bearer KEY`, `X-API-Key: KEY`, or, for browsers, Basic."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or self._known(scope):
            await self._app(scope, receive, send)
            return
        body = {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "Send the API key."}
        headers = {"WWW-Authenticate": 'Basic realm="Infra Advisor"'}
        await JSONResponse(body, 401, headers, "application/problem+json")(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        headers = {name.lower(): value for name, value in scope.get("headers", [])}
        given = headers.get(b"x-api-key", b"")
        scheme, _, rest = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer":
            given = rest.strip()
        elif scheme.lower() == b"basic":
            try:
                given = base64.b64decode(rest, validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return False
        return hmac.compare_digest(given, self._key)
