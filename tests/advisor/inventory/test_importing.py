"""Imports are generations: idempotent, whole or not at all, carried over by ingest; feeds keep their labels."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from advisor.engine import Advisor, workspace_ready
from advisor.errors import InventoryError
from advisor.inventory import export, quality, schema
from advisor.inventory.importing import build_store, import_feeds
from advisor.inventory.inventory import Inventory
from advisor.inventory.record import ProblemKind
from advisor.settings import Settings
from index import generation, library
from index.document import Label
from index.errors import LibraryNotFound

FOCUS = "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ProviderName,ConsumedQuantity,ConsumedUnit,PricingQuantity,PricingUnit,CommitmentDiscountStatus,SkuPriceDetails,Tags\n"


@pytest.fixture
def workspace(home, tmp_path) -> Path:
    """A workspace with the session's library in it."""
    shutil.copytree(home, tmp_path / "ws")
    return tmp_path / "ws"


@pytest.fixture
def feeds(tmp_path) -> Path:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "feeds.yaml").write_text("label: internal\nfeeds: {'*.csv': {as_of: 2026-11-01}}\n")
    (folder / "sites.csv").write_text(
        "site,pue,power_capacity_kw,as_of\nOslo,1.2,100,2026-11-01\nBergen,1.4,50,2026-11-01\n"
    )
    return folder


def store(tmp_path, **files):
    """A store of the files given as name=text."""
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", "/").replace("_csv", ".csv").replace("_yaml", ".yaml")).write_text(text)
    report = build_store(tmp_path / "store", [folder], label="internal")
    return report, Inventory(tmp_path / "store")


def test_an_import_is_a_new_generation_with_the_library_unchanged(workspace, feeds):
    before, manifest = generation.open_current(workspace)
    (texts,) = before.glob("segments/*/texts.sqlite")
    inode = texts.stat().st_ino
    report = import_feeds(workspace, [feeds])
    folder, after = generation.open_current(workspace)
    assert report.generation == after.name != manifest.name
    assert (folder / texts.relative_to(before)).stat().st_ino == inode
    assert generation.damage(folder, after) == []
    assert (folder / "inventory" / "obs_site.parquet").is_file()


def test_importing_the_same_again_changes_nothing(workspace, feeds):
    first = import_feeds(workspace, [feeds])
    again = import_feeds(workspace, [feeds])
    assert (again.generation, again.read, len(again.unchanged)) == (first.generation, [], 1)


def test_changed_and_removed_feeds_replace_and_leave(workspace, feeds):
    import_feeds(workspace, [feeds])
    (feeds / "sites.csv").write_text("site,pue,as_of\nOslo,1.3,2026-11-02\n")
    (feeds / "clusters.csv").write_text("cluster,site,as_of\nc1,Oslo,2026-11-02\n")
    import_feeds(workspace, [feeds])
    inventory = Inventory.open(workspace)
    assert inventory.query("SELECT site, pue FROM c_restricted.site") == [("Oslo", 1.3)]
    (feeds / "clusters.csv").unlink()
    import_feeds(workspace, [feeds])
    assert Inventory.open(workspace).query("SELECT count(*) FROM c_restricted.cluster") == [(0,)]


def test_an_ingest_carries_the_inventory_over(workspace, feeds, tmp_path):
    import_feeds(workspace, [feeds])
    note = tmp_path / "note.md"
    note.write_text("# Tape\n\nTape keeps cold data cheaply for years.\n")
    library.ingest(workspace, [note])
    assert len(Inventory.open(workspace).feeds()) == 1


def test_a_failed_import_leaves_the_former_inventory(workspace, feeds, tmp_path):
    first = import_feeds(workspace, [feeds])
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "x.csv").write_text("nothing,known\n1,2\n")
    with pytest.raises(InventoryError, match="No feed could be read"):
        import_feeds(workspace, [bad], rebuild=True)
    assert generation.current_name(workspace) == first.generation
    assert not list(generation.generations(workspace).glob(".staging-*"))


def test_a_bad_file_only_lands_in_refused(workspace, feeds):
    (feeds / "broken.xlsx").write_bytes(b"PK nonsense")
    report = import_feeds(workspace, [feeds])
    assert len(report.refused) == 1 and "broken.xlsx" in report.refused[0][0]
    assert len(Inventory.open(workspace).feeds()) == 1


def test_an_import_needs_no_library_and_a_later_ingest_keeps_it(tmp_path, feeds):
    home = tmp_path / "empty"
    assert import_feeds(home, [feeds]).read and import_feeds(home, [feeds]).unchanged
    advisor = Advisor.open(Settings(home=home, clearance=Label.RESTRICTED))
    answer = advisor.ask("What is the PUE of Oslo?")
    assert not answer.abstained and answer.generation == "000001"
    with pytest.raises(LibraryNotFound, match="advisor ingest"):
        advisor.ask("What is PUE?")
    assert "advisor ingest" in (workspace_ready(home) or "")
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "pue.md").write_text("# PUE\n\nPUE is the energy of a facility over that of its IT equipment.\n")
    library.ingest(home, [notes], label=Label.INTERNAL)
    assert advisor.ask("What is PUE?").evidence and not advisor.ask("What is the PUE of Oslo?").abstained


