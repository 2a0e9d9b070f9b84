"""Drafted questions: quotations that stand, the same every time, nothing measured before it was reviewed."""

import json

import pytest
from click.testing import CliRunner

from advisor.errors import SchemaError
from advisor.settings import load
from evals import case, documents, drafting
from index import library
from ui.cli import main


@pytest.fixture(scope="module")
def drafts(home, documents_of):
    return drafting.draft(home, str(documents_of), 10)


@pytest.fixture(scope="module")
def documents_of(documents):
    return documents


def test_every_draft_waits_for_review_and_quotes_its_document(drafts, documents_of):
    assert drafts and not any(one.reviewed for one in drafts)
    assert case.unlocated(drafts, documents_of) == []
    assert len({one.question for one in drafts}) == len(drafts)


def test_definitions_abbreviations_steps_and_unanswerables_are_found(drafts):
    said = {one.question: one for one in drafts}
    assert said["What does RDMA stand for?"].gold[0].path == "ethernet.md"
    assert "What is meant by PUE?" in said
    steps = next(one for one in drafts if one.kind == "how-to")
    assert [gold.nuggets for gold in steps.gold] == [(1,), (2,), (3,)]
    assert any(not one.answerable and not one.gold for one in drafts)


def test_drafts_are_the_same_every_time(home, documents_of, drafts):
    assert drafting.draft(home, str(documents_of), 10) == drafts


def test_a_liked_answer_gives_its_evidence_as_gold(home, documents_of, tmp_path):
    of = next(one.document for one in library.stored(home) if one.document.path.endswith("infiniband.md"))
    start = of.text.index("An NDR link")
    thumbs = [
        {"question": "How fast?", "liked": False, "evidence": []},
        {"question": "How fast?", "liked": True, "evidence": [f"{of.id[:12]}:{start}-{start + 30}", "gone:1-40"]},
        {"question": "Why?", "liked": False, "evidence": [f"{of.id[:12]}:0-40"]},
    ]
    (tmp_path / "feedback.jsonl").write_text("".join(json.dumps(one) + "\n" for one in thumbs))
    fast, why = drafting.from_thumbs(home, str(documents_of), tmp_path / "feedback.jsonl")
    assert [(gold.path, gold.quote) for gold in fast.gold] == [("infiniband.md", of.text[start : start + 30])]
    assert why.kind == "disliked" and why.gold == () and not why.reviewed
    (tmp_path / "feedback.jsonl").write_text("{}\n")
    with pytest.raises(SchemaError, match="line 1"):
        drafting.from_thumbs(home, str(documents_of), tmp_path / "feedback.jsonl")


def test_a_set_without_a_reviewed_question_is_told(drafts, documents_of, tmp_path):
    (tmp_path / "drafts.jsonl").write_text(drafting.as_jsonl(drafts))
    with pytest.raises(SchemaError, match="no reviewed question"):
        documents.make("drafts", "", tmp_path / "drafts.jsonl", documents_of).items()


def test_init_writes_a_set_and_never_over_another(own_home, documents_of, tmp_path):
    output = tmp_path / "mine.jsonl"
    (own_home / "evals" / "draft").mkdir(parents=True)
    (own_home / "encoder").rename(own_home / "evals" / "draft" / "encoder")
    asked = ["--home", str(load(home=own_home).home), "eval", "init", "--corpus", str(documents_of), "-o", str(output)]
    done = CliRunner().invoke(main, [*asked, "--count", "8"])
    assert done.exit_code == 0, done.output
    assert 5 <= len(case.load(output)) <= 8
    assert "is there already" in CliRunner().invoke(main, asked).output
