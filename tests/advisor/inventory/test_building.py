"""An inventory is built by a child: it takes no memory of its parent, ends with it, and says why it ended itself."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from advisor.errors import InventoryError
from advisor.inventory.importing import build_store, import_feeds
from advisor.inventory.inventory import Inventory
from evals.campaigns import hostile
from index import generation

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are found in /proc")


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "feeds.yaml").write_text("label: internal\n")
    (folder / "sites.csv").write_text("site,pue,as_of\nOslo,1.2,2026-11-01\n")
    return folder


def large(folder: Path) -> None:
    """A feed that takes seconds to read and much memory to write."""
    rows = "".join(f"Site {n},{1.1 + n % 80 / 100:.2f},2026-11-01\n" for n in range(30_000))
    (folder / "large.csv").write_text("site,pue,as_of\n" + rows)


def children(process: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # the thread is over
            found += map(int, thread.read_text().split())
    return found


def until(what: Callable[[], object], patience_s: float = 60.0) -> None:
    end = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.02)


def gone(process: int) -> bool:
    """Ended; what nobody waited for is still listed."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].startswith(("Z", "X"))
    except OSError:
        return True


def test_what_an_import_needs_is_not_held_by_its_parent(tmp_path, feeds):
    build_store(tmp_path / "small", [feeds])
    large(feeds)
    outcome = hostile.import_feeds(feeds, tmp_path / "store")
    assert (outcome.read, outcome.faults) == (2, [])
    (start, _), (most, _) = outcome.memory.start, outcome.memory.most
    assert most - start < 20
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 150 * 1024


def test_a_killed_import_leaves_no_process_and_no_generation(tmp_path, feeds):
    home = tmp_path / "home"
    first = import_feeds(home, [feeds])
    large(feeds)
    code = "import sys, pathlib; from advisor.inventory.importing import import_feeds; " + (
        "import_feeds(pathlib.Path(sys.argv[1]), [pathlib.Path(sys.argv[2])])"
    )
    importing = subprocess.Popen([sys.executable, "-c", code, str(home), str(feeds)])
    until(lambda: [reader for one in children(importing.pid) for reader in children(one)])
    (building,) = children(importing.pid)
    (reading,) = children(building)
    importing.kill()
    importing.wait()
    until(lambda: gone(building) and gone(reading))
    assert generation.current_name(home) == first.generation
    assert len(import_feeds(home, [feeds]).read) == 1  # the lock is free
    assert not list(generation.generations(home).glob(".staging-*"))


def test_an_import_that_is_broken_off_ends_its_processes(tmp_path, feeds):
    home = tmp_path / "home"
    first = import_feeds(home, [feeds])
    large(feeds)
    seen: list[int] = []

    class Cancelled(Exception):
        pass

    def cancel(shown: str) -> None:
        seen.extend(children(os.getpid()))
        raise Cancelled

    with pytest.raises(Cancelled):
        import_feeds(home, [feeds], say=cancel)
    assert seen and all(gone(one) for one in seen)
    assert generation.current_name(home) == first.generation
    assert not list(generation.generations(home).glob(".staging-*"))


def test_a_process_that_was_ended_from_outside_is_an_error_in_words(tmp_path, feeds):
    home = tmp_path / "home"
    first = import_feeds(home, [feeds])
    large(feeds)

    def kill(shown: str) -> None:
        (building,) = children(os.getpid())
        os.kill(building, signal.SIGKILL)

    with pytest.raises(InventoryError, match="ended from outside"):
        import_feeds(home, [feeds], say=kill)
    assert generation.current_name(home) == first.generation
    assert len(Inventory.open(home).feeds()) == 1


def test_a_service_that_is_told_to_end_ends_its_imports_itself(tmp_path, feeds):
    """Its manager tells all of its processes; what was accepted must not be refused for that."""
    large(feeds)

    def tell_all(shown: str) -> None:
        (building,) = children(os.getpid())
        for process in (building, *children(building)):
            os.kill(process, signal.SIGTERM)

    report = import_feeds(tmp_path / "home", [feeds], say=tell_all)
    assert len(report.read) == 2 and report.refused == []


def test_a_file_that_may_not_grow_is_an_error_in_words(tmp_path, feeds):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, limits[1]))
    try:
        with pytest.raises(InventoryError, match="could not be written"):
            build_store(tmp_path / "store", [feeds])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_files_are_found_from_the_folder_that_their_names_start_at(tmp_path, feeds, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = import_feeds(Path("home"), [Path("feeds")])
    assert report.read == ["feeds/sites.csv"]
    assert Inventory.open(tmp_path / "home").query("SELECT pue FROM main.obs_site") == [(1.2,)]
