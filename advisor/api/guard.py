"""What stands before every request: host, origin, key, rate, room, size and pace; the headers of every response."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.access import Access
from advisor.api.auth import SCOPE_KEY, key_of
from advisor.api.limits import Rates, Room, TooSlow, bounded, impatient
from advisor.errors import BusyError
from advisor.settings import Settings

OPEN_PATHS = frozenset({"/health", "/ready"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOADS = ("/v1/documents", "/v1/inventory/feeds", "/gradio_api/upload")  # paths that take files
BODY_BYTES = 1024**2  # of any other request
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_API_CSP = "default-src 'none'; frame-ancestors 'none'"
# The pages are Gradio's, which writes its configuration and styles inline. Nothing comes from another host.
_PAGE_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def problem(status: int, detail: str) -> bytes:
    """The body of an `application/problem+json` (RFC 9457)."""
    said = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return json.dumps(said, ensure_ascii=False).encode()


class Guard:
    """Refuses unknown hosts, foreign origins, unknown keys and large bodies; leaves the principal in the scope."""

    def __init__(self, app: ASGIApp, settings: Settings, access: Access) -> None:
        self._app = app
        self._access = access
        self._hosts = _LOOPBACK | {settings.host, *settings.allowed_hosts}
        self._upload_bytes = settings.max_upload_mb * 1024**2
        self._rates = Rates(settings.rate_per_minute)
        self._room = Room(settings.max_requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with_headers = _adding_headers(scope, send)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(scope, with_headers, *refusal)
            return
        limit = self._upload_bytes + BODY_BYTES if scope["path"] in UPLOADS else BODY_BYTES
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > limit:
            await _refuse(scope, with_headers, 413, f"The body may have at most {limit} bytes.")
            return
        if scope["type"] == "websocket" or not scope["path"].startswith(("/v1/", "/mcp")):
            await self._app(scope, bounded(receive, limit), with_headers)  # pages have a queue of their own
            return
        try:
            if self._access.required:
                self._rates.take(scope[SCOPE_KEY])
        except BusyError as error:
            await _refuse(scope, with_headers, 429, str(error), retry_after_s=error.retry_after_s)
            return
        with self._room.inside() as fits:
            if not fits:
                await _refuse(scope, with_headers, 503, "Too many requests at once: try again.", retry_after_s=2)
                return
            with suppress(TooSlow):  # the connection is cut, as the response is not whole
                await self._app(scope, bounded(receive, limit), impatient(with_headers))

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Status and reason when the request may not pass; else the principal is in the scope."""
        if _name(headers.get("host", "")) not in self._hosts:
            return 400, "This host name is not served here: add it to the setting allowed_hosts."
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if origin is not None and changes and urlsplit(origin).netloc != headers.get("host"):
            return 403, "A page of another origin may not call this server."
        principal = self._access.principal(key_of(headers))
        if principal is None and scope["path"] not in OPEN_PATHS:
            return 401, "Send a key that is known here: `Authorization: Bearer KEY` or `X-API-Key: KEY`."
        scope[SCOPE_KEY] = principal
        return None


def _name(host: str) -> str:
    """The host without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _adding_headers(scope: Scope, send: Send) -> Send:
    api = scope["path"].startswith(("/v1", "/mcp"))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [one for one in headers if one.startswith("access-control-")]:
                del headers[name]  # Gradio would let other local pages read
            headers.update(_HEADERS | {"Content-Security-Policy": _API_CSP if api else _PAGE_CSP})
            if api:
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, status: int, detail: str, *, retry_after_s: int | None = None) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Infra Advisor"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": problem(status, detail)})
