"""Write `evals/sets/inventory_fresh2.jsonl`: what people would type, with values from the raw feeds by plain pandas.

By a second author who had read the feeds and docs/inventory.md, but nothing of how questions are read. Shares no code
with the product: python -m evals.inventory.second_fresh_set
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

ORG = Path(__file__).parents[2] / "corpus" / "sample_org"
SET = Path(__file__).parents[1] / "sets" / "inventory_fresh2.jsonl"
MIB = 2**20 / 1e9  # GB
CLOUD = "AWS eu-central-1"


def nvidia_smi() -> pd.DataFrame:
    frames = []
    for path in sorted((ORG / "frankfurt/nvidia-smi").glob("*.csv")):
        text = path.read_text(encoding="utf-8").replace(", ", ",")
        frame = pd.read_csv(io.StringIO(text), na_values=["[N/A]"]).assign(node=path.stem)
        frames.append(frame)
    raw = pd.concat(frames)

    def number(column: str) -> Any:
        return raw[column].astype(str).str.extract(r"([\d.]+)")[0].astype(float)

    return pd.DataFrame(
        {
            "site": "Frankfurt",
            "node": raw["node"],
            "model": "H100",
            "util": number("utilization.gpu [%]"),
            "power": number("power.draw [W]"),
            "temp": raw["temperature.gpu"].astype(float),
            "used": number("memory.used [MiB]") * MIB,
            "memory": number("memory.total [MiB]") * MIB,
            "limit": number("power.limit [W]"),
            "driver": raw["driver_version"],
        }
    )


def dcgm() -> pd.DataFrame:
    rows = []
    names = {"GPU_UTIL": "util", "GPU_TEMP": "temp", "POWER_USAGE": "power", "FB_USED": "used"}
    for line in (ORG / "oslo/dcgm-exporter.prom").read_text(encoding="utf-8").splitlines():
        found = re.match(r"DCGM_FI_DEV_(\w+)\{(.*)\} (\S+)$", line)
        if found and float(found[3]) < 1e15:
            tags = dict(re.findall(r'(\w+)="([^"]*)"', found[2]))
            model = "A100" if "A100" in tags["modelName"] else "L40S"
            driver = tags.get("DCGM_FI_DRIVER_VERSION")
            rows.append((tags["Hostname"], tags["gpu"], model, driver, names[found[1]], float(found[3])))
    long = pd.DataFrame(rows, columns=["node", "gpu", "model", "driver", "what", "value"])
    wide = long.pivot(index=["node", "gpu", "model", "driver"], columns="what", values="value").reset_index()
    return wide.assign(site="Oslo", used=wide["used"] * MIB)


def nodes() -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []  # site, node, model, gpus, allocated, status, cores, memory_gb, rack, limit_kw
    box = pd.read_csv(ORG / "frankfurt/netbox_devices.csv").set_index("Name")
    text = (ORG / "frankfurt/scontrol-show-node.txt").read_text(encoding="utf-8")
    for block in text.strip().split("\n\n"):
        name = re.search(r"NodeName=(\S+)", block)[1]  # type: ignore[index]
        given = re.search(r"AllocTRES=.*gres/gpu=(\d+)", block)
        cores = int(re.search(r"CPUTot=(\d+)", block)[1])  # type: ignore[index]
        memory = int(re.search(r"RealMemory=(\d+)", block)[1]) * MIB  # type: ignore[index]
        status = "drained" if "DRAIN" in block else "up"
        rack, limit = box.loc[name, ["Rack", "cf_power_limit_kw"]]
        used = int(given[1]) if given else 0
        rows.append(("Frankfurt", name, "H100", 8, used, status, cores, memory, rack, float(limit)))
    rows.append(("Frankfurt", "fra-h100-13", "H100", 0, None, "planned", None, None, "R07", 10.2))
    rows.append(("Frankfurt", "fra-login-01", None, 0, None, "up", None, None, "R01", 0.8))
    dublin = {one["name"]: one for one in json.loads((ORG / "dublin/netbox-devices.json").read_text())["results"]}
    for group in json.loads((ORG / "dublin/sinfo.json").read_text())["sinfo"]:
        name = group["nodes"]["nodes"][0]
        kind, total = re.match(r"gpu:(\w+):(\d+)", group["gres"]["total"]).groups()  # type: ignore[union-attr]
        used = int(re.match(r"gpu:\w+:(\d+)", group["gres"]["used"])[1])  # type: ignore[index]
        status = "down" if "DOWN" in group["node"]["state"] else "up"
        limit = dublin[name]["custom_fields"]["power_limit_kw"]
        memory, cores = group["memory"]["maximum"] * MIB, group["cpus"]["total"]
        rack = dublin[name]["rack"]["name"]
        rows.append(("Dublin", name, kind.upper(), int(total), used, status, cores, memory, rack, limit))
    for item in json.loads((ORG / "oslo/kubectl-nodes.json").read_text())["items"]:
        name = item["metadata"]["name"].split(".")[0]
        product = item["metadata"]["labels"].get("nvidia.com/gpu.product", "")
        model = "A100" if "A100" in product else "L40S" if product else None
        ready = next(one["status"] for one in item["status"]["conditions"] if one["type"] == "Ready")
        status = "down" if ready != "True" else "drained" if item["spec"].get("unschedulable") else "up"
        size = item["status"]["capacity"]
        gpus, memory = int(size.get("nvidia.com/gpu", 0)), int(size["memory"][:-2]) * 1024 / 1e9
        rows.append(("Oslo", name, model, gpus, None, status, int(size["cpu"]), memory, None, None))
    for group in json.loads((ORG / "cloud/describe-instances.json").read_text())["Reservations"]:
        one = group["Instances"][0]
        if one["State"]["Name"] == "running":
            big = one["InstanceType"].startswith("p5")
            name = one["Tags"][0]["Value"]
            cores = one["CpuOptions"]["CoreCount"] * one["CpuOptions"]["ThreadsPerCore"]
            rows.append((CLOUD, name, "H100" if big else "L4", 8 if big else 4, None, "up", cores, None, None, None))
    columns = ["site", "node", "model", "gpus", "allocated", "status", "cores", "memory", "rack", "limit_kw"]
    return pd.DataFrame(rows, columns=columns)


def bill() -> pd.DataFrame:
    files = [ORG / f"cloud/focus-{name}-2026q3-q4.csv" for name in ("aws", "azure")]
    raw = pd.concat([pd.read_csv(one, dtype=str, keep_default_na=False, encoding="utf-8-sig") for one in files])
    raw = raw[~raw["BilledCost"].str.contains(",")]  # breaks FOCUS NumericFormat: set aside
    tags = raw["Tags"].map(lambda cell: {k.lower(): v for k, v in json.loads(cell or "{}").items()})
    devices = {"p5.48xlarge": 8, "g6.12xlarge": 4, "Standard_ND96isr_H100_v5": 8}
    kind = raw["SkuPriceDetails"].map(lambda cell: json.loads(cell or "{}").get("InstanceType"))
    hours = pd.to_numeric(raw["ConsumedQuantity"]).where(raw["ConsumedUnit"] == "Hours", 0)
    return pd.DataFrame(
        {
            "provider": raw["ProviderName"],
            "month": raw["ChargePeriodStart"].str[:7],
            "category": raw["ChargeCategory"],
            "service": raw["ServiceName"],
            "service_category": raw["ServiceCategory"],
            "account": raw["SubAccountName"],
            "resource": raw["ResourceName"],
            "unused": raw["CommitmentDiscountStatus"] == "Unused",
            "team": tags.map(lambda tag: tag.get("team")),
            "workload": tags.map(lambda tag: tag.get("workload")),
            "billed": raw["BilledCost"].astype(float),
            "effective": raw["EffectiveCost"].astype(float),
            "listed": raw["ListCost"].astype(float),
            "gpu_hours": hours * kind.map(devices).fillna(0),
        }
    )


def energy() -> pd.DataFrame:
    south = pd.read_csv(ORG / "energy/readings-frankfurt.csv", sep=";", decimal=",", thousands=".", dtype={1: str})
    south.columns = ["site", "start", "end", "it", "facility"]
    south["start"] = [f"{one[6:]}-{one[3:5]}" for one in south["start"].astype(str)]
    north = pd.read_csv(ORG / "energy/readings-oslo.csv")
    north = north.assign(start=north["period_start"].str[:7], site="Oslo", it=north["it_energy_mwh"] * 1000)
    north["facility"] = north["facility_energy_mwh"] * 1000
    west = pd.read_excel(ORG / "architecture-office.xlsx", sheet_name="readings")
    west.columns = ["site", "start", "end", "it", "facility"]
    west["start"] = west["start"].astype(str).str[:7]
    use = pd.concat([frame[["site", "start", "it", "facility"]] for frame in (south, north, west)])
    grid = pd.read_csv(ORG / "energy/carbon-intensity-monthly.csv")
    grid["site"] = grid["Zone id"].map({"DE": "Frankfurt", "NO-NO1": "Oslo", "IE": "Dublin"})
    grid["start"] = grid["Datetime (UTC)"].str[:7]
    grid = grid.rename(columns={grid.columns[4]: "direct", grid.columns[5]: "life", grid.columns[6]: "free"})
    return use.merge(grid[["site", "start", "direct", "life", "free"]], on=["site", "start"])


def by(frame: pd.DataFrame, column: str | list[str], value: str, how: str = "sum") -> dict[str, float]:
    found = frame.groupby(column)[value].agg(how).dropna()
    return {" ".join(k) if isinstance(k, tuple) else str(k): float(v) for k, v in found.items()}


def questions() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def add(kind: str, text: str, values: Any = None, *, after: tuple[str, ...] = (), subset: bool = False) -> None:
        row: dict[str, Any] = {"id": f"second-{len(rows) + 1:03}", "org": "sample", "kind": kind, "question": text}
        row |= {"history": list(after)} if after else {}
        if values is not None:
            row["values"] = {k: float(v) for k, v in (values if isinstance(values, dict) else {"": values}).items()}
        rows.append(row | ({"subset": True} if subset else {}))

    # fmt: off
    f, o, n, b, e = nvidia_smi(), dcgm(), nodes(), bill(), energy()
    g, site = pd.concat([f, o]), pd.read_csv(ORG / "sites.csv").set_index("site")
    store, work = pd.read_csv(ORG / "storage/storage.csv").set_index("storage"), pd.read_csv(ORG / "workloads.csv")
    aws, azure = b[b["provider"] == "AWS"], b[b["provider"] == "Microsoft Azure"]
    q3 = ["2026-07", "2026-08", "2026-09"]
    gpus, idle = by(n[n["gpus"] > 0], "site", "gpus"), o[o["util"] < 5]
    fra, osl, dub = (n[n["site"] == name] for name in ("Frankfurt", "Oslo", "Dublin"))
    percent = 100 * store["used_tb"] / store["capacity_tb"]

    def a(text: str, values: Any, *, subset: bool = False) -> None:
        add("answerable", text, values, subset=subset)

    a("what's our total GPU count, all sites plus cloud?", n["gpus"].sum())
    a("GPUs per site pls", gpus)
    a("gpu count broken down by model", by(n[n["gpus"] > 0], "model", "gpus"))
    a("No. of L40S in Dublin", dub[dub["model"] == "L40S"]["gpus"].sum())
    a("H200s?", n[n["model"] == "H200"]["gpus"].sum())
    a("which gpu model do we have the most of", {"H100": n[n["model"] == "H100"]["gpus"].sum()}, subset=True)
    a("how many h100 do we run outside of the cloud", fra["gpus"].sum())
    a("unused H100s in Frankfrut", (f["util"] < 5).sum())
    a("How many A100s in Oslo are doing nothing right now?", (idle["model"] == "A100").sum())
    a("How is the utilization of the H100 in Frankfurt at the moment?", f["util"].mean())
    a("mean GPU utilisation, Oslo vs Frankfurt", by(g, "site", "util", "mean"))
    a("maximum gpu temperature in oslo", o["temp"].max())
    a("gpus hotter than 75 C in frankfurt", (f["temp"] > 75).sum())
    a("how many watts do the frankfurt gpus draw altogether", f["power"].sum())
    a("avg power draw per H100 in Frankfurt", f["power"].mean())
    a("GPU power draw of Oslo in kW", o["power"].sum() / 1000)
    a("how much GPU memory is in use in oslo (GB)", o["used"].sum())
    low = by(f, "node", "util", "mean")
    a("which nodes in Frankfurt have an average GPU utilization below 10%", {k: v for k, v in low.items() if v < 10})
    a("How many GPUs run driver 560.35.03?", (f["driver"] == "560.35.03").sum())
    a("allocated GPUs Frankfurt", fra["allocated"].sum())
    a("how many gpus has slurm given to jobs in Dubln", dub["allocated"].sum())
    a("How many nodes do we have in Oslo?", len(osl))
    a("Could you tell me the number of servers in dublin, thanks", len(dub))
    a("how many nodes are down right now", (n["status"] == "down").sum())
    a("drained nodes?", (n["status"] == "drained").sum())
    a("CPU cores total in Oslo", osl["cores"].sum())
    a("how many vCPUs do we have at AWS", n[n["site"] == CLOUD]["cores"].sum())
    a("RAM of the Dublin servers in GB, sum", dub["memory"].sum())
    a("what is the total main memory of the nodes in Frankfurt, in TB?", fra["memory"].sum() / 1000)
    a("how many nodes have more than 1 TB of RAM", (n["memory"] > 1000).sum())
    a("number of racks in Dublin", site.loc["Dublin", "rack_count"])
    a("racks by site", site["rack_count"].dropna().to_dict())
    a("how much IT power can the Frankfurt datacentre deliver", site.loc["Frankfurt", "power_capacity_kw"])
    room = (site["power_capacity_kw"] - site["power_used_kw"]).dropna()
    a("power headroom in Oslo (kW)", room["Oslo"])
    a("Which data centers have less than 0.1 MW of power headroom?", room[room < 100].to_dict())
    a("which sites have an annual PUE above 1.3", site["pue"][site["pue"] > 1.3].to_dict())
    a("electricity price in Oslo per kWh", site.loc["Oslo", "energy_price_per_kwh"])
    a("what do we pay for a kWh, by site", site["energy_price_per_kwh"].dropna().to_dict())
    a("total storage capacity in PB", store["capacity_tb"].sum() / 1000)
    a("storage capacity per site", by(store, "site", "capacity_tb"))
    a("how much space is left on fra-nas01", store.loc["fra-nas01", "capacity_tb"] - store.loc["fra-nas01", "used_tb"])
    a("how full is dub-ceph, in percent", percent["dub-ceph"])
    a("which storage systems are over 80 % full", percent[percent > 80].to_dict())
    a("sustained sequential read of osl-flash", 38.4)
    a("seq. write of the frankfurt storage GB/s", 1.3)
    a("random read IOPS of the Frankfurt NAS", 84000)
    a("measured storage read GB/s per GPU in Frankfurt", 2.1 / gpus["Frankfurt"])
    slow = {"Frankfurt": 2.1 / gpus["Frankfurt"], "Dublin": 9.2 / gpus["Dublin"]}
    a("which sites get less than 300 MB/s of sustained read per gpu", slow)
    a("measured bus bandwidth of fra-ib", 372.4)
    a("oversubscription on osl-eth", 4)
    a("fabrics with an oversubscription of more than 2:1", {"osl-eth": 4, "dub-eth": 3})
    a("link speed of the Dublin network in Gbit/s", 25)
    a("how many workloads run in Oslo", (work["site"] == "Oslo").sum())
    a("number of planned use cases", (work["status"] == "planned").sum())
    busy = work[(work["site"] == "Frankfurt") & (work["status"] == "running")]
    a("GPUs required by the running workloads in Frankfurt", busy["gpus_required"].sum())
    a("how many workloads process restricted data", (work["data_sensitivity"] == "restricted").sum())
    a("which workloads have a latency target under half a second", {"doc-search": 300, "vision-qa": 120})
    a("gpus required per team", by(work, "team", "gpus_required"))
    a("how many people are we missing for RDMA networking", 2)
    add("ambiguous", "skills gap by team")  # skills short of people, or people short; written as answerable
    a("how many engineers know kubernetes gpu scheduling", 4)
    a("count of security controls missing at dublin", 2)
    a("missing signals in Dublin", 4)
    a("retention of the fabric counters in frankfurt, days", 14)
    a("AWS billed cost in August 2026", aws[aws["month"] == "2026-08"]["billed"].sum())
    a("amortised AWS spend per month", by(aws, "month", "effective"))
    a("azure billed cost for Q3", azure[azure["month"].isin(q3)]["billed"].sum())
    tax = aws[(aws["category"] == "Tax") & aws["month"].isin(q3)]
    a("how much VAT was on the AWS invoices in the third quarter", tax["billed"].sum())
    waste = aws[aws["unused"] & (aws["month"] == "2026-10")]
    a("effective cost of unused commitments on AWS in october", waste["effective"].sum())
    a("IT energy of Dublin in Q3, kWh", e[(e["site"] == "Dublin") & e["start"].isin(q3)]["it"].sum())
    a("facility energy in oslo per month", by(e[e["site"] == "Oslo"], "start", "facility"))
    oct_ = e[e["start"] == "2026-10"].set_index("site")
    a("metered PUE of Frankfurt in October", oct_.loc["Frankfurt", "facility"] / oct_.loc["Frankfurt", "it"])
    a("life cycle carbon intensity of the grid in dublin, sept 2026", 335.5)
    a("GPU-hours on Azure in September", azure[azure["month"] == "2026-09"]["gpu_hours"].sum())
    sim = aws[(aws["workload"] == "market-sim") & aws["month"].isin(q3)]
    a("what was the effective cost of market-sim in Q3", sim["effective"].sum())

    def then(after: tuple[str, ...], text: str, values: Any) -> None:
        add("follow-up", text, values, after=after)

    then(("how many gpus in frankfurt",), "and in oslo?", gpus["Oslo"])
    then(("idle H100s in Frankfurt?",), "what about the A100s in Oslo", (idle["model"] == "A100").sum())
    then(("GPU count by site",), "only L40S please", {"Oslo": 16, "Dublin": 24})
    oslo = store[store["site"] == "Oslo"]
    then(("storage capacity in oslo",), "and how much of that is used?", oslo["used_tb"].sum())
    said = ("billed cost of AWS in August", "same for september")
    then(said[:1], said[1], aws[aws["month"] == "2026-09"]["billed"].sum())
    then(said, "and Azure?", azure[azure["month"] == "2026-09"]["billed"].sum())
    split = by(aws[aws["month"].isin(q3)], "month", "effective")
    then(("effective AWS cost in Q3",), "split that by month", split)
    add("follow-up", "by site?", {"Oslo": 1, "Dublin": 1}, after=("how many nodes are down?",), subset=True)
    august = e[(e["site"] == "Dublin") & (e["start"] == "2026-08")]
    then(("IT energy in Dublin in August",), "and the whole facility?", august["facility"].sum())
    then(("sequential read of osl-flash",), "write?", 24.75)
    then(("average gpu temperature in frankfurt",), "max?", f["temp"].max())
    then(("how many workloads in Oslo",), "just the ones with restricted data", 1)
    partial = {"access review": 1, "network segmentation": 1}
    then(("controls missing in Dublin",), "and the partial ones?", partial)
    then(("How many people is Infrastructure short of?",), "and ML Platform", 4)
    then(("power capacity of frankfurt",), "how much of it is drawn", site.loc["Frankfurt", "power_used_kw"])
    for text in """cpu utilisation in oslo
