"""Every kind of change to every file of a generation: opening must notice each before anything is loaded."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from index import generation
from index.errors import LibraryDamaged

Change = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Tampering:
    """One change to a workspace with at least two generations; `what` names it."""

    what: str
    apply: Change  # takes the workspace


@dataclass(frozen=True, slots=True)
class Outcome:
    tried: int
    missed: tuple[str, ...]


def run(home: Path) -> Outcome:
    """Apply each tampering to a copy of `home` and open it. The copy is mended between two."""
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        whole = tamperings(home)
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("encoder"))
        for one in whole:
            one.apply(copy)
            try:
                generation.open_current(copy)
                missed.append(one.what)
            except LibraryDamaged:
                pass
            _mend(home, copy)
        generation.open_current(copy)  # mended it opens: what was refused was the tampering
    return Outcome(len(whole), tuple(missed))


def _mend(home: Path, copy: Path) -> None:
    """Bring back what differs, by size and modification time."""
    names = {path.relative_to(root) for root in (home, copy) for path in root.rglob("*")}
    for name in sorted(name for name in names if name.parts[0] != "encoder"):
        own, other = home / name, copy / name
        same = own.is_dir() and other.is_dir() and not other.is_symlink()
        if own.is_file() and other.is_file() and not other.is_symlink():
            same = (own.stat().st_size, own.stat().st_mtime_ns) == (other.stat().st_size, other.stat().st_mtime_ns)
        if same:
            continue
        if other.is_dir() and not other.is_symlink():
            shutil.rmtree(other)
        else:
            other.unlink(missing_ok=True)
        if own.is_dir():
            shutil.copytree(own, other)
        elif own.is_file():
            shutil.copy2(own, other)


def tamperings(home: Path) -> list[Tampering]:
    """Some hundreds, for the files that `home` has now."""
    folder, manifest = generation.open_current(home)
    names = sorted(manifest.files)
    older = sorted(path for path in generation.generations(home).iterdir() if path.name < folder.name)[-1]
    inside = Path("generations") / folder.name
    found = [
        Tampering(f"{kind}: {name}", _on(inside / name, change)) for name in names for kind, change in _CHANGES.items()
    ]
    found += [Tampering(f"swapped: {a}, {b}", _swap(inside / a, inside / b)) for a, b in pairwise(names)]
    for name in names:
        if (older / name).is_file() and (older / name).read_bytes() != (folder / name).read_bytes():
            found.append(Tampering(f"older: {name}", _put(inside / name, (older / name).read_bytes())))
    found += _of_the_manifest(folder, older, inside)
    found += _of_the_pointer(folder, older)
    for extra in (
        "inventory/inventory.duckdb.wal",
        f"{names[-1]}-journal",
        f"{names[-1]}-wal",
        "segments/000000-1/texts.sqlite",
    ):
        found.append(Tampering(f"added: {extra}", _put(inside / extra, b"x")))
    return found


def _flip(position: float) -> Change:
    """One bit at a share of the length; the time of modification is set back."""

    def change(path: Path) -> None:
        stat = path.stat()
        body = bytearray(path.read_bytes())
        body[min(int(position * len(body)), len(body) - 1)] ^= 1
        path.write_bytes(bytes(body))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 1))  # as before, but for what `_mend` sees

    return change


def _link(path: Path) -> None:
    aside = path.with_name("." + path.name)
    path.rename(aside)
    path.symlink_to(aside.name)


_CHANGES: dict[str, Change] = {
    "first bit": _flip(0),
    "middle bit": _flip(0.5),
    "last bit": _flip(1),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-1]) and None,
    "emptied": lambda path: path.write_bytes(b"") and None,
    "extended": lambda path: path.write_bytes(path.read_bytes() + b"\0") and None,
    "zeros": lambda path: path.write_bytes(b"\0" * path.stat().st_size) and None,
    "deleted": lambda path: path.unlink(),
    "a link": _link,
}


def _on(name: Path, change: Change) -> Change:
    return lambda home: change(home / name)


def _put(name: Path, body: bytes) -> Change:
    def change(home: Path) -> None:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(body)

    return change


def _swap(one: Path, other: Path) -> Change:
    def change(home: Path) -> None:
        first, second = (home / one).read_bytes(), (home / other).read_bytes()
        (home / one).write_bytes(second)
        (home / other).write_bytes(first)

    return change


def _of_the_manifest(folder: Path, older: Path, inside: Path) -> Iterator[Tampering]:
    """The manifest made to agree with an altered file, or replaced."""
    name = inside / "manifest.json"
    raw = (folder / "manifest.json").read_bytes()
    for kind, change in _CHANGES.items():
        yield Tampering(f"{kind}: manifest.json", _on(name, change))
    yield Tampering("older: manifest.json", _put(name, (older / "manifest.json").read_bytes()))
    yield Tampering("no JSON", _put(name, b"{"))
    yield Tampering("deep JSON", _put(name, b"[" * 100_000))
    yield Tampering("another form of JSON", _put(name, json.dumps(json.loads(raw)).encode()))
    for relative in sorted(json.loads(raw)["files"]):
        body = json.loads(raw)
        altered = (folder / relative).read_bytes() + b"\0"
        body["files"][relative] = {"size": len(altered), "sha256": hashlib.sha256(altered).hexdigest()}
        yield Tampering(f"manifest agrees with altered {relative}", _both(inside, relative, altered, body))
        body = json.loads(raw)
        body["files"][relative]["sha256"] = "0" * 64
        yield Tampering(f"wrong sum of {relative}", _put(name, json.dumps(body, indent=2).encode()))
        body = json.loads(raw)
        del body["files"][relative]
        yield Tampering(f"manifest without {relative}", _put(name, json.dumps(body, indent=2).encode()))


def _both(inside: Path, relative: str, altered: bytes, body: object) -> Change:
    def change(home: Path) -> None:
        (home / inside / relative).write_bytes(altered)
        (home / inside / "manifest.json").write_text(json.dumps(body, indent=2))

    return change


def _of_the_pointer(folder: Path, older: Path) -> Iterator[Tampering]:
    sums = {one.name: hashlib.sha256((one / "manifest.json").read_bytes()).hexdigest() for one in (folder, older)}
    pointer = Path("CURRENT")
    for what, text in {
        "without a sum": f"{folder.name}\n",
        "sum of another": f"{folder.name} {sums[older.name]}\n",
        "older with this sum": f"{older.name} {sums[folder.name]}\n",
        "a path": f"../generations/{folder.name} {sums[folder.name]}\n",
        "none such": f"999999 {sums[folder.name]}\n",
        "empty": "",
        "zeros": "\0" * 72,
        "two lines": f"{folder.name} {sums[folder.name]}\n{older.name} {sums[older.name]}\n",
    }.items():
        yield Tampering(f"CURRENT {what}", _put(pointer, text.encode()))

    def deleted(home: Path) -> None:
        with suppress(FileNotFoundError):
            (home / "CURRENT").unlink()

    yield Tampering("CURRENT deleted", deleted)
