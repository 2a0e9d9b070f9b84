"""Chroma in memory: its HNSW index with cosine distance and its own settings."""

from __future__ import annotations

from collections.abc import Sequence

import chromadb
from chromadb.config import Settings

from evals.peers import Embed, Search, Vectors

BATCH = 5000  # Chroma takes no more at once


def build(texts: Sequence[str], vectors: Vectors, embed: Embed) -> Search:
    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    pieces = client.create_collection("pieces", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None)
    for start in range(0, len(texts), BATCH):
        ids = [str(i) for i in range(start, min(start + BATCH, len(texts)))]
        part = slice(start, start + BATCH)
        pieces.add(ids=ids, embeddings=vectors[part], documents=list(texts[part]))

    def search(question: str, k: int) -> list[int]:
        found = pieces.query(query_embeddings=embed(question)[None], n_results=min(k, len(texts)), include=[])
        return [int(one) for one in found["ids"][0]]

    return search
