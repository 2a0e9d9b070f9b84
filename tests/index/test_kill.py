"""Fifty `kill -9` at random moments: the library opens, holds what was acknowledged, mixes nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from index import generation, library, retriever
from index.document import Document
from index.embedding import PACKAGED
from index.retriever import Retriever

KILLS = 50


def text(name: int, version: int) -> str:
    return f"---\nlabel: public\n---\n# Note {name}\n\nNote {name} was revised {version} times by its owner.\n"


def ingest(home: Path, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "--home", str(home), "ingest", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def held(home: Path) -> dict[str, str]:
    """Texts by file name, after checking that vectors, chunks and checksums belong together."""
    manifest, damaged = retriever.verify(home)
    assert damaged == []
    opened = Retriever(home, PACKAGED)
    documents: list[tuple[Document, int]] = opened.documents()
    assert sum(chunks for _, chunks in documents) == manifest.chunks == len(opened.texts())
    assert opened.retrieve("who revised the note").passages
    folder, _ = generation.open_current(home)
    return {Path(one.source).name: one.document.text for one in generation.read_records(folder)}


def test_fifty_kills_lose_nothing_and_mix_nothing(own_home, tmp_path):
    seed = random.Random(7)
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "0.md").write_text(text(0, 0))
    started = time.monotonic()
    assert ingest(own_home, folder).wait() == 0
    usual = time.monotonic() - started
    before = {path.name: path.read_text() for path in folder.iterdir()}
    killed = 0
    while killed < KILLS:
        version = killed + 1
        (folder / f"{killed % 7}.md").write_text(text(killed % 7, version))
        (folder / f"{(killed + 3) % 7}.md").write_text(text((killed + 3) % 7, version))
        after = {path.name: path.read_text() for path in folder.iterdir()}
        process = ingest(own_home, folder)
        time.sleep(seed.uniform(0.3, 1.05) * usual)
        acknowledged = process.poll() == 0
        if not acknowledged:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        now = held(own_home)
        assert now in (before, after), "a mixture of two generations"
        if acknowledged:
            assert now == after, "an acknowledged document is gone"
        before = now
    assert library.ingest(own_home, [folder]).documents == len(list(folder.iterdir()))
