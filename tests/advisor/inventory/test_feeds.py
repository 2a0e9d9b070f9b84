"""Each export format, on realistic files with their traps. A value is right, missing, or set aside; never silently wrong."""

import json
from pathlib import Path

import pytest

from advisor.errors import SchemaError
from advisor.inventory import detection
from advisor.inventory.feeds.kubernetes import amount
from advisor.inventory.feeds.slurm import gpus, state
from advisor.inventory.record import ProblemKind, Sink

SAMPLE = Path(__file__).parents[3] / "corpus" / "sample_org"


@pytest.fixture
def read(tmp_path):
    """Write a file, detect its format, read it: (format, observations, problems)."""

    def _read(name, text, encoding="utf-8", **options):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        source = detection.open_source(path, name, {"label": "internal", **options})
        found = detection.detect(source)
        sink = Sink(source)
        found.read(source, sink)
        return found.name, sink.observations, sink.problems

    return _read


@pytest.mark.parametrize(
    ("path", "name"),
    [("cloud/focus-aws-2026q3-q4.csv", "focus"), ("frankfurt/netbox_devices.csv", "netbox"), ("dublin/netbox-devices.json", "netbox"),
     ("oslo/kubectl-nodes.json", "kubernetes"), ("frankfurt/nvidia-smi/fra-h100-01.csv", "nvidia-smi"), ("oslo/dcgm-exporter.prom", "dcgm"),
     ("frankfurt/scontrol-show-node.txt", "slurm"), ("dublin/sinfo.json", "slurm"), ("storage/fio-fra-nas01.json", "fio"),
     ("network/nccl-osl-eth.txt", "nccl-tests"), ("cloud/describe-instances.json", "aws-instances"),
     ("energy/carbon-intensity-monthly.csv", "carbon"), ("sites.csv", "own"), ("governance/controls.yaml", "own"),
     ("architecture-office.xlsx", "own"), ("energy/readings-frankfurt.csv", "own")],
)  # fmt: skip
def test_formats_are_told_by_their_content(path, name):
    assert detection.detect(detection.open_source(SAMPLE / path, path, {})).name == name


def test_an_unknown_file_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "notes.txt").write_text("Meeting notes, nothing else.")
    with pytest.raises(SchemaError, match="advisor inventory template"):
        detection.detect(detection.open_source(tmp_path / "notes.txt", "notes.txt", {}))


def test_nvidia_smi_units_missing_readings_and_repeated_headers(read):
    header = "timestamp, index, uuid, name, memory.total [MiB], utilization.gpu [%], power.draw [W]\n"
    row = "2026/11/20 08:00:10.001, {i}, GPU-{i}, NVIDIA H100 80GB HBM3, 81559 MiB, {use}, [Not Supported]\n"
    text = header + row.format(i=0, use="0 %") + header + row.format(i=1, use="[N/A]")
    name, (one, two), problems = read("smi.csv", text, node="n1", site="Oslo")
    assert name == "nvidia-smi" and problems == []
    assert one.values["memory_gb"] == pytest.approx(85.520809984) and one.values["utilisation_percent"] == 0
    assert "utilisation_percent" not in two.values and "power_w" not in one.values
    assert (two.row, one.columns["memory_gb"]) == (4, ("memory.total [MiB]", "MiB"))


def test_nvidia_smi_without_units_means_what_the_tool_documents(read):
    _, (one,), _ = read("smi.csv", "index, uuid, memory.used, utilization.gpu\n0, GPU-a, 1024, 7\n", node="n1")
    assert one.values["memory_used_gb"] == pytest.approx(1.073741824) and one.values["utilisation_percent"] == 7


def test_dcgm_blank_values_and_mig_slices_are_not_readings(read):
    labels = 'gpu="0",UUID="GPU-a",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",Hostname="n1"'
    text = (
        f"# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{{{labels}}} 42\nDCGM_FI_DEV_FB_USED{{{labels}}} 1024\n"
        f'DCGM_FI_DEV_GPU_UTIL{{{labels},GPU_I_ID="1",GPU_I_PROFILE="1g.10gb"}} 99\nDCGM_FI_DEV_POWER_USAGE{{{labels}}} 9223372036854775794\n'
    )
    _, found, problems = read("metrics.prom", text)
    assert [(o.values.get("utilisation_percent"), o.values.get("memory_used_gb")) for o in found] == [
        (42.0, None),
        (None, 1.073741824),
    ]
    assert [(p.kind, p.row) for p in problems] == [(ProblemKind.IN_DOUBT, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("gpu:h100:8(S:0-1)", ("H100", 8)), ("gpu:8", (None, 8)), ("cpu=64,gres/gpu=8,gres/gpu:a100=8", ("A100", 8)),
     ("gpu:a100:2(S:0),gpu:h100:2(S:1)", (None, 4)), ("gpu:h100:0(IDX:N/A)", ("H100", 0)), ("(null)", None), ("craynetwork:4", None)],
)  # fmt: skip
def test_slurm_gres(text, expected):
    assert gpus(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("MIXED", "up"), ("IDLE+DRAIN", "drained"), ("DOWN*", "down"), ("DOWN+DRAIN+NOT_RESPONDING", "down"), ("IDLE+PLANNED", "up"), ("FUTURE", "planned")],
)  # fmt: skip
def test_slurm_states(text, expected):
    assert state(text) == expected


