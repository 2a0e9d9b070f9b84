"""People ask while the library is indexed again: no error, and answers of more than one generation.

A sample of `python -m evals.campaigns load`, which prints latencies and memory too.
"""

from __future__ import annotations

import shutil

from evals.campaigns import load


def test_nobody_sees_an_error_while_the_library_is_indexed(home, tmp_path):
    own, notes = tmp_path / "home", tmp_path / "notes"
    shutil.copytree(home, own)
    notes.mkdir()
    outcome = load.run(own, notes, users=8, seconds=15, warm_s=1)
    assert outcome.errors == []
    assert len(outcome.search_s) >= 10 and outcome.ask_s
    assert len(outcome.generations) >= 2
