"""How fast documents are indexed: ours, LlamaIndex's default pipeline and the bare encoder, the same encoder in all.

`SentenceSplitter` cuts pieces of up to 1,024 tokens, of which this encoder reads the first 256. So there are two
comparisons: the same documents through each whole pipeline, where LlamaIndex encodes only a part of the text, and the
same pieces of text, which asks who handles the encoder better.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from index import library
from index.document import Label
from index.embedding import PACKAGED, Embedder, TorchEmbedder, model_path, tokenizer_path
from index.encoding import contextual_text

ROUNDS = 2
DOCUMENTS = 30  # of the corpus, first by name: enough that starting a reader, 0.3 s, is not what is measured
READ_TOKENS = 256


def run(home: Path, corpus: Path) -> dict[str, float]:
    """Best of ROUNDS, in turn. Loading models and exporting ours, once a workspace, are outside all sides."""
    embedder, bare = library.encoder(home, PACKAGED), TorchEmbedder().model
    files = sorted(path for path in corpus.rglob("*") if path.suffix == ".md")[:DOCUMENTS]
    _ours(home, files, embedder)
    stored = library.stored(home)
    texts = [contextual_text(one.document, chunk) for one in stored for chunk in one.chunks]
    characters = sum(len(one.document.text) for one in stored)
    default = _llama(os.fspath(model_path(PACKAGED)))
    seconds: dict[str, list[float]] = {}
    worked: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, work in {
            "ours": lambda: _ours(home, files, embedder),
            "llama_documents": lambda: default([one.document.text for one in stored]),
            "llama_pieces": lambda: default(texts, split=False),
            "bare": lambda: bare.encode(texts, show_progress_bar=False),
        }.items():
            started, before = time.perf_counter(), _cpu_s()
            work()
            worked.setdefault(name, []).append(_cpu_s() - before)
            seconds.setdefault(name, []).append(time.perf_counter() - started)
    best = {name: min(times) for name, times in seconds.items()}
    least = {name: min(times) for name, times in worked.items()}
    share = _share_read([one.document.text for one in stored])
    return {
        "chunks": len(texts),
        "ours_chunks_per_s": len(texts) / best["ours"],
        "bare_chunks_per_s": len(texts) / best["bare"],
        "llama_pieces_per_s": len(texts) / best["llama_pieces"],
        "ours_kchars_per_s": characters / 1000 / best["ours"],
        "llama_kchars_per_s": characters / 1000 / best["llama_documents"],
        "over_llama_same_pieces": best["llama_pieces"] / best["ours"],
        "over_llama_documents": best["llama_documents"] / best["ours"],
        "over_bare": best["bare"] / best["ours"],
        "llama_share_of_text_read": share,
        "llama_read_kchars_per_s": share * characters / 1000 / best["llama_documents"],
        "over_llama_text_read": best["llama_documents"] / best["ours"] / share,
        "ours_cpu_ms_per_chunk": 1000 * least["ours"] / len(texts),
        "llama_cpu_ms_per_piece": 1000 * least["llama_pieces"] / len(texts),
        "cpu_over_llama_same_pieces": least["llama_pieces"] / least["ours"],
    }


def _cpu_s() -> float:
    """Of this process and of the children that are over: ours reads files in one."""
    return sum(os.times()[:4])


def _ours(home: Path, files: list[Path], embedder: Embedder) -> None:
    """A whole ingest into an empty workspace."""
    shutil.rmtree(home / "generations", ignore_errors=True)
    (home / "CURRENT").unlink(missing_ok=True)
    library.ingest(home, files, label=Label.PUBLIC, embedder=embedder)


def _llama(model: str) -> Callable[..., object]:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    encoder = HuggingFaceEmbedding(model_name=model, device="cpu")

    def index(texts: list[str], split: bool = True) -> object:
        if split:
            return VectorStoreIndex.from_documents([Document(text=text) for text in texts], embed_model=encoder)
        return VectorStoreIndex([TextNode(text=text) for text in texts], embed_model=encoder)

    return index


def _share_read(texts: list[str]) -> float:
    """Share of the tokens of LlamaIndex's default pieces that the encoder sees."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    from index.chunking import piece_counter

    nodes = SentenceSplitter().get_nodes_from_documents([Document(text=text) for text in texts])
    counts = piece_counter(tokenizer_path(PACKAGED))([node.get_content() for node in nodes])
    return sum(min(count, READ_TOKENS) for count in counts) / sum(counts)
