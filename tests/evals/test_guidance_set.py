"""The shipped question set and the shipped corpus belong together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import evals
from advisor.settings import corpus_path
from evals.case import load, unlocated

CASES = load(Path(evals.__file__).parent / "sets" / "guidance.jsonl")


def test_every_quotation_stands_in_its_note():
    assert unlocated(CASES, corpus_path() / "guidance") == []


def test_every_key_fact_stands_in_a_note_that_answers():
    for case in CASES:
        texts = " ".join((corpus_path() / "guidance" / gold.path).read_text() for gold in case.gold)
        plain = " ".join(texts.replace("**", "").replace("`", "").lower().split())
        facts = [" ".join(fact.replace("`", "").lower().split()) for fact in case.key_facts]
        assert [fact for fact in facts if fact not in plain] == [], case.id


def test_the_set_is_as_broad_as_promised():
    kinds = Counter(case.kind for case in CASES if case.answerable)
    assert len(CASES) >= 100
    assert sum(not case.answerable for case in CASES) >= 15
    assert kinds["comparison"] >= 10
    assert sum(len({gold.path for gold in case.gold}) > 1 for case in CASES) >= 10
    assert {case.answerable for case in CASES if not case.gold} == {False}
