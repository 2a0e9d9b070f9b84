"""LlamaIndex's VectorStoreIndex as it comes, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import TextNode

from evals.peers import Embed, Search, Vectors


class GivenEmbedding(BaseEmbedding):
    """LlamaIndex's interface to an encoder, around `embed`."""

    _embed: Embed

    def __init__(self, embed: Embed) -> None:
        super().__init__(model_name="given")
        self._embed = embed

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(x) for x in self._embed(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)


def index_of(
    texts: Sequence[str], vectors: Vectors, embed: Embed, metadata: Sequence[dict[str, int]] = ()
) -> VectorStoreIndex:
    nodes = [
        TextNode(text=text, id_=str(i), embedding=[float(x) for x in vector], metadata=metadata[i] if metadata else {})
        for i, (text, vector) in enumerate(zip(texts, vectors, strict=True))
    ]
    return VectorStoreIndex(nodes, embed_model=GivenEmbedding(embed))


def build(texts: Sequence[str], vectors: Vectors, embed: Embed) -> Search:
    index = index_of(texts, vectors, embed)

    def search(question: str, k: int) -> list[int]:
        return [int(hit.node.node_id) for hit in index.as_retriever(similarity_top_k=k).retrieve(question)]

    return search
