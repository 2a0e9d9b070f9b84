"""What a plain set-up of other libraries gives on the same pieces of text and the same vectors.

Each module has `build(texts, vectors, embed)`: an index over the pieces, and the search over it. `embed` gives the
unit vector of a question; the encoder is the advisor's own, so that only retrieval differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[str], Vectors]
Search = Callable[[str, int], list[int]]  # question, how many → positions of pieces, best first
Build = Callable[[Sequence[str], Vectors, Embed], Search]

PEERS = {
    "bm25s": "plain_bm25s",
    "FAISS": "plain_faiss",
    "LlamaIndex vectors": "llama_vectors",
    "LlamaIndex citations": "llama_citations",
    "LlamaIndex fusion": "llama_fusion",
    "Chroma": "chroma",
    "txtai hybrid": "txtai_hybrid",
}
