"""A power cut at any point of an ingest leaves the former generation or the new one, whole.

A sample of `python -m evals.campaigns power`.
"""

from __future__ import annotations

import os

import pytest

from evals.campaigns import kills, power

pytestmark = pytest.mark.skipif(
    not power.available() and "CI" not in os.environ, reason="no strace on this machine: install it to record an ingest"
)


def test_whatever_a_cut_leaves_opens_as_one_generation(own_home, tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    notes = kills.Notes()
    for turn in range(2):  # the first write of a workspace, and one over another
        notes.write(sources, turn, turn)
        before = power.documents(own_home)
        log = power.record(own_home, sources, "notes")
        after = power.documents(own_home)
        outcome = power.run(log, before, after, power.documents)
        assert before != after
        assert outcome.faults == ()
        assert outcome.former and outcome.later and outcome.states >= 6


def test_a_write_that_syncs_nothing_is_found_out(own_home, tmp_path):
    """The model can fail: without the syncs of the log it finds states that open as neither generation."""
    sources = tmp_path / "sources"
    sources.mkdir()
    notes = kills.Notes()
    notes.write(sources, 0, 0)
    log = power.record(own_home, sources, "notes")
    log.steps = [step for step in log.steps if step.kind != "sync"]
    outcome = power.run(log, None, power.documents(own_home), power.documents)
    assert any("cannot be read" in fault or "acknowledged and gone" in fault for fault in outcome.faults)
