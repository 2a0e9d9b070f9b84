"""The audit log of a workspace: who did what, when, at which clearance, and which documents were cited.

    HOME/audit.jsonl   a line each, mode 0600; `before` is the sha256 of the line before

A line that is changed, taken out or put in breaks the chain at the next one. The end can be cut off, and whoever can
write the file can write all of it anew: keep elsewhere the sum that `advisor audit verify` prints, and give it back
with `--last`. Questions are left out unless the setting `audit_questions` says otherwise; secrets always.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from advisor.answer import Answer
from advisor.redaction import redacted
from index.document import Label

FILE = "audit.jsonl"
FIRST = "0" * 64  # what stands before the first line
_TEXT = 300  # characters of what a line says in words
_DOCUMENTS = 100


@dataclass(slots=True)
class Noted:
    """What the parts of the advisor tell about the request that they are at work on."""

    documents: dict[str, None] = field(default_factory=dict)  # ids, in order
    clearance: Label | None = None
    question: str | None = None


_noted: ContextVar[Noted | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[Noted]:
    """Collects what is noted inside, also in threads and tasks that are started there."""
    noted = Noted()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(*, documents: Iterable[str] = (), clearance: Label | None = None, question: str | None = None) -> None:
    """Tell the request at work; nothing when no one is listening."""
    noted = _noted.get()
    if noted is None:
        return
    noted.documents.update(dict.fromkeys(documents))
    noted.clearance = clearance or noted.clearance
    noted.question = question or noted.question


def cited(answer: Answer) -> list[str]:
    """Ids of the documents that an answer cites."""
    return [one.id.partition(":")[0] for one in answer.evidence if one.kind == "passage"]


def record(
    home: Path,
    who: str,
    what: str,
    outcome: str,
    noted: Noted | None = None,
    *,
    key: str | None = None,
    secrets: tuple[str, ...] = (),
) -> None:
    """One line more; `key` is the id of the caller's key, as names may be given twice.

    A log that cannot be written is told on stderr and stops nobody.
    """
    noted = noted or Noted()
    body: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "who": redacted(who[:_TEXT], secrets),
        "key": key,
        "what": redacted(what[:_TEXT], secrets),
        "outcome": outcome,
        "clearance": noted.clearance.value if noted.clearance else None,
        "documents": list(noted.documents)[:_DOCUMENTS],
    }
    if noted.question is not None:
        body["question"] = redacted(noted.question, secrets)
    try:
        _append(home / FILE, body)
    except OSError as error:
        print(f"The audit log {home / FILE} cannot be written: {error}", file=sys.stderr)


def _append(path: Path, body: dict[str, object]) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # freed when it is closed
        last, whole = _last_line(file)
        line = json.dumps({**body, "before": _sum(last) if last else FIRST}, ensure_ascii=False).encode()
        file.write((b"" if whole else b"\n") + line + b"\n")


def _last_line(file: BinaryIO) -> tuple[bytes, bool]:
    """The last line and whether it has its end; a writer that was killed may have left half of one."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        return b"", True
    reach = 4096
    while True:
        file.seek(max(0, size - reach))
        tail = file.read(min(reach, size))
        body = tail.removesuffix(b"\n")
        if b"\n" in body or reach >= size:
            return body.rpartition(b"\n")[2], tail.endswith(b"\n")
        reach *= 4


def _sum(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    lines: int
    last: str  # sum of the last line
    faults: tuple[str, ...]


def verify(home: Path, expected: str | None = None) -> Verified:
    """Go through the chain. `expected`: the sum of a line of an earlier check, which must still be there."""
    before, lines, seen = FIRST, 0, expected is None
    faults = []
    if (home / FILE).exists():
        with (home / FILE).open("rb") as file:
            for lines, raw in enumerate(file, 1):
                line = raw.removesuffix(b"\n")
                try:
                    given = json.loads(line)["before"]
                except (ValueError, KeyError, TypeError, RecursionError):
                    given = None
                if given is None and raw.endswith(b"\n"):
                    faults.append(f"line {lines} is no line of the log, or a writer was killed at it")
                elif given is None:
                    faults.append(f"line {lines} is cut off")
                elif given != before:
                    faults.append(
                        f"line {lines} does not follow the line before it: that was changed, removed or added"
                    )
                before = _sum(line)
                seen = seen or before == expected
    if not seen:
        faults.append("the line whose sum was given is not in the log: it was cut or written anew")
    return Verified(lines, before, tuple(faults))
