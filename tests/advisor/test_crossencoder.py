"""The network that reads a line beside its evidence: better than chance on unseen evidence, and it reads anything."""

import math
from statistics import mean

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.verifying.crossencoder import turned
from evals.verifier import runner

KINDS = ("paraphrase", "negated", "addition")
TEXT = "Quotas of multi-node training are stated in whole nodes, because a part of a node holds up the rest."


def test_changed_claims_stand_above_faithful_ones_of_evidence_it_has_not_seen():
    pairs = runner.load(runner.FREE)[::4]
    of = {kind: [turned(p.claim, p.evidence[0]) for p in pairs if p.kind == kind] for kind in KINDS}
    faithful = of["paraphrase"]
    for kind, least in {"negated": 0.92, "addition": 0.98}.items():  # a coin gives 0.5
        above = [(one > other) + (one == other) / 2 for one in of[kind] for other in faithful]
        assert mean(above) > least


def test_evidence_that_is_repeated_is_not_turned():
    assert turned(TEXT, TEXT) < 0


def test_long_texts_are_cut():
    assert math.isfinite(turned(TEXT, TEXT * 100)) and math.isfinite(turned(TEXT * 100, TEXT))


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_has_a_finite_logit_and_always_the_same(line, evidence):
    logit = turned(line, evidence)
    assert math.isfinite(logit)
    assert turned(line, evidence) == logit
