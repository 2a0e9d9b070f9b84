"""Documents that people hand over, as jobs: added, relabelled, removed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from advisor import journal
from advisor.access import SERVER, Principal, Role
from advisor.engine import Advisor
from advisor.errors import BusyError, ConflictError, NotFoundError, UploadError
from advisor.job import FileOutcome, Job
from advisor.jobs import Running
from advisor.journal import Accepted
from index import library, uploads
from index.document import Label
from index.embedding import Embedder
from index.errors import LibraryError, LibraryNotFound, NothingReadable, UnreadableDocument, storage_error
from index.intake import IngestReport
from index.reading import SUFFIXES
from index.reading.marking import label_of

GONE = "it was gone when the server started again: send it again if the library does not have it"
Work = Callable[[Advisor, Accepted], tuple[Callable[[Running], None], Callable[[], None]]]  # → what is done, undone
Given = Sequence[tuple[str, BinaryIO]]  # names as the caller has them, and what is in the files


def add_documents(advisor: Advisor, who: Principal, files: Given, label: Label | None) -> Job:
    """Keep the files and ingest them. Their label is the stricter of `label` and their own; restricted without either.

    Raises UploadError when none can be taken, BusyError, StorageFull.
    """
    advisor.jobs.check_free()
    outcomes, paths = kept(advisor, files, label, uploads.FOLDER, SUFFIXES)
    least = label or Label.RESTRICTED
    return start(
        advisor, journal.accepted("documents", who, outcomes, least, inside(advisor, paths), asked=label), _WORK
    )


def remove_document(advisor: Advisor, who: Principal, identity: str) -> Job:
    """Take an uploaded document away. Raises NotFoundError, or ConflictError for one that lies in a folder."""
    path, outcome = _uploaded(advisor, who, identity, "remove the file there, then run `advisor ingest`")
    assert outcome.label is not None
    return start(advisor, journal.accepted("delete", who, [outcome], outcome.label, inside(advisor, {0: path})), _WORK)


def relabel_document(advisor: Advisor, who: Principal, identity: str, label: Label) -> Job:
    """Give an uploaded document another label, never a lesser one than its own text says."""
    path, outcome = _uploaded(advisor, who, identity, "change its front matter, or `advisor ingest --label` it")
    found = advisor.document(identity, who.clearance)
    if found is not None and label_of(found.metadata, label).rank > label.rank:
        raise UploadError(f"The document says of itself that it is {found.label}: change that in the file.")
    assert outcome.label is not None
    stricter = max(outcome.label, label, key=lambda one: one.rank)
    paths = inside(advisor, {0: path})
    return start(advisor, journal.accepted("relabel", who, [outcome], stricter, paths, asked=label), _WORK)


def start(advisor: Advisor, accepted: Accepted, work: Mapping[str, Work]) -> Job:
    """Queue a job, a new one or one of an earlier server. Raises BusyError, StorageFull; what came in is then gone."""
    do, undo = work[accepted.job.kind](advisor, accepted)
    try:
        return advisor.jobs.submit(accepted, do, undo)
    except (BusyError, LibraryError):
        undo()
        raise


def inside(advisor: Advisor, paths: Mapping[int, Path]) -> dict[int, str]:
    """The paths as they are inside the workspace."""
    home = advisor.settings.home.resolve()
    return {at: path.resolve().relative_to(home).as_posix() for at, path in paths.items()}


def outside(advisor: Advisor, accepted: Accepted) -> dict[int, Path]:
    """Place in the job → where the file lies on this machine."""
    home = advisor.settings.home.resolve()
    return {at: home / path for at, path in accepted.paths.items()}


def _adding(advisor: Advisor, accepted: Accepted) -> tuple[Callable[[Running], None], Callable[[], None]]:
    paths, who, label = outside(advisor, accepted), accepted.owner.principal(), accepted.asked

    def work(job: Running) -> None:
        for at, path in paths.items():
            if not path.exists() and job.job.files[at].outcome == "waiting":
                job.outcome(at, outcome="refused", reason=GONE)
        waiting = {at: path for at, path in paths.items() if job.job.files[at].outcome == "waiting"}
        fresh = {at: path for at, path in waiting.items() if not _is_there(advisor, who, path, label, job, at)}
        if fresh:
            _ingest(advisor, fresh, label, job)

    def undo() -> None:
        for path in paths.values():
            uploads.remove(path)

    return work, undo


def _removing(advisor: Advisor, accepted: Accepted) -> tuple[Callable[[Running], None], Callable[[], None]]:
    (path,) = outside(advisor, accepted).values()

    def work(job: Running) -> None:
        if path.parent.exists():  # an earlier server may have been at its end
            uploads.hide(path)
            report = library.ingest(
                advisor.settings.home, [path.parent], model=advisor.settings.embedding_model, progress=job.progress
            )
            uploads.remove(path)
            job.update(generation=report.generation)
        job.outcome(0, outcome="removed")

    return work, lambda: uploads.unhide(path)


def _relabelling(advisor: Advisor, accepted: Accepted) -> tuple[Callable[[Running], None], Callable[[], None]]:
    (path,) = outside(advisor, accepted).values()

    def work(job: Running) -> None:
        if path.exists():
            _ingest(advisor, {0: path}, accepted.asked, job, done="relabelled")
        else:
            job.outcome(0, outcome="refused", reason="the document has been deleted")

    return work, lambda: None


_WORK: Mapping[str, Work] = {"documents": _adding, "delete": _removing, "relabel": _relabelling}


def resume(advisor: Advisor) -> list[Job]:
    """Take up the jobs about documents that an earlier server accepted and did not end."""
    return [start(advisor, one, _WORK) for one in journal.left(advisor.settings.home) if one.job.kind in _WORK]


def recover(advisor: Advisor) -> Job | None:
    """Take up files that were put aside before a job was made of them; None when there are none."""
    home = advisor.settings.home
    try:
        known = advisor.retriever.sources()
    except LibraryNotFound:
        known = {}
    except LibraryError:
        return None  # a damaged library is mended by hand
    uploads.sweep(home)
    taken = {(home.resolve() / path).parent for one in journal.left(home) for path in one.paths.values()}
    folders = [one for one in uploads.left(home, known) if one not in taken]
    if not folders:
        return None

    def work(job: Running) -> None:
        for done, folder in enumerate(folders):
            job.progress("reading", done, len(folders))
            kept = [one for one in folder.iterdir() if not one.name.startswith(".")]
            label = uploads.label_given(kept[0]) if kept else None
            try:
                _read(advisor, [folder], label, job.progress)
            except NothingReadable:
                kept = []
            if not kept:
                shutil.rmtree(folder, ignore_errors=True)

    server = Principal("server", Role.ADMIN, advisor.settings.clearance, SERVER)
    found = journal.accepted("recover", server, [], Label.RESTRICTED, {})
    return advisor.jobs.submit(journal.again(found), work, lambda: None)


def kept(
    advisor: Advisor, files: Given, label: Label | None, under: str, suffixes: Collection[str]
) -> tuple[list[FileOutcome], dict[int, Path]]:
    """(what became of each file, position → where it is kept)."""
    if not advisor.jobs.room():
        raise BusyError("Too many jobs wait already: try again when some are done.")
    outcomes: list[FileOutcome] = []
    paths: dict[int, Path] = {}
    for at, (given, data) in enumerate(files):
        try:
            name = uploads.safe_name(given)
            if Path(name).suffix.lower() not in suffixes:
                raise UnreadableDocument(f"not a known format: convert to one of {' '.join(sorted(suffixes))}")
            limit = advisor.settings.max_upload_mb * 1024**2
            paths[at] = uploads.add(advisor.settings.home, name, data, label, limit=limit, under=under)
            outcomes.append(FileOutcome(name=name))
        except UnreadableDocument as refusal:
            outcomes.append(FileOutcome(name=given[:200], outcome="refused", reason=str(refusal)))
        except OSError as error:
            for path in paths.values():
                uploads.remove(path)
            raise storage_error(error, "The upload") from error
    if not paths:
        raise UploadError("; ".join(f"{one.name}: {one.reason}" for one in outcomes) or "There is no file in it.")
    return outcomes, paths


def _is_there(advisor: Advisor, who: Principal, path: Path, label: Label | None, job: Running, at: int) -> bool:
    """Whether the very bytes were uploaded before, as the caller may know; then the new copy goes."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        found = advisor.retriever.document(digest, who.clearance)
    except LibraryNotFound:
        return False
    if found is None or uploads.shown(advisor.settings.home, Path(found[1])) is None or Path(found[1]) == path:
        return False
    if label is not None and found[0].label is not label:
        return False
    uploads.remove(path)
    job.outcome(at, outcome="present", document=digest[:12], label=found[0].label)
    return True


