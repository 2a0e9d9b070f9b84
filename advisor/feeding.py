"""Feeds that people hand over, as jobs: tried aside, then kept in HOME/feeds/LABEL and imported."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from advisor import journal
from advisor.access import Principal
from advisor.engine import Advisor
from advisor.errors import UploadError
from advisor.inventory import detection, manifest
from advisor.inventory.importing import KEPT, build_store, import_feeds
from advisor.job import Job
from advisor.jobs import Running
from advisor.journal import Accepted
from advisor.uploading import GONE, Given, Work, inside, kept, outside, start
from index import uploads
from index.document import Label


def add_feeds(advisor: Advisor, who: Principal, files: Given, label: Label, said: Mapping[str, str]) -> Job:
    """Import the files as feeds. One of the same name and label is replaced, once the new one can be read.

    `said`: what the files do not say of themselves, with the names of `feeds.yaml` (site, as_of, …). Raises UploadError
    when none can be taken, BusyError, StorageFull.
    """
    if label.rank > who.clearance.rank:
        raise UploadError(f"A feed that is {label} needs that clearance: it may replace one that you cannot see.")
    advisor.jobs.check_free()
    outcomes, paths = kept(advisor, files, None, KEPT, detection.SUFFIXES)
    placed = inside(advisor, paths)
    return start(advisor, journal.accepted("feeds", who, outcomes, label, placed, asked=label, said=said), _WORK)


def resume(advisor: Advisor) -> list[Job]:
    """Take up the imports that an earlier server accepted and did not end."""
    return [start(advisor, one, _WORK) for one in journal.left(advisor.settings.home) if one.job.kind in _WORK]


def _importing(advisor: Advisor, accepted: Accepted) -> tuple[Callable[[Running], None], Callable[[], None]]:
    home, paths, label = advisor.settings.home, outside(advisor, accepted), accepted.asked
    assert label is not None
    final: dict[int, Path] = {}

    def work(job: Running) -> None:
        if not final:
            final.update(_tried(home, paths, label, accepted.said, job))
        if final:
            _import(home, final, label, job)
        undo()  # what was refused

    def undo() -> None:
        for path in paths.values():
            uploads.remove(path)

    return work, undo


_WORK: Mapping[str, Work] = {"feeds": _importing}


def _tried(
    home: Path, paths: Mapping[int, Path], label: Label, said: Mapping[str, str], job: Running
) -> dict[int, Path]:
    """Position → where each readable feed now lies. Others are refused, and what they would replace stays.

    A file leaves the place where it was put aside only when it takes its own: one that is not there any more, though
    its job was not over, had been moved by an earlier server.
    """
    readable: dict[int, Path] = {}
    for done, (at, path) in enumerate(paths.items()):
        job.progress("reading", done, len(paths))
        place = home.resolve() / KEPT / label.value / path.name
        if path.exists():
            with tempfile.TemporaryDirectory(prefix=".trying-", dir=home) as aside:
                _say(path.parent, path.name, said)
                try:
                    build_store(Path(aside), [path], label=label.value)
                except Exception as error:  # the parsers of the formats may raise anything on what they do not expect
                    job.outcome(at, outcome="refused", reason=_reason(error, path))
                    continue
        elif not place.exists():
            job.outcome(at, outcome="refused", reason=GONE)
            continue
        readable[at] = place
    job.progress("writing", 0, 1)
    for at, place in readable.items():
        if paths[at].exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _say(place.parent, place.name, said)
            paths[at].replace(place)
    return readable


def _reason(error: Exception, path: Path) -> str:
    """Why it was refused, without the path of the workspace."""
    words = str(error)
    return (words.partition(f"{path.as_posix()}: ")[2] or words).replace(path.as_posix(), path.name)


def _say(folder: Path, name: str, said: Mapping[str, str]) -> None:
    """Write what is said of a feed into the manifest of its folder, in place of what was said before."""
    known = manifest.load(folder).feeds
    pattern = name.replace("[", "[[]")
    entries = {one: options.model_dump(exclude_none=True) for one, options in known.items() if one != pattern}
    if said:
        entries[pattern] = dict(said)
    aside = folder / f".{manifest.NAME}"
    aside.write_text(yaml.safe_dump({"feeds": entries}), encoding="utf-8")
    aside.replace(folder / manifest.NAME)


def _import(home: Path, final: Mapping[int, Path], label: Label, job: Running) -> None:
    done = 0

    def say(name: str) -> None:
        nonlocal done
        job.update(stage="importing", done=done, total=len(final))
        done += 1

    report = import_feeds(home, list(final.values()), label=label.value, say=say)
    job.update(generation=report.generation)
    refused = {Path(shown).name for shown, _ in report.refused}
    for at, place in final.items():
        if place.name in refused:
            place.unlink(missing_ok=True)
            job.outcome(at, outcome="refused", reason="the same was imported before: counted once")
        else:
            job.outcome(at, outcome="added", label=label)
