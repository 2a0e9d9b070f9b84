"""Folders of files → the next generation. Only new and changed documents are read and embedded."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from index import chunking, generation, intake, records, segment
from index.archive import Archive, Records
from index.document import Label
from index.embedding import EXPORT, PACKAGED, Embedder, OnnxEmbedder, TorchEmbedder, fingerprint
from index.encoding import Embedded
from index.errors import LibraryDamaged, LibraryNotFound, ModelMismatch, NothingReadable, storage_error
from index.generation import Manifest
from index.intake import IngestReport, Progress
from index.memory import give_back
from index.reading import SUFFIXES
from index.records import Listed, Stored
from index.segment import Segment
from index.spool import Spool, Spooled

# Names in a generation that are the library's, now and in the format before; the rest is others'.
_OWN = frozenset({"segments", "library.sqlite", "dense.faiss", "sentences", "lexical"})


@dataclass(frozen=True, slots=True)
class _Former:
    """The library before an ingest, asked for no more than the change concerns; nothing when it is rebuilt."""

    segments: Sequence[Path] = ()
    folder: Path | None = None
    manifest: Manifest | None = None
    salvaged: Sequence[Listed] = ()  # all that is known of a damaged one

    def roots(self) -> list[tuple[str, Label | None]]:
        """Resolved paths of earlier ingests, each with the labels that they named."""
        found = [pair for path in self.segments for pair in records.roots(path)]
        return found + [(one.one.root, one.one.given) for one in self.salvaged]

    def listed(self) -> list[Listed]:
        """Every document, without texts."""
        return [*self.salvaged, *(one for path in self.segments for one in records.listed(path))]

    def at(self, paths: Sequence[str]) -> list[Listed]:
        """The documents that were read from some paths or from below them."""
        return [one for path in self.segments for one in records.at(path, paths)]

    def of_content(self, ids: Iterable[str]) -> list[Listed]:
        return [one for path in self.segments for one in records.of_content(path, ids)]


def ingest(
    home: Path,
    paths: Sequence[Path],
    *,
    model: str = PACKAGED,
    label: Label | None = None,
    rebuild: bool = False,
    progress: Progress = lambda stage, done, total: None,
    embedder: Embedder | None = None,
) -> IngestReport:
    """Bring the library up to date with `paths` (files or folders); other documents stay.

    A document's label is the stricter of `label` and its own (front matter, marking); restricted when
    neither says anything. The `label` of an earlier call holds for the same document until another is
    given, and is the least that a new one under the same root has. Without `paths` the roots of earlier
    calls are looked at again. `rebuild` reads and embeds everything anew, and is
    the way out of a model mismatch or of damage. An `embedder` already loaded saves loading it.
    Raises LibraryError; a bad file only lands in `refused`.
    """
    started = time.perf_counter()
    report = IngestReport()
    with generation.writer(home), Spool(home) as spool:
        former = _former(home, model, rebuild)
        least = {} if paths and label else intake.least_labels(former.roots())
        roots = [str(Path(path).resolve()) for path in paths] or sorted(least)
        files = list(intake.files(home, [Path(path) for path in paths] or [Path(root) for root in roots]))
        report.skipped = sum(1 for file in files if file.path.suffix.lower() not in SUFFIXES)
        files = [file for file in files if file.path.suffix.lower() in SUFFIXES]
        linked = [file.source for file in files if not f"{file.source}/".startswith(f"{file.root}/")]
        before = former.listed() if rebuild else former.at([*roots, *linked])
        known = [one.one for one in before]
        left, fresh = intake.read(files, known, roots, report, label, least, rebuild, model, progress, spool)
        manifest = former.manifest
        unchanged = not (report.added or report.changed or report.removed)
        if unchanged and manifest and not rebuild:
            report.generation, report.documents, report.chunks = manifest.name, manifest.documents, manifest.chunks
            _exported(home, model)
            report.seconds = time.perf_counter() - started
            return report
        if not fresh and manifest is None:
            raise NothingReadable(_nothing(paths, report), report.refused)
        if rebuild:
            former, before = _Former(), []
        leaving = [one for one in before if one.one.source in left]
        written = _write(home, model, former, leaving, fresh, report, progress, embedder)
        report.generation, report.documents, report.chunks = written.name, written.documents, written.chunks
    give_back()
    report.seconds = time.perf_counter() - started
    return report


def stored(home: Path) -> list[Stored]:
    """Every document of the library with its chunks, in order; every byte checked. None of an inventory alone."""
    folder, manifest = generation.open_current(home)
    opened = Archive([Records(one) for one in generation.segment_folders(folder, manifest)])
    try:
        return list(opened.stored())
    finally:
        opened.close()


def write(home: Path, model: str, documents: Iterable[Stored], embedder: Embedder) -> Manifest:
    """A library of documents that were read already, in place of what the workspace holds."""
    with generation.writer(home), Spool(home) as spool:
        fresh = [spool.put(one) for one in documents]
        return _write(home, model, _Former(), [], fresh, IngestReport(), lambda stage, done, total: None, embedder)


def _nothing(paths: Sequence[Path], report: IngestReport) -> str:
    where = ", ".join(str(path) for path in paths) or "no path given"
    reasons = "".join(f"\n  {path}: {reason}" for path, reason in report.refused[:20])
    return (
        f"No document could be read ({where}). Give a folder or files of these kinds: "
        f"{' '.join(sorted(SUFFIXES))}.{reasons}"
    )


def _former(home: Path, model: str, rebuild: bool) -> _Former:
    """The library in force, as much of it checked as is read; a damaged one is only passed over when rebuilding."""
    try:
        folder, manifest = generation.located(home)
        if not manifest.model:
            return _Former()
        segments = generation.segment_folders(folder, manifest)
        generation.check(folder, manifest, [f"segments/{one.name}/{segment.CATALOGUE}" for one in segments])
    except LibraryNotFound:
        return _Former()
    except LibraryDamaged:
        if not rebuild:
            raise
        return _Former(salvaged=_salvage(home))
    if not rebuild:
        check_model(manifest, fingerprint(model))
    return _Former(segments, folder, manifest)


def _salvage(home: Path) -> list[Listed]:
    """Records of any generation that can still be read, newest first: they name the files to read again."""
    for folder in sorted(generation.generations(home).glob("[0-9]*"), reverse=True):
        try:
            return records.salvaged(folder)
        except (LibraryDamaged, OSError):
            continue
    return []


def check_model(manifest: Manifest, expected: str) -> None:
    if manifest.model != expected:
        raise ModelMismatch(
            f"This library was embedded by {manifest.model}, the settings name {expected}: run "
            "`advisor ingest --rebuild` to embed everything again, or set ADVISOR_EMBEDDING_MODEL back."
        )
    if manifest.chunking != chunking.VERSION:
        raise ModelMismatch(
            f"This library was cut by chunking version {manifest.chunking}, this advisor has {chunking.VERSION}: "
            "run `advisor ingest --rebuild`."
        )
    if manifest.encoding != EXPORT:
        raise ModelMismatch(
            "The vectors of this library were made by another version of the advisor: run `advisor ingest --rebuild`."
        )


def _write(
    home: Path,
    model: str,
    former: _Former,
    leaving: Sequence[Listed],
    fresh: Sequence[Spooled],
    report: IngestReport,
    progress: Progress,
    embedder: Embedder | None,
) -> Manifest:
    """The next generation: segments that stay as they are, those that lose documents, and new ones for the fresh."""
    loaded = cache(lambda: embedder or encoder(home, model))
    number = generation.next_name(home)
    with _staging(home) as staging:
        names = (f"segments/{number}-{count}" for count in range(1, 1_000_000))
        parts = _staying(former, leaving)
        for slab in segment.slabs(sorted(fresh, key=lambda one: one.one.source)):
            known = _known_vectors(former, leaving, slab)
            told = partial(progress, "embedding")
            part, embedded = segment.write(staging / next(names), slab, known, loaded, told)
            parts.append(part)
            report.embedded += embedded
        progress("writing", 0, 1)
        final, linked = _merged(former, parts, staging, names)
        carried = _carry(home, former, staging, linked)
        about = {
            "model": fingerprint(model) if final else "",
            "dimension": _dimension(final),
            "chunking": chunking.VERSION if final else 0,
            "encoding": EXPORT if final else 0,
            "documents": sum(one.documents for one in final),
            "chunks": sum(one.chunks for one in final),
            "segments": [{"name": one.folder.name, "chunks": one.chunks, "documents": one.documents} for one in final],
        }
        manifest = generation.commit(home, number, staging, about, carried)
    progress("writing", 1, 1)
    return manifest


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A folder for the next generation, gone when it was not committed."""
    try:
        generation.generations(home).mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=generation.generations(home)))
    except OSError as error:
        raise storage_error(error, "The new generation") from error
    try:
        yield staging
    except (OSError, sqlite3.Error) as error:
        raise storage_error(error, "The new generation") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _staying(former: _Former, leaving: Sequence[Listed]) -> list[Segment]:
    """What the former segments hold beside the documents that leave."""
    parts = []
    for folder, said in zip(former.segments, former.manifest.segments if former.manifest else [], strict=True):
        gone = [one for one in leaving if one.segment == folder.name]
        documents = int(said["documents"]) - len(gone)
        if documents:
            chunks = int(said["chunks"]) - sum(one.chunks for one in gone)
            parts.append(Segment(folder, chunks, documents, frozenset(one.number for one in gone)))
    return parts


