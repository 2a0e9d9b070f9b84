"""Power cuts, replayed: what a disk may hold after one is rebuilt from the log of system calls, and opened.

strace records what an ingest does to the directories and files of a workspace. At every point of the log the power may
fail. Then each change of a directory that no fsync of that directory followed is there or not, each file that was
written after its last fsync is empty, half, zeros or whole, and everything else is as written (the model of Pillai et
al., "All File Systems Are Not Created Equal", OSDI 2014, for a file system that orders nothing).
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

_CALLS = "openat,creat,write,pwrite64,pwritev,writev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2"
_CALLS += ",link,linkat,mkdir,mkdirat,unlink,unlinkat,rmdir"
_LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\)\s+= (-?\d+)(?:<(.*)>)?")
_UNFINISHED = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FD = re.compile(r"^(\d+)<([^>]*)>")
_SAID = "acknowledged"
_RUN = (
    "import sys; from pathlib import Path; from evals.campaigns import kills; "
    "kills.SUBJECTS[sys.argv[1]]().act(Path(sys.argv[2]), Path(sys.argv[3])); print('acknowledged', end='', flush=True)"
)
MODES = ("whole", "empty", "half", "zeros")  # what a file may hold that was not synced


@dataclass(frozen=True, slots=True)
class Step:
    """One change: of a directory (`entries` name → inode, None for gone), of a file's data, or a sync."""

    kind: str  # "entry", "data", "sync", "said"
    inode: int = 0  # of the directory whose entries change, or of the file or directory
    entries: tuple[tuple[int, str, int | None], ...] = ()  # (directory, name, inode)
    call: str = ""


