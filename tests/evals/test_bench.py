"""The benchmarks measure what they say; figures reach the page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from advisor import settings as configuration
from evals import beir_set
from evals.benchmarks import encoder, page, precision
from evals.benchmarks.bench import _real_vectors, exponent
from evals.benchmarks.synthetic import SyntheticEmbedder, documents, questions
from evals.campaigns import load
from index import generation, library
from index.embedding import PACKAGED, fingerprint
from index.retriever import Retriever

UNDER_LOAD = load.Outcome(search_s=[0.01, 0.02], ask_s=[0.1], generations={"1"}, memory_mb=[400.0, 404.0])


@pytest.fixture(scope="module")
def own(home, tmp_path_factory):
    """A workspace for a synthetic library."""
    folder = tmp_path_factory.mktemp("bench")
    _real_vectors(home, folder / "real.npy")
    shutil.copytree(home / "encoder", folder / "encoder", copy_function=os.link)
    return folder


@pytest.fixture(scope="module")
def measured(own):
    """The figures of 300 chunks."""
    found = {}
    for step in ("build", "search", "add"):
        command = [sys.executable, "-m", "evals.benchmarks.size", step, str(own), "300"]
        found |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found | {f"{name}_bytes": found[f"{name}_bytes_per_chunk"] * 300 for name in ("memory", "disk")}


def test_growth_is_the_power_of_the_size():
    rows = [{"chunks": n, "flat": 3.0, "linear": 0.1 * n, "root": n**0.5} for n in (1_000, 10_000, 100_000)]
    assert [exponent(rows, name) for name in ("flat", "linear", "root")] == pytest.approx([0, 1, 0.5], abs=1e-9)


def test_synthetic_documents_are_the_same_every_time_and_hold_what_they_point_at():
    made = list(documents(25))
    assert made == list(documents(25))
    assert [len(one.chunks) for one in made] == [10, 10, 5]
    for one in made:
        for chunk in one.chunks:
            assert one.document.text[chunk.start : chunk.end] == chunk.text
            assert all(one.document.text[s.start : s.end] == s.text for s in chunk.sentences)


def test_a_synthetic_vector_depends_on_its_text_alone(own):
    embedder = SyntheticEmbedder(own / "real.npy", fingerprint(PACKAGED))
    whole = embedder.embed(["one", "two"])
    assert np.array_equal(embedder.embed(["two", "three"])[0], whole[1])
    assert np.allclose(np.linalg.norm(whole, axis=1), 1)
    again, parts = embedder.embed_chunks(["one two", "two"], [[(0, 3), (4, 7)], []])
    assert np.array_equal(again[1], whole[1])
    assert np.array_equal(parts[0], whole)
    assert len(parts[1]) == 0


def test_words_of_questions_stand_in_the_synthetic_library(own, measured):
    retriever = Retriever(own, PACKAGED, SyntheticEmbedder(own / "real.npy", fingerprint(PACKAGED)))
    texts = [chunk.text for one in documents(300) for chunk in one.chunks]
    for question in questions(texts, 5):
        terms = retriever.query(question).terms
        assert sum(retriever.knows(term) for term in terms) >= len(terms) - 1


def test_a_size_is_built_searched_and_added_to(own, measured):
    assert measured["chunks"] == 300
    assert measured["recall_at_10"] == 1
    assert measured["over_bare"] > 0
    assert len(library.stored(own)) == 30 + 5


def test_figures_become_tables_plots_and_the_page(measured, tmp_path):
    rows = [measured, {**measured, "chunks": 3000}]
    found = {"machine": {"cores": "2"}, "sizes": rows, "growth": {name: 0.25 for name in measured}}
    (tmp_path / "docs").mkdir()
    before = "<!-- bench sizes: begin -->\nold\n<!-- bench sizes: end -->\n<!-- bench clients: begin -->\nkept\n"
    (tmp_path / page.PAGE).write_text(before)
    assert str(page.PAGE) in page.write(found, tmp_path)
    text = (tmp_path / page.PAGE).read_text()
    assert "| chunks | 300 | 3,000 | growth |" in text
    assert "old" not in text
    assert "kept" in text
    for name in ("search", "updates", "space"):
        ElementTree.fromstring((tmp_path / page.PLOTS / f"{name}.svg").read_text())
    assert page.write(found, tmp_path) == []


def test_precision_measures_the_same_questions_over_libraries_of_both_encoders(home, tmp_path):
    collection = tmp_path / "small"
    (collection / "qrels").mkdir(parents=True)
    texts = ["The rear door cools a rack.", "The subnet manager computes routes.", "A tape library keeps copies."]
    asked = ["What cools a rack?", "What computes routes?", "Where are copies kept?"]
    for name, lines in {
        "corpus": [{"title": "", "text": text} for text in texts],
        "queries": [{"text": one} for one in asked],
    }.items():
        body = "".join(json.dumps({"_id": str(i)} | line) + "\n" for i, line in enumerate(lines))
        (collection / f"{name}.jsonl").write_text(body)
    (collection / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"{i}\t{i}\t1\n" for i in range(3))
    )
    found = precision.run(
        configuration.load(home=home), [beir_set.make(collection)], tmp_path / "work", lambda line: None
    )
    assert {row["measure"]: (row["questions"], row["f32"], row["difference"]) for row in found} == {
        "nDCG@10": (3, 1, 0), "R@10": (3, 1, 0), "RR@10": (3, 1, 0),
    }  # fmt: skip
    kept = [generation.open_current(tmp_path / "work" / kind / "small")[1].files for kind in ("exact", "rounded")]
    (dense,) = (name for name in kept[0] if name.endswith("dense.faiss"))
    assert kept[0][dense]["sha256"] != kept[1][dense]["sha256"]
    assert (
        "| small | 3 | nDCG@10 | 1.0000 | 1.0000 | +0.0000 |"
        in page.tables({"machine": {}, "precision": found})["precision"]
    )


def test_limits_say_what_holds_and_leave_out_what_was_not_measured():
    rows = [{"chunks": 100_000, "over_bare": 0.5, "add_s": 1.2}]
    text = page.limits({"sizes": rows})
    assert "| search over bare FAISS and bm25s, 100,000 chunks | at most 2 | 0.50 | yes |" in text
    assert "| add a document to 100,000 chunks, s | at most 1 | 1.20 | **no** |" in text
    assert "1,000,000" not in text
    assert page.limits({"machine": {}}) == ""


def test_limits_of_parts_that_were_not_measured_stay_on_the_page(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / page.PAGE).write_text("<!-- bench limits: begin -->\n<!-- bench limits: end -->\n")
    names = ("cold_ask_s", "import_sentence_transformers_s", "warm_ask_ms", "repeated_ask_ms")
    for name, value in {"first": 2.0, "second": 3.0}.items():
        page.write({"machine": {}, "everyday": dict.fromkeys(names, value)}, tmp_path)
        if name == "first":
            page.write({"machine": {}, "load": load.figures(UNDER_LOAD)}, tmp_path)
    lines = [line.split(" | ")[0] for line in (tmp_path / page.PAGE).read_text().splitlines()]
    assert sum("cold" in line for line in lines) == 1
    assert sum("search p99" in line for line in lines) == 1
    assert "| at most 0.1 | 0.01 | yes |" in (tmp_path / page.PAGE).read_text()
    assert "| 3.00 | **no** |" in (tmp_path / page.PAGE).read_text()
    assert "2.00" not in (tmp_path / page.PAGE).read_text()


def test_the_encoder_is_measured_in_its_forms(home):
    rows = encoder.run(home)
    assert [round(row["cosine"], 3) for row in rows[:2]] == [1, 1]
    assert 0.998 < rows[2]["cosine"] < 0.99999
    text = page.tables({"machine": {}, "encoder": rows})["encoder"]
    assert text.count("\n") == 5
    assert "| onnxruntime in 8 bits, one by one |" in text
