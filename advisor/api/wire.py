"""Bodies of requests."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from advisor.question import MAX_CHARACTERS
from index.document import Label


class Asked(BaseModel):
    """A question with what bears on its answer."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=MAX_CHARACTERS, examples=["What is PUE?"])
    clearance: Label | None = Field(None, description="See less than the server allows; never more.")
    k: int | None = Field(None, ge=1, le=100, description="Passages to bring to the writer.")
    history: list[str] = Field(
        default_factory=list, max_length=50, description="Earlier questions of the conversation, oldest first."
    )


class AskRequest(Asked):
    stream: bool = Field(False, description="Server-sent events instead of one JSON body.")