@dataclass(slots=True)
class Log:
    """The steps of one run, on inodes numbered from the state before it."""

    home: PurePosixPath
    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {0: {}})
    files: dict[int, bytes] = field(default_factory=dict)  # what each file holds at the end of the run
    steps: list[Step] = field(default_factory=list)
    start: dict[int, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    steps: int
    states: int  # distinct ones that were rebuilt and opened
    former: int  # of them, those that held the former generation
    later: int  # those that held the new one
    faults: tuple[str, ...]


def available() -> bool:
    return shutil.which("strace") is not None


def record(home: Path, folder: Path, kind: str) -> Log:
    """Run one ingest or import under strace. `home` is as before it when this is called, as after it at return."""
    log = Log(PurePosixPath(home))
    _take(log, home, 0)
    log.start = {inode: dict(entries) for inode, entries in log.folders.items()}
    with tempfile.TemporaryDirectory() as aside:
        trace = Path(aside) / "trace"
        run = subprocess.run(
            ["strace", "-f", "-y", "-qq", "-s", "64", "-e", f"trace={_CALLS}", "-o", str(trace),
             sys.executable, "-c", _RUN, kind, str(home), str(folder)], capture_output=True, text=True,
        )  # fmt: skip
        if run.returncode != 0 or run.stdout != _SAID:
            raise RuntimeError(f"the recorded run failed: {run.stderr[-2000:]}")
        for name, arguments, result, path in _calls(trace.read_text(errors="replace")):
            _step(log, name, arguments, result, path)
    _read_files(log, home, 0)
    return log


def _take(log: Log, path: Path, inode: int) -> None:
    """The state before the run, all of it durable."""
    for one in sorted(path.iterdir()):
        if inode == 0 and one.name == "encoder":
            continue
        number = _new(log, folder=one.is_dir())
        log.folders[inode][one.name] = number
        if one.is_dir():
            _take(log, one, number)
        else:
            log.files[number] = one.read_bytes()


def _read_files(log: Log, path: Path, inode: int) -> None:
    for name, number in log.folders[inode].items():
        if number in log.folders:
            _read_files(log, path / name, number)
        elif (path / name).is_file():
            log.files[number] = (path / name).read_bytes()


def _new(log: Log, *, folder: bool) -> int:
    number = 1 + max([*log.folders, *log.files])
    if folder:
        log.folders[number] = {}
    else:
        log.files[number] = b""
    return number


def _calls(text: str) -> Iterator[tuple[str, str, int, str]]:
    """(system call, arguments, result, path of the result) of those that succeeded, in order of their end."""
    begun: dict[tuple[str, str], str] = {}
    for line in text.splitlines():
        if found := _UNFINISHED.match(line):
            begun[found[1], found[2]] = found[3]
            continue
        if found := _RESUMED.match(line):
            line = f"{found[1]} {found[2]}({begun.pop((found[1], found[2]), '')}{found[3]}"
        if (found := _LINE.match(line)) and int(found[3]) >= 0:
            yield found[1], found[2], int(found[3]), found[4] or ""


def _step(log: Log, name: str, arguments: str, result: int, path: str) -> None:
    texts = _TEXT.findall(arguments)
    if name in ("write", "writev", "pwrite64", "pwritev", "ftruncate", "fallocate", "fsync", "fdatasync"):
        found = _FD.match(arguments)
        if found and found[1] == "1" and _SAID in arguments:
            log.steps.append(Step("said"))
        elif found and (place := _find(log, found[2])) is not None:
            kind = "sync" if "sync" in name else "data"
            log.steps.append(Step(kind, place, call=f"{name} {found[2]}"))
    elif name in ("openat", "creat"):
        if "O_CREAT" in arguments or name == "creat":
            where = _place(log, path)
            if where and where[1] not in log.folders[where[0]]:
                _enter(log, f"create {path}", (*where, _new(log, folder=False)))
        if "O_TRUNC" in arguments and (inode := _find(log, path)) is not None:
            log.steps.append(Step("data", inode, call=f"truncate {path}"))
    elif name in ("mkdir", "mkdirat"):
        if where := _place(log, _absolute(arguments, texts[0])):
            _enter(log, f"mkdir {texts[0]}", (*where, _new(log, folder=True)))
    elif name.startswith("rename"):
        old, new = _place(log, texts[0]), _place(log, texts[1])
        if old and new:
            _enter(log, f"rename {texts[0]} {texts[1]}", (*new, log.folders[old[0]][old[1]]), (*old, None))
    elif name.startswith("link"):
        source, new = _find(log, texts[0]), _place(log, texts[1])
        if source is not None and new:
            _enter(log, f"link {texts[1]}", (*new, source))
    elif where := _place(log, _absolute(arguments, texts[0])):  # unlink, unlinkat, rmdir
        _enter(log, f"unlink {texts[0]}", (*where, None))


def _absolute(arguments: str, text: str) -> str:
    """A path that may be relative to the folder of a descriptor, as rmtree gives it."""
    found = _FD.match(arguments)
    return f"{found[2]}/{text}" if found and not text.startswith("/") else text


def _place(log: Log, path: str) -> tuple[int, str] | None:
    """(inode of the folder, name) of a path below the workspace, None for any other."""
    pure = PurePosixPath(path)
    if pure == log.home or not pure.is_relative_to(log.home) or pure.relative_to(log.home).parts[0] == "encoder":
        return None
    inode = 0
    *folders, name = pure.relative_to(log.home).parts
    for part in folders:
        found = log.folders[inode].get(part)
        if found is None or found not in log.folders:
            return None
        inode = found
    return inode, name


def _find(log: Log, path: str) -> int | None:
    if PurePosixPath(path) == log.home:
        return 0
    where = _place(log, path)
    return log.folders[where[0]].get(where[1]) if where else None


def _enter(log: Log, call: str, *entries: tuple[int, str, int | None]) -> None:
    for folder, name, inode in entries:
        if inode is None:
            log.folders[folder].pop(name, None)
        else:
            log.folders[folder][name] = inode
    log.steps.append(Step("entry", entries[0][0], entries, call))


Tree = tuple[tuple[str, int, str], ...]  # (path, inode, mode) of every file that can be reached


def states(log: Log, seed: int = 11, tries: int = 12) -> dict[Tree, tuple[bool, str]]:
    """The distinct trees a cut may leave → (whether the run had been acknowledged by then, after which call)."""
    chance = random.Random(seed)
    found: dict[Tree, tuple[bool, str]] = {}
    for end in range(len(log.steps) + 1):
        done = log.steps[:end]
        said = any(step.kind == "said" for step in done)
        loose = _loose(done)
        dirty = {step.inode for i, step in enumerate(done) if step.kind == "data" and not _synced(done, i, step.inode)}
        choices: list[set[int]] = [set(), set(loose), *({one} for one in loose), *(set(loose) - {one} for one in loose)]
        choices += [{one for one in loose if chance.random() < 0.5} for _ in range(tries)]
        for lost in choices:
            for mode in MODES if dirty else ("whole",):
                modes = {inode: mode if mode != "half" else chance.choice(MODES) for inode in dirty}
                tree = _tree(log, done, lost, modes)
                if not found.get(tree, (False, ""))[0]:  # the strictest demand on a state counts
                    found[tree] = (said, done[-1].call if done else "nothing")
    return found


def _loose(done: list[Step]) -> list[int]:
    """Changes of directories that no sync of each of them followed."""
    return [
        i
        for i, step in enumerate(done)
        if step.kind == "entry" and not all(_synced(done, i, folder) for folder, _, _ in step.entries)
    ]


def _synced(done: list[Step], position: int, inode: int) -> bool:
    return any(step.kind == "sync" and step.inode == inode for step in done[position + 1 :])


def _tree(log: Log, done: list[Step], lost: set[int], modes: dict[int, str]) -> Tree:
    folders = {inode: dict(entries) for inode, entries in log.start.items()}
    for i, step in enumerate(done):
        if step.kind == "entry" and i not in lost:
            for folder, name, inode in step.entries:
                if inode is None:
                    folders.setdefault(folder, {}).pop(name, None)
                else:
                    folders.setdefault(folder, {})[name] = inode

    def walk(inode: int, path: str) -> Iterator[tuple[str, int, str]]:
        for name, number in sorted(folders.get(inode, {}).items()):
            if name.startswith(".staging-"):
                continue  # no reader looks there
            if number in log.files:
                yield f"{path}{name}", number, modes.get(number, "whole")
            else:
                yield f"{path}{name}/", number, ""
                yield from walk(number, f"{path}{name}/")

    return tuple(walk(0, ""))


def rebuild(log: Log, tree: Tree, home: Path) -> None:
    """The tree on disk."""
    for path, inode, mode in tree:
        if path.endswith("/"):
            (home / path).mkdir()
            continue
        body = log.files[inode]
        (home / path).write_bytes(
            {"whole": body, "empty": b"", "half": body[: len(body) // 2], "zeros": b"\0" * len(body)}[mode]
        )


def run(log: Log, before: object, after: object, held: Callable[[Path], object], seed: int = 11) -> Outcome:
    """Open every state. `held` gives what a workspace holds, None for one that is empty; `before` and `after` too."""
    found = states(log, seed)
    former = later = 0
    faults = []
    for tree, (said, call) in found.items():
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            rebuild(log, tree, home)
            try:
                now = held(home)
            except Exception as fault:  # whatever it is, it is what the campaign looks for
                faults.append(f"after {call}: {type(fault).__name__}: {fault}")
                continue
        if now == after:
            later += 1
        elif now == before:
            former += 1
            if said:
                faults.append(f"after {call}: acknowledged and gone")
        else:
            faults.append(f"after {call}: neither the former nor the new generation")
    return Outcome(len(log.steps), len(found), former, later, tuple(faults))


def documents(home: Path) -> dict[str, str] | None:
    """Texts by file name of a workspace, every byte checked; None when it holds no library."""
    from index import generation, library
    from index.errors import LibraryNotFound

    try:
        _, manifest = generation.open_library(home)
    except LibraryNotFound:
        return None
    stored = library.stored(home)
    assert len(stored) == manifest.documents
    return {os.path.basename(one.source): one.document.text for one in stored}


def feeds(home: Path) -> dict[str, str] | None:
    """Revisions of the sites by feed, every byte checked; None when nothing was imported."""
    from evals.campaigns.kills import Feeds
    from index import generation
    from index.errors import LibraryNotFound

    try:
        generation.open_current(home)
    except LibraryNotFound:
        return None
    return Feeds().held(home)