def _merged(
    former: _Former, parts: Sequence[Segment], staging: Path, names: Iterator[str]
) -> tuple[list[Segment], list[Segment]]:
    """(the segments of the next generation, those of them that stay where they are)."""
    final, linked = [], []
    for group in segment.groups(parts):
        if len(group) == 1 and not group[0].dropped:
            final.append(group[0])
            if staging not in group[0].folder.parents:
                linked.append(group[0])
            continue
        for one in group:
            if former.folder and former.manifest and former.folder in one.folder.parents:
                _check(former.folder, former.manifest, one.folder.name)
        final.append(segment.merge(group, staging / next(names)))
        for one in group:
            if staging in one.folder.parents:
                shutil.rmtree(one.folder)
    return sorted(final, key=lambda one: one.folder.name), linked


def _check(folder: Path, manifest: Manifest, name: str) -> None:
    """Raises LibraryDamaged when a file of a segment is not what was committed."""
    generation.check(folder, manifest, [file for file in manifest.files if file.startswith(f"segments/{name}/")])


def _dimension(segments: Sequence[Segment]) -> int:
    return segment.dimension(segments[0].folder) if segments else 0


def _carry(
    home: Path, former: _Former, staging: Path, linked: Iterable[Segment]
) -> Mapping[str, Mapping[str, int | str]]:
    """Links to the segments that stay, and to what else the generation in force holds, but for damaged files."""
    try:
        folder, manifest = generation.former(home)
    except (LibraryNotFound, LibraryDamaged):
        return {}
    stays = {one.folder.name for one in linked}
    own = [name for name in manifest.files if Path(name).parts[0] in _OWN]
    mine = [name for name in own if former.folder and len(Path(name).parts) > 2 and Path(name).parts[1] in stays]
    rest = replace(manifest, files={name: known for name, known in manifest.files.items() if name not in own})
    lost = set(generation.damage(folder, rest))
    return generation.carry(folder, manifest, staging, [*mine, *(name for name in rest.files if name not in lost)])


