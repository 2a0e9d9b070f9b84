"""Write `evals/sets/inventory_fresh3.jsonl`: forty more, written after the first mending and never tuned on.

Values from the raw feeds by plain pandas: python -m evals.inventory.third_fresh_set
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from evals.inventory.second_fresh_set import ORG, bill, by, dcgm, energy, nodes, nvidia_smi

SET = Path(__file__).parents[1] / "sets" / "inventory_fresh3.jsonl"


def questions() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def add(kind: str, text: str, values: Any = None, *, after: tuple[str, ...] = (), subset: bool = False) -> None:
        row: dict[str, Any] = {"id": f"third-{len(rows) + 1:03}", "org": "sample", "kind": kind, "question": text}
        row |= {"history": list(after)} if after else {}
        if values is not None:
            row["values"] = {k: float(v) for k, v in (values if isinstance(values, dict) else {"": values}).items()}
        rows.append(row | ({"subset": True} if subset else {}))

    def a(text: str, values: Any, *, subset: bool = False) -> None:
        add("answerable", text, values, subset=subset)

    # fmt: off
    f, o, n, b, e = nvidia_smi(), dcgm(), nodes(), bill(), energy()
    site = pd.read_csv(ORG / "sites.csv").set_index("site")
    store, work = pd.read_csv(ORG / "storage/storage.csv").set_index("storage"), pd.read_csv(ORG / "workloads.csv")
    aws = b[b["provider"] == "AWS"]
    q3 = aws[aws["month"].isin(["2026-07", "2026-08", "2026-09"])]
    e = e.set_index(["site", "start"])
    a("Total installed GPUs in Ireland", n[n["site"] == "Dublin"]["gpus"].sum())
    a("How many gpus have we got in Germany?", n[n["site"].isin(["Frankfurt", "AWS eu-central-1"])]["gpus"].sum())
    a("what's the avg temp of the L40S cards", o[o["model"] == "L40S"]["temp"].mean())
    a("highest power draw of a single H100, in watts", f["power"].max())
    a("how many GPUs in frankfurt pull more than 600 W", (f["power"] > 600).sum())
    a("GPU memory utilisation in Frankfurt", 100 * f["used"].sum() / f["memory"].sum())
    a("Which site has the lowest electricity price?", {"Oslo": site["energy_price_per_kwh"].min()}, subset=True)
    north = store[store["site"] == "Oslo"]
    a("share of storage used in Oslo", 100 * north["used_tb"].sum() / north["capacity_tb"].sum())
    a("free capacity across all storage systems (TB)", (store["capacity_tb"] - store["used_tb"]).sum())
    a("fastest storage by measured read", {"osl-flash": 38.4}, subset=True)
    a("storage systems with gpudirect: how many?", (store["gpudirect"] == "yes").sum())
    serving = work[work["kind"] == "inference"]
    a("concurrent users over all inference workloads", serving["concurrency"].sum())
    a("workloads by kind", by(work.assign(one=1), "kind", "one"))
    a("how many GPUs does team Risk ask for", work[work["team"] == "Risk"]["gpus_required"].sum())
    a("billed cost per provider in September 2026", by(b[b["month"] == "2026-09"], "provider", "billed"))
    a("how much credit did we get from Azure in September", -b[b["category"] == "Credit"]["billed"].sum())
    a("AWS at list price, July", aws[aws["month"] == "2026-07"]["listed"].sum())
    claims = aws[(aws["account"] == "claims") & (aws["month"] == "2026-08")]
    a("effective cost of the claims account in August", claims["effective"].sum())
    moved = e.loc[("Frankfurt", "2026-10"), "facility"] - e.loc[("Frankfurt", "2026-09"), "facility"]
    a("how much did the facility energy in Frankfurt change from September to October", {"change": moved})
    summer = e.loc[[("Oslo", f"2026-{month}") for month in ("07", "08", "09")]]
    a("PUE measured at Oslo over Q3", summer["facility"].sum() / summer["it"].sum())
    a("carbon-free share of the grid in Oslo in October", 99.3)
    dub = e.loc[("Dublin", "2026-10")]
    a("CO2 emissions of Dublin in October, in tonnes", dub["facility"] * dub["life"] / 1e6)
    wasted = q3[q3["unused"]]["effective"].sum()
    a("share of AWS effective cost in Q3 that was unused commitment", 100 * wasted / q3["effective"].sum())
    a("average utilisation of fra-h100-06", f[f["node"] == "fra-h100-06"]["util"].mean())
    a("controls implemented at Frankfurt in percent", 80)
    add("follow-up", "and october?", dub["facility"], after=("facility energy in Dublin in September",))
    add("follow-up", "how many of them are L40S", 16, after=("how many GPUs in Oslo",))
    full = 100 * store["used_tb"] / store["capacity_tb"]
    after = ("which storage systems are over 80 % full",)
    add("follow-up", "and over 90 %?", full[full > 90].to_dict(), after=after)
    add("follow-up", "only below 200 kW", {"Dublin": 41}, after=("power headroom per site",))
    august = q3[(q3["workload"] == "market-sim") & (q3["month"] == "2026-08")]["effective"].sum()
    add("follow-up", "in August only", august, after=("effective cost of market-sim in Q3",))
    for text in """GPU utilisation at AWS
how many engineers will we need next year
disk failure rate of dub-ceph
cloud spend in November
average age of our servers""".splitlines():
        add("unanswerable", text)
    for text in """memory in Frankfurt
utilisation in Dublin
capacity in Oslo
bandwidth per GPU in Frankfurt""".splitlines():
        add("ambiguous", text)
    add("guidance", "how much power should a rack support with air cooling?")
    # fmt: on
    return rows


if __name__ == "__main__":
    SET.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in questions()), encoding="utf-8")