def _ingest(advisor: Advisor, paths: dict[int, Path], label: Label | None, job: Running, done: str = "added") -> None:
    try:
        report = _read(advisor, [path.parent for path in paths.values()], label, job.progress)
        refused, generation = dict(report.refused), report.generation
    except NothingReadable as error:
        refused, generation = dict(error.refused), None
    for at, path in paths.items():
        shown = uploads.shown(advisor.settings.home, path) or ""
        found = None if shown in refused else advisor.retriever.at(str(path))
        if found is None:
            uploads.remove(path)
            job.outcome(at, outcome="refused", reason=refused.get(shown, "it could not be read"))
        else:
            job.outcome(at, outcome=done, document=found.id[:12], label=found.label)
    job.update(generation=generation)


def _read(
    advisor: Advisor, folders: Sequence[Path], label: Label | None, progress: Callable[[str, int, int], None]
) -> IngestReport:
    embedder: Embedder | None = None
    with suppress(LibraryError):
        embedder = advisor.retriever.embedder  # loaded already; torch would take a gigabyte beside it
    settings = advisor.settings
    return library.ingest(
        settings.home, folders, model=settings.embedding_model, label=label, progress=progress, embedder=embedder
    )


def _uploaded(advisor: Advisor, who: Principal, identity: str, otherwise: str) -> tuple[Path, FileOutcome]:
    """Where an uploaded document is kept. Raises NotFoundError, or ConflictError for one of a folder."""
    try:
        found = advisor.retriever.document(identity, who.clearance)
    except LibraryNotFound:
        found = None
    if found is None:
        raise NotFoundError(f"There is no document {identity[:64]}.")
    document, source = found
    shown = uploads.shown(advisor.settings.home, Path(source))
    if shown is None:
        raise ConflictError(f"{document.path} was not uploaded, it comes from a folder: {otherwise}.")
    advisor.jobs.check_free(document.id[:12])
    name = Path(source).name
    return Path(source), FileOutcome(name=name, document=document.id[:12], label=document.label)
