"""Hostile files are refused with a reason or read; nothing crashes, nothing is pulled in, memory stays flat.

A sample of `python -m evals.campaigns hostile`, which reads them all.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from advisor.errors import SchemaError
from advisor.inventory import importing, manifest
from evals.campaigns import hostile
from index import library
from index.errors import LibraryError

MEANT = "0123456789abcdef"


@pytest.fixture(scope="module")
def bad_documents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return hostile.make("documents", tmp_path_factory.mktemp("hostile") / "documents")


@pytest.fixture(scope="module")
def bad_feeds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return hostile.make("feeds", tmp_path_factory.mktemp("hostile") / "feeds")


def test_there_are_two_hundred_hostile_documents_and_a_hundred_hostile_feeds(bad_documents, bad_feeds):
    assert len(bad_documents) >= 200 and len(bad_feeds) >= 100


def test_documents_are_refused_with_a_reason_or_read(bad_documents, own_home):
    sample = [path for path in bad_documents[::6] if path.stat().st_size < 10**6]
    outcome = hostile.ingest(own_home, [sample])
    assert outcome.tried == len(sample) >= 30
    assert outcome.faults == []
    assert outcome.memory.flat, outcome.memory


def test_memory_is_flat_whatever_a_document_holds(own_home, tmp_path):
    outcome = hostile.ingest(own_home, [hostile.large(tmp_path / "large", 3, characters=3_000_000)])
    assert (outcome.read, outcome.faults) == (3, [])
    assert outcome.chunks > 10_000
    assert outcome.memory.flat, outcome.memory


def test_what_is_not_flat_is_told():
    assert hostile.Memory((100, 80), (250, 230), (175, 155)).flat
    assert not hostile.Memory((100, 80), (251, 200), (175, 155)).flat
    assert not hostile.Memory((100, 80), (200, 200), (175, 156)).flat


def test_entities_pull_nothing_in(bad_documents, own_home):
    named = [path for path in bad_documents if "entity" in path.name or "doctype" in path.name]
    outcome = hostile.ingest(own_home, [named])
    assert outcome.tried >= 15
    assert outcome.faults == []


def test_feeds_are_refused_with_a_reason_and_the_sound_one_is_read(bad_feeds, tmp_path):
    sample = [path for path in bad_feeds[::2] if path.stat().st_size < 10**6]
    (tmp_path / "some").mkdir()
    for path in sample:
        path.rename(tmp_path / "some" / path.name)
    outcome = hostile.import_feeds(tmp_path / "some", tmp_path / "store")
    assert outcome.faults == []
    assert outcome.read + len(outcome.refused) == len(sample) + 1 >= 40


@pytest.mark.parametrize(
    "text",
    [
        b"a0: &a0 [x, x]\n"
        + b"\n".join(b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 25)),
        b"feeds: {'*.csv': {as_of: &a [*a]}}",
        b"label: " + b"[" * 50_000,
        b"label: !!python/object/apply:os.system ['true']",
        b"label: x\n" * 200_000,
    ],
    ids=["laughs", "itself", "deep", "code", "long"],
)
def test_a_hostile_feeds_yaml_is_a_short_error(tmp_path, text):
    (tmp_path / "feeds.yaml").write_bytes(text)
    with pytest.raises(SchemaError) as error:
        manifest.load(tmp_path)
    assert len(str(error.value)) < 2000


@pytest.fixture
def traps(tmp_path):
    """A folder with one sound note and feed, and names and kinds of files that are none; the secret lies outside."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.md").write_text(f"# Secret\n\nThe secret {MEANT} stands outside of the folder.\n")
    (tmp_path / "secret.csv").write_text(f"site,pue,country\nSecret {MEANT},1.1,NO\n")
    (folder / "sound.md").write_text("# Sound\n\nWater is metered at the rack of each hall.\n")
    (folder / "sites.csv").write_text("site,pue,country\nOslo,1.2,NO\n")
    for suffix in ("md", "csv"):
        (folder / f"out.{suffix}").symlink_to(tmp_path / f"secret.{suffix}")
        (folder / f"dangling.{suffix}").symlink_to(tmp_path / "nowhere")
        (folder / f"loop.{suffix}").symlink_to(folder / f"loop.{suffix}")
        (folder / f"zero.{suffix}").symlink_to("/dev/zero")
        (folder / f"folder.{suffix}").mkdir()
        os.mkfifo(folder / f"pipe.{suffix}")
        (folder / f"nothing.{suffix}").write_bytes(b"")
        (folder / ("n" * 240 + f".{suffix}")).write_bytes(b"\0")
        (folder / f"line\nbreak\x1b[2J.{suffix}").write_bytes(b"\0")
        (folder / f"..%2f..%2fetc.{suffix}").write_bytes(b"\0")
        with open(os.fsencode(folder) + b"/\xff\xfe." + suffix.encode(), "wb") as file:
            file.write(b"# Name\n\nThe name of this file is no text.\n")
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    socket.socket(socket.AF_UNIX).bind(str(folder / "s.md"))
    return folder


def test_links_pipes_and_odd_names_are_no_way_out_of_a_folder(own_home, traps):
    report = library.ingest(own_home, [traps])
    assert [path.rpartition("/")[2] for path in report.added] == ["sites.csv", "sound.md"]
    reasons = {path.rpartition("/")[2]: reason for path, reason in report.refused}
    assert "leads out of its folder" in reasons["out.md"]
    assert any("UTF-8" in reason for reason in reasons.values())
    assert not any("\n" in path or "\x1b" in path for path in reasons)


def test_the_same_traps_are_none_for_an_import(tmp_path, traps):
    report = importing.build_store(tmp_path / "store", [traps], label="public")
    assert [path.rpartition("/")[2] for path in report.read] == ["sites.csv"]
    reasons = {path.rpartition("/")[2]: reason for path, reason in report.refused}
    assert "leads out of its folder" in reasons["out.csv"]
    assert any("UTF-8" in reason for reason in reasons.values())


def test_a_bill_named_like_a_pattern_reads_no_neighbour(tmp_path):
    head = "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory\n"
    line = "{},USD,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,Usage\n"
    (tmp_path / "bill.csv").write_text(head + line.format(777))
    (tmp_path / "*.csv").write_text(head + line.format(1))
    (tmp_path / "only").mkdir()
    (tmp_path / "*.csv").rename(tmp_path / "only" / "[a-z]*.csv")
    (tmp_path / "bill.csv").rename(tmp_path / "only" / "bill.csv")
    from advisor.inventory.inventory import Inventory

    importing.build_store(tmp_path / "store", [tmp_path / "only" / "[a-z]*.csv"], label="public")
    inventory = Inventory(tmp_path / "store")
    assert inventory.query("SELECT billed_cost FROM main.obs_spend") == [(1.0,)]
    inventory.close()


def test_a_folder_of_nothing_but_traps_is_an_error_with_reasons(own_home, tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(LibraryError, match="No document could be read"):
        library.ingest(own_home, [tmp_path])
