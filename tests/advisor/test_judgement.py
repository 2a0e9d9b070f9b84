"""Trees over signals: read from the fitted file, they give a probability and never overrule figures or names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.verification import verify
from advisor.verifying import arrangement
from advisor.verifying.alignment import align, beside
from advisor.verifying.judgement import TURNED, Judgement, Node, Trees, fitted
from advisor.verifying.reading import read
from advisor.verifying.signals import signals
from index.embedding import PACKAGED, OnnxEmbedder, fingerprint
from index.library import encoder_folder

TEXT = "Quotas of multi-node training are stated in whole nodes, because a part of a node holds up the rest."


@pytest.fixture(scope="module")
def encoder(home):
    return OnnxEmbedder(encoder_folder(home, fingerprint(PACKAGED)))


def counted(line, there, encoder):
    return signals(align(read(line), beside(line, there), encoder), read(there[0]), there)


def step(signal, threshold):
    """Sure that a line is faithful up to the threshold, and that it is not above."""
    return Trees(0.0, ((Node(signal, threshold, 1, 2, 0.0), Node("", 0, 0, 0, -3.0), Node("", 0, 0, 0, 3.0)),))


def test_a_tree_goes_left_up_to_its_threshold():
    assert step("cosine", 0.4).changed({"cosine": 0.4}) < 0.05
    assert step("cosine", 0.4).changed({"cosine": 0.41}) > 0.95


@pytest.mark.parametrize("turned", [-9.0, 9.0])
def test_the_network_decides_what_the_first_trees_leave_open_and_nothing_else(turned):
    asked = []

    def network():
        asked.append(turned)
        return turned

    sure = Judgement(0.5, (0.05, 0.95), step("cosine", 0.4), step(TURNED, 0.0))
    assert sure.changed({"cosine": 0.1}, network) < 0.05 and not asked
    open_ = Judgement(0.5, (0.01, 0.99), step("cosine", 0.4), step(TURNED, 0.0))
    assert (open_.changed({"cosine": 0.1}, network) > 0.5) == (turned > 0) and asked


def test_every_signal_that_the_fitted_trees_ask_for_is_counted(encoder):
    counted_here = set(counted("Whole nodes are the unit of quotas.", [TEXT], encoder))
    for trees, known in ((fitted().first, counted_here), (fitted().second, counted_here | {TURNED})):
        assert {node.signal for tree in trees.trees for node in tree if node.signal} <= known


def test_a_sentence_beside_itself_is_met_in_full_and_in_order(encoder):
    found = counted(TEXT, [TEXT], encoder)
    assert found["cosine"] == pytest.approx(1.0, abs=1e-3)
    assert found["claim least"] == pytest.approx(1.0, abs=1e-3)
    assert found["in order"] == arrangement.in_order(read(TEXT), read(TEXT)) == 1.0
    assert found["unborne run"] == found["rule: conflict"] == 0.0


def test_a_second_sentence_is_read_too_when_it_holds_what_the_nearest_lacks():
    there = ["The pool holds forty nodes.", "Its scheduler preempts small jobs at night.", "Talent is scarce."]
    assert beside("The pool of forty nodes preempts small jobs at night.", there) == " ".join(there[:2])
    assert beside("The pool holds nodes.", there) == there[0]


@pytest.mark.parametrize(
    ("claim", "kept"),
    [
        ("Whole nodes are the unit in which quotas of multi-node training are stated.", True),
        ("Quotas of multi-node training need not be stated in whole nodes.", False),
        ("Quotas of multi-node training are stated in whole nodes and reviewed by the finance department.", False),
    ],
)
def test_a_line_in_other_words_is_judged_by_what_it_says(claim, kept, encoder):
    assert verify(claim, ("e",), {"e": TEXT}, encoder).holds is kept


@given(st.integers(2, 900))
def test_no_other_figure_holds_whatever_the_trees_say(encoder, count):
    text = "The pool holds 40 nodes, and a part of a node holds up the rest."
    assert verify(f"There are {count} nodes in the pool.", ("e",), {"e": text}, encoder).holds <= (count == 40)
