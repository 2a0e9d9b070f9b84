"""With an inventory loaded, questions that ask for advice still go to the guidance."""

import json
from pathlib import Path

import pytest

from advisor.measures.query import answer_question

SET = Path(__file__).parents[3] / "evals" / "sets" / "guidance.jsonl"


def test_no_answerable_question_of_the_guidance_set_is_taken_from_it(sample):
    cases = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    asked = [one["question"] for one in cases if one["answerable"]]
    assert len(asked) > 100
    said = {question: answer_question(question, sample) for question in asked}
    assert [question for question, answer in said.items() if answer is not None and answer.status != "mixed"] == []
    assert (
        sum(answer is not None for answer in said.values()) <= 8
    )  # "is our network good enough": facts beside guidance


@pytest.mark.parametrize(
    "question",
    [
        "What does PUE not tell us?",
        "What does GPU utilisation tell us?",
        "Where does flash storage belong?",
        "Given our racks, how do I estimate the power?",
        "what is a procedure for placing our workloads?",
        "How long do we wait for a grid connection?",
    ],
)
def test_advice_with_words_of_measures_is_left_to_the_guidance(question, sample):
    assert answer_question(question, sample) is None


@pytest.mark.parametrize("question", ["AWS spend in December, forecast", "How many B200s are racked in Frankfurt?"])
def test_what_is_about_the_estate_is_still_refused_by_it(question, sample):
    answer = answer_question(question, sample)
    assert answer is not None
    assert answer.status == "unanswerable"
