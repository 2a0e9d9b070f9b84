"""What makes the advisor say "I don't know"."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.confidence import WEIGHTS, confidence
from advisor.gathering import gather
from advisor.question import analyse
from index.document import Label

numbers = st.floats(-1e3, 1e3)


def gathered(advisor, text):
    return gather(analyse(text), advisor.retriever, clearance=Label.RESTRICTED, k=10)


@given(st.fixed_dictionaries({name: numbers for name in WEIGHTS if name != "bias"}))
def test_confidence_is_a_probability(signals):
    assert 0 <= confidence(signals) <= 1


def test_a_nearer_sentence_raises_confidence_and_an_unmet_name_lowers_it():
    signals = dict.fromkeys(WEIGHTS, 0.0) | {"nearest": 0.5, "spread": 0.09}
    del signals["bias"]
    assert confidence(signals | {"nearest": 0.6}) > confidence(signals) > confidence(signals | {"unmet_names": 1.0})


def test_a_name_the_passages_lack_is_counted_and_named(advisor):
    known = gathered(advisor, "What does RoCE need from switches?")
    foreign = gathered(advisor, "What does EVPN need from switches?")
    assert known.signals["unmet_names"] == 0
    assert foreign.signals["unmet_names"] == 1
    assert "EVPN" in foreign.unknown


def test_an_abbreviation_is_met_by_its_long_form(advisor):
    assert gathered(advisor, "What does the PFC do in RoCE?").signals["unmet_names"] == 0


def test_an_abstention_names_what_no_passage_speaks_of(advisor):
    answer = advisor.ask("Does Zanzibar tax the EVPN licence?")
    assert answer.abstained
    assert "EVPN" in answer.answer
    assert any("EVPN" in item for item in answer.missing)
