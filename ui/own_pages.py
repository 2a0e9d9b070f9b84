"""The state of an open page belongs to whoever opened it.

Gradio keeps it under a `session_hash` that the browser makes up, and gives it to everyone who says that word. Here a
word that one key has used is refused to every other.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.access import Principal
from advisor.api.auth import SCOPE_KEY

REMEMBERED = 100_000  # pages, the latest used
_PREFIX = "/gradio_api/"
_UPLOAD = "/gradio_api/upload"
_IN_PATH = ("heartbeat", "stream")  # /gradio_api/heartbeat/HASH
_LONGEST = 200  # characters of a word


class OwnPages:
    """Stands between the guard and the pages; 403 for the page of another."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()  # session_hash → id of the key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        principal = scope.get(SCOPE_KEY)
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX) or not isinstance(principal, Principal):
            await self._app(scope, receive, send)
            return
        words, form = set(_in_head(scope)), _is_form(scope)
        if scope["method"] == "POST" and not form:
            body, receive = await _read(receive)
            words |= set(_in_body(body))
        own = not form or scope["path"] == _UPLOAD  # other forms hold the word where it is not looked for
        if own and all(self._belongs(word, principal) for word in words):
            await self._app(scope, receive, send)
        else:
            await Response("This page was opened with another key: load it again.", 403)(scope, receive, send)

    def _belongs(self, word: str, principal: Principal) -> bool:
        if len(word) > _LONGEST:
            return False
        with self._lock:
            owner = self._owners.setdefault(word, principal.id)
            self._owners.move_to_end(word)
            while len(self._owners) > REMEMBERED:
                self._owners.popitem(last=False)
        return owner == principal.id


def _in_head(scope: Scope) -> Iterator[str]:
    """The words in path, query and headers."""
    yield from parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
    kind, _, rest = scope["path"].removeprefix(_PREFIX).partition("/")
    if kind in _IN_PATH and rest:
        yield rest.partition("/")[0]
    for name, value in scope["headers"]:
        if name in (b"session_hash", b"x-gradio-session-hash"):
            yield value.decode("latin-1")


def _is_form(scope: Scope) -> bool:
    kind: bytes = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return kind.strip().lower().startswith(b"multipart/")


def _in_body(body: bytes) -> Iterator[str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(said, dict) and isinstance(said.get("session_hash"), str):
        yield said["session_hash"]


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """(the body, which the guard has bounded, a `receive` that gives it again)."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again
