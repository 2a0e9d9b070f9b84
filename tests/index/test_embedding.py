"""One encoder in two runtimes; a chunk's pass also gives the vectors of its sentences."""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

from index import embedding, generation, library
from index.embedding import PACKAGED, OnnxEmbedder, TorchEmbedder, fingerprint
from index.encoding import contextual_text
from index.retriever import Retriever
from index.sentences import SentenceVectors, Stored

SENTENCES = (
    "A rear-door heat exchanger cools one rack.",
    "The subnet manager computes the routes of the fabric.",
    "Guarantees of origin prove that power came from wind or sun.",
)
TEXT = "Notes\n" + " ".join(SENTENCES)
SPANS = [(TEXT.index(sentence), TEXT.index(sentence) + len(sentence)) for sentence in SENTENCES]


@pytest.fixture(scope="module")
def torch_embedder():
    return TorchEmbedder(PACKAGED)


@pytest.fixture(scope="module")
def exported(home):
    return OnnxEmbedder(library.encoder_folder(home, fingerprint(PACKAGED)))


@pytest.fixture(scope="module")
def library_texts(home):
    return [contextual_text(one.document, chunk) for one in library.stored(home) for chunk in one.chunks]


def test_both_runtimes_agree_on_texts_and_on_their_sentences(torch_embedder, exported):
    texts, spans = [TEXT, "A short one."], [SPANS, [(0, 12)]]
    whole, parts = torch_embedder.embed_spans(texts, spans)
    other, other_parts = exported.embed_spans(texts, spans)
    assert np.abs(whole - other).max() < 1e-3
    assert all(np.abs(a - b).max() < 1e-3 for a, b in zip(parts, other_parts, strict=True))


def test_weights_of_8_bits_give_nearly_the_vectors_of_the_encoder(exported, library_texts):
    exact, exact_parts = exported.embed_spans(library_texts, [[(0, 80), (80, 160)]] * len(library_texts))
    near, near_parts = exported.embed_chunks(library_texts, [[(0, 80), (80, 160)]] * len(library_texts))
    for one, other in ((exact, near), (np.concatenate(exact_parts), np.concatenate(near_parts))):
        cosines = (one * other).sum(axis=1)
        assert cosines.mean() > 0.998
        assert not np.array_equal(one, other)
    assert np.allclose(np.linalg.norm(near, axis=1), 1, atol=1e-5)


def test_the_vector_of_a_chunk_does_not_depend_on_what_is_embedded_with_it(exported, library_texts):
    together, parts = exported.embed_chunks(library_texts, [[(0, 40)]] * len(library_texts))
    for i in range(len(library_texts)):
        (alone,), (own,) = exported.embed_chunks([library_texts[i]], [[(0, 40)]])
        assert np.array_equal(alone, together[i])
        assert np.array_equal(own, parts[i])


def test_no_texts_have_no_vectors(exported):
    whole, parts = exported.embed_chunks([], [])
    assert (whole.shape, parts) == ((0, exported.dimension), [])


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="priorities of threads are Linux's")
def test_chunks_are_read_at_the_priority_of_who_asks(exported, monkeypatch):
    seen = []
    pool = embedding._pool
    monkeypatch.setattr(embedding, "_pool", lambda *given: [seen.append(_priority()), pool(*given)][1])

    def ask():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        exported.embed_chunks([TEXT] * 4, [SPANS] * 4)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert seen == [19] * 4


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_model_that_suffers_from_8_bits_keeps_its_weights(torch_embedder, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "_NEAR", 1.0)  # no rounding comes as near as this
    torch_embedder.export(tmp_path)
    opened = OnnxEmbedder(tmp_path)
    whole, (parts,) = opened.embed_chunks([TEXT], [SPANS])
    exact, (exact_parts,) = opened.embed_spans([TEXT], [SPANS])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.onnx", "model.json", "tokenizer.json"]
    assert np.allclose(whole, exact, atol=1e-5)
    assert np.allclose(parts, exact_parts, atol=1e-5)


def test_the_vector_of_a_text_with_spans_is_that_of_plain_encoding(torch_embedder):
    whole, _ = torch_embedder.embed_spans([TEXT], [SPANS])
    assert np.abs(whole - torch_embedder.embed([TEXT])).max() < 1e-5


def test_a_sentence_vector_lies_nearest_to_the_question_it_answers(exported):
    _, (parts,) = exported.embed_chunks([TEXT], [SPANS])
    asked = exported.embed(["Which device cools a rack?", "What computes the routes?", "Is our electricity renewable?"])
    assert (parts @ asked.T).argmax(axis=0).tolist() == [0, 1, 2]
    assert np.allclose(np.linalg.norm(parts, axis=1), 1, atol=1e-5)


def test_a_sentence_beyond_the_encoders_reach_gets_the_vector_of_the_chunk(exported):
    text = "word " * 600 + "the end."
    whole, (parts,) = exported.embed_chunks([text], [[(0, 4), (len(text) - 8, len(text))]])
    assert np.allclose(parts[1], whole[0], atol=1e-5)
    assert not np.allclose(parts[0], whole[0], atol=1e-3)


def test_a_generation_holds_one_vector_for_every_sentence(home):
    folder, manifest = generation.open_current(home)
    vectors = SentenceVectors([Stored(one / "sentences") for one in generation.segment_folders(folder, manifest)])
    chunks = [chunk for one in library.stored(home) for chunk in one.chunks]
    assert [len(vectors.of(i)) for i in range(manifest.chunks)] == [len(chunk.sentences) for chunk in chunks]


def test_a_passage_carries_the_vectors_of_its_own_sentences(home):
    opened = Retriever(home, PACKAGED)
    passage = opened.retrieve("How fast is an NDR link?").passages[0]
    nearest = int((opened.sentence_vectors(passage) @ opened.embed("How fast is an NDR link?")).argmax())
    assert "NDR link carries 400 Gb/s" in passage.sentences[nearest].text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_holds_one_encoder_however_many_readers_it_has(home):
    def resident_mb() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    first = Retriever(home, PACKAGED)
    first.embed("What is PUE?")
    before = resident_mb()
    readers = [Retriever(home, PACKAGED) for _ in range(10)]
    assert all(np.array_equal(one.embed("What is PUE?"), first.embed("What is PUE?")) for one in readers)
    assert resident_mb() - before < 300  # one encoder takes 110


def test_a_retriever_that_is_no_longer_served_leaves_memory(home):
    opened = Retriever(home, PACKAGED)
    opened.retrieve("How fast is an NDR link?")
    left = weakref.ref(opened)
    del opened
    gc.collect()
    assert left() is None
