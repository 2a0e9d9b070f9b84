"""Tuning the network of the verifier: what it is trained on, and that what is exported reads as what was trained."""

from __future__ import annotations

import random
from statistics import mean

import pytest
import torch
from transformers import MPNetConfig, MPNetModel

from advisor.verifying import crossencoder
from evals.verifier.tuning import LONGEST, Example, batch, contrasts, examples, export, steps, tune, weights


@pytest.fixture(scope="module")
def some():
    return contrasts()[:10]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A network of the base's form, small and untaught."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("base")
    config = MPNetConfig(
        vocab_size=30527, hidden_size=32, num_hidden_layers=9, num_attention_heads=4, intermediate_size=64
    )
    MPNetModel(config).save_pretrained(folder)
    return str(folder)


def test_a_pass_reads_every_contrast_once(some):
    read = [one.id for step in steps(list(some), random.Random(0)) for one in step]
    assert sorted(read) == sorted(one.id for one in some)


def test_claims_are_ranked_among_those_of_their_evidence_alone(some):
    notes = {one.source: [one.evidence] for one in some}
    found = examples(some[:2], notes, random.Random(1))
    assert [sum(one.group == which for one in found) for which in (0, 1)] == [7, 7]
    first = [one for one in found if one.group == 0]
    assert {one.claim for one in first} == {*some[0].faithful, *some[0].turned, *some[0].extended}
    assert all(one.changed == (one.claim not in some[0].faithful) for one in first)


def test_a_line_over_two_pieces_is_changed_when_one_of_its_claims_is(some):
    short = [one for one in contrasts() if len(one.evidence) < LONGEST / 3][:2]
    notes = {one.source: [one.evidence] for one in short}
    joined = [one for seed in range(20) for one in examples(short, notes, random.Random(seed)) if one.group == -5]
    assert joined and {one.changed for one in joined} == {False, True}
    turned = [claim.rstrip(".").lower() for one in short for claim in one.turned]
    assert all(one.changed == any(claim in one.claim.lower() for claim in turned) for one in joined)


def test_weighted_claims_tell_nothing_by_their_denials():
    """Among those that deny as often as their evidence, faithful and turned ones weigh alike, in each cell."""
    pieces = contrasts()[:500]
    of = weights(pieces)
    every = [
        Example(one.evidence, claim, changed, 0).cell
        for one in pieces
        for claims, changed in ((one.faithful, False), (one.turned, True))
        for claim in claims
    ]
    for denials in {cell[:2] for cell in every}:
        cells = [cell for cell in every if cell[:2] == denials]
        turned = sum(of[cell] for cell in cells if cell[2]) / sum(of[cell] for cell in cells)
        assert turned == pytest.approx(mean(cell[2] for cell in every), abs=0.01)


def test_what_is_exported_gives_the_logits_of_what_was_tuned(some, base, tmp_path, monkeypatch):
    network = tune(list(some), base, passes=1)
    export(network, tmp_path / "network.onnx")
    monkeypatch.setattr(crossencoder, "FITTED", tmp_path / "network.onnx")
    crossencoder._session.cache_clear()
    pairs = [(one.evidence, claim) for one in some for claim in (one.faithful[0], one.turned[0])]
    with torch.inference_mode():
        own = network(**batch(pairs, network.body.config.pad_token_id)).tolist()
    try:
        other = [crossencoder.turned(claim, evidence) for evidence, claim in pairs]
    finally:
        crossencoder._session.cache_clear()
    assert other == pytest.approx(own, abs=0.05)  # weights of 8 bits
    assert max(own) - min(own) > 0.05
