"""A sentence holds only when its evidence says so: ids, words, numbers, units, negation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answer import Verdict
from advisor.verification import verify

TEXT = (
    "Sustained sequential read at checkpoint size decides restart time.\n"
    "The H100 SXM offers 80 GB of memory and 3.35 TB/s of bandwidth.\n"
    "PUE does not measure useful work.\n"
    "Two switches suffice for eight nodes."
)
EVIDENCE = {"e": TEXT, "other": "Talent is scarce."}


def verdict(claim: str, cited: tuple[str, ...] = ("e",)) -> Verdict:
    return verify(claim, cited, EVIDENCE)


@pytest.mark.parametrize("sentence", TEXT.split("\n"))
def test_the_sources_own_sentence_is_quoted(sentence):
    assert verdict(sentence) is Verdict.QUOTED


def test_a_faithful_paraphrase_is_supported():
    assert verdict("The H100 SXM has 80 GB memory with 3.35 TB/s bandwidth.") is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "claim",
    [
        "The H100 SXM offers 96 GB of memory and 3.35 TB/s of bandwidth.",
        "The H100 SXM offers 80 GiB of memory and 3.35 TB/s of bandwidth.",
        "The H100 SXM offers 80 GB of memory and 3.35 Tb/s of bandwidth.",
        "PUE does measure useful work.",
        "Sustained sequential read at checkpoint size does not decide restart time.",
        "Three switches suffice for eight nodes.",
        "The H200 SXM offers 80 GB of memory and 3.35 TB/s of bandwidth.",
    ],
)
def test_a_changed_number_unit_name_or_negation_does_not_hold(claim):
    assert not verdict(claim).holds


def test_a_true_sentence_with_the_wrong_citation_is_unsupported():
    assert verdict("PUE does not measure useful work.", ("other",)) is Verdict.UNSUPPORTED


@pytest.mark.parametrize("cited", [(), ("nowhere",), ("e", "nowhere")])
def test_a_citation_must_exist(cited):
    assert verdict("PUE does not measure useful work.", cited) is Verdict.UNSUPPORTED


def test_part_of_a_sentence_is_not_a_quotation():
    assert verdict("PUE does measure useful work") is not Verdict.QUOTED
    assert verdict("measure useful work") is not Verdict.QUOTED


@given(st.integers(0, 10_000))
def test_no_other_number_ever_holds(number):
    holds = verdict(f"The H100 SXM offers {number} GB of memory and 3.35 TB/s of bandwidth.").holds
    assert holds == (number == 80)
