"""The set the verifier is measured on: real evidence, both halves, every kind."""

from collections import Counter

import pytest

from advisor import settings
from advisor.errors import SchemaError
from evals.verifier import runner

PAIRS = runner.load()


def test_the_set_has_enough_of_every_kind_in_both_halves():
    counts = Counter((pair.split, pair.kind) for pair in PAIRS)
    assert len(PAIRS) >= 400
    assert all(counts[split, kind] >= 18 for split in runner.SPLITS for kind in (*runner.FAITHFUL, *runner.CHANGED))
    assert sum(pair.kind == "paraphrase" for pair in PAIRS) >= 80


def test_a_claim_that_is_called_changed_is_nowhere_its_evidence():
    assert all(pair.claim not in pair.evidence for pair in PAIRS if pair.kind in runner.CHANGED)


def test_the_evidence_stands_in_the_corpus():
    folder = settings.corpus_path() / "guidance"
    documents = {path.name: path.read_text().replace("**", "").replace("`", "") for path in folder.glob("*.md")}
    guidance = [pair for pair in PAIRS if pair.source.endswith(".md")]
    assert len(guidance) > 400
    assert [pair.id for pair in guidance if pair.evidence[0] not in documents[pair.source]] == []


def test_a_bad_line_is_named(tmp_path):
    (tmp_path / "set.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(SchemaError, match="line 1"):
        runner.load(tmp_path / "set.jsonl")
