"""LlamaIndex's QueryFusionRetriever: its vector index and its BM25 retriever by reciprocal rank, no query rewriting."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.retrievers.bm25 import BM25Retriever

from evals.peers import Embed, Search, Vectors
from evals.peers.llama_vectors import index_of

DEEPER = 2  # of what is asked for, from each side before they are fused


def build(texts: Sequence[str], vectors: Vectors, embed: Embed) -> Search:
    index = index_of(texts, vectors, embed)
    nodes = list(index.docstore.docs.values())

    def search(question: str, k: int) -> list[int]:
        deep = min(DEEPER * k, len(texts))
        sides = [index.as_retriever(similarity_top_k=deep), worded(deep)]
        fused = QueryFusionRetriever(
            sides,
            llm=MockLLM(),
            similarity_top_k=k,
            num_queries=1,
            mode=FUSION_MODES.RECIPROCAL_RANK,
            use_async=False,
        )
        return [int(hit.node.node_id) for hit in fused.retrieve(question)]

    made: dict[int, BM25Retriever] = {}

    def worded(deep: int) -> BM25Retriever:
        if deep not in made:
            made[deep] = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=deep, verbose=False)
        return made[deep]

    return search
