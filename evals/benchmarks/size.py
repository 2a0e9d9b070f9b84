"""One library of synthetic documents, built or measured in a process of its own, so that memory is its own.

    python -m evals.benchmarks.size build|search|add HOME [CHUNKS]

HOME has `real.npy`, unit vectors of real sentences, and `encoder/`, the exported encoder. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from evals.benchmarks.synthetic import CHUNKS, SyntheticEmbedder, documents, questions
from index import dense, generation, library
from index.dense import DenseIndex
from index.document import Label
from index.embedding import PACKAGED, Vectors, fingerprint
from index.retriever import Retriever

QUESTIONS = 200
WARM = 10  # questions asked before the clock runs
SETTLE_S = 0.02  # before a question: threads that bare FAISS woke spin for a while, and would count as ours
RECALL = 10
BARE_WORDS = 300_000  # chunks up to which bare bm25s is measured: beyond it needs many gigabytes to be built
NAN = float("nan")
ADDED = 5  # documents added one after another
NOTE = "# Added note {n}\n\n" + "\n\n".join(
    f"## Part {part}\n\nRack {part} of hall {{n}} draws {part + 31} kW and is cooled by a rear door. "
    "Its leaf switches have two uplinks each, and the storage keeps checkpoints for nine days. "
    "Whoever changes this writes the reason down."
    for part in range(5)
)


def build(home: Path, chunks: int) -> dict[str, float]:
    """A library of so many chunks; the rate leaves the encoder out."""
    embedder = _embedder(home)
    made = list(documents(chunks))
    started = time.perf_counter()
    library.write(home, PACKAGED, made, embedder)
    return {"chunks": chunks, "build_s": time.perf_counter() - started}


def search(home: Path) -> dict[str, float]:
    """Opening, memory, disk, latency and recall, and in turn with each question bare FAISS and bare bm25s."""
    embedder = _embedder(home)
    asked = questions(_sample(), WARM + QUESTIONS)
    before_kib, before_mapped_kib = _resident_kib("RssAnon"), _resident_kib("RssFile")
    started = time.perf_counter()
    retriever = Retriever(home, PACKAGED, embedder)
    opened = time.perf_counter()
    retriever.retrieve(asked[0])
    first = time.perf_counter()
    for question in asked[1:WARM]:
        retriever.retrieve(question)
    chunks = retriever.manifest.chunks
    disk = sum(int(known["size"]) for known in retriever.manifest.files.values())
    found = {
        "open_s": opened - started,
        "first_question_s": first - opened,
        "memory_bytes_per_chunk": (_resident_kib("RssAnon") - before_kib) * 1024 / chunks,
        "mapped_bytes_per_chunk": (_resident_kib("RssFile") - before_mapped_kib) * 1024 / chunks,
        "disk_bytes_per_chunk": disk / chunks,
    }
    by_vectors = _bare_faiss(_vectors(home))
    by_words = _bare_bm25s(retriever.texts()) if chunks <= BARE_WORDS else None
    timed: dict[str, list[tuple[float, float]]] = {"ours": [], "faiss": [], "bm25s": []}
    recalls = []
    for question in asked[WARM:]:
        vector = embedder.embed([question])
        time.sleep(SETTLE_S)
        timed["ours"].append(_ms(lambda question=question: retriever.retrieve(question)))
        timed["faiss"].append(_ms(lambda vector=vector: by_vectors(vector)))
        timed["bm25s"].append(_ms(lambda question=question: by_words(question)) if by_words else (NAN, NAN))
        near = retriever.nearest(vector[0], RECALL)
        recalls.append(len({*near} & {*by_vectors(vector)}) / RECALL)
    times = {name: np.array(pairs) for name, pairs in timed.items()}
    times["bare"] = times["faiss"] + times["bm25s"]
    for name, pairs in times.items():
        found[f"{name}_p50_ms"], found[f"{name}_cpu_ms"] = (float(one) for one in np.median(pairs, axis=0))
        found[f"{name}_p95_ms"] = float(np.percentile(pairs[:, 0], 95))
    found["over_bare"] = found["ours_p50_ms"] / found["bare_p50_ms"]
    found["cpu_over_bare"] = found["ours_cpu_ms"] / found["bare_cpu_ms"]
    found["recall_at_10"] = float(np.mean(recalls))
    return found


def _vectors(home: Path) -> Vectors:
    """Those of all chunks, in order."""
    folder, manifest = generation.located(home)
    read = [dense.read(path / "dense.faiss") for path in generation.segment_folders(folder, manifest)]
    return DenseIndex(read).vectors(range(manifest.chunks))


def _bare_faiss(vectors: Vectors) -> Callable[[Vectors], list[int]]:
    """A flat index: the ten nearest of a vector, exactly."""
    import faiss

    flat: Any = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    return lambda vector: [int(i) for i in flat.search(vector, RECALL)[1][0]]


def _bare_bm25s(texts: Sequence[str]) -> Callable[[str], object]:
    """bm25s as it comes: ten results for a question."""
    import bm25s

    model: Any = bm25s.BM25()
    model.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)

    def search(question: str) -> object:
        asked = bm25s.tokenize([question], stopwords="en", show_progress=False)
        return model.retrieve(asked, k=RECALL, show_progress=False)

    return search


def add(home: Path) -> dict[str, float]:
    """Seconds to add one document of five sections: reading, embedding by the real encoder, committing."""
    folder = home / "added"
    folder.mkdir(exist_ok=True)
    wall, cpu = [], []
    for number in range(ADDED):
        note = folder / f"{generation.next_name(home)}.md"
        note.write_text(NOTE.format(n=number), encoding="utf-8")
        started, worked = time.perf_counter(), time.process_time()
        report = library.ingest(home, [note], model=PACKAGED, label=Label.PUBLIC)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
        assert len(report.added) == 1, report
    return {"add_s": median(wall), "add_most_s": max(wall), "add_cpu_s": median(cpu)}


def _sample() -> list[str]:
    """Texts that the library of any size has: its first chunks."""
    return [chunk.text for one in documents(100 * CHUNKS) for chunk in one.chunks]


def _embedder(home: Path) -> SyntheticEmbedder:
    return SyntheticEmbedder(home / "real.npy", fingerprint(PACKAGED))


def _ms(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of processors."""
    started, worked = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - worked)


def _resident_kib(kind: str) -> int:
    """Of this process: RssAnon is its own memory, RssFile pages of mapped files, which the system may take back."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition(f"{kind}:")[2].split()[0])


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    given = {
        "build": lambda: build(where, int(sys.argv[3])),
        "search": lambda: search(where),
        "add": lambda: add(where),
    }
    print(json.dumps(given[what]()))
