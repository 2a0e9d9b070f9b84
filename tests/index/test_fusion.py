"""Merging, folding and spreading are pure and keep what they must."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import fold_duplicates, fuse, spread

unit = st.floats(0, 1, width=32)


@given(st.lists(st.tuples(unit, unit), min_size=1))
def test_a_fused_score_lies_between_its_two_parts(pairs):
    dense, lexical = (np.array(side, dtype=np.float32) for side in zip(*pairs, strict=True))
    fused = fuse(dense, lexical)
    assert np.all(fused >= np.minimum(dense, lexical) - 1e-6)
    assert np.all(fused <= np.maximum(dense, lexical) + 1e-6)


def test_a_near_copy_is_folded_into_the_better_one():
    text = "gpu direct storage skips the bounce buffer in host memory".split()
    assert fold_duplicates([frozenset(text), frozenset([*text, "today"]), frozenset(["other"])]) == [0, 2]


def test_a_document_does_not_crowd_out_another_of_nearly_equal_score():
    assert spread([0.80, 0.79, 0.78], ["a", "a", "b"], 2) == [0, 2]


def test_a_much_better_passage_of_the_same_document_stays():
    assert spread([0.80, 0.79, 0.40], ["a", "a", "b"], 2) == [0, 1]


@given(st.lists(st.tuples(unit, st.sampled_from("abc"))), st.integers(0, 20))
def test_spreading_orders_without_loss_or_repeats(pairs, k):
    order = spread([score for score, _ in pairs], [name for _, name in pairs], k)
    assert len(order) == min(k, len(pairs)) == len(set(order))
