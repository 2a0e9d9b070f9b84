"""Fifty people ask while the library is indexed again: errors, latency of searches, memory of the server.

Each user waits for an answer, thinks for a second on average, and asks again: four searches to one whole answer.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

QUESTIONS = (
    "What is power usage effectiveness?", "InfiniBand or Ethernet for training?", "checkpoint bandwidth",
    "How much memory does mixed-precision Adam need per parameter?", "GPU utilisation", "liquid cooling limits",
    "How do we audit storage throughput before we buy GPUs?", "carbon intensity of the grid",
    "network oversubscription",
    "chargeback of GPU cost", "What is MIG good for?", "Which skills does a platform team need?",
)  # fmt: skip
THINKING_S = 1.0  # mean of an exponential distribution
ASKING = 0.2  # share of whole answers


@dataclass(slots=True)
class Outcome:
    search_s: list[float] = field(default_factory=list)
    ask_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    generations: set[str] = field(default_factory=set)
    memory_mb: list[float] = field(default_factory=list)
    other_load: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def growth(self) -> float:
        """Of resident memory, from the first tenth of the time to the last."""
        tenth = max(len(self.memory_mb) // 10, 1)
        return statistics.median(self.memory_mb[-tenth:]) / statistics.median(self.memory_mb[:tenth]) - 1


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else float("nan")


def figures(outcome: Outcome) -> dict[str, float]:
    """Milliseconds, megabytes and counts of a run."""
    times = {
        f"{name}_p{share}_ms": 1000 * quantile(taken, share / 100)
        for name, taken in {"search": outcome.search_s, "answer": outcome.ask_s}.items()
        for share in (50, 95, 99)
    }
    counts = {"searches": outcome.search_s, "answers": outcome.ask_s, "errors": outcome.errors}
    return (
        times
        | {name: float(len(of)) for name, of in (counts | {"generations": outcome.generations}).items()}
        | {
            "memory_start_mb": outcome.memory_mb[0],
            "memory_end_mb": outcome.memory_mb[-1],
            "growth": outcome.growth,
        }
    )


def run(home: Path, notes: Path, users: int = 50, seconds: float = 180.0, warm_s: float = 15.0) -> Outcome:
    """`home` holds a library of `notes`, which are changed and ingested again all the while."""
    outcome = Outcome(other_load=os.getloadavg())
    with served(home) as (address, process):
        asyncio.run(_ask_all(address, users, warm_s, Outcome(), process.pid))  # caches, threads, first generation
        with _indexed(home, notes):
            asyncio.run(_ask_all(address, users, seconds, outcome, process.pid))
    return outcome


@contextmanager
def served(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"ADVISOR_RATE_PER_MINUTE": "0", "ADVISOR_MAX_REQUESTS": "1000"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", str(port)],
        env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError("the server did not start")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _indexed(home: Path, notes: Path) -> Iterator[None]:
    """A process that changes a note and ingests, again and again, with the priority of `advisor ingest --watch`."""
    code = (
        "import itertools, sys; from pathlib import Path\n"
        "from advisor.jobs import give_way; from index import library\n"
        "give_way()\n"
        "home, notes = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "for turn in itertools.count():\n"
        "    (notes / 'turn.md').write_text(f'# Turn\\n\\nThis note was written for the turn {turn} of the load.\\n')\n"
        "    library.ingest(home, [notes])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home), str(notes)])
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the indexing ended by itself")
    finally:
        process.kill()
        process.wait()


async def _ask_all(address: str, users: int, seconds: float, outcome: Outcome, pid: int) -> None:
    import httpx

    end = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        watching = asyncio.create_task(_watch(pid, outcome))
        await asyncio.gather(*(_user(client, end, outcome, random.Random(number)) for number in range(users)))
        watching.cancel()


async def _user(client: object, end: float, outcome: Outcome, chance: random.Random) -> None:
    import httpx

    assert isinstance(client, httpx.AsyncClient)
    await asyncio.sleep(chance.uniform(0, THINKING_S))
    while time.monotonic() < end:
        question, asking = chance.choice(QUESTIONS), chance.random() < ASKING
        started = time.perf_counter()
        try:
            if asking:
                said = await client.post("/v1/ask", json={"question": question})
            else:
                said = await client.get("/v1/search", params={"q": question})
            (outcome.ask_s if asking else outcome.search_s).append(time.perf_counter() - started)
            if said.status_code == 200:
                outcome.generations.add(said.json()["generation"])
            else:
                outcome.errors.append(f"{said.status_code}: {said.text[:200]}")
        except httpx.HTTPError as error:
            outcome.errors.append(f"{type(error).__name__}: {error}")
        await asyncio.sleep(chance.expovariate(1 / THINKING_S))


async def _watch(pid: int, outcome: Outcome) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    while True:
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page / 1e6
        outcome.memory_mb.append(resident)
        await asyncio.sleep(0.5)