def _known_vectors(former: _Former, leaving: Sequence[Listed], fresh: Sequence[Spooled]) -> Iterator[Embedded]:
    """Chunks with their vectors of documents that have the place or the content of a fresh one."""
    sources = {one.one.source for one in fresh}
    replaced = [one for one in leaving if one.one.source in sources]
    wanted: dict[str, set[int]] = {}
    for one in [*replaced, *former.of_content({one.one.document.id for one in fresh})]:
        wanted.setdefault(one.segment, set()).add(one.number)
    for name, numbers in wanted.items():
        assert former.folder is not None and former.manifest is not None
        _check(former.folder, former.manifest, name)
        yield from segment.embedded(former.folder / "segments" / name, sorted(numbers))


def encoder_folder(home: Path, model_fingerprint: str) -> Path:
    return home / "encoder" / f"{model_fingerprint.replace('/', '_')}-{EXPORT}"


def encoder(home: Path, model: str) -> OnnxEmbedder:
    """The exported encoder, made when it is not there yet.

    Vectors of questions agree with those of sentence-transformers to 1e-3, those of chunks have a mean cosine above
    0.995 with them.
    """
    return OnnxEmbedder(_exported(home, model))


def _exported(home: Path, model: str) -> Path:
    """The folder of the exported encoder; written aside and renamed, so a kill never leaves half of one."""
    folder = encoder_folder(home, fingerprint(model))
    if (folder / "model.json").is_file():
        return folder
    for left in folder.parent.glob(".staging-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder.parent))
    try:
        TorchEmbedder(model).export(staging)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder
