"""Without an inventory: what only an inventory answers is not answered from guidance; all else goes to the guidance."""

import json
from pathlib import Path

import pytest

from advisor.measures.query import answer_without_inventory

SETS = Path(__file__).parents[3] / "evals" / "sets"


@pytest.mark.parametrize(
    "question",
    [
        "What is our PUE?",
        "Which site has idle GPUs?",
        "How many GPUs do we have?",
        "how many H100s sit idle in Frankfurt?",
        "What did we spend on AWS last month?",
    ],
)
def test_questions_about_the_estate_are_told_that_there_are_no_figures(question, advisor):
    said = answer_without_inventory(question)
    assert said is not None and said.abstained and "advisor inventory import" in said.missing[0]
    answer = advisor.ask(question)
    assert answer.abstained and answer.claims == () and "no inventory of it has been imported" in answer.answer
    assert answer.missing == said.missing


@pytest.mark.parametrize(
    "question", ["What is PUE?", "How do we measure idle GPUs?", "What fleet PUE did Google have in 2020?", "Hello"]
)
def test_any_other_question_is_left_to_the_guidance(question):
    assert answer_without_inventory(question) is None


@pytest.mark.parametrize("name", ["guidance", "public", "calibration_guidance", "calibration_public"])
def test_no_answerable_question_of_the_sets_is_taken_for_one(name):
    cases = [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [one["question"] for one in cases if one.get("answerable", True)]
    assert [question for question in asked if answer_without_inventory(question)] == []
