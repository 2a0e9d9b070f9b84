"""Questions of readiness about the sample organisation with what the raw feeds say: no code of the product is used.

`python -m evals.readiness.make_set > evals/sets/readiness.jsonl`"""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import Any

ORG = Path(__file__).parents[2] / "corpus" / "sample_org"
TRAINING = ("training", "fine-tuning")
FIO = {"Frankfurt": "fio-fra-nas01.json", "Oslo": "fio-osl-flash.json", "Dublin": "fio-dub-ceph.json"}
AWS = "AWS eu-central-1"


def rows(name: str) -> list[dict[str, str]]:
    with (ORG / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def storage_gbytes_per_s(site: str) -> dict[str, float]:
    """Sustained sequential rates as fio measured them, 10^9 bytes/s."""
    text = (ORG / "storage" / FIO[site]).read_text(encoding="utf-8")
    jobs = json.loads(text[text.index("{") :])["jobs"]
    found = {}
    for job in jobs:
        way = job["job options"].get("rw", "")
        if way in ("read", "write"):
            found[way] = job[way]["bw_bytes"] / 1e9
    return found


def network_gbits_per_s(site: str) -> float:
    one = next(row for row in rows("network/fabrics.csv") if row["site"] == site)
    whole = float(one["link_gbits_per_s"]) * float(one["links_per_node"]) / float(one["gpus_per_node"])
    return whole / float(one["oversubscription"])


def controls_percent(site: str) -> float:
    text = (ORG / "governance" / "controls.yaml").read_text(encoding="utf-8")
    states = re.findall(rf"site: {re.escape(site)}, state: (\w+)", text)
    return 100 * states.count("implemented") / len(states)


def blocked(one: dict[str, str]) -> list[tuple[str, float, float]]:
    """Checks that block and are known not to be met: name, have, need; accelerators are left to the reader."""
    site, kind, billions = one["site"], one["kind"], float(one["parameters_billion"])
    found: list[tuple[str, float, float]] = []
    if site in FIO:
        rate = storage_gbytes_per_s(site)
        needs = (
            {"checkpoint write": ("write", billions * 14 / 60), "checkpoint read": ("read", billions * 14 / 120)}
            if kind in TRAINING
            else {"loading of weights": ("read", billions * 2 / 120)}
        )
        found += [(name, rate[way], need) for name, (way, need) in needs.items() if rate[way] < need]
    if kind in TRAINING and int(one["gpus_required"]) > 8 and site in FIO and network_gbits_per_s(site) < 200:
        found.append(("network for each GPU", network_gbits_per_s(site), 200.0))
    if one["data_sensitivity"] == "restricted" and one["placement"] != "public cloud" and controls_percent(site) < 100:
        found.append(("controls for restricted data", controls_percent(site), 100.0))
    return found


def items() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def add(question: str, starts: str, says: list[str], numbers: list[float]) -> None:
        known = [float(f"{one:.4g}") for one in numbers]
        name = f"r-{len(made) + 1:02d}"
        made.append({"id": name, "question": question, "starts": starts, "says": says, "numbers": known})

    workloads = rows("workloads.csv")
    for one in workloads:
        name, site = one["workload"], one["site"]
        short = blocked(one)
        if short:
            worst = min(short, key=lambda gap: gap[1] / gap[2])
            for question in (f"Is {name} ready?", f"What is missing for {name.replace('-', ' ')} at {site}?"):
                add(question, "No", [worst[0], site, "Smallest change"], [worst[1], worst[2]])
        if site in FIO and one["kind"] in TRAINING:
            rate, need = storage_gbytes_per_s(site), float(one["parameters_billion"]) * 14 / 60
            met = rate["write"] >= need and rate["read"] >= need / 2
            lead = "Yes" if met else "No"
            add(f"Is the storage enough for {name}?", lead, ["checkpoint write", site], [rate["write"], need])
        if site in FIO and one["kind"] in TRAINING and int(one["gpus_required"]) > 8:
            have = network_gbits_per_s(site)
            lead = "Yes" if have >= 200 else "No"
            add(f"Can our network keep up with {name}?", lead, ["network for each GPU"], [have, 200])
        if site in FIO and one["kind"] == "inference" and not short:
            add(
                f"Is {name} ready?",
                "Yes",
                [site, "does not block"],
                [controls_percent(site)] if site == "Dublin" else [],
            )
        out = one["data_sensitivity"] != "restricted" and one["burstiness"] == "bursty"
        if one["data_sensitivity"] == "restricted" or out or (site in FIO and not short):
            add(
                f"Should {name} run in the cloud?",
                "Yes" if out else "No",
                [name, "burst" if out else "on-premises"],
                [],
            )
    oslo = next(row for row in rows("sites.csv") if row["site"] == "Oslo")
    left = float(oslo["power_capacity_kw"]) - float(oslo["power_used_kw"]) - 16 * 1.57
    add("What if we add 16 H100 in Oslo?", "Nothing changes", ["no verdict"], [left])
    rate = storage_gbytes_per_s("Frankfurt")
    write, read = rate["write"], rate["read"]
    lead = "It makes pretrain-nordic-13b" if read >= 13 * 14 / 120 else "It makes no workload"
    add("What if storage write of Frankfurt is 20 GB/s?", lead, ["checkpoint read"], [write, 20, read])
    question = "If we set Frankfurt's storage to 20 GB/s, would the 70B fine-tuning be ready?"
    add(question, "It makes llm-finetune-70b", ["pretrain-nordic-13b"], [20])
    worst = [write, 70 * 14 / 60]
    add("What is our biggest bottleneck?", "The biggest bottleneck is storage at Frankfurt", ["Do first"], worst)
    add("Which workload should we fix first and why?", "The biggest bottleneck is storage", ["Why first"], worst)
    add("Why is Frankfurt not ready?", "Frankfurt is not ready for", ["checkpoint write", "Do first"], worst)
    add("Are we ready to fine-tune a 70B model?", "No", ["llm-finetune-70b", "checkpoint write"], worst)
    add("Is our Frankfurt storage fast enough for 70B checkpoints?", "No", ["checkpoint read"], worst)
    add("Can Oslo serve a 70B model?", "Yes", ["Assumed", "A100"], [math.ceil(70 * 2 / 0.9 / 80), 70 * 2 / 0.9 / 2])
    add("Does the H100 reservation pay off for us?", "No", ["break-even"], [*reservation()])
    return made


def reservation() -> tuple[float, float]:
    """Per cent of the reservation that is used, by cost; effective over list price of a used hour, in per cent."""
    lines = [row for row in rows("cloud/focus-aws-2026q3-q4.csv") if row["CommitmentDiscountStatus"]]

    def total(column: str, status: str) -> float:
        these = [row[column] for row in lines if row["CommitmentDiscountStatus"] == status]
        return sum(float(one.replace(",", "") or 0) for one in these)

    used, unused = total("EffectiveCost", "Used"), total("EffectiveCost", "Unused")
    return 100 * used / (used + unused), 100 * used / total("ListCost", "Used")


if __name__ == "__main__":
    for item in items():
        print(json.dumps(item, ensure_ascii=False))
