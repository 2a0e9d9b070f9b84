"""Files that people hand to the workspace itself: kept in HOME, so that every later ingest finds them again.

    HOME/uploads/3f9a2c1b7d04/guide.md      the file as it came
    HOME/uploads/3f9a2c1b7d04/.label        the label given with it, until the library holds it

A folder appears whole, by one fsynced rename: what `add` has returned survives a kill and a power cut.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from index.document import Label
from index.errors import UnreadableDocument

FOLDER = "uploads"
NAME_BYTES = 150  # of a file's name; file systems allow 255
_LABEL = ".label"
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]')
_HIDDEN = ".deleted-"
_SHOWN = re.compile(rf"{FOLDER}/[0-9a-f]{{12}}/[^/]+")
_BLOCK = 1024**2
_STALE_S = 3600.0


def folder(home: Path) -> Path:
    return (home / FOLDER).resolve()


def safe_name(given: str) -> str:
    """The last part of a name without what file systems, terminals or pages could take for something else.

    Raises UnreadableDocument when nothing is left.
    """
    last = PurePosixPath(unicodedata.normalize("NFC", given).replace("\\", "/")).name
    kept = _FORBIDDEN.sub("", last.encode("utf-8", "ignore").decode()).strip().lstrip(".").strip()
    stem, dot, suffix = kept.rpartition(".")
    if not kept or (dot and not stem.strip()):
        raise UnreadableDocument("the file has no usable name: rename it")
    if dot and len(suffix) <= 10:
        return f"{_cut(stem, NAME_BYTES - 11)}.{suffix}"
    return _cut(kept, NAME_BYTES)


def _cut(name: str, length: int) -> str:
    return name.encode()[:length].decode("utf-8", "ignore").strip()


def add(home: Path, name: str, data: BinaryIO, label: Label | None, *, limit: int, under: str = FOLDER) -> Path:
    """The file, durably in a new folder of its own. Raises UnreadableDocument when it has more than `limit` bytes."""
    name = safe_name(name)
    kept = (home / under).resolve()
    kept.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(6)
    aside = kept / f".incoming-{token}"
    aside.mkdir(mode=0o700)
    try:
        with (aside / name).open("wb") as file:
            size = 0
            while block := data.read(_BLOCK):
                size += len(block)
                if size > limit:
                    raise UnreadableDocument(f"more than {limit / _BLOCK:.0f} MB: split the file")
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise UnreadableDocument("empty: the file has no bytes; save it again or remove it")
        if label is not None:
            with (aside / _LABEL).open("w") as file_:
                file_.write(label.value)
                file_.flush()
                os.fsync(file_.fileno())
        _sync(aside)
        final = kept / token
        aside.rename(final)
        _sync(kept)
        return final / name
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def label_given(file: Path) -> Label | None:
    """The label that came with an upload; None when none did."""
    try:
        return Label.parse((file.parent / _LABEL).read_text())
    except FileNotFoundError:
        return None


def shown(home: Path, file: Path, under: str = FOLDER) -> str | None:
    """`uploads/3f9a2c1b7d04/guide.md` for a file that the workspace keeps; None for any other."""
    own, resolved = home.resolve(), file.resolve()
    return resolved.relative_to(own).as_posix() if resolved.is_relative_to(own / under) else None


def is_upload(path: str) -> bool:
    """Whether a document's path is one of `shown`."""
    return _SHOWN.fullmatch(path) is not None


def hide(file: Path) -> None:
    """Out of sight of an ingest, which then drops the document; `remove` or `unhide` comes after."""
    if file.exists():
        file.rename(file.with_name(_HIDDEN + file.name))
        _sync(file.parent)


def unhide(file: Path) -> None:
    hidden = file.with_name(_HIDDEN + file.name)
    if hidden.exists():
        hidden.rename(file)
        _sync(file.parent)


def remove(file: Path) -> None:
    """Take the file away with its folder."""
    shutil.rmtree(file.parent, ignore_errors=True)


def left(home: Path, known: Collection[str]) -> list[Path]:
    """Folders that a kill left between an upload or a deletion and its ingest; `known` are the library's sources."""
    found = []
    for one in sorted(folder(home).glob("[!.]*/")):
        files = [str(file) for file in one.iterdir() if not file.name.startswith(".")]
        if not files or not set(files) <= set(known):
            found.append(one)
    return found


def sweep(home: Path) -> None:
    """Remove what was never accepted: uploads that a kill cut short, an hour ago or more."""
    for one in folder(home).glob(".incoming-*"):
        if time.time() - one.stat().st_mtime > _STALE_S:
            shutil.rmtree(one, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
