"""How much, how often and how slowly may be asked: bodies, rates, requests at once, clients that stall."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Send

from advisor.access import Principal
from advisor.errors import BusyError

GRACE_S = 20.0  # in which a client need not have sent or read anything
BYTES_PER_S = 20_000  # that a body must come in with, on the average after the grace


class Rates:
    """A bucket of tokens for each principal: full at first, refilled steadily. Thread-safe."""

    def __init__(self, per_minute: int) -> None:
        self._refill_per_s = per_minute / 60
        self._size = max(10.0, per_minute / 6)
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # tokens, when

    def take(self, who: Principal) -> None:
        """Raises BusyError when the principal has none left."""
        if not self._refill_per_s:
            return
        now, key = time.monotonic(), who.id
        with self._lock:
            left, before = self._left.get(key, (self._size, now))
            left = min(self._size, left + (now - before) * self._refill_per_s)
            if left < 1:
                wait_s = math.ceil((1 - left) / self._refill_per_s)
                raise BusyError("Too many requests with this key: wait, then send it again.", retry_after_s=wait_s)
            self._left[key] = (left - 1, now)


class Room:
    """How many requests are worked on at once. Thread-safe."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._inside = 0

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """Whether there was room; it is held until the end."""
        with self._lock:
            fits = self._inside < self._size
            self._inside += fits
        try:
            yield fits
        finally:
            with self._lock:
                self._inside -= fits


def bounded(receive: Receive, limit: int) -> Receive:
    """Cuts a body that is longer than `limit` bytes or comes too slowly; HTTPException is what frameworks pass on."""
    started, seen, whole = time.monotonic(), 0, False

    async def receiving() -> Message:
        nonlocal seen, whole
        if whole:
            return await receive()  # it says when the client has gone
        left_s = GRACE_S + seen / BYTES_PER_S - (time.monotonic() - started)
        try:
            async with asyncio.timeout(max(left_s, 0.0)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, "The body came too slowly: send it again.", {"Connection": "close"}) from None
        seen += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if seen > limit:
            raise HTTPException(413, f"The body may have at most {limit} bytes.")
        return message

    return receiving


class TooSlow(Exception):
    """The client does not read what it asked for."""


def impatient(send: Send) -> Send:
    """Gives up on a client that does not read."""

    async def sending(message: Message) -> None:
        try:
            async with asyncio.timeout(GRACE_S):
                await send(message)
        except TimeoutError:
            raise TooSlow from None

    return sending
