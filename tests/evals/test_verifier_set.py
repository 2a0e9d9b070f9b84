"""The sets the verifier is measured on: real evidence, every kind, and the figures that the README promises."""

from collections import Counter

import numpy as np
import pytest

from advisor import settings
from advisor.errors import SchemaError
from evals.verifier import fitting, runner
from index.embedding import PACKAGED

PAIRS = runner.load()
FRESH = runner.load(runner.FRESH)
FREE = runner.load(runner.FREE)
HELD_OUT = [*runner.load(runner.HELD_OUT), *runner.load(runner.UNSEEN)]
ALL = [*PAIRS, *FRESH, *FREE, *HELD_OUT]
CONTRAST, UNREAD = runner.load(runner.CONTRAST), runner.load(runner.CONTRAST_HELD_OUT)


def test_the_dev_set_has_enough_of_every_kind():
    counts = Counter(pair.kind for pair in PAIRS)
    assert len(PAIRS) >= 400
    assert all(counts[kind] >= 50 for kind in (*runner.FAITHFUL, *runner.CHANGED))
    assert {pair.split for pair in PAIRS} == {"dev"}
    assert len({pair.id for pair in ALL}) == len(ALL)


def test_the_held_out_sets_are_declared_so_and_no_pair_of_them_is_in_dev():
    assert {pair.split for pair in HELD_OUT} == {"held-out"}
    said = {pair.claim for pair in HELD_OUT if pair.kind != "true"}  # true ones are lines of notes
    assert said.isdisjoint(pair.claim for pair in [*PAIRS, *FRESH, *FREE])
    known = {one for pair in [*PAIRS, *FRESH, *FREE, *CONTRAST] for one in pair.evidence}
    assert known.isdisjoint(one for pair in runner.load(runner.UNSEEN) for one in pair.evidence)


def test_the_second_dev_set_is_about_other_evidence():
    assert len(FRESH) >= 100
    guidance = [pair for pair in FRESH if pair.source.endswith(".md")]
    known = {one for pair in PAIRS for one in pair.evidence}
    assert [pair.id for pair in guidance if known & set(pair.evidence)] == []


@pytest.mark.parametrize("pairs", [PAIRS, FRESH, FREE, HELD_OUT], ids=["set", "fresh", "free", "held out"])
def test_a_claim_that_is_called_changed_is_nowhere_its_evidence(pairs):
    assert all(pair.claim not in pair.evidence for pair in pairs if pair.kind in runner.CHANGED)


@pytest.mark.parametrize("pairs", [PAIRS, FRESH], ids=["set", "fresh"])
def test_the_evidence_stands_in_the_corpus(pairs):
    folder = settings.corpus_path() / "guidance"
    documents = {path.name: path.read_text().replace("**", "").replace("`", "") for path in folder.glob("*.md")}
    guidance = [pair for pair in pairs if pair.source.endswith(".md")]
    assert len(guidance) > 100
    assert [pair.id for pair in guidance if pair.evidence[0] not in documents[pair.source]] == []


def test_evidence_that_is_not_shipped_is_read_from_its_documents(tmp_path):
    (tmp_path / "note.md").write_text("# Note\n\nA **PUE** of 1.2 is good.\n")
    (tmp_path / "set.jsonl").write_text(
        '{"id": "p", "kind": "number", "split": "fresh", "claim": "A PUE of 1.3 is good.", "spans": [[8, 33]], '
        '"source": "note.md"}\n'
    )
    (pair,) = runner.load(tmp_path / "set.jsonl", tmp_path)
    assert pair.evidence == ("A PUE of 1.2 is good.",)
    with pytest.raises(SchemaError, match="--corpus"):
        runner.load(tmp_path / "set.jsonl", tmp_path / "elsewhere")