def test_scontrol_blocks_and_one_line(read):
    block = "NodeName=n1 CPUTot=64 RealMemory=1024 State=MIXED\n   Gres=gpu:h100:8\n   OS=Linux 5.15 #1 SMP\n   AllocTRES=cpu=8,gres/gpu=3\n\n"
    line = "NodeName=n2 CPUTot=64 RealMemory=1024 State=IDLE Gres=gpu:8 AllocTRES=\n"
    _, (one, two), _ = read("nodes.txt", block + line)
    assert (one.values["gpu_count"], one.values["gpu_allocated"], one.values["gpu_model"]) == (8, 3, "H100")
    assert one.values["memory_gb"] == pytest.approx(1.073741824)
    assert (two.values["gpu_count"], two.values["gpu_allocated"]) == (8, 0)


def test_sinfo_groups_do_not_share_out_what_they_sum(read):
    group = {
        "node": {"state": ["MIXED"]}, "nodes": {"nodes": ["n1", "n2"]}, "gres": {"total": "gpu:8", "used": "gpu:5"},
        "memory": {"minimum": 1, "maximum": 2},
    }  # fmt: skip
    _, found, _ = read("sinfo.json", json.dumps({"sinfo": [group, group], "meta": {"slurm": {"cluster": "x"}}}))
    assert [o.values["node"] for o in found] == ["n1", "n2"]  # once each, though in two partitions
    assert all("gpu_allocated" not in o.values and "memory_gb" not in o.values for o in found)


def _node(labels, capacity):
    return json.dumps(
        {
            "kind": "List",
            "items": [{"kind": "Node", "metadata": {"name": "n1", "labels": labels}, "status": {"capacity": capacity}}],
        }
    )


def test_kubernetes_counts_devices_not_replicas_nor_slices(read):
    gpu = {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "8"}
    _, (plain,), _ = read("a.json", _node(gpu, {"nvidia.com/gpu": "8", "memory": "1Gi", "cpu": "4"}))
    assert (plain.values["gpu_count"], plain.values["gpu_model"], plain.values["memory_gb"]) == (8, "A100", 1.073741824)
    shared = {**gpu, "nvidia.com/gpu.sharing-strategy": "time-slicing", "nvidia.com/gpu.replicas": "4"}
    _, (one,), _ = read("b.json", _node(shared, {"nvidia.com/gpu": "32"}))
    assert one.values["gpu_count"] == 8
    _, (bare,), problems = read("c.json", _node({"nvidia.com/gpu.replicas": "4"}, {"nvidia.com/gpu": "32"}))
    assert "gpu_count" not in bare.values and problems
    mig = {"nvidia.com/gpu.product": "A100-SXM4-40GB-MIG-1g.5gb", "nvidia.com/gpu.count": "56"}
    _, (sliced,), problems = read("d.json", _node(mig, {"nvidia.com/gpu": "56"}))
    assert "gpu_count" not in sliced.values and problems


def test_kubernetes_quantities():
    assert (amount("2Ki"), amount("96"), amount("95690m")) == (2048, 96, pytest.approx(95.69))


def test_fio_in_bytes_or_kib_and_doubts_about_short_cached_runs(read):
    def body(read_side, **options):
        job = {"jobname": "j", "error": 0, "job options": {"rw": "read", **options}, "read": read_side}
        return "fio: a warning\n" + json.dumps({"fio version": "fio-3.36", "timestamp": 1763128800, "jobs": [job]})

    _, (one,), problems = read(
        "a.json",
        body({"io_bytes": 1, "bw_bytes": 2_100_000_000, "bw": 2050781, "runtime": 120000}, direct="1"),
        storage="s",
    )
    assert one.values["seq_read_gbytes_per_s"] == 2.1 and problems == []
    _, (old,), problems = read("b.json", body({"io_bytes": 1, "bw": 1000, "runtime": 5000}), storage="s")
    assert old.values["seq_read_gbytes_per_s"] == pytest.approx(1000 * 1024 / 1e9)
    assert len(problems) == 2  # too short, page cache
    with pytest.raises(SchemaError, match="storage"):
        read("c.json", body({"io_bytes": 1, "bw": 1}))


