"""`kill -9` at random moments: the workspace opens, holds what was acknowledged, mixes nothing.

A sample of `python -m evals.campaigns kills`, which kills two hundred times.
"""

from __future__ import annotations

import pytest

from evals.campaigns import kills
from index import library


@pytest.mark.parametrize(("kind", "number"), [("notes", 30), ("feeds", 20)])
def test_kills_lose_nothing_and_mix_nothing(own_home, tmp_path, kind, number):
    folder = tmp_path / "sources"
    folder.mkdir()
    outcome = kills.run(own_home, folder, kind, number)
    assert outcome.kills == number
    assert outcome.faults == ()
    if kind == "notes":
        assert library.ingest(own_home, [folder]).documents == len(list(folder.iterdir()))
