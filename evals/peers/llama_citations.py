"""LlamaIndex's CitationQueryEngine over its vector index; the model that would write is LlamaIndex's own mock.

The engine cuts what it retrieves into citable nodes of 512 tokens. A piece that is cut counts where it first stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import CitationQueryEngine

from evals.peers import Embed, Search, Vectors
from evals.peers.llama_vectors import index_of


def build(texts: Sequence[str], vectors: Vectors, embed: Embed) -> Search:
    numbers = [{"piece": i} for i in range(len(texts))]  # the engine's citable nodes keep it, and lose the id
    index = index_of(texts, vectors, embed, numbers)
    engines: dict[int, CitationQueryEngine] = {}

    def search(question: str, k: int) -> list[int]:
        if k not in engines:
            engines[k] = CitationQueryEngine.from_args(index, llm=MockLLM(max_tokens=1), similarity_top_k=k)
        found = engines[k].query(question).source_nodes
        return list(dict.fromkeys(int(one.node.metadata["piece"]) for one in found))

    return search
