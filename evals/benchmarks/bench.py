"""Runs the benchmarks; ratios are of one run, on one machine, at one time."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from advisor import Label, Settings
from evals.benchmarks import clients, encoder, everyday, indexing, precision
from evals.campaigns import load
from evals.registry import EvalSet, chosen
from index import generation, library
from index.embedding import PACKAGED, fingerprint
from index.sentences import SentenceVectors, Stored

PARTS = ("sizes", "clients", "load", "indexing", "encoder", "precision", "everyday")
SIZES = (1_000, 10_000, 100_000)
GROWING = (
    "ours_p50_ms", "bare_p50_ms", "ours_cpu_ms", "bare_cpu_ms",
    "open_s", "memory_bytes", "disk_bytes", "build_s", "add_s",
)  # fmt: skip

Say = Callable[[str], None]
Result = dict[str, Any]  # of each part: a row, or a list of rows, of figures by name


def run(
    settings: Settings,
    corpus: Path,
    parts: Sequence[str],
    sizes: Sequence[int],
    work: Path,
    say: Say,
    sets: Sequence[EvalSet] = (),
) -> Result:
    """`work` holds the libraries while they are measured: about 12 kB a chunk. `sets` are for `precision`, beside the
    guidance."""
    work.mkdir(parents=True, exist_ok=True)
    found: Result = {"machine": _machine()}
    with TemporaryDirectory(dir=work) as folder:
        home = Path(folder) / "guidance"
        say(f"indexing {corpus}")
        library.ingest(home, [corpus], label=Label.PUBLIC)
        if "indexing" in parts:
            say("indexing against LlamaIndex and the bare encoder")
            found["indexing"] = indexing.run(Path(folder) / "indexing", corpus)
        if "encoder" in parts:
            say("the encoder alone")
            found["encoder"] = encoder.run(home)
        if "precision" in parts:
            say("retrieval with weights of 8 bits and without")
            every = [*chosen(["guidance"]), *sets]
            found["precision"] = precision.run(settings, every, Path(folder) / "precision", say)
        if "everyday" in parts:
            say("cold and warm questions")
            found["everyday"] = everyday.run(settings.model_copy(update={"home": home}))
        if "clients" in parts:
            say("clients at once")
            found["clients"] = clients.run(home)
        if "load" in parts:
            say("fifty people while the library is indexed again, for three minutes")
            found["load"] = _load(home, Path(folder) / "load")
        if "sizes" in parts:
            rows = []
            for chunks in sizes:
                rows.append(_size(Path(folder) / str(chunks), home, chunks, say))
            found["sizes"] = rows
            found["growth"] = {name: exponent(rows, name) for name in GROWING} if len(rows) > 1 else {}
    return found


def _load(guidance: Path, own: Path) -> dict[str, float]:
    shutil.copytree(guidance, own / "home")
    (own / "notes").mkdir()
    return load.figures(load.run(own / "home", own / "notes"))


def _size(own: Path, guidance: Path, chunks: int, say: Say) -> dict[str, float]:
    own.mkdir()
    _real_vectors(guidance, own / "real.npy")
    shutil.copytree(guidance / "encoder", own / "encoder")
    row: dict[str, float] = {}
    for step in ("build", "search", "add"):
        say(f"{chunks:,} chunks: {step}")
        command = [sys.executable, "-m", "evals.benchmarks.size", step, str(own), str(chunks)]
        row |= json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    shutil.rmtree(own)
    return row | {f"{name}_bytes": row[f"{name}_bytes_per_chunk"] * chunks for name in ("memory", "disk")}


def _real_vectors(guidance: Path, path: Path) -> None:
    """Those of the sentences of a library."""
    folder, manifest = generation.open_library(guidance)
    vectors = SentenceVectors([Stored(one / "sentences") for one in generation.segment_folders(folder, manifest)])
    np.save(path, np.concatenate([vectors.of(chunk) for chunk in range(manifest.chunks)]), allow_pickle=False)


def exponent(rows: Sequence[Mapping[str, float]], name: str) -> float:
    """Slope of log(figure) over log(chunks), by least squares: 0 does not grow, 1 grows as the size does."""
    known = [row for row in rows if row[name] > 0]
    x, y = np.log([row["chunks"] for row in known]), np.log([row[name] for row in known])
    return float(np.polyfit(x, y, 1)[0])


def _machine() -> dict[str, str]:
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in described if line.startswith("model name")]
    return {
        "processor": (names or [platform.processor()])[0],
        "cores": str(os.cpu_count()),
        "load_before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "encoder": fingerprint(PACKAGED),
        "measured": datetime.now(UTC).date().isoformat(),
    }
