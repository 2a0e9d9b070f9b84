"""How long an assessment takes, from open tables to the JSON of `POST /v1/assess`; a large estate too; never a test."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.readiness import assessed, assessment, wire
from evals.inventory import large_org

WORKLOADS = 50  # of the large estate, assessed at each of its sites
REPEATS = 5
SAMPLE = Path(__file__).parents[2] / "corpus" / "sample_org"
_KINDS = (("training", 70), ("fine-tuning", 13), ("inference", 8), ("batch", 1))


def workloads(folder: Path, *, at_each_site: bool) -> None:
    """Fifty workloads over the sites, or fifty at each, with people, controls and signals beside them."""
    sites = large_org.site_names()
    places = [(site, n) for site in sites for n in range(WORKLOADS)] if at_each_site else [
        (sites[n * len(sites) // WORKLOADS], n) for n in range(WORKLOADS)
    ]  # fmt: skip
    _write(
        folder / "workloads.csv",
        "workload,site,kind,parameters_billion,gpus_required,burstiness,placement,data_sensitivity,priority,status",
        [
            (f"{site.lower()}-job-{n:02d}", site, _KINDS[n % 4][0], _KINDS[n % 4][1], 8 * (1 + n % 5),
             ("steady", "daily", "bursty")[n % 3], "on-premises", ("internal", "restricted")[n % 7 == 0], 1 + n % 6,
             ("running", "planned")[n % 5 == 0])
            for site, n in places
        ],
    )  # fmt: skip
    _write(
        folder / "skills.csv",
        "team,skill,people_required,people_held",
        [("ML", f"skill {n}", 3, n % 4) for n in range(9)],
    )
    _write(
        folder / "signals.csv", "signal,site,state", _states(("DCGM", "power"), ("missing", "collected", "collected"))
    )
    controls = ("access review", "encryption at rest")
    _write(folder / "controls.csv", "control,site,state", _states(controls, ("implemented", "partial", "missing")))


def _states(names: Sequence[str], states: Sequence[str]) -> list[tuple[object, ...]]:
    sites = large_org.site_names()
    return [(one, site, states[(n + m) % 3]) for n, site in enumerate(sites) for m, one in enumerate(names)]


def _write(path: Path, header: str, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, processor = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - processor


def _store(feeds: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    report = build_store(target, [feeds], label="internal")
    assert not report.refused, report.refused
    return target


def _answered(store: Path) -> str:
    """What `POST /v1/assess` does, nothing kept from before: tables, verdicts, all proofs, JSON."""
    return wire.respond(assessed.of(Inventory(store))).model_dump_json()


def _everywhere(store: Path) -> int:
    """Every workload at every site."""
    found = assessed.of(Inventory(store))
    return len(assessment.assess(found.estate, found.rubric, everywhere=True).verdicts)


def run(work: Path, *, lines: int = large_org.LINES, say: Callable[[str], None] = print) -> None:
    """Print wall and processor seconds; the first run of a process loads code and catalogues."""
    sample = _store(SAMPLE, work / "sample-store")
    times = [_timed(lambda: _answered(sample)) for _ in range(REPEATS)]
    say(f"{'sample: 3 sites and a region, 12 workloads':<64}{'wall s':>9}{'CPU s':>9}")
    say(_line("first, with catalogues to load", *times[0]))
    say(_line("again, nothing kept", *sorted(times[1:])[len(times[1:]) // 2]))
    feeds = large_org.generate(work / "large", lines=lines)
    own = work / "large-feeds"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    for one in feeds.iterdir():
        (own / one.name).hardlink_to(one)
    for at_each_site in (False, True):
        workloads(own, at_each_site=at_each_site)
        store = work / f"large-store-{at_each_site:d}"
        imported = _timed(lambda store=store: _store(own, store))  # type: ignore[misc]
        many = WORKLOADS * large_org.SITES if at_each_site else WORKLOADS
        say(f"{large_org.SITES} sites, {many:,} workloads, 20,000 accelerators, {lines:,} lines of spend")
        say(_line("import of the feeds", *imported))
        if at_each_site:
            say(_line("each workload at its own site", *_timed(lambda store=store: assessed.of(Inventory(store)))))  # type: ignore[misc]
        else:
            say(_line("each workload at every site (10,000 verdicts)", *_timed(lambda store=store: _everywhere(store))))  # type: ignore[misc]
        say(_line("the whole answer of POST /v1/assess", *_timed(lambda store=store: _answered(store))))  # type: ignore[misc]


def _line(name: str, wall: float, processor: float) -> str:
    return f"  {name:<62}{wall:>9.2f}{processor:>9.2f}"


if __name__ == "__main__":
    run(Path(sys.argv[1]), lines=int(sys.argv[2]) if len(sys.argv) > 2 else large_org.LINES)
