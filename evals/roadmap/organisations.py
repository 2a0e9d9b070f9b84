# ruff: noqa: E501 (one record, one line)
"""Feeds of invented organisations: one well-run estate, and what each of the others has otherwise."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]
SIGNALS = ("DCGM", "node metrics", "storage latency", "fabric counters", "power")
CONTROLS = ("encryption at rest", "network segmentation", "access review", "data residency policy")
AS_OF = "2026-11-10"


def well_run() -> Tables:
    """One site that has what its two workloads need."""
    site = {"site": "Alpha", "country": "NO", "kind": "owned", "grid_zone": "NO-NO1", "pue": 1.15, "renewable_percent": 95,
            "power_capacity_kw": 400, "power_used_kw": 150, "energy_price_per_kwh": 0.1, "currency": "USD"}  # fmt: skip
    nodes = [f"alpha-{number:02d}" for number in range(1, 5)]
    return {
        "site": [site],
        "node": [
            {"node": one, "site": "Alpha", "status": "up", "cpu_cores": 96, "memory_gb": 2048, "gpu_model": "H100",
             "gpu_count": 8, "acquisition": "owned"}
            for one in nodes
        ],
        "accelerator": [
            {"uuid": f"{node}-{index}", "node": node, "gpu_index": index, "site": "Alpha", "vendor": "NVIDIA",
             "model": "H100", "memory_gb": 80, "utilisation_percent": 85, "power_w": 600}
            for node in nodes
            for index in range(8)
        ],
        "fabric": [{"fabric": "alpha-ib", "site": "Alpha", "technology": "InfiniBand", "link_gbits_per_s": 400,
                    "links_per_node": 8, "gpus_per_node": 8, "oversubscription": 1, "rdma": "yes",
                    "measured_busbw_gbytes_per_s": 370}],
        "storage": [{"storage": "alpha-flash", "site": "Alpha", "technology": "parallel file system", "capacity_tb": 800,
                     "used_tb": 400, "seq_read_gbytes_per_s": 60, "seq_write_gbytes_per_s": 40}],
        "workload": [
            _workload("train-13b", kind="training", parameters_billion=13, gpus_required=24, priority=1),
            _workload("serve-8b", kind="inference", parameters_billion=8, gpus_required=8, priority=2, burstiness="daily"),
        ],
        "skill": [
            {"team": "Platform", "skill": skill, "people_required": need, "people_held": need}
            for skill, need in (("MLOps", 4), ("RDMA networking", 2), ("parallel file systems", 2))
        ],
        "control": [{"site": "Alpha", "control": one, "state": "implemented", "owner": "Security"} for one in CONTROLS],
        "signal": [{"site": "Alpha", "signal": one, "state": "collected", "retention_days": 90} for one in SIGNALS],
        "reading": [{"site": "Alpha", "period_start": "2026-10-01", "period_end": "2026-11-01", "it_energy_kwh": 100000,
                     "facility_energy_kwh": 115000, "grid_carbon_gco2e_per_kwh": 30}],
    }  # fmt: skip


def _workload(name: str, **given: Any) -> dict[str, Any]:
    usual = {"workload": name, "site": "Alpha", "team": "Research", "burstiness": "steady", "placement": "on-premises",
             "data_sensitivity": "internal", "status": "running"}  # fmt: skip
    return {**usual, **given}


def slow_nas() -> Tables:
    """A two-controller filer under fast GPUs, and more GPUs planned."""
    made = well_run()
    made["storage"][0] |= {"storage": "alpha-nas", "technology": "NAS", "seq_read_gbytes_per_s": 2.1,
                           "seq_write_gbytes_per_s": 1.3}  # fmt: skip
    made["workload"].append(_workload("train-70b", kind="training", parameters_billion=70, gpus_required=64, priority=3,
                                      status="planned"))  # fmt: skip
    return made


def oversubscribed() -> Tables:
    """100 Gb/s Ethernet, four to one."""
    made = well_run()
    made["fabric"][0] |= {"fabric": "alpha-eth", "technology": "Ethernet", "link_gbits_per_s": 100, "links_per_node": 2,
                          "oversubscription": 4, "rdma": "no", "measured_busbw_gbytes_per_s": 9}  # fmt: skip
    made["workload"].append(_workload("train-7b", kind="training", parameters_billion=7, gpus_required=16, priority=3))
    return made


def no_dcgm() -> Tables:
    """No counters: nobody knows how busy the accelerators are."""
    made = well_run()
    for one in made["accelerator"]:
        one |= {"utilisation_percent": "", "power_w": ""}
    made["signal"] = [one | {"state": "missing", "retention_days": ""} for one in made["signal"]]
    return made


def hot_hall() -> Tables:
    """PUE 1.9 on a dirty grid."""
    made = well_run()
    made["site"][0] |= {"country": "PL", "grid_zone": "PL", "pue": 1.9, "renewable_percent": 35}
    made["reading"][0] |= {"facility_energy_kwh": 190000, "grid_carbon_gco2e_per_kwh": 660}
    return made


def idle_reservations() -> Tables:
    """Cloud reservations paid all day and used for a fifth of it."""
    made = well_run()
    made["site"].append({"site": "Cloud West", "country": "DE", "kind": "public cloud"})
    line = {"provider": "AWS", "service_category": "Compute", "service": "EC2", "region": "eu-central-1",
            "instance_type": "p5.48xlarge", "gpu_model": "H100", "charge_category": "Usage", "pricing_category": "Committed",
            "commitment": "ri-1", "billed_cost": 0, "list_cost": 0, "currency": "USD"}  # fmt: skip
    for day in range(1, 31):
        period = {"period_start": f"2026-10-{day:02d}", "period_end": f"2026-10-{day + 1:02d}"}
        used = {"commitment_status": "Used", "effective_cost": 300, "quantity_hours": 4.8, "gpu_hours": 38.4}
        made.setdefault("spend", []).append(line | period | used)
        made["spend"].append(line | period | {"commitment_status": "Unused", "effective_cost": 1200})
    return made


def restricted_abroad() -> Tables:
    """Restricted data served from a public cloud, though a site of their own has room."""
    made = well_run()
    made["site"].append({"site": "Cloud West", "country": "DE", "kind": "public cloud"})
    made["workload"].append(_workload("claims", site="Cloud West", kind="inference", parameters_billion=8, gpus_required=4,
                                      priority=1, placement="public cloud", data_sensitivity="restricted"))  # fmt: skip
    return made


def no_mlops() -> Tables:
    """Nobody who can release a model."""
    made = well_run()
    made["skill"][0]["people_held"] = 0
    made["skill"].append({"team": "Platform", "skill": "model serving", "people_required": 2, "people_held": 0})
    return made


def tiny_firm() -> Tables:
    """Two small services, no accelerator and no one for a night rota."""
    office = {"site": "Office", "country": "DE", "kind": "owned", "pue": 1.4, "renewable_percent": 60,
              "power_capacity_kw": 10, "power_used_kw": 6}  # fmt: skip
    return {
        "site": [office],
        "workload": [
            _workload("chat-help", site="Office", kind="inference", parameters_billion=8, gpus_required=2, priority=1,
                      status="planned", burstiness="daily"),
            _workload("document-search", site="Office", kind="inference", parameters_billion=1, gpus_required=1, priority=2,
                      status="planned", burstiness="bursty"),
        ],
        "skill": [{"team": "IT", "skill": "MLOps", "people_required": 1, "people_held": 1}],
        "control": [{"site": "Office", "control": one, "state": "implemented"} for one in CONTROLS],
    }  # fmt: skip


def missing_feeds() -> Tables:
    """Sites and use cases are written down; nothing is measured."""
    made = well_run()
    site = {name: made["site"][0][name] for name in ("site", "country", "kind")}
    return {"site": [site], "workload": made["workload"]}


def contradictory() -> Tables:
    """Two teams tell two stories of one fabric and one server; a third feed is old."""
    made = well_run()
    made["fabric-architecture"] = [made["fabric"][0] | {"oversubscription": 3, "as_of": "2026-11-09"}]
    made["node-office"] = [made["node"][0] | {"gpu_count": 4, "as_of": "2026-11-08"}]
    made["storage"][0]["as_of"] = "2026-01-15"
    return made


def power_capped() -> Tables:
    """A planned training job that the power of the site cannot carry."""
    made = well_run()
    made["site"][0] |= {"power_capacity_kw": 200, "power_used_kw": 190}
    made["workload"].append(_workload("train-next", kind="training", parameters_billion=13, gpus_required=32, priority=3,
                                      status="planned"))  # fmt: skip
    return made


ORGANISATIONS: dict[str, Callable[[], Tables]] = {
    one.__name__: one
    for one in (
        slow_nas, oversubscribed, no_dcgm, hot_hall, idle_reservations, restricted_abroad, no_mlops, tiny_firm, well_run,
        missing_feeds, contradictory, power_capped,
    )
}  # fmt: skip


def write(name: str, folder: Path) -> Path:
    """The feeds of an organisation as CSV files of our own schema, labelled internal."""
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    (target / "feeds.yaml").write_text("label: internal\n", encoding="utf-8")
    for table, rows in ORGANISATIONS[name]().items():
        columns = [*dict.fromkeys(column for row in rows for column in row)]
        if "as_of" not in columns:
            columns.append("as_of")
        with (target / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, columns)
            out.writeheader()
            out.writerows({"as_of": AS_OF, **row} for row in rows)
    return target
