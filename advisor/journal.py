"""Jobs that were accepted and are not over: what a server that starts takes up again.

    HOME/jobs/JOB.json   written and fsynced before a job is acknowledged, removed when it is over; mode 0600

Paths stand there as the workspace has them, so that a restored backup goes on too.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.access import Principal, Role
from advisor.job import FileOutcome, Job, Kind, State
from index.document import Label
from index.errors import storage_error

FOLDER = "jobs"
_log = logging.getLogger(__name__)


class Owner(BaseModel):
    """Whoever asked for a job, as they were then."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: Role
    clearance: Label
    id: str

    def principal(self) -> Principal:
        return Principal(self.name, self.role, self.clearance, self.id)


class Accepted(BaseModel):
    """All that is needed to do a job, or to do it again."""

    model_config = ConfigDict(frozen=True)

    job: Job
    owner: Owner
    label: Label  # the most sensitive of what it names
    paths: dict[int, str]  # place in `job.files` → path inside the workspace
    asked: Label | None = None  # the label that was given
    said: dict[str, str] = {}  # of feeds, as in feeds.yaml


def accepted(
    kind: Kind,
    owner: Principal,
    files: Sequence[FileOutcome],
    label: Label,
    paths: Mapping[int, str],
    *,
    asked: Label | None = None,
    said: Mapping[str, str] | None = None,
) -> Accepted:
    """A new job, with what its work needs."""
    job = Job(
        id=f"job_{secrets.token_hex(8)}", kind=kind, state=State.QUEUED, created=datetime.now(UTC), owner=owner.name,
        files=tuple(files),
    )  # fmt: skip
    holder = Owner(name=owner.name, role=owner.role, clearance=owner.clearance, id=owner.id)
    return Accepted(job=job, owner=holder, label=label, paths=dict(paths), asked=asked, said=dict(said or {}))


def again(accepted: Accepted) -> Accepted:
    """The same, for a server that takes it up."""
    return accepted.model_copy(update={"job": accepted.job.model_copy(update={"resumed": True})})


def keep(home: Path, accepted: Accepted) -> None:
    """On disk when this returns. Raises StorageFull, StorageReadOnly."""
    folder = home / FOLDER
    path = folder / f"{accepted.job.id}.json"
    aside = path.with_suffix(".new")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(accepted.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise storage_error(error, "The job") from error


def forget(home: Path, identity: str) -> None:
    (home / FOLDER / f"{identity}.json").unlink(missing_ok=True)


def left(home: Path) -> list[Accepted]:
    """What an earlier server accepted and did not end, oldest first."""
    found = []
    for path in (home / FOLDER).glob("job_*.json"):
        try:
            found.append(again(Accepted.model_validate_json(path.read_bytes())))
        except (OSError, ValidationError) as error:
            _log.warning("%s cannot be read, so its job is not taken up: %s", path, error)
    return sorted(found, key=lambda one: one.job.created)
