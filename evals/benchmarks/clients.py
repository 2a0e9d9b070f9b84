"""Searches over HTTP by several clients at once, each asking again as soon as it has its answer."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from evals.campaigns.load import quantile, served
from index import library

CLIENTS = (1, 4, 16, 64)
SECONDS = 8.0


def run(home: Path, seconds: float = SECONDS) -> list[dict[str, float]]:
    """A row for each of CLIENTS. Questions are sentences of the library: the server has never embedded them before."""
    sentences = [s.text for one in library.stored(home) for chunk in one.chunks for s in chunk.sentences]
    asked = iter(sentences * 50)
    with served(home) as (address, _):
        asyncio.run(_all(address, 2, 2.0, asked))  # caches, threads
        return [_row(clients, asyncio.run(_all(address, clients, seconds, asked)), seconds) for clients in CLIENTS]


def _row(clients: int, times: list[float], seconds: float) -> dict[str, float]:
    return {
        "clients": clients,
        "searches_per_s": len(times) / seconds,
        "p50_ms": 1000 * quantile(times, 0.5),
        "p95_ms": 1000 * quantile(times, 0.95),
    }


async def _all(address: str, clients: int, seconds: float, asked: object) -> list[float]:
    import httpx

    times: list[float] = []
    end = time.monotonic() + seconds

    async def one(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            started = time.perf_counter()
            said = await client.get("/v1/search", params={"q": next(asked)})  # type: ignore[call-overload]
            said.raise_for_status()
            times.append(time.perf_counter() - started)

    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        await asyncio.gather(*(one(client) for _ in range(clients)))
    return times
