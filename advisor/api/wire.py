"""Bodies of requests and answers that are not the engine's own."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from advisor.answer import Retrieved
from advisor.job import Job
from advisor.question import MAX_CHARACTERS
from index.document import Label


def number(given: object) -> object:
    """JSON's numbers alone: 38.0 is whole, "38" and true are not numbers."""
    if isinstance(given, str | bool):
        raise ValueError("a whole number is needed")
    return given


def day(given: object) -> object:
    """A day as ISO 8601 has it: a bare number would be read as seconds since 1970."""
    if not isinstance(given, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given, re.ASCII):
        raise ValueError("a day is needed, as in 2026-11-27")
    return given


class Asked(BaseModel):
    """A question with what bears on its answer."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=MAX_CHARACTERS, examples=["What is PUE?"])
    clearance: Label | None = Field(None, description="See less than the server allows; never more.")
    k: Annotated[int, Field(ge=1, le=100), BeforeValidator(number)] | None = Field(
        None, description="Passages to bring to the writer."
    )
    history: list[str] = Field(
        default_factory=list, max_length=50, description="Earlier questions of the conversation, oldest first."
    )


class AskRequest(Asked):
    stream: bool = Field(False, strict=True, description="Server-sent events instead of one JSON body.")


class DocumentCard(BaseModel):
    """A document of the library."""

    id: str
    path: str
    title: str
    label: Label
    media: str
    chunks: int
    uploaded: bool = Field(description="Whether it can be relabelled and deleted here; others come from a folder.")


class DocumentList(BaseModel):
    generation: str = Field(description="Library generation; empty while there is none.")
    count: int = Field(description="Of all pages.")
    documents: tuple[DocumentCard, ...]
    next: str | None = Field(None, description="Cursor of the next page; null on the last one.")


class DocumentText(BaseModel):
    """A document with its stored text from `start` to `end`."""

    id: str
    path: str
    title: str
    label: Label
    media: str
    uploaded: bool
    characters: int = Field(description="Of the whole stored text.")
    start: int
    end: int
    text: str


class Relabel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: Label = Field(description="Never a lesser one than the document says of itself.", examples=["internal"])


class Found(BaseModel):
    generation: str
    passages: tuple[Retrieved, ...]


class JobList(BaseModel):
    jobs: tuple[Job, ...]
    next: str | None = Field(None, description="Cursor of the next page; null on the last one.")