def test_the_connection_can_neither_write_nor_read_other_files(tmp_path, feeds):
    _, inventory = store(tmp_path, sites_csv="site,pue\nOslo,1.2\n")
    for sql in (
        "CREATE TABLE c_restricted.x (a INT)",
        "DELETE FROM c_restricted.site",
        f"SELECT * FROM read_csv('{feeds}/sites.csv')",
        "COPY c_restricted.site TO '/tmp/out.csv'",
        "SET enable_external_access = true",
        "ATTACH '/tmp/other.db'",
    ):
        with pytest.raises(InventoryError):
            inventory.query(sql)


def test_labels_hide_rows_and_the_lower_reading_is_resolved_anew(tmp_path):
    _, _ = store(
        tmp_path,
        a_csv="site,pue,power_capacity_kw,label,as_of\nOslo,1.2,100,public,2026-10-01\n",
        b_csv="site,pue,renewable_percent,label,as_of\nOslo,1.5,90,restricted,2026-11-01\n",
    )
    high, low = (Inventory(tmp_path / "store", label) for label in (Label.RESTRICTED, Label.PUBLIC))
    assert high.query(f"SELECT pue, renewable_percent FROM {high.schema}.site") == [(1.5, 90.0)]
    assert low.query(f"SELECT pue, renewable_percent FROM {low.schema}.site") == [(1.2, None)]
    assert not [p for p in low.problems() if "1.5" in p.reason]
    assert [
        p for p in high.problems() if p.kind is ProblemKind.CONTRADICTORY and "1.5" in p.reason and "1.2" in p.reason
    ]


def test_a_feed_without_a_label_is_restricted(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "sites.csv").write_text("site,pue\nOslo,1.2\n")
    build_store(tmp_path / "store", [folder])
    assert Inventory(tmp_path / "store", Label.INTERNAL).query("SELECT * FROM c_internal.site") == []


def test_measured_stands_over_declared_and_fresh_over_stale(tmp_path):
    import json

    def fio(when, value):
        side = {"io_bytes": 1, "bw_bytes": value, "runtime": 60000}
        return json.dumps(
            {
                "fio version": "f",
                "timestamp": when,
                "jobs": [{"job options": {"rw": "read", "direct": "1"}, "read": side}],
            }
        )

    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "storage.csv").write_text(
        "storage,site,seq_read_gbytes_per_s,as_of\nnew,Oslo,5,2026-11-01\nold,Oslo,5,2026-11-01\n"
    )
    (folder / "new.json").write_text(fio(1791763200, 2_000_000_000))  # October 2026
    (folder / "old.json").write_text(fio(1704067200, 9_000_000_000))  # January 2024
    (folder / "feeds.yaml").write_text("label: internal\nfeeds: {new.json: {storage: new}, old.json: {storage: old}}\n")
    build_store(tmp_path / "store", [folder])
    rows = Inventory(tmp_path / "store").query(
        "SELECT storage, seq_read_gbytes_per_s FROM c_restricted.storage ORDER BY 1"
    )
    assert rows == [("new", 2.0), ("old", 5.0)]


def test_devices_are_joined_by_uuid_serial_and_slot_and_counted_once(tmp_path):
    _, inventory = store(
        tmp_path,
        accelerators_csv="uuid,serial,node,site,gpu_index,model\nGPU-1,S1,n1,Oslo,0,H100\nGPU-2,,n1,Oslo,1,H100\n",
        assets_csv="serial,node,gpu_index,site,model,memory_gb,acquisition\nS1,,,Oslo,H100,80,owned\n,n1.example.net,1,Oslo,H100,80,owned\n",
        nodes_csv="node,site,gpu_count,gpu_model\nn1,Oslo,4,H100\n",
    )
    rows = inventory.query("SELECT count(*), count(memory_gb), count(counted_by) FROM c_restricted.accelerator")
    assert rows == [(4, 2, 2)]  # two listed by two feeds each, two known by the node's count only


def test_the_same_serial_twice_in_a_feed_is_reported(tmp_path):
    _, inventory = store(
        tmp_path, accelerators_csv="serial,node,gpu_index,site,model\nS1,n1,0,Oslo,H100\nS1,n1,1,Oslo,H100\n"
    )
    assert inventory.query("SELECT count(*) FROM c_restricted.accelerator") == [(1,)]
    (found,) = [p for p in inventory.problems() if p.kind is ProblemKind.DUPLICATE]
    assert "rows 2, 3" in found.reason and "counted once" in found.reason


