"""What an ingest finds: which files are new, changed, gone or refused, and the label that each document has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index import uploads
from index.document import Document, Label
from index.embedding import tokenizer_path
from index.errors import LibraryError, UnreadableDocument
from index.reading import MAX_BYTES, SUFFIXES
from index.reading.marking import label_of
from index.reading.sandbox import Sandbox
from index.reading.worker import Take
from index.records import Stored
from index.spool import Spool, Spooled

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

Progress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(slots=True)
class IngestReport:
    """What one ingest did. Paths are as the user named them."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    skipped: int = 0  # files of no known format
    embedded: int = 0  # chunks sent to the encoder
    chunks: int = 0
    documents: int = 0
    generation: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    shown: str
    source: str
    root: str


def files(home: Path, paths: Sequence[Path]) -> Iterator[File]:
    seen: set[str] = set()
    for path in paths:
        root = str(path.resolve())
        if not path.exists():
            raise LibraryError(f"{path} does not exist: check the path.")
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in found:
            inside = file.relative_to(path) if path.is_dir() else Path(file.name)
            source = str(file.resolve())
            if any(part.startswith(".") for part in inside.parts) or source in seen:
                continue
            seen.add(source)
            yield File(file, uploads.shown(home, file) or shown(file), source, root)


def shown(path: Path) -> str:
    """A path as people see it: without characters that would end a line or turn its direction."""
    return _UNSEEN.sub("\ufffd", path.as_posix())


def read(
    files: Sequence[File],
    before: Sequence[Stored],
    roots: Sequence[str],
    report: IngestReport,
    label: Label | None,
    least: Mapping[str, Label],
    rebuild: bool,
    model: str,
    progress: Progress,
    spool: Spool,
) -> tuple[set[str], list[Spooled]]:
    """(sources whose former documents leave, documents read now). A refused file drops its former version.

    `before` has the stored documents that `files` or `roots` may concern: all of them in a rebuild. `least` is the
    label by root that what is read there has at least, where no `label` is named.
    """
    known = {one.source: one for one in before}
    present = {file.source for file in files}
    left: set[str] = set()
    fresh: list[Spooled] = []
    for one in before:
        if one.source in present:
            continue
        gone = any(one.source == root or one.source.startswith(root + "/") for root in roots)
        if gone or (rebuild and not Path(one.source).exists()):
            report.removed.append(one.document.path)
            left.add(one.source)
        elif rebuild:
            files = [*files, File(Path(one.source), one.document.path, one.source, one.root)]
    with Sandbox(tokenizer_path(model)) as sandbox:
        for done, file in enumerate(files):
            progress("reading", done, len(files))
            old = known.get(file.source)
            try:
                floor = label or least.get(file.root, Label.PUBLIC)
                new = _load(file, old, label, floor, rebuild, sandbox, spool)
            except UnreadableDocument as refusal:
                report.refused.append((file.shown, str(refusal)))
                if old:
                    report.removed.append(old.document.path)
                    left.add(old.source)
                continue
            if new is None:
                report.unchanged += 1
                continue
            (report.changed if old else report.added).append(file.shown)
            left.add(file.source)
            fresh.append(new)
        progress("reading", len(files), len(files))
    return left, fresh


def _load(
    file: File, old: Stored | None, label: Label | None, floor: Label, rebuild: bool, sandbox: Sandbox, spool: Spool
) -> Spooled | None:
    """The file read anew, None when it has not changed since `old`.

    `label` is that of this ingest; without one that of the document's last ingest holds, at least `floor`.
    """
    _refuse_name(file)
    try:
        stat = file.path.stat()
        same = old and (old.size, old.modified_ns, old.document.path) == (stat.st_size, stat.st_mtime_ns, file.shown)
        if old and same and not rebuild and _keeps_label(old, label):
            return None
        if stat.st_size > MAX_BYTES:
            raise UnreadableDocument(f"{stat.st_size / 1024**2:.0f} MB, more than 50 MB: split the file")
        data = file.path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"cannot be opened: {error.strerror or error}") from error
    given = label or (old.given if old else None)

    def fill(take: Take) -> tuple[Stored, int]:
        cut = sandbox.cut(file.shown, data, take)
        document = Document(
            id=hashlib.sha256(data).hexdigest(),
            path=file.shown,
            title=" ".join((cut.title or file.path.stem.replace("-", " ").replace("_", " ")).split()),
            label=max(_label(cut.metadata, given), floor, key=lambda one: one.rank),
            media=SUFFIXES[file.path.suffix.lower()],
            text="",
            metadata=cut.metadata,
        )
        return Stored(document, file.source, file.root, stat.st_size, stat.st_mtime_ns, (), given), cut.chunks

    return spool.add(fill)


def _refuse_name(file: File) -> None:
    """Refuses what is not a file below its root under a name that can be written down."""
    if not Path(file.source).is_relative_to(file.root):
        raise UnreadableDocument("a link that leads out of its folder: ingest what it points at, or copy it there")
    try:
        file.source.encode()
    except UnicodeEncodeError:
        raise UnreadableDocument("its name is not valid UTF-8: rename it") from None


def _label(metadata: Mapping[str, object], given: Label | None) -> Label:
    """The stricter of what the document says of itself and what its ingest said."""
    own = label_of(metadata, given or Label.RESTRICTED)
    return max(own, given, key=lambda label: label.rank) if given else own


def _keeps_label(old: Stored, label: Label | None) -> bool:
    return label is None or (old.given is label and old.document.label is _label(old.document.metadata, label))


def least_labels(roots: Iterable[tuple[str, Label | None]]) -> dict[str, Label]:
    """The strictest label that an ingest gave to anything under each root; what is read there later has no lesser."""
    found: dict[str, Label] = {}
    for root, given in roots:
        found[root] = max(found.get(root, Label.PUBLIC), given or Label.PUBLIC, key=lambda one: one.rank)
    return found
