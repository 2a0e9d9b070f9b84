"""`python -m evals.campaigns NAME`: one attack at its full length, in a workspace made for it."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from advisor.inventory.importing import import_feeds
from advisor.settings import corpus_path
from evals.campaigns import hostile, kills, load, power, tampering
from index import library
from index.document import Label


def workspace(folder: Path, notes: int = 8) -> Path:
    """A small library in two generations, and the sample organisation's feeds beside it."""
    chosen = sorted((corpus_path() / "guidance").glob("*.md"))[:notes]
    library.ingest(folder, chosen, label=Label.PUBLIC)
    import_feeds(folder, [corpus_path() / "sample_org"])
    return folder


def run_tampering(arguments: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        outcome = tampering.run(workspace(Path(folder)))
    print(f"{outcome.tried} tamperings, {len(outcome.missed)} not detected before loading")
    print("".join(f"  {what}\n" for what in outcome.missed), end="")
    return not outcome.missed


def run_kills(arguments: argparse.Namespace) -> bool:
    whole = True
    for kind in kills.SUBJECTS:
        with tempfile.TemporaryDirectory() as folder:
            home, sources = Path(folder) / "home", Path(folder) / "sources"
            sources.mkdir()
            outcome = kills.run(home, sources, kind, arguments.number or 200)
        print(
            f"{kind}: {outcome.kills} kills, {outcome.acknowledged} runs acknowledged before one, "
            f"{outcome.committed} killed when already in force, {len(outcome.faults)} faults"
        )
        print("".join(f"  {fault}\n" for fault in outcome.faults), end="")
        whole = whole and not outcome.faults
    return whole


def run_power(arguments: argparse.Namespace) -> bool:
    """The first write of a workspace, the second, and the third, which removes a generation."""
    whole = True
    for kind, held in {"notes": power.documents, "feeds": power.feeds}.items():
        with tempfile.TemporaryDirectory() as folder:
            home, sources = Path(folder) / "home", Path(folder) / "sources"
            home.mkdir()
            sources.mkdir()
            subject = kills.SUBJECTS[kind]()
            for turn in range(arguments.number or 4):
                subject.write(sources, turn % 2, turn)
                before = held(home)
                log = power.record(home, sources, kind)
                outcome = power.run(log, before, held(home), held, seed=turn)
                print(
                    f"{kind}, write {turn + 1}: {outcome.steps} steps recorded, {outcome.states} distinct states "
                    f"of the disk opened: {outcome.former} former, {outcome.later} new, {len(outcome.faults)} faults"
                )
                print("".join(f"  {fault}\n" for fault in outcome.faults), end="")
                whole = whole and not outcome.faults
    return whole


def run_hostile(arguments: argparse.Namespace) -> bool:
    """Documents one after another, the same and more large ones at once, and feeds."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        paths = hostile.make("documents", folder / "documents")
        large = hostile.large(folder / "large")
        each = hostile.ingest(folder / "each", [[path] for path in (*paths, *large)], say=print)
        together = hostile.ingest(folder / "together", [[*paths, *large]])
        hostile.make("feeds", folder / "feeds")
        feeds = hostile.import_feeds(folder / "feeds", folder / "store", say=print)
    whole = True
    print(hostile.FLAT)
    for name, outcome in {"documents": each, "documents, by one ingest": together, "feeds": feeds}.items():
        seconds, file = outcome.slowest
        print(
            f"{name}: {outcome.tried} files, {outcome.read} read, {len(outcome.refused)} refused with reason, "
            f"{len(outcome.faults)} faults; slowest {seconds:.1f} s ({file})\n  {outcome.memory}"
        )
        print("".join(f"  {fault}\n" for fault in outcome.faults), end="")
        whole = whole and not outcome.faults and outcome.memory is not None and outcome.memory.flat
    return whole


def run_load(arguments: argparse.Namespace) -> bool:
    seconds = float(arguments.number or 180)
    with tempfile.TemporaryDirectory() as folder:
        home, notes = Path(folder) / "home", Path(folder) / "notes"
        notes.mkdir()
        if arguments.home:
            shutil.copytree(arguments.home, home)
        else:
            library.ingest(home, [corpus_path() / "guidance"])
        outcome = load.run(home, notes, seconds=seconds)
    found = load.figures(outcome)
    print("".join(f"{name}: {value:.4g}\n" for name, value in found.items()), end="")
    print(f"load of the machine before, over 1, 5 and 15 minutes: {outcome.other_load}")
    print("".join(f"  {error}\n" for error in sorted(set(outcome.errors))[:20]), end="")
    return not outcome.errors and found["search_p99_ms"] <= 500 and found["growth"] <= 0.1


CAMPAIGNS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "hostile": run_hostile,
    "kills": run_kills,
    "load": run_load,
    "power": run_power,
    "tampering": run_tampering,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.campaigns", description=__doc__)
    parser.add_argument("name", choices=sorted(CAMPAIGNS))
    parser.add_argument("-n", "--number", type=int, help="how many; what is counted depends on the campaign")
    parser.add_argument("--home", type=Path, help="of load: a workspace to copy, instead of indexing the shipped notes")
    return 0 if CAMPAIGNS[(chosen := parser.parse_args()).name](chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
