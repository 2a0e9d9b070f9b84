"""The measures against hand-worked cases."""

import math

import pytest

from evals.metrics import GoldSpan, Span, covers, documents, f1, normal, retrieval


def test_a_passage_covers_a_gold_span_when_it_holds_half_of_it():
    gold = Span("a.md", 100, 200)
    assert covers(Span("a.md", 0, 150), gold)
    assert not covers(Span("a.md", 0, 149), gold)
    assert not covers(Span("b.md", 0, 400), gold)


A, B = Span("a.md", 0, 10), Span("b.md", 0, 10)
MISS = [Span("x.md", i, i + 1) for i in range(5)]


def test_recall_and_ndcg_by_hand():
    found = retrieval([GoldSpan(A, (1,)), GoldSpan(B, (2,))], [MISS[0], A, *MISS[1:], B])
    gain = 1 / math.log2(3) + 1 / math.log2(8)
    assert found["recall@5"] == (0.5, 1.0)
    assert found["nDCG@10"][0] == pytest.approx(gain / (1 + 1 / math.log2(3)))
    assert found["characters@5"] == (14.0, 1.0)


def test_a_nugget_counts_once_however_many_passages_tell_it():
    found = retrieval([GoldSpan(A, (1,)), GoldSpan(B, (1,))], [A, B])
    assert found["recall@5"] == found["nDCG@10"] == (1.0, 1.0)


def test_a_passage_may_tell_several_nuggets_without_using_up_ranks():
    golds = [GoldSpan(A, (1, 2, 3)), GoldSpan(B, (4,))]
    assert retrieval(golds, [*MISS[:3], A, B])["recall@5"] == (1.0, 1.0)


def test_nothing_retrieved_scores_nothing():
    assert retrieval([GoldSpan(A, (1,))], [])["nDCG@10"] == (0.0, 1.0)


def test_documents_by_hand():
    found = documents({"a": 1, "b": 1}, ["x", "a"])
    assert found["nDCG@10"][0] == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert found["R@10"] == found["RR@10"] == (0.5, 1.0)


def test_f1():
    assert f1(8, 2, 2) == 0.8
    assert f1(0, 0, 5) == 0.0


def test_key_facts_are_compared_without_markup():
    assert normal("**3.35  TB/s** of `HBM`[^nvidia]") == "3.35 tb/s of hbm"
