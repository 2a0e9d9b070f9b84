"""Terms meet across spelling, hyphens, plurals; abbreviations are known in both directions."""

import pytest

from index.vocabulary import Abbreviations, defined_abbreviations, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("utilisation", "utilization"),
        ("data centre", "data center"),
        ("all-reduce", "allreduce"),
        ("BilledCost", "billed cost"),
        ("checkpoints", "checkpoint"),
        ("80GB", "80 GB"),
    ],
)
def test_spellings_share_terms(one, other):
    assert set(tokens(one)) & set(tokens(other))


def test_stop_words_carry_no_term():
    assert tokens("What is the of and how do we?") == ()


def test_a_document_teaches_its_abbreviations():
    text = "Remote direct memory access (RDMA) bypasses the kernel. The Zonal Heat Index (ZHI) was 4."
    assert defined_abbreviations(text) == {"RDMA": "Remote direct memory access", "ZHI": "Zonal Heat Index"}


@pytest.mark.parametrize("text", ["The fabric (NDR) is fast.", "We paid (EUR) much.", "see (a) and (b)"])
def test_brackets_that_define_nothing_teach_nothing(text):
    assert defined_abbreviations(text) == {}


def test_expansion_goes_both_ways_and_includes_what_was_learned():
    known = Abbreviations({"ZHI": "Zonal Heat Index"})
    assert "power usage effectiveness" in known.expand("Is our PUE good?")
    assert "PUE" in known.expand("is power usage effectiveness enough")
    assert "Zonal Heat Index" in known.expand("zhi threshold")
    assert "ZHI" in known.expand("what is the zonal heat index")


def test_common_words_are_not_taken_for_abbreviations():
    assert Abbreviations({"IT": "information technology"}).expand("is it fast") == []
