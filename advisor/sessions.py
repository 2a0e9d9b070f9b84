"""Conversations that are kept: questions, answers with their references, whose they are.

    HOME/sessions/OWNER/ID.jsonl   {"format": 2, "id", "owner", "created"}, then a line an answer; mode 0600

OWNER is a digest of the id of the owner's key: names may be given twice. A line that was cut off by a crash is left
out when read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.access import API_KEY, LOCAL
from advisor.answer import Answer
from advisor.conversation import Turn
from advisor.errors import ConflictError, NotFoundError
from advisor.markdown import inert
from index.document import Label

FOLDER = "sessions"
FORMAT = 2  # in format 1 the owner was a name
TURNS = 500  # of one conversation
_ID = re.compile(r"[0-9a-f]{16}")


class Kept(BaseModel):
    """A question and its answer. Without the answer when that rests on evidence above the reader's clearance."""

    model_config = ConfigDict(frozen=True)

    at: str = Field(description="When it was answered, ISO 8601, UTC.")
    question: str
    label: Label = Field(
        description="The most sensitive label of its evidence; without any, of the passages considered."
    )
    answer: Answer | None = Field(description="Null when its label is above the reader's clearance.")


class Session(BaseModel):
    """A conversation as its owner may see it."""

    model_config = ConfigDict(frozen=True)

    id: str
    created: str
    turns: tuple[Kept, ...] = ()

    @property
    def title(self) -> str:
        """Its first question."""
        return self.turns[0].question if self.turns else "New conversation"

    @property
    def changed(self) -> str:
        return self.turns[-1].at if self.turns else self.created

    def history(self) -> tuple[Turn, ...]:
        """For the next question: what was asked, and the evidence that may be asked about."""
        return tuple(Turn(one.question, one.answer.evidence if one.answer else ()) for one in self.turns)

    def local_only(self, ceiling: Label) -> bool:
        """An answer touched what no hosted model may see: from then on none is asked."""
        above = any(one.label.rank > ceiling.rank for one in self.turns)
        return above or any(one.answer.receipt.local_only for one in self.turns if one.answer)


class Sessions:
    """The conversations of one workspace. Every call gives the owner's id; what others keep does not exist for them."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def adopt(self, holders: Iterable[tuple[str, str]]) -> int:
        """Conversations kept by name (format 1) go to the one key of that name; how many did.

        `holders` are (id, name). What was kept for a name of two keys, or of none, stays unread.
        """
        known = list(holders)
        times = Counter(name for _, name in known)
        moved = 0
        for owner, name in known:
            former = self._of(name)
            if times[name] > 1 or name in (LOCAL, API_KEY) or not former.is_dir():
                continue
            for path in [one for one in former.glob("*.jsonl") if _was_of(one, name)]:
                self._of(owner).mkdir(mode=0o700, exist_ok=True)
                path.rename(self._of(owner) / path.name)
                moved += 1
        return moved

    def create(self, owner: str) -> Session:
        session = Session(id=secrets.token_hex(8), created=_now())
        folder = self._of(owner)
        for one in (self._folder, folder):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
        header = {"format": FORMAT, "id": session.id, "owner": owner, "created": session.created}
        _append(folder / f"{session.id}.jsonl", json.dumps(header), os.O_CREAT | os.O_EXCL)
        return session

    def listed(self, owner: str, clearance: Label) -> list[Session]:
        """The owner's conversations, the one last spoken in first."""
        folder = self._of(owner)
        names = [path.stem for path in folder.glob("*.jsonl")] if folder.is_dir() else []
        found = []
        for name in names:
            try:
                found.append(self.get(owner, name, clearance))
            except NotFoundError:
                continue  # deleted since, or damaged in its first line
        return sorted(found, key=lambda one: (one.changed, one.id), reverse=True)

    def get(self, owner: str, identity: str, clearance: Label) -> Session:
        """Raises NotFoundError also for what is another's."""
        try:
            first, *lines = self._path(owner, identity).read_text(encoding="utf-8").split("\n")
            header = json.loads(first)
            created = str(header["created"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotFoundError(f"There is no conversation {identity}: see `advisor sessions list`.") from error
        turns = [turn for line in lines if (turn := _turn(line, clearance))]
        return Session(id=identity, created=created, turns=tuple(turns))

    def keep(self, owner: str, identity: str, answer: Answer) -> None:
        """One answer more. Raises NotFoundError, and ConflictError when the conversation is full."""
        path = self._path(owner, identity)
        labels = [one.label for one in answer.evidence] or [one.label for one in answer.retrieved]
        kept = Kept(
            at=_now(),
            question=answer.question,
            label=max(labels, key=lambda label: label.rank, default=Label.PUBLIC),
            answer=answer.model_copy(update={"retrieved": ()}),  # what was not cited is not kept
        )
        try:
            if path.read_bytes().count(b"\n") > TURNS:
                raise ConflictError(f"This conversation has {TURNS} answers: begin a new one.")
            _append(path, kept.model_dump_json(), 0)
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no conversation {identity}.") from error

    def delete(self, owner: str, identity: str) -> None:
        try:
            self._path(owner, identity).unlink()
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no conversation {identity}.") from error

    def _of(self, owner: str) -> Path:
        return self._folder / hashlib.sha256(owner.encode()).hexdigest()[:16]

    def _path(self, owner: str, identity: str) -> Path:
        if not _ID.fullmatch(identity):
            raise NotFoundError("There is no conversation of that name: see `advisor sessions list`.")
        return self._of(owner) / f"{identity}.jsonl"


def _was_of(path: Path, name: str) -> bool:
    """Whether a conversation was kept for a name. An id may be another's name, so the folder alone says too little."""
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline())
        return bool(header["format"] == 1 and header["owner"] == name)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _turn(line: str, clearance: Label) -> Kept | None:
    try:
        kept = Kept.model_validate_json(line)
    except ValidationError:
        return None
    return kept if kept.label.rank <= clearance.rank else kept.model_copy(update={"answer": None})


def _append(path: Path, line: str, flags: int) -> None:
    """A line in one write, on disk when this returns; a torn last line is closed first."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, (b"\n" if torn else b"") + line.encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def markdown(session: Session) -> str:
    """The conversation with its references, to be read elsewhere."""
    parts = [f"# {_line(session.title)}", f"Begun {session.created}."]
    for turn in session.turns:
        parts.append(f"## {_line(turn.question)}")
        if turn.answer is None:
            parts.append("(This answer rests on evidence above your clearance.)")
            continue
        parts += [turn.answer.answer, *_references(turn.answer)]
    return "\n\n".join(parts) + "\n"


def _references(answer: Answer) -> Sequence[str]:
    lines = []
    for number, item in enumerate(answer.evidence, 1):
        where = item.locator
        if item.kind == "passage":
            page = f", page {where.page}" if where.page else ""
            place = f"{where.document}, {where.path}{page}, characters {where.start}–{where.end}"
        elif item.kind == "fact":
            place = f"{where.feed}, row {where.row}, column {where.column}"
        else:
            place = f"{item.kind} {where.formula}"
        dated = f", as of {where.as_of}" if where.as_of else ""
        lines.append(f"- \\[{number}\\] {_line(place)}{dated} ({item.label}): “{_line(item.text)}”")
    told = f"_{answer.writer}, generation {answer.generation}_"
    return ["\n".join(lines), told] if lines else [told]


def _line(text: str) -> str:
    return inert(" ".join(text.split()))