def test_the_free_set_is_dev_and_sets_contrasts_beside_each_other():
    assert {pair.split for pair in FREE} == {"dev"}
    kinds: dict[str, set[str]] = {}
    for pair in FREE:
        if pair.id.startswith("d-"):
            kinds.setdefault(pair.evidence[0], set()).add(pair.kind)
    assert len(kinds) > 100
    assert all({"paraphrase", "negated"} <= found for found in kinds.values())


def test_contrasts_set_every_kind_beside_each_evidence():
    for pairs, many, split in ((CONTRAST, 96_110, "dev"), (UNREAD, 588, "held-out")):
        assert len(pairs) == len({pair.id for pair in pairs}) == many
        assert {pair.split for pair in pairs} == {split}
        counts = Counter((pair.evidence[0], pair.kind) for pair in pairs)
        assert {kind: times for (_, kind), times in counts.items()} == {"paraphrase": 3, "negated": 3, "addition": 1}
        assert len(set(counts.values())) == 2


def test_no_contrast_that_is_held_out_has_evidence_or_notes_of_dev():
    known = {one for pair in [*ALL, *CONTRAST] for one in pair.evidence}
    assert known.isdisjoint(one for pair in UNREAD for one in pair.evidence)
    assert {pair.source for pair in UNREAD}.isdisjoint(pair.source for pair in CONTRAST)


def test_a_bad_line_is_named(tmp_path):
    (tmp_path / "set.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(SchemaError, match="line 1"):
        runner.load(tmp_path / "set.jsonl")


def test_what_the_verifier_stops_and_lets_through(home):
    encoder = runner.encoder(home, PACKAGED)

    def rates(*paths):
        return {(row.split, row.kind): row.rate for row in runner.run(paths, encoder=encoder).rows}

    # The trees are fitted on dev: this guards against a fit that no longer goes with the code.
    near, found = rates(runner.SET, runner.FRESH), rates(runner.FREE, runner.HELD_OUT, runner.UNSEEN)
    lowest = {"number": 0.97, "unit": 0.98, "negated": 0.98, "citation": 0.98, "addition": 0.98, "entity": 0.98}
    assert {kind: rate for kind, rate in lowest.items() if near["dev", kind] < rate} == {}
    assert near["dev", "paraphrase"] <= 0.05
    assert near["dev", "true"] <= 0.005
    free = {"number": 0.98, "unit": 0.95, "negated": 0.97, "citation": 0.98, "addition": 0.98, "entity": 0.98}
    assert {kind: rate for kind, rate in free.items() if found["dev", kind] < rate} == {}
    assert found["dev", "paraphrase"] <= 0.15
    # What was reached on pairs that nothing was made for; on negation not yet what is aimed at: docs/evaluation.md.
    lower = {"number": 0.98, "unit": 0.96, "negated": 0.92, "citation": 0.98, "addition": 0.97, "entity": 0.95}
    assert {kind: rate for kind, rate in lower.items() if found["held-out", kind] < rate} == {}
    assert found["held-out", "paraphrase"] <= 0.15
    contrast = rates(runner.CONTRAST_HELD_OUT)
    assert contrast["held-out", "negated"] >= 0.89 and contrast["held-out", "addition"] >= 0.98
    assert contrast["held-out", "paraphrase"] <= 0.2


def test_shares_are_of_the_pairs_of_each_kind_and_batch():
    def pair(name, kind):
        return runner.Pair(id=name, kind=kind, claim="c", evidence=("e",), split="dev", source="n")

    pairs = [pair("d-1", "negated"), pair("d-2", "negated"), pair("e-1", "paraphrase"), pair("a-1", "negated")]
    told = fitting.shares(fitting.Material([], np.zeros((4, 0)), pairs), np.array([0.9, 0.1, 0.2, 0.8]))
    assert "| free pairs: negated | 2 | 0.500 |" in told
    assert "| free pairs: paraphrase | 1 | 0.000 |" in told
    assert "| other dev pairs: negated | 1 | 1.000 |" in told
