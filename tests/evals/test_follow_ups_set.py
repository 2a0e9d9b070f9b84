"""The set of follow-ups is honest: both halves, every kind, gold that stands in the corpus."""

from collections import Counter

import pytest

from advisor.errors import SchemaError
from advisor.settings import corpus_path
from evals.case import Case, unlocated
from evals.follow_ups import runner

CASES = runner.load()


def test_both_halves_have_every_kind():
    halves = Counter(case.split for case in CASES)
    assert len(CASES) >= 50 and halves["dev"] == halves["held-out"]
    kinds = {split: {case.kind for case in CASES if case.split == split} for split in runner.SPLITS}
    assert kinds["dev"] == kinds["held-out"] and len(kinds["dev"]) == 8
    assert sum(len(case.history) == 2 for case in CASES) >= 10


def test_every_quotation_stands_in_its_note():
    cases = [Case(id=c.id, question=c.question, kind=c.kind, answerable=True, gold=c.gold) for c in CASES]
    assert unlocated(cases, corpus_path() / "guidance") == []


def test_every_guidance_item_has_gold():
    asking = [case for case in CASES if case.over == "guidance" and case.kind != "courtesy"]
    assert all(case.gold and case.standalone for case in asking)


def test_a_bad_line_is_named(tmp_path):
    (tmp_path / "set.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(SchemaError, match="line 1"):
        runner.load(tmp_path / "set.jsonl")
