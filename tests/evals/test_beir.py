"""Collections in BEIR's format: converted from SMART's, checked, run with other systems beside."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from advisor.errors import SchemaError
from advisor.settings import load as settings_of
from evals import beir, beir_set, history, suite
from evals.row import ADVISOR

DOCUMENTS = """.I 1
.T
slender wings
.W
slender wings
  the flow over slender wings at low speed .
.I 2
.T
heat in slabs
.A
nobody
.W
conduction of heat in composite slabs with <sharp> edges .
.I 9
.T
shock tubes
.W
driver gases of shock tubes and their temperature .
"""
QUERIES = ".I 001\n.W\nflow over a slender wing\n.I 004\n.W\nheat conduction\nin slabs\n"
JUDGED = "1 1 2\n2 2 3\n2 9 -1\n2 77 1\n"


@pytest.fixture
def collection(tmp_path):
    for name, text in {"docs": DOCUMENTS, "qry": QUERIES, "rel": JUDGED}.items():
        (tmp_path / name).write_text(text)
    return beir.convert(tmp_path / "docs", tmp_path / "qry", tmp_path / "rel", tmp_path / "small")


def test_judgements_count_questions_by_their_position(collection):
    assert collection.questions == {"1": "flow over a slender wing", "2": "heat conduction in slabs"}
    assert collection.relevant == {"1": {"1": 1}, "2": {"2": 1}}


def test_questions_that_weights_were_chosen_on_are_told_apart(collection, tmp_path):
    assert collection.splits == {}
    marked = beir.convert(tmp_path / "docs", tmp_path / "qry", tmp_path / "rel", tmp_path / "marked", "odd")
    assert marked.splits == {"1": "dev", "2": "held-out"} and marked.questions == collection.questions


def test_an_abstract_loses_the_title_it_repeats(collection):
    assert collection.documents["1"] == ("slender wings", "the flow over slender wings at low speed .")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("corpus.jsonl", '{"title": "no id"}\n', "corpus.jsonl, line 1"),
        ("qrels/test.tsv", "q\td\ts\n1\t1\n", "line 2"),
        ("qrels/test.tsv", "q\td\ts\n1\tnone\t1\n", "lacks: none"),
    ],
)
def test_a_bad_folder_is_told(collection, name, text, told):
    (collection.folder / name).write_text(text)
    with pytest.raises(SchemaError, match=told):
        beir.load(collection.folder)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SchemaError, match="BEIR"):
        beir.load(tmp_path)


def test_it_is_run_beside_other_systems(collection, home, tmp_path):
    shutil.copytree(home / "encoder", tmp_path / "encoder", copy_function=os.link)
    with history.opened(tmp_path) as kept:
        found = suite.run(
            [beir_set.make(collection.folder)],
            settings_of(home=tmp_path),
            kept,
            peers=Path(sys.executable),
            say=lambda line: None,
        ).sets["small"]
    assert [row.parts["nDCG@10"] for row in found.rows[ADVISOR]] == [(1.0, 1.0), (1.0, 1.0)]
    for peer in ("bm25s", "FAISS", "LlamaIndex vectors", "LlamaIndex citations"):
        assert [row.parts["R@10"] for row in found.rows[peer]] == [(1.0, 1.0), (1.0, 1.0)], found.notes
