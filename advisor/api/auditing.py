"""Every request that reads or changes something leaves a line in the audit log, refused ones too."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor import audit
from advisor.access import Principal
from advisor.api.auth import SCOPE_KEY
from advisor.redaction import secrets_of
from advisor.settings import Settings

_DOORS = ("/v1", "/mcp", "/docs")
_QUIET = ("/gradio_api/queue/data", "/gradio_api/heartbeat", "/gradio_api/startup-events")  # ticks of an open page


class Audit:
    """Stands before the guard, so that what it refuses is written down too."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._home = settings.home
        self._secrets = secrets_of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # when nothing was sent

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with audit.noting() as noted:
            try:
                await self._app(scope, receive, sending)
            finally:
                if self._matters(scope, status):
                    principal = scope.get(SCOPE_KEY)
                    who, key = "unknown", None
                    if isinstance(principal, Principal):
                        who, key = principal.name, principal.id
                        noted.clearance = noted.clearance or principal.clearance
                    what = f"{scope['method']} {scope['path']}"
                    audit.record(self._home, who, what, str(status), noted, key=key, secrets=self._secrets)

    def _matters(self, scope: Scope, status: int) -> bool:
        path = scope["path"]
        if path.startswith(_QUIET):
            return status in (401, 403)
        return path.startswith(_DOORS) or scope["method"] not in ("GET", "HEAD") or status in (401, 403)
