"""The clearance set: every channel at every label, a leak would be seen, and the real API tells nothing."""

from collections import Counter

import pytest

from advisor import Label
from advisor.errors import SchemaError
from advisor.settings import load
from evals.clearance import make_set, runner, suite
from evals.clearance.secret import SECRETS
from evals.registry import Item

PROBES = runner.load()
SAMPLE = [one for one in PROBES if one.channel in ("list", "query", "mcp", "asking for more", "stream")][::3]


def test_the_set_is_what_its_script_writes():
    assert [one.model_dump(mode="json") | {"markers": list(one.markers)} for one in PROBES] == list(make_set.rows())


def test_every_channel_is_tried_at_every_label_and_most_have_a_control():
    tried = Counter((one.label, one.reader) for one in PROBES)
    assert set(tried) == {("internal", "public"), ("restricted", "public"), ("restricted", "internal")}
    assert len({one.channel for one in PROBES}) >= 12 and len(set(tried.values())) == 1
    assert sum(one.shows for one in PROBES) >= len(PROBES) / 2


def test_the_secrets_stand_nowhere_else():
    from advisor.settings import corpus_path

    shipped = " ".join(path.read_text(encoding="utf-8").lower() for path in (corpus_path() / "guidance").glob("*.md"))
    for secret in SECRETS:
        assert [one for one in secret.markers if one in shipped] == []
        assert all(one in f"{secret.note} {secret.feeds()}".lower() for one in secret.markers[:-1])


@pytest.fixture(scope="module")
def opened(home, tmp_path_factory):
    """The set as the suite opens it, on a real API."""
    work = tmp_path_factory.mktemp("clearance")
    (one,) = suite.SETS
    found = one.open(load(home=home), work, lambda line: None)
    yield found
    found.close()


def test_no_reader_is_told_what_is_above_their_clearance_and_every_control_is(opened):
    rows = [opened.measure(Item(one.id, "")) for one in SAMPLE]
    assert [(row.id, row.failures) for row in rows if row.failures] == []
    assert sum("control is told" in row.parts for row in rows) >= 10


def test_a_leak_would_be_seen(home, tmp_path):
    runner.workspace(tmp_path, load(home=home).embedding_model)
    probe = next(one for one in PROBES if one.channel == "search" and one.shows)
    with runner.opened(load(home=home), tmp_path) as door:
        told = runner.probed(probe.model_copy(update={"reader": Label.RESTRICTED}), door)
        assert told.leaked and "is told" in suite._row(told).failures[0]
        blind = runner.probed(probe.model_copy(update={"label": Label.PUBLIC}), door)
        assert not blind.shown and "would notice no leak" in suite._row(blind).failures[0]


def test_words_that_the_reader_brought_are_no_leak():
    probe = next(one for one in PROBES if "How many GPUs are in" in one.path + str(one.body))
    assert runner._markers(probe, f"there is no {probe.body['question']}") == ()


def test_a_hidden_number_is_seen_and_the_digits_of_a_score_are_not_taken_for_it():
    probe = next(one for one in PROBES if one.channel == "search")
    number = next(one for one in probe.markers if one.isdigit())
    assert runner._markers(probe, f"it buys {number} accelerators") == (number,)
    assert runner._markers(probe, f'"score":0.5{number}7,"dense":0.{number}') == ()


def test_a_bad_line_is_named(tmp_path):
    (tmp_path / "set.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(SchemaError, match="line 1"):
        runner.load(tmp_path / "set.jsonl")
