"""bm25s as it comes: its own tokenizer, English stop words, k1 1.5, b 0.75."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s

from evals.peers import Embed, Search, Vectors


def build(texts: Sequence[str], vectors: Vectors, embed: Embed) -> Search:
    model = bm25s.BM25()
    model.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)

    def search(question: str, k: int) -> list[int]:
        asked = bm25s.tokenize([question], stopwords="en", show_progress=False)
        found, scores = model.retrieve(asked, k=min(k, len(texts)), show_progress=False)
        return [int(i) for i, score in zip(found[0], scores[0], strict=True) if score > 0]

    return search
