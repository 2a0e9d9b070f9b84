"""How long a cold question, a warm request and an ingest take, against what they cannot beat."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import uvicorn

from advisor import Advisor, Label, Settings
from advisor.api.app import create_app
from index import library
from index.embedding import TorchEmbedder
from index.retriever import Retriever

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


def run(settings: Settings, corpus: Path, say: Callable[[str], None]) -> dict[str, float]:
    """All figures; a `ratio` is ours over the reference, in the same run."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        say("indexing, then embedding the same chunks bare …")
        figures = _ingest(home, corpus, settings)
        say("asking from cold processes …")
        figures |= _cold(home)
        say("asking a running server …")
        figures |= _warm(settings.model_copy(update={"home": home}))
    return figures


def _ingest(home: Path, corpus: Path, settings: Settings) -> dict[str, float]:
    """Chunks per second of a whole ingest (reading, embedding, writing) over bare `encode`.

    Loading the model and exporting it once are outside both sides: they do not grow with the corpus.
    """
    embedder = TorchEmbedder(settings.embedding_model)
    embedder.embed(["warm up"])
    export_started = time.perf_counter()
    embedder.export(library.encoder_folder(home, embedder.fingerprint))
    export_seconds = time.perf_counter() - export_started
    loads: list[float] = []
    ratios: list[float] = []
    rates: list[float] = []
    for _ in range(2):
        shutil.rmtree(home / "generations", ignore_errors=True)
        (home / "CURRENT").unlink(missing_ok=True)
        started = time.perf_counter()
        report = library.ingest(home, [corpus], model=settings.embedding_model, label=Label.PUBLIC, embedder=embedder)
        ours = report.embedded / (time.perf_counter() - started)
        texts = Retriever(home, settings.embedding_model).texts()
        started = time.perf_counter()
        embedder.model.encode(texts, show_progress_bar=False)
        bare = len(texts) / (time.perf_counter() - started)
        ratios.append(ours / bare)
        rates.append(ours)
        loads.append(bare)
    return {
        "ingest chunks/s": max(rates),
        "bare encode chunks/s": max(loads),
        "ingest over bare encode (ratio, at least 0.9)": max(ratios),
        "encoder export, once (s)": export_seconds,
    }


def _cold(home: Path) -> dict[str, float]:
    ask = [sys.executable, "-m", "ui.cli", "--home", str(home), "ask", QUESTIONS[0]]
    ours = median(_wall(ask) for _ in range(COLD_RUNS))
    reference = median(_wall([sys.executable, "-c", "import sentence_transformers"]) for _ in range(2))
    return {
        "cold `advisor ask` (s, at most 4)": ours,
        "cold ask over importing sentence-transformers (ratio)": ours / reference,
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
        "warm /v1/ask p50, nothing cached (ms, at most 60)": median(fresh),
        "warm /v1/ask p50, repeated question (ms)": median(repeated),
    }
