"""Expected values of evals/sets/inventory.jsonl, worked out with pandas from the raw feeds.

Shares no code with the product: formats are read here a second time. Run by hand when the sample organisation
or the questions change: `python -m evals.inventory.make_set corpus/sample_org LARGE_FOLDER OUT`.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

GPUS_OF = {"p5.48xlarge": 8, "g6.12xlarge": 4, "Standard_ND96isr_H100_v5": 8}
MODEL_OF = {"p5.48xlarge": "H100", "g6.12xlarge": "L4", "Standard_ND96isr_H100_v5": "H100"}
SITE = {"fra": "Frankfurt", "FRA-1": "Frankfurt", "osl1": "Oslo", "dub2": "Dublin"}


def sample_gpus(org: Path) -> pd.DataFrame:
    """Every accelerator once: nvidia-smi rows, dcgm series, and counts of nodes that list none."""
    rows: list[dict[str, Any]] = []
    for path in sorted((org / "frankfurt/nvidia-smi").glob("*.csv")):
        table = pd.read_csv(path, skipinitialspace=True)
        for _, r in table.iterrows():
            use = str(r["utilization.gpu [%]"]).replace(" %", "")
            rows.append({
                "site": "Frankfurt", "cluster": "fra-train", "node": path.stem, "model": "H100", "use": None if "N/A" in use else float(use),
                "power": float(str(r["power.draw [W]"]).split()[0]), "limit": float(str(r["power.limit [W]"]).split()[0]),
                "mem": float(str(r["memory.total [MiB]"]).split()[0]) * 2**20 / 1e9,
                "memused": float(str(r["memory.used [MiB]"]).split()[0]) * 2**20 / 1e9, "temp": float(r["temperature.gpu"]),
            })  # fmt: skip
    series: dict[str, dict[str, Any]] = {}
    for line in (org / "oslo/dcgm-exporter.prom").read_text().splitlines():
        found = re.match(
            r'DCGM_FI_DEV_(\w+)\{gpu="(\d+)",UUID="([^"]+)".*modelName="([^"]+)",Hostname="([^"]+)".*\} (\S+)$', line
        )
        if found and float(found[6]) < 1e15:
            one = series.setdefault(
                found[3],
                {
                    "site": "Oslo",
                    "cluster": "osl-ml",
                    "node": found[5],
                    "model": "A100" if "A100" in found[4] else "L40S",
                },
            )
            one[{"GPU_UTIL": "use", "POWER_USAGE": "power", "GPU_TEMP": "temp", "FB_USED": "fb"}[found[1]]] = float(
                found[6]
            )
    for one in series.values():
        rows.append({**one, "memused": one.get("fb", 0) * 2**20 / 1e9})
    listed = pd.Series([r["node"] for r in rows]).value_counts()
    for name, count, model, site, cluster in counted_nodes(org):
        more = count - int(listed.get(name, 0))
        rows += [{"site": site, "cluster": cluster, "node": name, "model": model}] * more
    return pd.DataFrame(rows)


def counted_nodes(org: Path) -> list[tuple[str, int, str, str, str]]:
    found = []
    for item in json.loads((org / "oslo/kubectl-nodes.json").read_text())["items"]:
        labels = item["metadata"]["labels"]
        if "nvidia.com/gpu.count" in labels:
            model = "A100" if "A100" in labels["nvidia.com/gpu.product"] else "L40S"
            found.append(
                (item["metadata"]["name"].split(".")[0], int(labels["nvidia.com/gpu.count"]), model, "Oslo", "osl-ml")
            )
    for group in json.loads((org / "dublin/sinfo.json").read_text())["sinfo"]:
        kind, count = re.match(r"gpu:(\w+):(\d+)", group["gres"]["total"]).groups()
        found += [(name, int(count), kind.upper(), "Dublin", "dub-infer") for name in group["nodes"]["nodes"]]
    for reservation in json.loads((org / "cloud/describe-instances.json").read_text())["Reservations"]:
        for one in reservation["Instances"]:
            if one["State"]["Name"] == "running":
                found.append(
                    (
                        one["InstanceId"],
                        GPUS_OF[one["InstanceType"]],
                        MODEL_OF[one["InstanceType"]],
                        "AWS eu-central-1",
                        "aws-burst",
                    )
                )
    return found


def sample_spend(org: Path) -> pd.DataFrame:
    tables = []
    for path in sorted((org / "cloud").glob("focus-*.csv")):
        tables.append(pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False))
    t = pd.concat(tables, ignore_index=True)
    t = t[~t.BilledCost.str.contains(",")]
    return spend(t)


def spend(t: pd.DataFrame) -> pd.DataFrame:
    t = t.copy()
    for name in ("BilledCost", "EffectiveCost", "ListCost"):
        t[name] = pd.to_numeric(t[name])
    details = t.SkuPriceDetails.map(lambda text: json.loads(text) if text else {})
    kind = details.map(lambda one: one.get("InstanceType", ""))
    t["gpus"] = [one.get("GpuCount", GPUS_OF.get(k, 0)) for one, k in zip(details, kind, strict=True)]
    t["hours"] = pd.to_numeric(t.ConsumedQuantity, errors="coerce").where(t.ConsumedUnit == "Hours")
    if "PricingQuantity" in t:
        priced = pd.to_numeric(t.PricingQuantity, errors="coerce").where(
            (t.PricingUnit == "Hours") & (t.CommitmentDiscountStatus != "Unused")
        )
        t["hours"] = t.hours.fillna(priced)
    t["gpuhours"] = (t.hours * t.gpus).where((t.gpus > 0) & (t.ChargeCategory == "Usage"))
    t["gpu"] = t.gpus > 0
    t["team"] = t.Tags.map(
        lambda text: next((v for k, v in (json.loads(text) if text else {}).items() if k.lower() == "team"), None)
    )
    t["day"] = t.ChargePeriodStart.str[:10]
    return t


def period(t: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return t[(t.day >= first) & (t.day < last)]


def energy(org: Path) -> pd.DataFrame:
    text = (org / "energy/readings-frankfurt.csv").read_text(encoding="utf-8-sig")
    fra = pd.read_csv(
        io.StringIO(text), sep=";", decimal=",", thousands=".", dtype={"period_start": str, "period_end": str}
    )
    fra["month"] = fra.period_start.str[6:] + "-" + fra.period_start.str[3:5]
    osl = pd.read_csv(org / "energy/readings-oslo.csv")
    osl["it_energy_kwh"], osl["facility_energy_kwh"] = osl.it_energy_mwh * 1000, osl.facility_energy_mwh * 1000
    osl["site"], osl["month"] = "Oslo", osl.period_start.str[:7]
    dub = pd.read_excel(org / "architecture-office.xlsx", sheet_name="readings")
    dub = dub.rename(columns={"IT energy (kWh)": "it_energy_kwh", "Facility energy (kWh)": "facility_energy_kwh"})
    dub["month"] = dub.period_start.astype(str).str[:7]
    t = pd.concat([fra, osl, dub])[["site", "month", "it_energy_kwh", "facility_energy_kwh"]]
    carbon = pd.read_csv(org / "energy/carbon-intensity-monthly.csv")
    carbon["month"] = carbon["Datetime (UTC)"].str[:7]
    carbon["site"] = carbon["Zone id"].map({"DE": "Frankfurt", "NO-NO1": "Oslo", "IE": "Dublin"})
    carbon["grid"] = carbon["Carbon intensity gCO₂eq/kWh (Life cycle)"]
    return t.merge(carbon[["site", "month", "grid"]], how="left")


class Cases:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(
        self, org: str, kind: str, question: str, values: Any = None, history: tuple[str, ...] = (), **more: Any
    ) -> None:
        if isinstance(values, pd.Series):
            values = {str(k): float(v) for k, v in values.items()}
        elif values is not None and not isinstance(values, dict):
            values = {"": float(values)}
        self.rows.append({"id": f"{org}-{len(self.rows) + 1:03d}", "org": org, "kind": kind, "question": question,
                          **({"history": list(history)} if history else {}), **({"values": values} if values is not None else {}), **more})  # fmt: skip


def sample_cases(cases: Cases, org: Path) -> None:
    g, s, e = sample_gpus(org), sample_spend(org), energy(org)
    sites = pd.read_csv(org / "sites.csv").set_index("site")
    storage = pd.read_csv(org / "storage/storage.csv")
    read = {"Frankfurt": 2.1, "Oslo": 38.4, "Dublin": 9.2}  # GB/s of the sequential read job of each fio file
    for site, name in (("Frankfurt", "fra-nas01"), ("Oslo", "osl-flash"), ("Dublin", "dub-ceph")):
        text = (org / f"storage/fio-{name}.json").read_text()
        jobs = json.loads(text[text.index("{") :])["jobs"]
        assert (
            abs(next(j for j in jobs if j["job options"]["rw"] == "read")["read"]["bw_bytes"] / 1e9 - read[site]) < 1e-9
        )
    write = {"Frankfurt": 1.3, "Oslo": 24.75, "Dublin": 5.6}
    w = pd.read_csv(org / "workloads.csv")
    k = pd.read_csv(org / "people/skills.csv")
    sig = pd.read_csv(org / "observability/signals.csv")
    per_site = g.groupby("site").size()
    usd, eur = s[s.BillingCurrency == "USD"], s[s.BillingCurrency == "EUR"]
    q3, octo, aug = (
        ("2026-07-01", "2026-10-01"),
        ("2026-10-01", "2026-11-01"),
        ("2026-08-01", "2026-09-01"),
    )
    idle = g[g.use < 5]
    a = lambda question, values, **more: cases.add("sample", "answerable", question, values, **more)  # noqa: E731
    a("how many H100s sit idle in Frankfurt?", len(idle[(idle.model == "H100") & (idle.site == "Frankfurt")]))
    a("which sites have less than 1 GB/s of sustained read per GPU?", {x: read[x] / per_site[x] for x in read})
    per_hour = {}
    for name, t in (("AWS", usd), ("Microsoft Azure", eur)):
        part = period(t, *q3)
        per_hour[name] = part[part.gpu].EffectiveCost.sum() / part.gpuhours.sum()
    a("what did we pay per GPU-hour in Q3, by provider?", per_hour)
    a("How many GPUs do we have?", len(g))
    a("How many GPUs are there in Oslo?", per_site["Oslo"])
    a("How many accelerators does our Dublin site have?", per_site["Dublin"])
    a("number of H100s in our estate", (g.model == "H100").sum())
    a("how many gpus in frankfrut", per_site["Frankfurt"])
    a("How many A100 cards do we own in Oslo?", ((g.model == "A100") & (g.site == "Oslo")).sum())
    a("GPUs by site", per_site)
    a("How many GPUs do we have per model?", g.groupby("model").size())
    a("Show our GPU count for each cluster", g.groupby("cluster").size())
    a("How many L40S are in dub-infer?", ((g.model == "L40S") & (g.cluster == "dub-infer")).sum())
    a("How many idle GPUs do we have?", len(idle))
    a("Which cluster has the most idle GPUs?", idle.groupby("cluster").size().nlargest(1))
    a("idle GPUs by model in Oslo", idle[idle.site == "Oslo"].groupby("model").size())
    a("What share of our GPUs are H100s?", 100 * (g.model == "H100").mean())
    a(
        "What share of Frankfurt's GPUs are idle?",
        100 * (g[g.site == "Frankfurt"].use < 5).sum() / g[g.site == "Frankfurt"].use.count(),
    )
    a("What is our GPU utilisation by site?", g.groupby("site").use.mean().dropna())
    a("What is the average GPU utilization in Frankfurt?", g[g.site == "Frankfurt"].use.mean())
    a("Which site has the lowest GPU utilisation?", g.groupby("site").use.mean().nsmallest(1))
    a("How much GPU memory is in Frankfurt?", g[g.site == "Frankfurt"].mem.sum())
    a("How much power do the GPUs draw in Oslo?", g[g.site == "Oslo"].power.sum() / 1000)
    a("GPU power in Frankfurt", g[g.site == "Frankfurt"].power.sum() / 1000)
    a("How much power do our idle GPUs draw?", idle.power.sum() / 1000)
    a("What is the hottest GPU in Frankfurt?", g[g.site == "Frankfurt"].temp.max())
    a("What is the GPU telemetry coverage by site?", 100 * g.groupby("site").use.count() / g.groupby("site").size())
    a("How many clusters do we have?", 4)
    a("How many sites do we have?", len(sites))
    a("Which nodes are down?", {"dub-l40s-04": 1, "osl-a100-08.osl.example.net": 1})
    a("How many nodes are drained in our clusters?", 2)
    a("How many nodes do we have in Oslo?", 15)
    a("How many nodes do we have planned?", 1)
    blocks = (org / "frankfurt/scontrol-show-node.txt").read_text().split("NodeName=")[1:]
    given = sum(
        int(found[1]) for found in (re.search(r"AllocTRES=\S*gres/gpu=(\d+)", block) for block in blocks) if found
    )
    a("How many GPUs are free in Frankfurt?", 8 * len(blocks) - given)
    a("What share of GPUs is allocated in Dublin?", 100 * 22 / 40)
    a("How many CPU cores do we have in Oslo?", 8 * 128 + 4 * 96 + 3 * 64)
    a("What is the PUE of Dublin?", sites.pue["Dublin"])
    a("Which site has the worst PUE?", {"Dublin": 1.9})
    a("Which of our sites has the best PUE?", {"Oslo": 1.16})
    a("How many sites have PUE above 1.5?", {"Dublin": 1.9})
    a("Is Dublin's PUE above 1.5?", 1.9)
    a("How much power headroom is there in Frankfurt?", 420 - 186)
    a("Power headroom by site", (sites.power_capacity_kw - sites.power_used_kw).dropna())
    a("Which sites have less than 100 kW of power headroom?", {"Dublin": 41})
    a("What is the renewable share in Oslo?", 98)
    a("What is the electricity price in Frankfurt?", 0.231)
    a("What is the rack power limit in Dublin?", 12)
    a("How many racks do we have in Oslo?", 22)
    a("What is our storage capacity by site?", storage.groupby("site").capacity_tb.sum())
    a("How much free storage do we have in Dublin?", 650 - 588)
    a("Which storage systems are more than 80 % used?", {"fra-nas01": 100 * 391 / 480, "dub-ceph": 100 * 588 / 650})
    a("What is the sustained storage read in Frankfurt?", 2.1)
    a("What is the storage write throughput of osl-flash?", write["Oslo"])
    a("storage read per GPU in Oslo", 38.4 / per_site["Oslo"])
    a("Which site has the slowest storage read?", {"Frankfurt": 2.1})
    a("rated storage read by storage system", storage.set_index("storage").rated_read_gbytes_per_s)
    a("How many IOPS does our storage reach in Oslo?", 2150000)
    a("What is the oversubscription of the Oslo network?", 4)
    a("Which fabrics have an oversubscription above 2?", {"osl-eth": 4, "dub-eth": 3})
    a("What is the network bandwidth per GPU in Frankfurt?", 400)
    a("network bandwidth per GPU by site", {"Frankfurt": 400, "Oslo": 25, "Dublin": 12.5})
    a("What all-reduce bandwidth do we get in Oslo?", 9.85)
    a("How many fabrics have RDMA in our estate?", 1)
    a("How many workloads do we run?", len(w))
    a("How many GPUs do our workloads ask for?", w.gpus_required.sum())
    a("GPU demand by team", w.groupby("team").gpus_required.sum())
    a("Which workloads handle restricted data in a public cloud?", {"claims-triage": 1})
    a("What is the strictest latency target among our workloads?", w.latency_target_ms.min())
    a("Which skills are we missing?", {one: 1 for one in k[k.people_required > k.people_held].skill.unique()})
    a("How many people are we short by team?", (k.people_required - k.people_held).clip(lower=0).groupby(k.team).sum())
    a("Which sites have no DCGM?", {"Dublin": 1})
    a(
        "Which signals are missing in Dublin?",
        {one: 1 for one in sig[(sig.site == "Dublin") & (sig.state == "missing")].signal},
    )
    a("How many controls are missing in Dublin?", 2)
    a(
        "How much did we spend in October by team?",
        {
            **{t: v for t, v in period(usd, *octo).groupby("team").EffectiveCost.sum().items()},
            "Research": period(eur, *octo).EffectiveCost.sum(),
        },
        subset=True,
    )
    a("What did we spend on AWS in August?", period(usd, *aug).EffectiveCost.sum())
    a("What was our billed cost on AWS in Q3?", period(usd, *q3).BilledCost.sum())
    a("AWS spend by service category", usd.groupby("ServiceCategory").EffectiveCost.sum())
    a(
        "What did our unused reservations cost on AWS in Q3?",
        period(usd, *q3)[period(usd, *q3).CommitmentDiscountStatus == "Unused"].EffectiveCost.sum(),
    )
    used, unused = (usd[usd.CommitmentDiscountStatus == one].EffectiveCost.sum() for one in ("Used", "Unused"))
    a("How well are our reservations used?", 100 * used / (used + unused))
    a("How many GPU-hours did we use on Azure in September?", period(eur, "2026-09-01", "2026-10-01").gpuhours.sum())
    a(
        "GPU-hours by provider in Q3",
        {"AWS": period(usd, *q3).gpuhours.sum(), "Microsoft Azure": period(eur, *q3).gpuhours.sum()},
    )
    a(
        "How has our Azure spend changed from July to August?",
        {"change": period(eur, *aug).EffectiveCost.sum() - period(eur, "2026-07-01", "2026-08-01").EffectiveCost.sum()},
    )
    a("Which team spent the most on AWS in August?", period(usd, *aug).groupby("team").EffectiveCost.sum().nlargest(1))
    a("top 2 teams by AWS spend", usd.groupby("team").EffectiveCost.sum().nlargest(2))
    a("How much tax did we pay to AWS?", usd[usd.ChargeCategory == "Tax"].EffectiveCost.sum())
    a("AWS spend by month", usd.groupby(usd.day.str[:7]).EffectiveCost.sum())
    a(
        "What did the Claims team spend in September?",
        period(usd, "2026-09-01", "2026-10-01").query("team == 'Claims'").EffectiveCost.sum(),
    )
    a(
        "How much IT energy did we use in Oslo in September?",
        e[(e.site == "Oslo") & (e.month == "2026-09")].it_energy_kwh.sum(),
    )
    a("Facility energy by site in Q3", e[e.month < "2026-10"].groupby("site").facility_energy_kwh.sum())
    a(
        "What are the emissions of Dublin in September?",
        (e.facility_energy_kwh * e.grid)[(e.site == "Dublin") & (e.month == "2026-09")].sum() / 1e6,
    )
    a("Which site emits the most carbon?", ((e.facility_energy_kwh * e.grid).groupby(e.site).sum() / 1e6).nlargest(1))
    a(
        "What was the metered PUE of Dublin in October?".replace("metered", "measured"),
        e[(e.site == "Dublin") & (e.month == "2026-10")].facility_energy_kwh.sum()
        / e[(e.site == "Dublin") & (e.month == "2026-10")].it_energy_kwh.sum(),
    )
    a("What is the carbon intensity of the grid in Dublin?", e[e.site == "Dublin"].grid.mean())
    _follow_ups(cases, g, s, sites, read, per_site)
    _others(cases)


def _follow_ups(
    cases: Cases, g: pd.DataFrame, s: pd.DataFrame, sites: pd.DataFrame, read: dict[str, float], per_site: pd.Series
) -> None:
    idle = g[g.use < 5]
    f = lambda history, question, values: cases.add("sample", "follow-up", question, values, history=history)  # noqa: E731
    one = "How many H100s sit idle in Frankfurt?"
    usd, eur = s[s.BillingCurrency == "USD"], s[s.BillingCurrency == "EUR"]
    f(("How many GPUs are there in Frankfurt?",), "and in Oslo?", per_site["Oslo"])
    f(("How many GPUs are there in Frankfurt?", "and in Oslo?"), "and Dublin?", per_site["Dublin"])
    f((one,), "What about A100s in Oslo?", len(idle[(idle.model == "A100") & (idle.site == "Oslo")]))
    f((one,), "by node?", g[g.site == "Frankfurt"].groupby("node").use.apply(lambda use: (use < 5).sum()))
    f(("How many GPUs do we have?",), "by site?", per_site)
    f(("How many GPUs do we have?", "by site?"), "only H100s", g[g.model == "H100"].groupby("site").size())
    f(("What is the PUE of Dublin?",), "and Oslo?", 1.16)
    f(("What is the PUE of Dublin?",), "How about Frankfurt?", 1.38)
    f(("What is our GPU utilisation in Frankfurt?",), "and in Oslo?", g[g.site == "Oslo"].use.mean())
    f(
        ("What did we spend on AWS in August?",),
        "and in September?",
        period(usd, "2026-09-01", "2026-10-01").EffectiveCost.sum(),
    )
    f(
        ("What did we spend on AWS in August?",),
        "and on Azure?",
        period(eur, "2026-08-01", "2026-09-01").EffectiveCost.sum(),
    )
    f(
        ("What did we spend on AWS in August?",),
        "break it down by service",
        period(usd, "2026-08-01", "2026-09-01").groupby("ServiceName").EffectiveCost.sum(),
    )
    f(("GPU-hours on AWS in Q3",), "and in October?", period(usd, "2026-10-01", "2026-11-01").gpuhours.sum())
    f(("storage read per GPU in Oslo",), "and in Frankfurt?", read["Frankfurt"] / per_site["Frankfurt"])
    f(("What is our storage capacity in Oslo?",), "what about Dublin?", 650)
    f(("How many GPUs are there in Oslo?",), "how many of them are idle?", len(idle[idle.site == "Oslo"]))
    f(("Power headroom in Frankfurt?",), "same for Oslo", 650 - 171)
    f(("Which nodes are down?",), "only in Dublin", {"dub-l40s-04": 1})


AMBIGUOUS = (
    "What is our capacity?", "What is our storage speed?", "How much energy did we use in September?", "What is our utilisation?",
    "How much memory do we have in Frankfurt?", "How much headroom do we have?", "What is the bandwidth in Oslo?", "What did we pay in Q3?",
    "What is the GPU temperature in Frankfurt?", "What is our coverage?", "What is missing in Dublin?", "How big is our gap?",
    "What is our network speed in Frankfurt?", "What is the storage speed per GPU in Oslo?", "What is the rated storage speed in Dublin?",
    "How much did we pay AWS in August?", "What is the energy of Oslo in October?", "What is the throughput in Frankfurt?",
)  # fmt: skip
UNANSWERABLE = (
    "How many H100s do we have in Tokyo?", "How many TPUs do we have?", "How many B300s are in our Oslo site?", "What will we spend next quarter?",
    "What did we spend in 2024?", "How many GPUs did we have in Q3?", "What is the PUE of Madrid?", "How many GPUs are idle in Dublin?",
    "What is the GPU utilisation of our AWS eu-central-1 site?", "What is the sustained storage read of osl-archive?", "How many FPGAs do we have in Frankfurt?",
    "What did the Legal team spend in Q3?", "What is the oversubscription of the Berlin network?", "How many nodes of our quantum cluster are down?",
    "What is the PUE of AWS eu-central-1?", "How much did we spend on Oracle Cloud in August?", "What will the PUE of Oslo be in 2031?",
    "What did we spend per customer in Q3?", "How many GPUs does our competitor have in Oslo?", "What is the storage read per GPU at AWS eu-central-1?",
    "How many liquid-cooled racks do we have in Oslo?", "What is the warranty of our GPUs in Oslo?", "What is our IT energy in January 2026?",
    "What is the electricity price of AWS eu-central-1?",
)  # fmt: skip
GUIDANCE = (
    "What is PUE?", "How do we size checkpoint storage?", "InfiniBand or Ethernet for training?", "How many GPUs does a 70B model need?",
    "How do we audit storage throughput before we buy GPUs?", "What is a good PUE?", "Why can utilisation mislead?", "Should we buy H200s?",
    "How much memory does mixed-precision Adam need per parameter?", "What are the limits of PUE?", "How should we tag cloud spend?",
    "What is oversubscription?", "When should we use reserved instances?", "Which metrics matter for GPU clusters?",
)  # fmt: skip
MIXED = ("Is our Frankfurt storage fast enough for 70B checkpoints?", "Is the Oslo network ready for distributed training?",
         "Do we have enough power in Dublin for an H200 rack?", "Can our Oslo cluster handle LLM inference?")  # fmt: skip


def _others(cases: Cases) -> None:
    for kind, questions in (
        ("ambiguous", AMBIGUOUS),
        ("unanswerable", UNANSWERABLE),
        ("guidance", GUIDANCE),
        ("mixed", MIXED),
    ):
        for question in questions:
            cases.add("sample", kind, question)


def large_cases(cases: Cases, folder: Path) -> None:
    g = pd.read_csv(folder / "accelerators.csv", na_values=["[N/A]"])
    g["m"] = g.model.str.extract(r"(H100|A100|L40S|H200)")
    n, st, si = (
        pd.read_csv(folder / "nodes.csv"),
        pd.read_csv(folder / "storage.csv"),
        pd.read_csv(folder / "sites.csv"),
    )
    fa = pd.read_csv(folder / "fabrics.csv")
    s = spend(pd.read_csv(folder / "focus.csv", dtype=str, keep_default_na=False))
    x, y = si.site[3], si.site[104]
    a = lambda question, values, **more: cases.add("large", "answerable", question, values, **more)  # noqa: E731
    a("How many GPUs do we have?", len(g))
    a(f"How many GPUs are in {x}?", (g.site == x).sum())
    a("How many H200s do we have?", (g.m == "H200").sum())
    a("GPUs by model", g.groupby("m").size())
    a(f"How many GPUs sit idle in {y}?", (g[g.site == y].utilisation_percent < 5).sum())
    a("idle GPUs by model", g[g.utilisation_percent < 5].groupby("m").size())
    a("What is our average GPU utilisation?", g.utilisation_percent.mean())
    a("top 5 sites by idle GPUs", g[g.utilisation_percent < 5].groupby("site").size().nlargest(5, keep="all"))
    a("How many nodes are down?", (n.status == "down").sum())
    a(f"How many nodes do we have in {x}?", (n.site == x).sum())
    a(f"node memory in {x}", (n[n.site == x].memory_gib * 2**30 / 1e9).sum())
    a("How many GPUs are allocated?", n.gpu_allocated.sum())
    per = st.set_index("site").seq_read_gbytes_per_s / g.groupby("site").size()
    a("Which sites have less than 0.05 GB/s of storage read per GPU?", per[per < 0.05])
    a("What is our total storage capacity?", st.capacity_tb.sum())
    a("Which sites have a PUE above 2.05?", si.set_index("site").pue[lambda p: p > 2.05])
    a("Which site has the highest PUE?", si.set_index("site").pue.nlargest(1, keep="all"))
    a("How many sites have PUE above 2?", si.set_index("site").pue[lambda p: p > 2])
    a("power capacity by country", si.groupby("country").power_capacity_kw.sum())
    a(f"network bandwidth per GPU in {y}", (fa[fa.site == y].link_gbits_per_s * 4 / 10).min())
    usd = s[s.BillingCurrency == "USD"]
    a("AWS spend in March", period(s[s.ProviderName == "AWS"], "2026-03-01", "2026-04-01").EffectiveCost.sum())
    a("spend by provider in Q2", period(s, "2026-04-01", "2026-07-01").groupby("ProviderName").EffectiveCost.sum())
    a("spend on AWS by team", s[s.ProviderName == "AWS"].groupby("team").EffectiveCost.sum(), subset=True)
    a("GPU-hours by provider", s.groupby("ProviderName").gpuhours.sum())
    gpu = s[s.gpu]
    a(
        "cost per GPU-hour by provider in Q1",
        period(gpu, "2026-01-01", "2026-04-01").groupby("ProviderName").EffectiveCost.sum()
        / period(gpu, "2026-01-01", "2026-04-01").groupby("ProviderName").gpuhours.sum(),
    )
    a(
        "What did our unused commitments cost on Azure?",
        s[(s.ProviderName == "Azure") & (s.CommitmentDiscountStatus == "Unused")].EffectiveCost.sum(),
    )
    a(
        "What did the Vision team spend on Google Cloud in May?",
        period(
            usd[(usd.team == "Vision") & (usd.ProviderName == "Google Cloud")], "2026-05-01", "2026-06-01"
        ).EffectiveCost.sum(),
    )
    a("How many bill lines do we have?", len(s))
    cases.add("large", "unanswerable", "How many GPUs do we have in Atlantis?")
    cases.add("large", "unanswerable", "What did we spend on AWS in December?")


def main(sample: str, large: str, out: str) -> None:
    cases = Cases()
    sample_cases(cases, Path(sample))
    large_cases(cases, Path(large))
    Path(out).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in cases.rows), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
