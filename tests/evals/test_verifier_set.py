"""The sets the verifier is measured on: real evidence, every kind, and the figures that the README promises."""

from collections import Counter

import pytest

from advisor import settings
from advisor.errors import SchemaError
from evals.verifier import runner
from index.embedding import PACKAGED

PAIRS = runner.load()
FRESH = runner.load(runner.FRESH)


def test_the_set_has_enough_of_every_kind_in_both_halves():
    counts = Counter((pair.split, pair.kind) for pair in PAIRS)
    assert len(PAIRS) >= 400
    assert all(counts[split, kind] >= 18 for split in runner.SPLITS[:2] for kind in (*runner.FAITHFUL, *runner.CHANGED))
    assert sum(pair.kind == "paraphrase" for pair in PAIRS) >= 80


def test_the_fresh_set_is_kept_apart():
    assert len(FRESH) >= 100
    assert {pair.split for pair in FRESH} == {"fresh"}
    guidance = [pair for pair in FRESH if pair.source.endswith(".md")]
    known = {one for pair in PAIRS for one in pair.evidence}
    assert [pair.id for pair in guidance if known & set(pair.evidence)] == []


@pytest.mark.parametrize("pairs", [PAIRS, FRESH], ids=["set", "fresh"])
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


def test_a_bad_line_is_named(tmp_path):
    (tmp_path / "set.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(SchemaError, match="line 1"):
        runner.load(tmp_path / "set.jsonl")


def test_what_the_verifier_stops_and_lets_through(home):
    report = runner.run(encoder=runner.encoder(home, PACKAGED))
    found = {(row.split, row.kind): row.rate for row in report.rows}
    for split in ("held-out", "fresh"):
        assert found[split, "citation"] == 1.0
        assert found[split, "number"] >= 0.95
        assert found[split, "unit"] >= 0.9
        assert found[split, "negated"] >= 0.8
        assert found[split, "addition"] >= 0.9
        assert found[split, "entity"] >= 0.9
        assert found[split, "paraphrase"] <= 0.2
