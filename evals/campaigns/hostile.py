"""Hostile files, taken in as a server does: no crash, a reason for each refusal, memory flat."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from advisor.inventory import importing
from evals.benchmarks.synthetic import SyntheticEmbedder
from index import generation, library, records
from index.document import Label
from index.embedding import PACKAGED, Embedder, fingerprint
from index.errors import NothingReadable
from index.intake import IngestReport

Say = Callable[[str], None]
SECRETS = ("root:x:0:0",)  # of files that a document may try to pull in
PEAK_MB, KEPT_MB = 150, 75
FLAT = (
    f"flat: at no time more than {PEAK_MB} MB above the start, where one sound file had been taken in, and at the end "
    f"no more than {KEPT_MB} MB; in resident memory (RSS) and in its proportional share (PSS)"
)
_SOUND = "# Sound\n\nWater is metered at the rack of each hall.\n"


@dataclass(frozen=True, slots=True)
class Memory:
    """Of this process, in MB: (RSS, PSS) at the start, at most, at the end."""

    start: tuple[float, float]
    most: tuple[float, float]
    end: tuple[float, float]

    @property
    def flat(self) -> bool:
        return all(
            most - start <= PEAK_MB and end - start <= KEPT_MB
            for start, most, end in zip(self.start, self.most, self.end, strict=True)
        )

    def __str__(self) -> str:
        parts = zip(("RSS", "PSS"), self.start, self.most, self.end, strict=True)
        said = "; ".join(
            f"{name} {a:.0f} MB at the start, {b:.0f} at most, {c:.0f} at the end" for name, a, b, c in parts
        )
        return f"{said}: {'flat' if self.flat else 'NOT FLAT'}"


@dataclass(slots=True)
class Outcome:
    read: int = 0
    chunks: int = 0
    refused: dict[str, str] = field(default_factory=dict)  # file → reason
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    memory: Memory | None = None

    @property
    def tried(self) -> int:
        return self.read + len(self.refused) + len(self.faults)


def ingest(home: Path, groups: Sequence[Sequence[Path]], say: Say = lambda line: None) -> Outcome:
    """Documents into a workspace, each group by one ingest in this process, after a sound one.

    The encoder is replaced by one that takes no time: its own memory depends on no file, as it reads 32 chunks of
    at most 256 word pieces at once.
    """
    outcome = Outcome()
    prepare(home)
    embedder = SyntheticEmbedder(home / "real.npy", fingerprint(PACKAGED))
    (home / "sound.md").write_text(_SOUND)
    _ingest(home, [home / "sound.md"], embedder)
    with _memory(outcome):
        for group in groups:
            started = time.monotonic()
            shown = group[0].name if len(group) == 1 else "all together"
            try:
                report = _ingest(home, group, embedder)
            except Exception as fault:  # whatever it is, it is what the campaign looks for
                outcome.faults.append(f"{shown}: {type(fault).__name__}: {fault}")
                continue
            outcome.read += len(report.added)
            outcome.refused |= {Path(path).name: reason for path, reason in report.refused}
            for path, reason in report.refused:
                say(f"refused  {Path(path).name}: {reason}")
            if report.added:
                say(f"read     {shown}: {report.chunks - outcome.chunks} chunks more")
            outcome.chunks = report.chunks or outcome.chunks
            outcome.slowest = max(outcome.slowest, (time.monotonic() - started, shown))
    outcome.faults += [f"{name}: refused without a reason" for name, reason in outcome.refused.items() if not reason]
    outcome.faults += [f"{name}: holds a file of the machine" for name in _holding_secrets(home)]
    return outcome


def prepare(home: Path) -> None:
    """An encoder, which torch makes in a process of its own, and vectors of chance."""
    home.mkdir(parents=True, exist_ok=True)
    code = "import sys, pathlib; from index import library; library.encoder(pathlib.Path(sys.argv[1]), sys.argv[2])"
    subprocess.run([sys.executable, "-c", code, str(home), PACKAGED], check=True)
    vectors = np.random.default_rng(0).normal(size=(1000, 384))
    np.save(home / "real.npy", (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))


def _ingest(home: Path, paths: Sequence[Path], embedder: Embedder) -> IngestReport:
    try:
        return library.ingest(home, paths, label=Label.PUBLIC, embedder=embedder)
    except NothingReadable as error:
        return IngestReport(refused=list(error.refused))


def _holding_secrets(home: Path) -> Iterator[str]:
    folder, manifest = generation.open_library(home)
    for one in generation.segment_folders(folder, manifest):
        for _, document, chunk in records.chunks(one):
            if any(secret in chunk.text for secret in SECRETS):
                yield document.path


def import_feeds(source: Path, store: Path, say: Say = lambda line: None) -> Outcome:
    """All files of a folder in one import, with a sound one among them that must get through."""
    outcome = Outcome()
    (source / "sites.csv").write_text("site,pue,country\nSound,1.2,NO\n")
    started = time.monotonic()
    with _memory(outcome):
        try:
            report = importing.build_store(store, [source], label="public")
        except Exception as fault:  # whatever it is, it is what the campaign looks for
            outcome.faults.append(f"the import stopped: {type(fault).__name__}: {fault}")
            return outcome
    outcome.slowest = (time.monotonic() - started, "all together")
    outcome.read = len(report.read)
    outcome.refused = {Path(path).name: reason for path, reason in report.refused}
    if str(source / "sites.csv") not in report.read:
        outcome.faults.append("the sound feed was not read")
    for name, reason in outcome.refused.items():
        say(f"refused  {name}: {reason[:200]!r}")
    return outcome


def make(kind: str, folder: Path) -> list[Path]:
    """The files of a kind, "documents" or "feeds", made by another process: some need much memory to make."""
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "evals.campaigns.hostile_files", kind, str(folder)], check=True)
    return sorted(folder.iterdir())


def large(folder: Path, number: int = 4, characters: int = 9_500_000) -> list[Path]:
    """Sound texts as long as a text may be, no sentence of them twice."""
    folder.mkdir()
    made = [folder / f"large-{one}.txt" for one in range(number)]
    for hall, path in enumerate(made):
        with path.open("w") as file:
            row = 0
            while file.tell() < characters:
                row += 1
                file.writelines(
                    f"Rack {row}-{rack} of hall {hall} draws {17 + rack * row % 90} kW and is cooled by a rear door. "
                    for rack in range(10)
                )
                file.write("\n\n")
    return made


@contextmanager
def _memory(outcome: Outcome) -> Iterator[None]:
    """Memory of this process at the start, at most, and at the end."""
    start = most = held_mb()
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.05):
            now = held_mb()
            most = max(most[0], now[0]), max(most[1], now[1])

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
        outcome.memory = Memory(start, most, held_mb())


def held_mb() -> tuple[float, float]:
    """RSS and PSS of this process in MB; pages that several processes map count in PSS by their share."""
    said = dict(line.split(":") for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return tuple(int(said[name].split()[0]) * 1024 / 1e6 for name in ("Rss", "Pss"))  # type: ignore[return-value]
