"""A peer in a process of its own: `python -m evals.peers.process MODULE FOLDER`; any interpreter that has it will do.

FOLDER holds `pieces.json`, `questions.json` and `vectors.npz`; `ranked.json` is written beside them.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from evals.peers import Build


def main(module: str, folder: Path) -> None:
    given = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
    texts = json.loads((folder / "pieces.json").read_text(encoding="utf-8"))
    with np.load(folder / "vectors.npz", allow_pickle=False) as stored:
        vectors, asked = stored["pieces"], dict(zip(given["questions"].values(), stored["questions"], strict=True))
    started = time.perf_counter()
    build: Build = importlib.import_module(f"evals.peers.{module}").build
    loaded = time.perf_counter()
    search = build(texts, vectors, lambda question: asked[question])
    built = time.perf_counter()
    ranked = {identity: search(question, given["k"]) for identity, question in given["questions"].items()}
    costs = {
        "import_s": loaded - started,
        "index_s": built - loaded,  # vectors were given
        "query_ms": 1000 * (time.perf_counter() - built) / max(len(ranked), 1),  # question vectors were given
        "memory_mb": _peak_mb(),
    }
    (folder / "ranked.json").write_text(json.dumps({"ranked": ranked, "costs": costs}), encoding="utf-8")


def _peak_mb() -> float:
    """Largest resident memory of this process; `getrusage` would tell that of its parent where that is larger."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return float(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
