"""How long a question takes from a cold process and from a running server."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import httpx
import uvicorn

from advisor import Advisor, Settings
from advisor.api.app import create_app

QUESTIONS = (
    "What is power usage effectiveness?",
    "How do we audit storage throughput before buying GPUs?",
    "InfiniBand or Ethernet for a small cluster?",
    "How much memory does mixed-precision training need per parameter?",
    "Which roles does an AI platform need?",
    "What does the moon taste of?",
)
COLD_RUNS = 5
WARM_ROUNDS = 20


def run(settings: Settings) -> dict[str, float]:
    """A cold process that answers one question, and a server that answers many, on the library of `settings.home`."""
    return _cold(settings.home) | _warm(settings)


def _cold(home: Path) -> dict[str, float]:
    ask = [sys.executable, "-m", "ui.cli", "--home", str(home), "ask", QUESTIONS[0]]
    ours = median(_wall(ask) for _ in range(COLD_RUNS))
    reference = median(_wall([sys.executable, "-c", "import sentence_transformers"]) for _ in range(2))
    return {
        "cold_ask_s": ours,
        "import_sentence_transformers_s": reference,
    }


def _wall(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _warm(settings: Settings) -> dict[str, float]:
    advisor = Advisor.open(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(advisor), port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    fresh: list[float] = []
    repeated: list[float] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        client.post("/v1/ask", json={"question": "warm up"})
        for turn in range(WARM_ROUNDS):
            for question in QUESTIONS:
                if turn % 2 == 0:
                    advisor.retriever.forget()
                started = time.perf_counter()
                client.post("/v1/ask", json={"question": question}).raise_for_status()
                (fresh if turn % 2 == 0 else repeated).append((time.perf_counter() - started) * 1000)
    server.should_exit = True
    return {
        "warm_ask_ms": median(fresh),
        "repeated_ask_ms": median(repeated),
    }
