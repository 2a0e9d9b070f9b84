"""One realistic file a format, with the traps that real exports hold: each gives the right value with its place, or a
row or cell set aside with its reason. Never a number that is silently wrong."""

import csv
import json

import openpyxl
import pytest

from advisor.errors import SchemaError
from advisor.inventory import detection
from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.inventory.record import ProblemKind, Sink


@pytest.fixture
def read(tmp_path):
    """Write a file, detect its format, read it: (format, observations, rows or cells set aside, doubts)."""

    def _read(name, content, encoding="utf-8", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        source = detection.open_source(path, name, {"label": "internal", **options})
        found = detection.detect(source)
        sink = Sink(source)
        found.read(source, sink)
        aside = [(p.row, p.column, p.reason) for p in sink.problems if p.kind is ProblemKind.QUARANTINED]
        doubts = [p.reason for p in sink.problems if p.kind is ProblemKind.IN_DOUBT]
        return found.name, sink.observations, aside, doubts

    return _read


def store(tmp_path, **files):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, content in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_bytes(content if isinstance(content, bytes) else content.encode())
    report = build_store(tmp_path / "store", [folder], label="internal")
    return report, Inventory(tmp_path / "store")


SMI = "timestamp, index, uuid, serial, name, memory.total [MiB], memory.used [MiB], utilization.gpu [%], power.draw [W], temperature.gpu\n"


def test_nvidia_smi_in_utf16_with_crlf_joined_outputs_and_a_cut_off_end(read):
    row = "2026/11/20 08:00:1{i}.001, {i}, GPU-{i}, 16501{i}, NVIDIA H100 80GB HBM3, 81559 MiB, {rest}\n"
    text = (
        SMI
        + row.format(i=0, rest="77011 MiB, 85 %, 561.18 W, 64")
        + "\n"
        + SMI
        + row.format(i=1, rest="[N/A], [Unknown Error], [Not Supported], -")
        + row.format(i=2, rest="64556 MiB, 930 %, 4294967.29 W, 65535")
        + row.format(i=3, rest="1 MiB, -5 %, 5,61 W, 64")
        + "2026/11/20 08:00:14.001, 4, GPU-4, 16504, NVIDIA H100 80GB HBM3, 81559 MiB, 77011 MiB, 8"
    ).replace("\n", "\r\n")
    name, found, aside, _ = read("smi.csv", text, "utf-16", node="n1")
    assert name == "nvidia-smi" and [one.values["uuid"] for one in found] == ["GPU-0", "GPU-1", "GPU-2"]
    first = found[0]
    assert first.values["memory_used_gb"] == pytest.approx(77011 * 2**20 / 1e9)
    assert (first.values["power_w"], first.row, first.columns["power_w"]) == (561.18, 2, ("power.draw [W]", "W"))
    assert not {"memory_used_gb", "utilisation_percent", "power_w", "temperature_c"} & set(found[1].values)
    assert not {"utilisation_percent", "power_w", "temperature_c"} & set(found[2].values)
    assert [(row, column) for row, column, _ in aside] == [
        (6, "utilization.gpu [%]"), (6, "power.draw [W]"), (6, "temperature.gpu"), (7, ""), (8, ""),
    ]  # fmt: skip


def test_dcgm_where_the_host_is_a_pod_values_are_blank_and_the_end_is_cut_off(read):
    def line(metric, value, gpu=0, host="nvidia-dcgm-exporter-5e5b02", more=""):
        labels = (
            f'gpu="{gpu}",UUID="GPU-{gpu}",device="nvidia{gpu}",modelName="NVIDIA A100-SXM4-80GB",Hostname="{host}"'
        )
        return f"{metric}{{{labels}{more}}} {value}\n"

    text = (
        "# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).\n# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n"
        + line("DCGM_FI_DEV_GPU_UTIL", 42)
        + line("DCGM_FI_DEV_GPU_UTIL", 43, 1, more=',node="gpu-07",pod="train-0",namespace="a,b}"')
        + line("DCGM_FI_DEV_GPU_UTIL", 44, 2, host="gpu-08.example.net")
        + line("DCGM_FI_DEV_GPU_UTIL", "NaN", 3)
        + line("DCGM_FI_DEV_GPU_UTIL", 140, 4)
        + line("DCGM_FI_DEV_FB_USED", 11441)
        + line("DCGM_FI_DEV_GPU_TEMP", 64).rstrip("\n")[:-1]
    )
    _, found, aside, doubts = read("metrics.prom", text)
    assert [one.values.get("node") for one in found[:3]] == [None, "gpu-07", "gpu-08.example.net"]
    assert [one.values.get("utilisation_percent") for one in found] == [42, 43, 44, None, None]
    assert found[4].values["memory_used_gb"] == pytest.approx(11441 * 2**20 / 1e9)
    assert [row for row, _, _ in aside] == [9, 7] and not any("temperature_c" in one.values for one in found)
    assert any("give `node:`" in text for text in doubts) and any("NaN" in text for text in doubts)


def test_scontrol_with_empty_gres_flags_and_a_cut_off_end(read):
    text = (
        "NodeName=n1 Arch=x86_64 CoresPerSocket=56\n   CPUAlloc=0 CPUTot=224 CPULoad=N/A\n   Gres=(null)\n"
        "   NodeAddr=n1 NodeHostName=n1 Version=24.05.4\n   RealMemory=2063000 AllocMem=0\n   State=IDLE+CLOUD+POWERED_DOWN\n"
        "   CfgTRES=cpu=224,mem=2063000M,billing=224\n   AllocTRES=\n   Comment=rack=R1 NodeName=x\n\n"
        "NodeName=n2 Arch=x86_64\n   CPUTot=224\n   Gres=gpu:h100:8(S:0-1),shard:h100:32(S:0-1),mps:100\n   RealMemory=2063000\n"
        "   State=MIXED\n   AllocTRES=cpu=70,gres/gpu=5,gres/gpu:h100=5,gres/gpumem=100G,gres/gpuutil=80\n\n"
        "NodeName=n3 Arch=x86_64\n   Gres=gpu:h100:8\n   CPUTot=22"
    )
    _, (one, two, three), aside, _ = read("nodes.txt", text.replace("\n", "\r\n"))
    assert "gpu_count" not in one.values and one.values["status"] == "down"
    assert one.values["memory_gb"] == pytest.approx(2063000 * 2**20 / 1e9)
    assert (two.values["gpu_count"], two.values["gpu_allocated"]) == (8, 5)
    assert three.values["gpu_count"] == 8 and "cpu_cores" not in three.values  # 22 may be the start of 224
    assert len(aside) == 1 and "cut off" in aside[0][2]


def test_sinfo_without_numbers_and_a_truncated_file(read):
    group = {
        "node": {"state": ["IDLE", "DRAIN"]}, "nodes": {"nodes": ["n1"]}, "cpus": {"minimum": 64, "maximum": 64},
        "memory": {"minimum": 515000, "maximum": 515000}, "gres": {"total": "gpu:l40s:4(S:0-1)", "used": "gpu:l40s:0(IDX:N/A)"},
    }  # fmt: skip
    bare = {"node": {"state": []}, "nodes": {"nodes": ["n2"]}, "gres": {"total": "", "used": ""}}
    text = json.dumps({"sinfo": [group, bare], "meta": {"slurm": {"version": {"major": "24"}}}, "errors": []})
    _, (one, two), _, _ = read("sinfo.json", "\ufeff" + text)
    assert (one.values["gpu_count"], one.values["gpu_allocated"], one.values["status"]) == (4, 0, "drained")
    assert set(two.values) == {"node"}
    with pytest.raises(SchemaError, match="is no JSON"):
        read("cut.json", text[: text.index('"errors"')], format="slurm")


def test_kubectl_with_odd_quantities_and_missing_labels(read):
    def node(name, capacity, **labels):
        return {"kind": "Node", "metadata": {"name": name, "labels": {f"nvidia.com/{k.replace('__', '.')}": v for k, v in labels.items()}},
                "status": {"capacity": capacity, "conditions": [{"type": "Ready", "status": "Unknown"}]}}  # fmt: skip

    items = [
        node(
            "a",
            {"cpu": "127690m", "memory": "1107296256Ki", "nvidia.com/gpu": "8"},
            gpu__product="NVIDIA-H100-80GB-HBM3",
        ),
        node("b", {"cpu": "96", "memory": "1e12", "nvidia.com/gpu": "-1"}),
        node("c", {"cpu": "96", "memory": "503Gi"}, gpu__count="eight"),
        node("d", {"memory": "540000000k", "nvidia.com/gpu": "8"}, gpu__count="4"),
    ]
    _, found, aside, doubts = read("nodes.json", json.dumps({"kind": "List", "items": items}))
    a, b, c, d = (one.values for one in found)
    assert (a["cpu_cores"], a["gpu_count"], a["status"]) == (127, 8, "down")
    assert a["memory_gb"] == pytest.approx(1107296256 * 1024 / 1e9)
    assert "memory_gb" not in b and "gpu_count" not in b and "gpu_count" not in c
    assert c["memory_gb"] == pytest.approx(503 * 2**30 / 1e9)
    assert (d["gpu_count"], d["memory_gb"]) == (4, 540.0)
    assert {row for row, _, _ in aside} == {2, 3} and any("the label is used" in text for text in doubts)


def test_netbox_csv_with_semicolons_quoted_line_breaks_and_cells_too_many(read):
    text = (
        "Rack;Serial number;Name;Comments;Status;Role;Site;Type;cf_gpu_count;cf_power_limit_kw\n"
        'R1;S1;n1;"moved\nlast week; sorry";Active;GPU server;FRA-1;XE9680;8;10,2\n'
        "R1;S1;n2;;Failed;GPU server;FRA-1;XE9680;N/A;-\n"
        "Rack;Serial number;Name;Comments;Status;Role;Site;Type;cf_gpu_count;cf_power_limit_kw\n"
        "\n"
        "R2;S3;n3;a;b;Active;GPU server;FRA-1;XE9680;8;10,2\n"
        "R2;S4;n4;;Active;GPU server;FRA-1;XE9680;-8;10200 W\n"
        "R2;S5;n5;;Active;GPU server;FRA-"
    )
    name, found, aside, _ = read("devices.csv", text, "utf-8-sig")
    assert name == "netbox" and [one.values["node"] for one in found] == ["n1", "n2", "n4"]
    assert (found[0].values["gpu_count"], found[0].values["power_limit_kw"], found[0].row) == (8, 10.2, 2)
    assert "gpu_count" not in found[1].values and found[1].values["status"] == "down"
    assert "gpu_count" not in found[2].values and found[2].values["power_limit_kw"] == pytest.approx(10.2)
    assert sorted(column for _, column, _ in aside) == ["", "", "cf_gpu_count"]


def test_netbox_json_of_one_page_with_nulls(read):
    device = {"name": "n1", "device_type": {"manufacturer": {"name": "Dell"}, "model": "XE9680"}, "role": {"name": "GPU server"}, "serial": "",
              "site": {"name": "dub2"}, "rack": None, "cluster": None, "status": {"value": "active"}, "last_updated": "2026-10-28T10:12:00.120Z",
              "custom_fields": {"gpu_count": None, "gpu_model": "NVIDIA H200", "power_limit_kw": "10.5 kW"}}  # fmt: skip
    old = {**device, "name": "n2", "role": None, "device_role": {"name": "Server"}, "custom_fields": {"gpu_count": 2.5}}
    body = {"count": 60, "next": "https://netbox.example.net/api/dcim/devices/?offset=50", "results": [device, old]}
    _, (one, two), aside, doubts = read("devices.json", json.dumps(body))
    assert one.values["power_limit_kw"] == 10.5 and not {"gpu_count", "serial", "rack"} & set(one.values)
    assert "gpu_count" not in two.values and aside[0][1] == "custom_fields.gpu_count"
    assert any("60 devices, 2 here" in text for text in doubts)


def test_fio_adds_up_clones_and_takes_no_unknown_pattern(read):
    def job(name, bw, group=0, error=0, **options):
        side = {"io_bytes": bw * 120, "bw_bytes": bw, "bw": bw // 1024, "iops": bw / 4096, "runtime": 120_000}
        other = {"io_bytes": 0, "bw_bytes": 0, "bw": 0, "iops": 0.0, "runtime": 0}
        way = "write" if "write" in options.get("rw", "") else "read"
        sides = {"read": other, "write": other, way: side}
        return {"jobname": name, "groupid": group, "error": error, "job options": options, **sides}

    jobs = [
        *(job("seq", 500_000_000, rw="read") for _ in range(4)),
        job("rnd", 40_960_000, 1, rw="randwrite"),
        job("seqwrite", 900_000_000, 2, error=5, rw="write"),
        job("mystery", 999_000_000, 3),
    ]
    body = {"fio version": "fio-3.38", "timestamp": 1794664800, "global options": {"direct": "1"}, "jobs": jobs}
    _, found, aside, doubts = read("fio.json", "fio: note\n" + json.dumps(body), storage="s")
    assert [dict(one.values) for one in found] == [
        {"storage": "s", "seq_read_gbytes_per_s": 2.0}, {"storage": "s", "rand_write_iops": 10_000.0},
    ]  # fmt: skip
    assert aside[0][0] == 7 and any("4 clones" in text for text in doubts) and any("error 5" in text for text in doubts)
    with pytest.raises(SchemaError, match="fio"):
        read("cut.json", json.dumps(body)[:-40], storage="s")


def test_nccl_with_no_check_lines_cut_off_and_infinite_bandwidth(read):
    head = "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong\n"
    text = (
        "# nccl-tests version 2.17.1\n# Collective test starting: all_reduce_perf\n" + head +
        "    33554432       8388608     float     sum      -1   248.4  135.06  253.23    N/A   249.2  134.65  252.47    N/A\n"
        "  8589934592    2147483648     float     sum      -1      0.0     inf     inf    N/A      0.0     inf     inf    N/A\n"
        " 17179869184    4294967296     float     sum      -1 86000.1  199.7\n"
    )  # fmt: skip
    _, found, aside, doubts = read("nccl.txt", text.replace("\n", "\r\n"), fabric="ib")
    assert [one.values.get("measured_busbw_gbytes_per_s") for one in found] == [253.23]
    assert any("7 values under 13 columns" in text for text in doubts)
    assert any("finite" in reason for _, _, reason in aside)


def test_aws_with_pages_left_and_states_that_do_not_run(read):
    def one(number, kind, state, **more):
        return {"InstanceId": f"i-{number}", "InstanceType": kind, "State": {"Name": state}, **more}

    spot = one(1, "g6.12xlarge", "running", InstanceLifecycle="spot", CpuOptions={"CoreCount": 24, "ThreadsPerCore": 2})
    body = {"Reservations": [{"Instances": [spot, one(2, "p5.48xlarge", "stopped", Tags=None)]}, {"Instances": []},
                             {"Instances": [one(3, "p5.48xlarge", "shutting-down")]}], "NextToken": "x"}  # fmt: skip
    _, (a, b), _, doubts = read("ec2.json", json.dumps(body))
    assert (a.values["gpu_count"], a.values["gpu_model"], a.values["cpu_cores"]) == (4, "L4", 48)
    assert a.values["acquisition"] == "spot" and (b.values["status"], b.values["gpu_count"]) == ("down", 8)
    assert any("NextToken" in text for text in doubts)


def test_carbon_with_bom_semicolons_decimal_commas_and_a_repeated_header(read):
    header = "Datetime (UTC);Country;Zone name;Zone id;Carbon intensity gCO₂eq/kWh (direct);Carbon intensity gCO₂eq/kWh (Life cycle);Renewable energy percentage (RE%);Data estimated\n"
    text = (
        header + "2026-07-01 00:00:00;Germany;Germany;DE;334,19;369,360;54,70;false\n" + header +
        "2026-08-01 00:00:00;Germany;Germany;DE;-1;N/A;120,5;true\n\n"
        "2026-09-01 00:00:00;Germany;Germany;DE;325,5;359,79;52,3;false;extra\n"
        "2026-10-01 00:00:00;Germany;Germ"
    )  # fmt: skip
    name, (july, august), aside, _ = read("carbon.csv", text, "utf-8-sig")
    assert name == "carbon" and july.values["grid_carbon_gco2e_per_kwh"] == 369.36
    assert july.values["grid_carbon_direct_gco2e_per_kwh"] == 334.19 and july.row == 2
    assert (
        not {k for k in august.values if k.startswith("grid_carbon")} and "grid_renewable_percent" not in august.values
    )
    assert len(aside) == 4  # below zero, above 100 %, a cell too many, cut off


def test_own_csv_with_shifted_cells_repeated_headers_and_mixed_units(read):
    text = (
        "node,site,memory_gb,cpu_cores,power_limit_kw\nn1,Oslo,512 GiB,64,10200 W\nn2,Oslo,1,024,64,10.2\n"
        "node,site,memory_gb,cpu_cores,power_limit_kw\nn3,Oslo,[N/A],-,n/a\nn4,Oslo,1e999,-4,2 MW\nn5,Oslo\n"
    )
    _, found, aside, _ = read("nodes.csv", text.replace("\n", "\r\n"))
    assert [one.values["node"] for one in found] == ["n1", "n3", "n4", "n5"]
    assert found[0].values["memory_gb"] == pytest.approx(512 * 2**30 / 1e9)
    assert (found[0].values["power_limit_kw"], found[2].values["power_limit_kw"]) == (10.2, 2000)
    assert set(found[1].values) == set(found[3].values) == {"node", "site"}
    assert [(row, column) for row, column, _ in aside] == [(3, ""), (6, "memory_gb"), (6, "cpu_cores")]


def test_own_workbook_with_percent_formats_errors_and_text_numbers(read, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "sites"
    sheet.append(["site", "renewable_percent", "pue", "power_capacity_kw"])
    sheet.append(["A", 0.62, "#DIV/0!", "1.420,5"])
    sheet["B2"].number_format = "0%"
    sheet.append(["B", 62, 1.4, "0.42 MW"])
    book.save(tmp_path / "book.xlsx")
    _, (a, b), aside, _ = read("sites.xlsx", (tmp_path / "book.xlsx").read_bytes())
    assert a.values == {"site": "A", "renewable_percent": 62.0, "power_capacity_kw": 1420.5}
    assert b.values == {"site": "B", "renewable_percent": 62.0, "pue": 1.4, "power_capacity_kw": 420.0}
    assert [(row, column) for row, column, _ in aside] == [(2, "sites!pue")]


def test_own_yaml_and_json_have_no_surprises_of_their_own(read):
    text = (
        "fabrics:\n  - {fabric: f1, oversubscription: 4:1, links_per_node: 010, rdma: no}\n"
        "  - {fabric: f2, link_gbits_per_s: 1_000}\nsites:\n  - {site: Oslo, country: NO, pue: .inf}\n"
    )
    _, (f1, f2, oslo), aside, _ = read("org.yaml", text)
    assert f1.values == {"fabric": "f1", "oversubscription": 4.0, "links_per_node": 10, "rdma": False}
    assert f2.values == {"fabric": "f2"} and oslo.values == {"site": "Oslo", "country": "NO"}
    assert len(aside) == 2
    _, (one,), aside, _ = read(
        "org.json", '{"nodes": [{"node": "n1", "memory_gb": Infinity, "cpu_cores": 1.5, "gpu_count": "8"}]}'
    )
    assert one.values == {"node": "n1", "gpu_count": 8} and len(aside) == 2


FOCUS = "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ProviderName\n"
LINE = "{},EUR,Usage,2026-07-01T00:00:00Z,2026-07-02T00:00:00Z,{},AWS\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_focus_in_any_encoding_with_broken_lines(tmp_path, encoding, end):
    text = (
        FOCUS + LINE.format("1.5", "1.5") + FOCUS + LINE.format("1e40", "1") + LINE.format("-850.00", "-850.00")
        + LINE.format("N/A", "1") + LINE.format("2", "[N/A]") + LINE.format('"1,234.50"', "1")
        + "3,EUR,Usage,2026-07-01T00:00:00Z,2026-07-0"
    ).replace("\n", end)  # fmt: skip
    _, inventory = store(tmp_path, bill_csv=text.encode(encoding))
    rows = inventory.query("SELECT billed_cost::DOUBLE, row FROM c_restricted.spend ORDER BY row")
    assert rows == [(1.5, 2), (-850.0, 5)]
    aside = [p for p in inventory.problems() if p.kind is ProblemKind.QUARANTINED]
    assert sum(p.count for p in aside) == 6 and all(p.reason for p in aside)


def test_focus_with_semicolons_and_decimal_commas_is_set_aside_not_repaired(tmp_path):
    _, inventory = store(
        tmp_path, bill_csv=(FOCUS + LINE.format("10,5", "10,5")).replace(",", ";", 6).replace("10;5", "10,5")
    )
    assert inventory.query("SELECT count(*) FROM c_restricted.spend") == [(0,)]


def test_energy_of_a_month_that_two_feeds_tell_is_counted_once(tmp_path):
    row = "Oslo,2026-07-01,2026-08-01,100\n"
    head = "site,period_start,period_end,it_energy_kwh\n"
    _, inventory = store(tmp_path, readings_csv=head + row, again_csv=head + row + "Oslo,2026-08-01,2026-09-01,50\n")
    assert inventory.query("SELECT sum(it_energy_kwh) FROM c_restricted.reading") == [(150.0,)]


def test_a_node_told_twice_in_one_feed_is_reported(tmp_path):
    _, inventory = store(tmp_path, nodes_csv="node,site,gpu_count\nn1,Oslo,8\nn1,Oslo,4\n")
    assert inventory.query("SELECT count(*) FROM c_restricted.node") == [(1,)]
    kinds = {p.kind for p in inventory.problems()}
    assert kinds & {ProblemKind.DUPLICATE, ProblemKind.CONTRADICTORY}


def test_importing_files_with_traps_again_changes_nothing(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "nodes.csv").write_text("node,site,gpu_count\nn1,Oslo,8\nn1,Oslo,4\nn2,Oslo,1,2\n")
    (folder / "bill.csv").write_text(FOCUS + LINE.format("1.5", "1.5") + LINE.format("N/A", "1"))
    told = []
    for name in ("a", "b"):
        build_store(tmp_path / name, [folder], label="internal")
        inventory = Inventory(tmp_path / name)
        problems = sorted((p.kind.value, p.row or 0, p.reason, p.count) for p in inventory.problems())
        nodes = inventory.query("SELECT node, gpu_count FROM c_restricted.node ORDER BY node")
        spent = inventory.query("SELECT count(*), sum(billed_cost) FROM c_restricted.spend")
        told.append((problems, nodes, spent))
    assert told[0] == told[1]
    assert told[0][1] == [("n1", 4)] and len(told[0][0]) >= 3


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_the_remarks_come_out_inert_whatever_the_feeds_hold(tmp_path, cell):
    from click.testing import CliRunner

    from ui.cli import main

    (tmp_path / "nodes.csv").write_text(f'node,site,cpu_cores,"{cell}"\nn1,Oslo,"{cell}",x\n', newline="")
    home = ["--home", str(tmp_path / "home")]
    run = CliRunner()
    done = run.invoke(main, [*home, "inventory", "import", str(tmp_path / "nodes.csv"), "--label", "internal"])
    assert done.exit_code == 0, done.output
    done = run.invoke(main, [*home, "inventory", "report", "--csv", str(tmp_path / "remarks.csv")])
    assert done.exit_code == 0, done.output
    with (tmp_path / "remarks.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) > 2
    assert not [
        one for row in rows for one in row if one.lstrip()[:1] in ("=", "@") or one[:1] in ("+", "-", "\t", "\r")
    ]
