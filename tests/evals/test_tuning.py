"""Tuning the network of the verifier: what it is trained on, and that what is exported reads as what was trained."""

from __future__ import annotations

import random

import pytest
import torch
from transformers import AutoTokenizer

from advisor.verifying import crossencoder
from evals.verifier.tuning import contrasts, examples, export, steps, tune
from index.embedding import PACKAGED, model_path


@pytest.fixture(scope="module")
def some():
    return contrasts()[:10]


def test_a_pass_reads_every_contrast_once(some):
    read = [one.id for step in steps(some, random.Random(0)) for one in step]
    assert sorted(read) == sorted(one.id for one in some)


def test_claims_are_ranked_among_those_of_their_evidence_alone(some):
    notes = {one.source: [one.evidence] for one in some}
    found = examples(some[:2], notes, random.Random(1))
    assert [sum(group == which for *_, group in found) for which in (0, 1)] == [7, 7]
    assert all(claim in (*some[0].faithful, *some[0].turned, *some[0].extended) for _, claim, _, g in found if g == 0)
    assert all(changed == (claim not in some[0].faithful) for _, claim, changed, g in found if g == 0)


def test_what_is_exported_gives_the_logits_of_what_was_tuned(some, tmp_path, monkeypatch):
    network = tune(some, passes=1)
    export(network, tmp_path / "network.onnx")
    monkeypatch.setattr(crossencoder, "FITTED", tmp_path / "network.onnx")
    crossencoder._session.cache_clear()
    tokenizer = AutoTokenizer.from_pretrained(str(model_path(PACKAGED)))
    pairs = [(one.evidence, claim) for one in some for claim in (one.faithful[0], one.turned[0])]
    with torch.inference_mode():
        own = [float(network(**tokenizer(*pair, return_tensors="pt"))[0]) for pair in pairs]
    try:
        other = [crossencoder.turned(claim, evidence) for evidence, claim in pairs]
    finally:
        crossencoder._session.cache_clear()
    assert other == pytest.approx(own, abs=0.2)  # weights of 8 bits
