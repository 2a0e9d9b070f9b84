"""Files → the next generation's inventory. Only new and changed feeds are read; a bad file never stops the rest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from advisor.errors import InventoryError
from advisor.inventory import detection, manifest, tables
from advisor.inventory.building import Feed, ImportReport, build
from index import generation, uploads
from index.intake import shown as shown_path

FOLDER = "inventory"  # inside a generation
KEPT = "feeds"  # inside the workspace: feeds that were uploaded


def import_feeds(
    home: Path,
    paths: Sequence[Path],
    *,
    label: str | None = None,
    rebuild: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> ImportReport:
    """Bring the inventory up to date with `paths` (files or folders); other feeds stay.

    Reading the same files again changes nothing. Raises InventoryError or index.errors.LibraryError; a bad
    file only lands in `refused`.
    """
    started = time.perf_counter()
    report = ImportReport()
    files, digests = _digests(_files(paths, label, home), report)
    if not files:
        reasons = "".join(f"\n  {shown}: {reason}" for shown, reason in report.refused[:20])
        raise InventoryError(
            f"No feed in {', '.join(map(str, paths))}: give files or folders of {' '.join(sorted(detection.SUFFIXES))}.{reasons}"
        )
    with generation.extended(home, FOLDER) as (former, staging):
        before = {} if rebuild or former is None else _known(former)
        roots = {file.root for file in files}
        changed = [file for file in files if before.get(file.source, (0, "", ""))[1] != digests[file.source]]
        present = {file.source for file in files}
        gone = [source for source, (_, _, root) in before.items() if root in roots and source not in present]
        report.unchanged = [file.shown for file in files if file not in changed]
        if former is not None and not changed and not gone and not rebuild:
            report.generation = generation.current_name(home)
        else:
            replaced = [before[source][0] for source in [*gone, *(file.source for file in changed)] if source in before]
            report.removed = gone
            build(staging, None if rebuild else former, changed, digests, replaced, report, say)
    if not report.generation:
        report.generation = generation.current_name(home)
    report.seconds = time.perf_counter() - started
    return report


def build_store(folder: Path, paths: Sequence[Path], *, label: str | None = None) -> ImportReport:
    """A store of its own in `folder`, outside any workspace: for evaluation and benchmarks."""
    report = ImportReport()
    started = time.perf_counter()
    files, digests = _digests(_files(paths, label), report)
    folder.mkdir(parents=True, exist_ok=True)
    build(folder, None, files, digests, [], report, lambda line: None)
    report.seconds = time.perf_counter() - started
    return report


def _known(former: Path) -> dict[str, tuple[int, str, str]]:
    """source → (feed, digest, root) of the former inventory."""
    database = tables.open_read_only(former / tables.FILE)
    try:
        rows = database.execute("SELECT source, feed, sha256 || ' ' || options, root FROM main.feeds").fetchall()
    finally:
        database.close()
    return {source: (int(feed), digest, root) for source, feed, digest, root in rows}


def _digests(files: Iterator[Feed], report: ImportReport) -> tuple[list[Feed], dict[str, str]]:
    """The files that can be opened, with their sums; the others are refused."""
    kept, digests = [], {}
    for file in files:
        try:
            if not Path(file.source).is_relative_to(file.root):
                raise InventoryError("a link that leads out of its folder: copy the file there")
            file.source.encode()
            digests[file.source] = _digest(file)
            kept.append(file)
        except UnicodeEncodeError:
            report.refused.append((file.shown, "its name is not valid UTF-8: rename it"))
        except OSError as error:
            report.refused.append((file.shown, f"cannot be opened: {error.strerror or error}"))
        except InventoryError as error:
            report.refused.append((file.shown, str(error)))
    return kept, digests


def _digest(file: Feed) -> str:
    digest = hashlib.sha256()
    with file.path.open("rb") as data:
        while block := data.read(1 << 20):
            digest.update(block)
    return f"{digest.hexdigest()} {_options_text(file)}"


def _options_text(file: Feed) -> str:
    return json.dumps([file.options, file.shown], sort_keys=True, default=str)


def _files(paths: Sequence[Path], label: str | None, home: Path | None = None) -> Iterator[Feed]:
    seen: set[str] = set()
    for path in paths:
        if not path.exists():
            raise InventoryError(f"{path} does not exist: check the path.")
        folder = path if path.is_dir() else path.parent
        about = manifest.load(folder)
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in found:
            inside = file.relative_to(folder)
            source = str(file.resolve())
            hidden = any(part.startswith((".", "~$")) for part in inside.parts)
            if hidden or source in seen or file.name == manifest.NAME or file.suffix.lower() not in detection.SUFFIXES:
                continue
            seen.add(source)
            options = about.options(inside.as_posix())
            if label is not None and "label" not in options:
                options["label"] = label
            own = uploads.shown(home, file, KEPT) if home else None
            yield Feed(file, own or shown_path(file), source, str(path.resolve()), options)