def test_nccl_takes_the_largest_message_and_not_wrong_results(read):
    head = "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong\n"
    rows = (
        "[1,0]<stdout>:   8589934592    2147483648     float     sum      -1   43000  199.7  374.5      0   43100  199.3  373.7      0\n"
        "    33554432       8388608     float     sum      -1   100.0  335.0  628.0      0   100.0  335.0  628.0      0\n"
        " 17179869184    4294967296     float     sum      -1   86000  199.7  999.0      7   86100  199.3  998.7      0\n"
    )
    _, (one,), problems = read("nccl.txt", "# Collective test starting: all_reduce_perf\n" + head + rows, fabric="ib")
    assert (one.values["measured_busbw_gbytes_per_s"], one.values["measured_collective"]) == (374.5, "all_reduce")
    assert len(problems) == 1


def test_netbox_csv_keeps_servers_only(read):
    text = "Name,Status,Site,Rack,Role,Type,Serial number,cf_gpu_count\nsw1,Active,A,R1,Leaf switch,QM9700,S0,\nn1,Offline,A,R1,GPU server,XE9680,S1,8\n"
    name, (one,), _ = read("devices.csv", "\ufeff" + text)
    assert name == "netbox" and (one.values["node"], one.values["status"], one.values["gpu_count"]) == ("n1", "down", 8)


def test_aws_leaves_out_terminated_and_names_unknown_accelerated_types(read):
    def one(kind, state="running", **more):
        return {
            "InstanceId": f"i-{kind}-{state}",
            "InstanceType": kind,
            "State": {"Name": state},
            "Placement": {"AvailabilityZone": "eu-1a"},
            **more,
        }

    body = {
        "Reservations": [
            {"Instances": [one("p5.48xlarge"), one("p5.48xlarge", "terminated"), one("p9.xlarge"), one("m7i.large")]}
        ]
    }
    _, found, problems = read("ec2.json", json.dumps(body))
    assert [(o.values["product"], o.values.get("gpu_count")) for o in found] == [
        ("p5.48xlarge", 8),
        ("p9.xlarge", None),
        ("m7i.large", None),
    ]
    assert len(problems) == 1 and "p9.xlarge" in problems[0].reason


def test_carbon_csv_periods_and_zones(read):
    header = "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle),Data estimated\n"
    rows = "2026-01-01 00:00:00,Germany,Germany,DE,300,350,false\n2026-02-01 00:00:00,Germany,Germany,DE,,340,true\nnever,Germany,Germany,DE,1,1,\n"
    _, (one, two), problems = read("carbon.csv", header + rows)
    assert one.values["grid_carbon_gco2e_per_kwh"] == 350 and str(one.values["period_end"]) == "2026-02-01 00:00:00"
    assert "grid_carbon_direct_gco2e_per_kwh" not in two.values and two.values["estimated"] is True
    assert [p.row for p in problems] == [4]


def test_own_csv_with_semicolons_decimal_comma_bom_and_other_units(read):
    text = "\ufeffnode;site;Memory (GiB);cpu_cores;comment\nn1;Oslo;1.024,5;64;x\nn2;Oslo;n/a;acht;y\n;Oslo;1;1;\n"
    _, found, problems = read("nodes.csv", text)
    assert found[0].values["memory_gb"] == pytest.approx(1024.5 * 2**30 / 1e9)
    assert found[1].values == {"node": "n2", "site": "Oslo"}
    kinds = sorted((p.kind, p.row, p.column) for p in problems)
    assert (ProblemKind.QUARANTINED, 3, "cpu_cores") in kinds and (ProblemKind.QUARANTINED, 4, "") in kinds
    assert (ProblemKind.IN_DOUBT, None, "comment") in kinds


def test_own_csv_refuses_values_out_of_range_and_numbers_with_two_readings(read):
    _, (one,), problems = read("sites.csv", "site;pue;power_capacity_kw\nA;19;1,234\n")
    assert one.values == {"site": "A"}
    assert {p.column for p in problems} == {"pue", "power_capacity_kw"}


def test_a_row_keeps_its_own_date_and_label_and_an_unknown_label_is_restricted(read):
    _, found, _ = read("sites.csv", "site,pue,as_of,label\nA,1.2,2026-10-01,public\nB,1.3,,secret\n")
    assert [(str(o.as_of), o.label.value) for o in found] == [("2026-10-01 00:00:00", "public"), ("None", "restricted")]


def test_yaml_records_say_where_each_value_stands(read):
    _, (one,), _ = read("x.yaml", "storage:\n  - {storage: s1, capacity_tib: 10, gpudirect: yes}\n")
    assert one.values == {"storage": "s1", "capacity_tb": pytest.approx(10.99511627776), "gpudirect": True}
    assert one.columns["capacity_tb"] == ("storage[0].capacity_tib", "TiB")
