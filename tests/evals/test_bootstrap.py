"""Intervals: what must hold for any rows, and one case by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bootstrap import differences, estimates
from evals.row import Row

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def rows(values, name="m"):
    return [Row(str(i), "q", "k", {name: (value, 1.0)}) for i, value in enumerate(values)]


@given(SHARES)
def test_a_mean_is_the_ratio_of_sums_and_lies_in_its_interval(values):
    got = estimates(rows(values), ["m"])["m"]
    assert got.value == pytest.approx(sum(values) / len(values))
    assert min(values) - 1e-9 <= got.low <= got.value + 1e-9 and got.value - 1e-9 <= got.high <= max(values) + 1e-9


@given(SHARES)
def test_a_run_does_not_differ_from_itself(values):
    got = differences(rows(values), rows(values), ["m"])["m"]
    assert got.value == got.low == got.high == 0


@given(SHARES, st.floats(0.01, 1))
def test_a_constant_gain_has_no_width_however_the_questions_vary(values, gain):
    got = differences(rows([value + gain for value in values]), rows(values), ["m"])["m"]
    assert got.low == pytest.approx(gain) and got.high == pytest.approx(gain)


def test_f1_by_hand():
    hit, miss, alarm = (2.0, 2.0), (0.0, 1.0), (0.0, 1.0)
    parts = [hit, hit, hit, miss, alarm]
    got = estimates([Row(str(i), "q", "k", {"F1": part}) for i, part in enumerate(parts)], ["F1", "other"])
    assert got["F1"].value == 2 * 3 / (2 * 3 + 2)
    assert "other" not in got


def test_only_questions_that_both_have_are_compared():
    assert differences(rows([1.0, 1.0]), rows([0.0]), ["m"])["m"].questions == 1
    assert differences(rows([1.0]), [Row("z", "q", "k", {"m": (1.0, 1.0)})], ["m"]) == {}
