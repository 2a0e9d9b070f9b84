"""Merging, folding and spreading are pure and keep what they must."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.context import Layout, grow
from index.fusion import feed_back, fold_duplicates, fuse, lift, spread

unit = st.floats(0, 1, width=32)


@given(st.lists(st.tuples(unit, unit, unit), min_size=1))
def test_a_fused_score_lies_between_its_parts(rows):
    parts = np.array(rows, dtype=np.float32).T
    fused = fuse(*parts)
    assert np.all(fused >= parts.min(axis=0) - 1e-6)
    assert np.all(fused <= parts.max(axis=0) + 1e-6)


@given(st.lists(st.tuples(unit, st.integers(0, 3)), min_size=1))
def test_lifting_by_document_keeps_the_order_within_each(pairs):
    scores = np.array([score for score, _ in pairs], dtype=np.float32)
    documents = np.array([document for _, document in pairs])
    lifted = lift(scores, documents)
    assert np.all(lifted <= scores.max() + 1e-6)
    for document in set(documents.tolist()):
        own = documents == document
        assert np.all(np.diff(lifted[own][np.argsort(scores[own], kind="stable")]) >= -1e-6)


def test_a_document_on_the_subject_in_two_places_passes_one_that_names_it_once():
    lifted = lift(np.array([0.60, 0.58, 0.61, 0.10], dtype=np.float32), np.array([0, 0, 1, 1]))
    assert lifted[0] > lifted[2]


def test_feedback_draws_the_question_towards_its_best_chunks():
    question = np.array([1, 0, 0], dtype=np.float32)
    vectors = np.array([[0.6, 0.8, 0], [0.6, 0, 0.8]], dtype=np.float32)
    moved = feed_back(question, vectors, np.array([0.9, 0.0], dtype=np.float32))
    assert abs(np.linalg.norm(moved) - 1) < 1e-6
    assert moved @ vectors[0] > question @ vectors[0]
    assert np.array_equal(feed_back(question, vectors, np.zeros(2, dtype=np.float32)), question)


def layout(*chunks: tuple[int, int, int, int]) -> Layout:
    """Rows of (document, section, start, end)."""
    return Layout(*np.array(chunks).T)


def test_a_hit_grows_within_its_section_before_it_crosses_into_another():
    four = layout((0, 1, 0, 400), (0, 2, 400, 800), (0, 2, 800, 1200), (0, 3, 1200, 1600))
    assert grow([1], four, 900) == [(1, range(1, 3))]


def test_a_hit_never_grows_into_another_document():
    two = layout((0, 1, 0, 100), (1, 2, 0, 100))
    assert grow([0, 1], two, 1400) == [(0, range(0, 1)), (1, range(1, 2))]


@given(st.permutations(range(8)), st.integers(0, 2000))
def test_grown_passages_share_no_chunk_and_hold_every_hit(hits, limit):
    table = layout(*((i // 4, i // 2, 300 * (i % 4), 300 * (i % 4) + 300) for i in range(8)))
    grown = grow(hits, table, limit)
    chunks = [chunk for _, passage in grown for chunk in passage]
    assert sorted(chunks) == list(range(8))
    assert all(hit in passage for hit, passage in grown)


def test_a_near_copy_is_folded_into_the_better_one():
    text = "gpu direct storage skips the bounce buffer in host memory".split()
    number = {word: i for i, word in enumerate([*text, "today", "other"])}
    texts = text, [*text, "today"], ["other"]
    assert fold_duplicates([np.array([number[word] for word in one]) for one in texts]) == [0, 2]


def test_a_document_does_not_crowd_out_another_of_nearly_equal_score():
    assert spread([0.80, 0.79, 0.785], ["a", "a", "b"], 2) == [0, 2]


def test_a_much_better_passage_of_the_same_document_stays():
    assert spread([0.80, 0.79, 0.40], ["a", "a", "b"], 2) == [0, 1]


@given(st.lists(st.tuples(unit, st.sampled_from("abc"))), st.integers(0, 20))
def test_spreading_orders_without_loss_or_repeats(pairs, k):
    order = spread([score for score, _ in pairs], [name for _, name in pairs], k)
    assert len(order) == min(k, len(pairs)) == len(set(order))
