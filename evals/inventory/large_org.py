"""A second, larger organisation, generated: 200 sites, 20,000 accelerators, a bill of many lines. Always the same."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

SITES, NODES_A_SITE, GPUS_A_NODE = 200, 10, 10
LINES = 1_000_000

_SYLLABLES = "bra dor fel gar hul jon kel lum mor nav ost pel quin rav sol tev ulm vas wen yor".split()
_MODELS = (
    ("NVIDIA H100 80GB HBM3", 85.52),
    ("NVIDIA A100-SXM4-80GB", 85.90),
    ("NVIDIA L40S", 48.31),
    ("NVIDIA H200", 150.75),
)
_TEAMS = ("Search", "Ads", "Vision", "Speech", "Forecasting", "Robotics", "Biology", "Platform")
_INSTANCES = (("p5.48xlarge", 8, 63.3), ("p4d.24xlarge", 8, 24.1), ("g6.12xlarge", 4, 5.2), ("m7i.8xlarge", 0, 1.7))


def site_names() -> list[str]:
    return [f"{_SYLLABLES[i % 20].capitalize()}{_SYLLABLES[i // 20 + 3]}" for i in range(SITES)]


def generate(folder: Path, *, lines: int = LINES) -> Path:
    """Write the feeds into `folder`; nothing is written when they are there already."""
    done = folder / f".done-{lines}"
    if done.is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(7)
    _estate(folder, chance)
    _bill(folder, chance, lines)
    (folder / "feeds.yaml").write_text("label: internal\nfeeds:\n  '*.csv': {as_of: 2026-11-01}\n", encoding="utf-8")
    done.touch()
    return folder


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _estate(folder: Path, chance: random.Random) -> None:
    sites, nodes, gpus, storage, fabrics = [], [], [], [], []
    for number, site in enumerate(site_names()):
        pue = round(chance.uniform(1.08, 2.1), 2) if number % 17 else ""
        sites.append(
            [
                site,
                chance.choice(["DE", "NO", "IE", "FR", "US"]),
                pue,
                round(chance.uniform(100, 900), 1),
                round(chance.uniform(10, 99), 1),
            ]
        )
        model, memory = _MODELS[number % 4]
        for n in range(NODES_A_SITE):
            node = f"{site.lower()}-{n:02d}"
            status = "down" if chance.random() < 0.03 else "up"
            nodes.append(
                [node, site, f"{site.lower()}-main", status, 128, 1024, GPUS_A_NODE, chance.randint(0, GPUS_A_NODE)]
            )
            for index in range(GPUS_A_NODE):
                use: object = 0 if chance.random() < 0.3 else chance.randint(5, 100)
                if chance.random() < 0.02:
                    use = "[N/A]"
                gpus.append(
                    [
                        f"GPU-{number:03d}{n:02d}{index:02d}",
                        node,
                        site,
                        index,
                        model,
                        memory,
                        use,
                        round(chance.uniform(60, 690), 2),
                    ]
                )
        storage.append(
            [
                f"{site.lower()}-store",
                site,
                chance.randint(100, 4000),
                chance.randint(10, 90),
                round(chance.uniform(1, 250), 3),
            ]
        )
        fabrics.append(
            [
                f"{site.lower()}-net",
                site,
                chance.choice(["InfiniBand", "Ethernet"]),
                chance.choice([100, 200, 400]),
                4,
                10,
                chance.choice([1, 2, 4]),
            ]
        )
    _write(folder / "sites.csv", ["site", "country", "pue", "power_capacity_kw", "renewable_percent"], sites)
    _write(
        folder / "nodes.csv",
        ["node", "site", "cluster", "status", "cpu_cores", "memory_gib", "gpu_count", "gpu_allocated"],
        nodes,
    )
    _write(
        folder / "accelerators.csv",
        ["uuid", "node", "site", "gpu_index", "model", "memory_gb", "utilisation_percent", "power_w"],
        gpus,
    )
    _write(folder / "storage.csv", ["storage", "site", "capacity_tb", "used_tb", "seq_read_gbytes_per_s"], storage)
    _write(
        folder / "fabrics.csv",
        ["fabric", "site", "technology", "link_gbits_per_s", "links_per_node", "gpus_per_node", "oversubscription"],
        fabrics,
    )


def _bill(folder: Path, chance: random.Random, lines: int) -> None:
    header = [
        "BilledCost",
        "BillingAccountId",
        "BillingCurrency",
        "ChargeCategory",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "CommitmentDiscountStatus",
        "ConsumedQuantity",
        "ConsumedUnit",
        "EffectiveCost",
        "ListCost",
        "PricingCategory",
        "ProviderName",
        "RegionId",
        "ResourceId",
        "ServiceCategory",
        "ServiceName",
        "SkuPriceDetails",
        "SubAccountName",
        "Tags",
    ]
    first = date(2026, 1, 1)
    with (folder / "focus.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for number in range(lines):
            day = first + timedelta(days=number % 273)
            kind, gpus, price = _INSTANCES[int(chance.random() * 4)]
            hours = int(chance.random() * 96) / 4
            provider, currency = (("AWS", "USD"), ("Azure", "EUR"), ("Google Cloud", "USD"))[int(chance.random() * 3)]
            status = ("", "", "Used", "Unused")[int(chance.random() * 4)]
            cost = round(hours * price, 4)
            team = _TEAMS[int(chance.random() * 8)] if chance.random() > 0.1 else ""
            details = f'{{"InstanceType": "{kind}", "GpuCount": {gpus}}}' if gpus else f'{{"InstanceType": "{kind}"}}'
            writer.writerow(
                [
                    0 if status else cost,
                    "acc",
                    currency,
                    "Usage",
                    f"{day + timedelta(days=1)}T00:00:00Z",
                    f"{day}T00:00:00Z",
                    status,
                    "" if status == "Unused" else hours,
                    "" if status == "Unused" else "Hours",
                    cost,
                    round(cost * 1.2, 4),
                    "Committed" if status else "Standard",
                    provider,
                    f"r{number % 9}",
                    f"i-{number % 5000:05d}",
                    "Compute",
                    f"{provider} Compute",
                    details,
                    f"acct-{number % 40}",
                    f'{{"team": "{team}"}}' if team else "",
                ]
            )
