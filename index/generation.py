"""One state of the library on disk, and the only ways in and out of it.

    HOME/CURRENT                     name of the generation in force and sha256 of its manifest
    HOME/generations/000007/         manifest.json, segments/000007-1/, segments/000003-1/, inventory/
    HOME/encoder/                    the exported encoder
    HOME/lock                        held by the one writer

A generation is written under a temporary name, fsynced, renamed, and becomes current by one atomic
rename of CURRENT. A kill at any moment leaves the former generation in force. No pickle anywhere. What did not
change is a hard link to the file of the generation before, and its sum is taken over.

CURRENT holds the sum of the manifest, the manifest those of all files: opening checks every byte before
anything is loaded. Who can write CURRENT can replace all of it; there is no secret in the chain.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from index import lock
from index.embedding import file_sha256
from index.errors import LibraryDamaged, LibraryError, LibraryNotFound, storage_error

FORMAT = 6
THREADS = 8  # that take sums of files, which frees the interpreter, or wait for the disk
KEEP = 2  # generations left on disk: readers may still hold the one before

# What a manifest says of the library.
_ABOUT = ("model", "dimension", "chunking", "encoding", "documents", "chunks", "segments")
_CURRENT = re.compile(r"(\d{6,})(?: ([0-9a-f]{64}))?\n?")


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    model: str
    dimension: int
    chunking: int
    documents: int
    chunks: int
    created: str
    files: dict[str, dict[str, int | str]]  # relative path → size in bytes, sha256
    segments: list[dict[str, int | str]] = field(default_factory=list)  # name, chunks, documents
    encoding: int = 0  # EXPORT of the encoder that made the vectors


def generations(home: Path) -> Path:
    return home / "generations"


@contextmanager
def writer(home: Path) -> Iterator[None]:
    """Be the one writer of a workspace. Raises LibraryLocked when another is at work."""
    with lock.held(home):
        try:
            _sweep(home)
            yield
        except OSError as error:
            if error.filename is not None and not Path(error.filename).resolve().is_relative_to(home.resolve()):
                raise LibraryError(f"{error.filename} cannot be read: {error.strerror}.") from error
            raise storage_error(error, f"The workspace {home}") from error


def _sweep(home: Path) -> None:
    """Remove what a killed writer left: temporary folders and generations never made current."""
    last = 0
    try:
        last = int(located(home)[1].name)
    except LibraryNotFound:
        pass
    except LibraryDamaged:
        last = _newest(home)  # which of them was in force is not known: keep all
    for folder in generations(home).glob("*"):
        if folder.name.startswith(".") or (folder.name.isdecimal() and int(folder.name) > last):
            shutil.rmtree(folder, ignore_errors=True)


def _newest(home: Path) -> int:
    return max((int(folder.name) for folder in generations(home).glob("[0-9]*") if folder.name.isdecimal()), default=0)


def _pointer(home: Path) -> tuple[str, str]:
    """(name of the generation in force, sum of its manifest; "" in the form before format 4)."""
    try:
        text = (home / "CURRENT").read_text(encoding="ascii")
    except FileNotFoundError:
        if _newest(home) > 1:  # a first writer that was killed leaves one at most
            raise LibraryDamaged(
                f"{home / 'CURRENT'} is missing: restore it, or run `advisor ingest --rebuild`."
            ) from None
        raise LibraryNotFound(f"No library in {home} yet: run `advisor ingest PATH…` first.") from None
    except (OSError, ValueError):
        text = ""
    found = _CURRENT.fullmatch(text)
    if found is None:
        raise LibraryDamaged(f"{home / 'CURRENT'} is altered: restore it, or run `advisor ingest --rebuild`.")
    return found[1], found[2] or ""


def current_name(home: Path) -> str:
    return _pointer(home)[0]


def next_name(home: Path) -> str:
    return f"{_newest(home) + 1:06d}"


def commit(
    home: Path, name: str, staging: Path, about: dict[str, object], carried: Mapping[str, Mapping[str, int | str]]
) -> Manifest:
    """Checksum, fsync and swap in what `staging` holds. When this returns, it is durable.

    Of files that `carry` linked the sums are given: whoever opens them finds what was changed since.
    """
    found = (path for path in sorted(staging.rglob("*")) if path.is_file())
    names = {str(path.relative_to(staging)): path for path in found}
    fresh = {relative: path for relative, path in names.items() if relative not in carried}
    with ThreadPoolExecutor(THREADS) as pool:
        sums = dict(zip(fresh, pool.map(file_sha256, fresh.values()), strict=True))
    files = {
        relative: carried.get(relative) or {"size": path.stat().st_size, "sha256": sums[relative]}
        for relative, path in names.items()
    }
    created = datetime.now(UTC).isoformat(timespec="seconds")
    body = {"format": FORMAT, "name": name, "created": created, **about, "files": files}
    written = json.dumps(body, indent=2).encode()
    (staging / "manifest.json").write_bytes(written)
    # Files that were linked are durable since their own commit, the links to them are not yet.
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(_fsync, [path for path in staging.rglob("*") if str(path.relative_to(staging)) not in carried]))
    _fsync(staging)
    final = generations(home) / name
    staging.rename(final)
    _fsync(generations(home))
    pointer = home / "CURRENT.new"
    pointer.write_text(f"{name} {hashlib.sha256(written).hexdigest()}\n")
    _fsync(pointer)
    _fsync(home)  # the first time, `generations` itself must be there before CURRENT speaks of it
    pointer.replace(home / "CURRENT")
    _fsync(home)
    with _touched(final / relative for relative in files):
        for old in sorted(generations(home).glob("[0-9]*"))[:-KEEP]:
            shutil.rmtree(old, ignore_errors=True)
    return read_manifest(final)


@contextmanager
def extended(home: Path, folder: str) -> Iterator[tuple[Path | None, Path]]:
    """The next generation with everything of the one in force but `folder`, which the caller writes anew.

    Yields (the former `folder` or None, an empty one to fill). Unchanged files are hard links. When the
    caller leaves the new folder empty, or raises, the generation in force stays as it is.
    """
    with writer(home):
        current: Path | None = None
        manifest = Manifest("", "", 0, 0, 0, 0, "", {})  # of a workspace without documents
        with suppress(LibraryNotFound):
            current, manifest = open_current(home)
        generations(home).mkdir(exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=generations(home)))
        try:
            fresh = staging / folder
            fresh.mkdir()
            former = current / folder if current else None
            yield (former if former and former.is_dir() else None), fresh
            if any(fresh.iterdir()):
                names = [name for name in manifest.files if Path(name).parts[0] != folder]
                carried = carry(current, manifest, staging, names) if current else {}
                about = {name: getattr(manifest, name) for name in _ABOUT}
                commit(home, next_name(home), staging, about, carried)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def carry(current: Path, manifest: Manifest, staging: Path, names: Iterable[str]) -> dict[str, dict[str, int | str]]:
    """Hard links in `staging` to files of a generation; size and sum of each, for `commit`."""
    carried = {relative: manifest.files[relative] for relative in names}
    with _touched(current / relative for relative in carried):
        for relative in carried:
            target = staging / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(current / relative, target)
    return carried


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_manifest(folder: Path, sha256: str | None = None, forms: Sequence[int] = (FORMAT,)) -> Manifest:
    """The manifest of a generation; its bytes must have the sum where one is given."""
    try:
        raw = (folder / "manifest.json").read_bytes()
        body = json.loads(raw)
        if body.pop("format") not in forms:
            raise LibraryDamaged(
                f"{folder} was written by another version of the advisor: run `advisor ingest --rebuild`."
            )
        manifest = Manifest(**body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LibraryDamaged(
            f"The manifest of {folder} cannot be read ({error}): run `advisor ingest --rebuild`."
        ) from error
    if sha256 is not None and hashlib.sha256(raw).hexdigest() != sha256:
        raise LibraryDamaged(f"The manifest of {folder} is altered: run `advisor ingest --rebuild` (or restore it).")
    return manifest


def located(home: Path) -> tuple[Path, Manifest]:
    """Folder and manifest of the generation in force; the manifest is checked, the files are not."""
    name, sha256 = _pointer(home)
    folder = generations(home) / name
    return folder, read_manifest(folder, sha256)


def former(home: Path) -> tuple[Path, Manifest]:
    """Like located, also for a generation of the format before: what a rebuild may carry over."""
    name, sha256 = _pointer(home)
    folder = generations(home) / name
    return folder, read_manifest(folder, sha256 or None, (FORMAT, FORMAT - 1) if sha256 else (FORMAT - 1,))


def open_current(home: Path) -> tuple[Path, Manifest]:
    """Folder and manifest of the generation in force, every file of it checked. Raises LibraryDamaged."""
    folder, manifest = located(home)
    _refuse(folder, damage(folder, manifest))
    return folder, manifest


def check(folder: Path, manifest: Manifest, names: Iterable[str]) -> None:
    """Raises LibraryDamaged unless these files hold what was committed: for who loads no others."""
    _refuse(folder, _lost(folder, {name: manifest.files[name] for name in names}))


def _refuse(folder: Path, lost: Sequence[str]) -> None:
    if lost:
        raise LibraryDamaged(
            f"{folder / lost[0]} is missing, altered or not of this generation: run `advisor ingest --rebuild` "
            f"(or restore {folder})."
        )


def open_library(home: Path) -> tuple[Path, Manifest]:
    """Like open_current, for those who need documents. Raises LibraryNotFound when the generation holds none."""
    folder, manifest = open_current(home)
    if not manifest.model:
        raise LibraryNotFound(f"{home} holds no documents: run `advisor ingest PATH…`.")
    return folder, manifest


def segment_folders(folder: Path, manifest: Manifest) -> list[Path]:
    return [folder / "segments" / str(one["name"]) for one in manifest.segments]


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Files of a generation that are not what was committed, and files that were not committed at all."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()} - {
        "manifest.json"
    }
    missing = [name for name in manifest.files if name not in found]
    lost = missing + _lost(folder, {name: known for name, known in manifest.files.items() if name in found})
    return lost + sorted(found - set(manifest.files))  # DuckDB would replay a write-ahead log that lies beside it


def _lost(folder: Path, files: Mapping[str, Mapping[str, int | str]]) -> list[str]:
    """Those of some files that are not what was committed."""
    with ThreadPoolExecutor(THREADS) as pool:
        held = pool.map(lambda name: _holds(folder / name, files[name]), files)
        return [name for name, holds in zip(files, held, strict=True) if not holds]


_Stamp = tuple[int, int, int]  # size, times of the last change of the bytes and of anything else
_checked: dict[tuple[int, int], tuple[_Stamp, str]] = {}  # device and inode → stamp, sum; only this process can edit it


def _holds(path: Path, known: Mapping[str, int | str]) -> bool:
    """Whether a file has the size and sum of the manifest; what this process has read is not read again."""
    try:
        stat = path.lstat()
        if not S_ISREG(stat.st_mode) or stat.st_size != known["size"]:
            return False
        if _checked.get(_inode(stat)) != (_stamp(stat), known["sha256"]):
            if file_sha256(path) != known["sha256"]:
                return False
            if len(_checked) > 10_000:
                _checked.clear()
            _checked[_inode(stat)] = (_stamp(stat), str(known["sha256"]))
        return True
    except (OSError, KeyError):
        return False


@contextmanager
def _touched(paths: Iterable[Path]) -> Iterator[None]:
    """While names of files come and go, which changes the last of their times and no byte: they stay checked."""
    held = []
    for path in paths:
        with suppress(OSError):
            stat = path.lstat()
            stamp, sha256 = _checked.get(_inode(stat), (None, ""))
            if stamp == _stamp(stat):
                held.append((path, stat, sha256))
    yield
    for path, stat, sha256 in held:
        with suppress(OSError):
            after = path.lstat()
            if (*_inode(after), *_stamp(after)[:2]) == (*_inode(stat), *_stamp(stat)[:2]):
                _checked[_inode(after)] = (_stamp(after), sha256)


def _inode(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino


def _stamp(stat: os.stat_result) -> _Stamp:
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
