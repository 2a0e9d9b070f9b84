"""The server process: slow heads of requests are cut, and its end lets streams and jobs end first."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # in which the head of a request must be whole
IDLE_S = 15  # that a connection may stay open between two requests
ENDING_S = 10  # that running requests have when the server ends
HEAPS = 2
_M_ARENA_MAX = -8  # of malloc.h


class Protocol(H11Protocol):
    """HTTP/1.1 that does not wait for ever for the head of a request."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _expect(self) -> None:
        """Start the clock when a head is to come, stop it when a request is there."""
        between = self.cycle is None or self.cycle.response_complete
        if between and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self._cut)
        elif not between and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """Tells the streams that it ends before it waits for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        assert isinstance(self.config.app, FastAPI)
        self.config.app.state.stopping.set()
        await super().shutdown(sockets)


def few_heaps() -> None:
    """Let the threads of this process share two heaps.

    glibc gives every thread one of its own, up to eight a core, and what a thread frees stays in its heap: the server
    of a library that changes often would seem to grow (mallopt(3), M_ARENA_MAX).
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library, another system
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS)


def server(app: FastAPI, host: str, port: int, **more: Any) -> Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Protocol,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=ENDING_S,
        **more,
    )
    return Server(config)
