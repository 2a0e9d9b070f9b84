"""A workspace in one file, and back.

A zip with `backup.json`: the format, and size and sha256 of every other member. Taken under the lock of the one
writer, so it holds one generation, whole; also users, uploads, snapshots, thumbs and the audit log. It is as
confidential as the workspace. Restoring checks every sum, then the generation, before the folder has its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from advisor.errors import BackupError
from index import generation
from index.errors import LibraryNotFound

FORMAT = 1
ABOUT = "backup.json"
# Of generations the one in force is taken.
_LEFT_OUT = {"generations", "evals", "lock", "writer.json", "users.lock", "CURRENT.new"}
_BLOCK = 1 << 20
_FIXED = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Kept:
    files: int
    bytes: int
    generation: str  # "" when the workspace holds none


def backup(home: Path, target: Path) -> Kept:
    """Write the workspace to `target`, which must not exist. Raises BackupError or index.errors.LibraryError."""
    if not home.is_dir():
        raise BackupError(f"There is no workspace {home}: check --home.")
    if target.exists():
        raise BackupError(f"{target} exists: give another name, or move it away.")
    if target.resolve().is_relative_to(home.resolve()):
        raise BackupError(f"{target} is inside the workspace: give a file outside of it.")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with generation.writer(home):
            try:
                folder, _ = generation.open_current(home)  # a damaged one is not worth keeping
            except LibraryNotFound:
                folder = None
            files = dict(_members(home, folder))
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                with zipfile.ZipFile(out, "w") as archive:
                    about = {name: _put(archive, name, path) for name, path in files.items()}
                    body = {
                        "format": FORMAT,
                        "created": datetime.now(UTC).isoformat(timespec="seconds"),
                        "files": about,
                    }
                    archive.writestr(zipfile.ZipInfo(ABOUT, _FIXED), json.dumps(body, indent=1))
                out.flush()
                os.fsync(out.fileno())
        os.link(partial, target)  # which, unlike a rename, replaces nothing
    except FileExistsError:
        raise BackupError(f"{target} exists: give another name, or move it away.") from None
    except OSError as error:
        raise BackupError(
            f"The backup could not be written ({error}): free some space, or give another place."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return Kept(len(about), sum(int(one["size"]) for one in about.values()), folder.name if folder else "")


def _members(home: Path, folder: Path | None) -> Iterator[tuple[str, Path]]:
    """(name in the backup, file) of everything that is kept."""
    roots = [one for one in sorted(home.iterdir()) if one.name not in _LEFT_OUT and not one.name.startswith(".")]
    for root in [*roots, *([folder] if folder else [])]:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and ".staging-" not in path.as_posix():
                yield path.relative_to(home).as_posix(), path


def _put(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, int | str]:
    """Size and sum of what was written; a log may grow meanwhile."""
    digest, size = hashlib.sha256(), 0
    about = zipfile.ZipInfo(name, _FIXED)
    about.external_attr = (path.stat().st_mode & 0o700) << 16
    about.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as file, archive.open(about, "w", force_zip64=True) as out:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            out.write(block)
    return {"size": size, "sha256": digest.hexdigest()}


def restore(source: Path, home: Path) -> Kept:
    """Make the workspace `home`, which must not exist or be empty, of a backup. Raises BackupError."""
    if home.is_symlink() or (home.exists() and (not home.is_dir() or any(home.iterdir()))):
        raise BackupError(f"{home} is not empty: restore into a new folder with --home, or move it away.")
    home.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{home.name}.restoring-", dir=home.parent))
    try:
        with zipfile.ZipFile(source) as archive:
            about = _about(archive)
            for name, known in about.items():
                _take(archive, name, known, staging)
        name = _checked(staging)
        for path in staging.rglob("*"):
            _fsync(path)
        _fsync(staging)
        if home.exists():
            home.rmdir()
        staging.rename(home)
        _fsync(home.parent)
    except (OSError, zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise BackupError(
            f"{source} cannot be restored ({error}): take another backup. {home} is untouched."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Kept(len(about), sum(int(one["size"]) for one in about.values()), name)


def _about(archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    try:
        body = json.loads(archive.read(ABOUT))
        if body["format"] != FORMAT:
            raise BackupError(f"The backup has format {body['format']}: restore it with the advisor that made it.")
        files: dict[str, dict[str, Any]] = body["files"]
        names = sorted(one.filename for one in archive.infolist())
        whole = names == sorted([ABOUT, *files]) and all(_inside(name) for name in files)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise BackupError("This is no backup of a workspace, or its list of files is damaged.") from None
    if not whole:
        raise BackupError("The backup does not hold the files that it lists: it is damaged or was changed.")
    return files


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and bool(path.parts)


def _take(archive: zipfile.ZipFile, name: str, known: dict[str, Any], staging: Path) -> None:
    target = staging / name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    mode = (archive.getinfo(name).external_attr >> 16) & 0o700 or 0o600
    with (
        archive.open(name) as file,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out,
    ):
        while block := file.read(_BLOCK):
            size += len(block)
            if size > known["size"]:
                break  # a bomb, or changed
            digest.update(block)
            out.write(block)
    if size != known["size"] or digest.hexdigest() != known["sha256"]:
        raise BackupError(f"{name} in the backup is damaged or was changed: take another backup.")


def _checked(staging: Path) -> str:
    try:
        return generation.open_current(staging)[0].name
    except LibraryNotFound:
        return ""


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
