"""The encoder alone, in the forms it could be run in: chunks a second, processor time, nearness to the original."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from index import library
from index.embedding import PACKAGED, TorchEmbedder, Vectors
from index.encoding import contextual_text

CHUNKS, ROUNDS = 100, 6
_FORMS = ("torch in f32, batches of 32", "onnxruntime in f32, one by one", "onnxruntime in 8 bits, one by one")


def run(home: Path) -> list[dict[str, float | str]]:
    """A row for each form, on the first chunks of the library of `home`; in turn, least of ROUNDS."""
    torch, onnx = TorchEmbedder(), library.encoder(home, PACKAGED)
    texts = [contextual_text(one.document, chunk) for one in library.stored(home) for chunk in one.chunks][:CHUNKS]
    none: list[list[tuple[int, int]]] = [[]] * len(texts)
    works: tuple[Callable[[], Vectors], ...] = (
        lambda: torch.embed(texts),
        lambda: onnx.embed_spans(texts, none)[0],
        lambda: onnx.embed_chunks(texts, none)[0],
    )
    forms = dict(zip(_FORMS, works, strict=True))
    vectors = {name: work() for name, work in forms.items()}  # what is made at the first call is outside
    best, least = dict.fromkeys(forms, float("inf")), dict.fromkeys(forms, float("inf"))
    for _ in range(ROUNDS):
        for name, work in forms.items():
            started, before = time.perf_counter(), sum(os.times()[:2])
            work()
            best[name] = min(best[name], time.perf_counter() - started)
            least[name] = min(least[name], sum(os.times()[:2]) - before)
    return [
        {
            "form": name,
            "chunks_per_s": len(texts) / best[name],
            "cpu_ms_per_chunk": 1000 * least[name] / len(texts),
            "cosine": float(np.mean((vectors[name] * vectors[_FORMS[0]]).sum(axis=1))),
        }
        for name in forms
    ]