when does the warranty of fra-h100-03 run out
how many GPUs do we have in Tokyo
GCP spend last quarter
gpu temperature in Dublin
water consumption (WUE) of the Oslo datacenter
what did we pay AWS in 2024
number of ECC errors on the H100s in Frankfurt
average queue wait time on fra-train
sustained write of osl-archive
measured busbw of dub-eth
how many tokens per second does support-bot serve
salary cost of the ML Platform team
network latency in ms between Frankfurt and Oslo
uptime of the Dublin site last month""".splitlines():
        add("unanswerable", text)
    # billed and amortised are the same on this bill: written as ambiguous, but there is only one answer
    add("answerable", "what did AWS cost us in Q3?", aws[aws["month"].isin(q3)]["effective"].sum())
    for text in """free GPUs in Frankfurt
how fast is the storage in Dublin
what's the pue in dublin
how much power does Frankfurt use
renewable share in Dublin
which of our sites is the greenest?
bandwidth of fra-ib
research spend in September
cloud spend in Frankfurt""".splitlines():
        add("ambiguous", text)
    for text in """what is a good PUE for a new data center?
why do idle GPUs still draw power?
should checkpoints go to object storage or to a parallel file system?
how does oversubscription slow down an all-reduce?
pros and cons of reserved capacity vs. spot""".splitlines():
        add("guidance", text)
    # fmt: on
    return rows


if __name__ == "__main__":
    SET.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in questions()), encoding="utf-8")