def test_focus_sets_broken_lines_aside_and_counts_them(tmp_path):
    good = '10.5,USD,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,10.5,AWS,2,Hours,2,Hours,,"{""InstanceType"": ""p5.48xlarge""}","{""team"": ""A""}"\n'
    unused = '0,USD,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,7,AWS,,,3,Hours,Unused,"{""InstanceType"": ""p5.48xlarge"", ""GpuCount"": 8}",\n'
    bad = (
        '"1,234.50",USD,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,1,AWS,,,,,,,\n'
        "$3,USD,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,1,AWS,,,,,,,\n"
        "1,,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,1,AWS,,,,,,,\n"
        "1,USD,Usage,soon,2026-07-02T00:00:00Z,1,AWS,,,,,,,\n"
    )
    _, inventory = store(tmp_path, bill_csv=FOCUS + good + unused + bad)
    rows = inventory.query("SELECT effective_cost, gpu_hours, team, row FROM c_restricted.spend ORDER BY row")
    assert [(float(cost), hours, team, row) for cost, hours, team, row in rows] == [
        (10.5, 16.0, "A", 2),
        (7.0, None, None, 3),
    ]
    aside = [p for p in inventory.problems() if p.kind is ProblemKind.QUARANTINED]
    assert sum(p.count for p in aside) == 4 and {p.row for p in aside} == {4, 6, 7}


def test_focus_rows_of_an_irregular_csv_keep_their_place(tmp_path):
    row = "1,EUR,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,1,AWS,,,,,,,\n"
    _, inventory = store(
        tmp_path, bill_csv=FOCUS + row + "1,EUR,Usage,too,many,cells,in,this,row,a,b,c,d,e,f,g,h\n" + row
    )
    assert inventory.query("SELECT row FROM c_restricted.spend ORDER BY row") == [(2,), (4,)]
    assert [p.row for p in inventory.problems() if p.kind is ProblemKind.QUARANTINED] == [3]


def test_lines_that_two_bills_share_are_counted_once(tmp_path):
    row = "{},EUR,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,1,AWS,,,,,,,\n"
    _, inventory = store(
        tmp_path, one_csv=FOCUS + row.format(1) + row.format(2), two_csv=FOCUS + row.format(2) + row.format(3)
    )
    assert inventory.query("SELECT sum(billed_cost)::DOUBLE FROM c_restricted.spend") == [(6.0,)]
    assert any("stand in an earlier feed" in p.reason for p in inventory.problems())


def test_the_same_bytes_under_two_names_are_counted_once(tmp_path):
    text = "site,pue\nOslo,1.2\n"
    report, inventory = store(tmp_path, sites_csv=text, copy_csv=text)
    assert len(inventory.feeds()) == 1 and "same bytes" in report.refused[0][1]


def test_the_report_names_what_is_stale_missing_and_contradictory(sample):
    found = quality.report(sample, date(2026, 11, 25))
    stale = found.of(ProblemKind.STALE)
    assert any("fio-dub-ceph" in p.feed for p in stale)
    said = " ".join(p.reason for p in found.of(ProblemKind.CONTRADICTORY))
    assert "osl-eth" in said and "4.0" in said and "1.0" in said and "fra-h100-05" in said
    assert any("40 GPUs" in p.reason and "Dublin" in p.reason for p in found.of(ProblemKind.MISSING))
    assert found.rule in {p.rule for p in found.of(ProblemKind.CONTRADICTORY)}


@pytest.mark.parametrize("cell", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", " =1"])
def test_cells_that_look_like_formulas_come_out_as_text(tmp_path, cell):
    export.write_csv(tmp_path / "x.csv", ["a"], [[cell]])
    with (tmp_path / "x.csv").open(newline="") as file:
        assert list(csv.reader(file))[1] == [f"'{cell}"]


def test_templates_are_read_back_as_our_own_form(tmp_path):
    written = export.write_templates(tmp_path / "t")
    assert len(written) == len(schema.ENTITIES) + 1
    header = (tmp_path / "t" / "storage.csv").read_text().strip()
    row = ",".join("s1" if name == "storage" else "Oslo" if name == "site" else "" for name in header.split(","))
    (tmp_path / "t" / "storage.csv").write_text(f"{header}\n{row}\n")
    build_store(tmp_path / "store", [tmp_path / "t" / "storage.csv"], label="internal")
    assert Inventory(tmp_path / "store").query("SELECT storage, site FROM c_restricted.storage") == [("s1", "Oslo")]


def test_the_documentation_and_templates_are_those_of_the_schema(tmp_path):
    docs = Path(__file__).parents[3] / "docs"
    text = (docs / "inventory.md").read_text()
    for entity, model in schema.ENTITIES.items():
        assert f"### {entity}\n" in text
        for name, field in model.model_fields.items():
            assert f"| `{name}` | {schema.unit_of(entity, name)} | {field.description} |" in text
    export.write_templates(tmp_path)
    for path in tmp_path.glob("*.csv"):
        assert (docs / "templates" / path.name).read_text() == path.read_text()
    assert (docs / "templates" / export.WORKBOOK).is_file()
