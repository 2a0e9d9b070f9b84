"""What a plain set-up gives: BM25, and a llama-index VectorStoreIndex, on equal-sized chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.metrics import Span
from index.embedding import PACKAGED, model_path

CHUNK_TOKENS = 300  # five of them hold as many characters as five of our passages
OVERLAP_TOKENS = 30


def split(texts: Mapping[str, str]) -> list[tuple[Span, str]]:
    """llama-index's sentence splitter over the stored texts, by path."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP_TOKENS, include_metadata=False)
    pieces = []
    for path, text in texts.items():
        for node in splitter.get_nodes_from_documents([Document(text=text)]):
            content = node.get_content()
            start = getattr(node, "start_char_idx", None)
            start = text.find(content) if start is None else start
            pieces.append((Span(path, start, start + len(content)), content))
    return pieces


def bm25(pieces: Sequence[tuple[Span, str]], questions: Mapping[str, str], k: int) -> dict[str, list[Span]]:
    """bm25s with its own tokenizer and English stop words."""
    import bm25s

    model = bm25s.BM25()
    model.index(bm25s.tokenize([text for _, text in pieces], stopwords="en", show_progress=False), show_progress=False)
    runs = {}
    for name, question in questions.items():
        query = bm25s.tokenize([question], stopwords="en", show_progress=False)
        found, _ = model.retrieve(query, k=min(k, len(pieces)), show_progress=False)
        runs[name] = [pieces[int(i)][0] for i in found[0]]
    return runs


def vector_store(pieces: Sequence[tuple[Span, str]], questions: Mapping[str, str], k: int) -> dict[str, list[Span]]:
    """llama-index's default in-memory vector index with the same embedding model."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    model = HuggingFaceEmbedding(model_name=str(model_path(PACKAGED)), device="cpu")
    nodes = [TextNode(text=text, id_=str(i)) for i, (_, text) in enumerate(pieces)]
    retriever = VectorStoreIndex(nodes, embed_model=model).as_retriever(similarity_top_k=k)
    return {
        name: [pieces[int(hit.node.node_id)][0] for hit in retriever.retrieve(question)]
        for name, question in questions.items()
    }
