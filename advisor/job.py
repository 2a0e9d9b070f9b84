"""Work in the background as people see it: what it is, how far, what became of each file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from index.document import Label

Kind = Literal["documents", "delete", "relabel", "feeds", "recover"]


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (State.DONE, State.FAILED, State.CANCELLED)


class FileOutcome(BaseModel):
    """What became of one file."""

    model_config = ConfigDict(frozen=True)

    name: str
    outcome: Literal["waiting", "added", "present", "refused", "removed", "relabelled"] = "waiting"
    reason: str | None = Field(None, description="Why it was refused, and what to do.")
    document: str | None = Field(None, description="Id of the document, for /v1/documents/{id}.")
    label: Label | None = None


class Job(BaseModel):
    """Work in the background, as it stands."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Kind
    state: State
    stage: str = Field("", description="What it is at: reading, embedding, writing, …")
    done: int = Field(0, description="Steps of the stage that are done, of `total`.")
    total: int = 0
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    owner: str = Field(description="Who asked for it.")
    files: tuple[FileOutcome, ...] = ()
    resumed: bool = Field(False, description="Whether it was taken up again after the server had ended.")
    error: str | None = Field(None, description="Why it failed, and what to do.")
    generation: str | None = Field(None, description="Library generation that holds the result.")
