"""The one answer schema: the same from `advisor ask --json`, `--batch`, and POST /v1/ask.

`docs/answer-schema.md` is its prose; the version rises when a field changes meaning or goes away.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from index.document import Label

SCHEMA_VERSION = "1.1"


class Verdict(StrEnum):
    """What the verifier found of a claim against the evidence it cites."""

    QUOTED = "quoted"  # the source's own words
    COMPUTED = "computed"  # a figure of ours, inputs cited
    SUPPORTED = "supported"  # other words, same content, numbers and negation
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"

    @property
    def holds(self) -> bool:
        return self in (Verdict.QUOTED, Verdict.COMPUTED, Verdict.SUPPORTED)


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class EvidenceLocator(Model):
    """Where evidence stands. Passages use the first six fields, facts the next four, figures the last two."""

    document: str | None = Field(None, description="Title of the document.")
    path: str | None = Field(None, description="Path of the document, as it was given to `advisor ingest`.")
    heading: str | None = Field(None, description="Heading path, outermost first, joined by ' > '.")
    page: int | None = Field(None, description="Page or slide, from 1, where the format has pages.")
    start: int | None = Field(None, description="First character, from 0, in the document's stored text.")
    end: int | None = Field(None, description="One past the last character.")
    feed: str | None = Field(None, description="Inventory file of a fact.")
    row: int | None = Field(None, description="Row in the feed, from 1.")
    column: str | None = Field(None, description="Column in the feed.")
    as_of: str | None = Field(None, description="Date the fact was true, ISO 8601.")
    formula: str | None = Field(None, description="Name of the formula of a figure.")
    inputs: tuple[str, ...] | None = Field(None, description="Evidence ids a figure was computed from.")


class Evidence(Model):
    id: str = Field(description="Identity: document hash and span. The same evidence has the same id in any answer.")
    kind: Literal["passage", "fact", "figure", "finding"]
    text: str = Field(description="For a passage the stored text from `start` to `end`, exactly.")
    label: Label = Field(description="Data classification: public < internal < restricted.")
    locator: EvidenceLocator


class Claim(Model):
    text: str = Field(description="One sentence, list item or table row, without markup.")
    verdict: Verdict
    evidence: tuple[str, ...] = Field(description="Ids of the evidence that supports the claim.")


class Retrieved(Model):
    rank: int = Field(description="From 1.")
    id: str
    score: float = Field(description="Fused relevance, 0-1; comparable within one answer only.")
    dense: float = Field(description="Cosine of question and passage.")
    lexical: float = Field(description="BM25 as a share of what the question could attain, 0-1.")
    text: str
    label: Label
    locator: EvidenceLocator


class Withheld(Model):
    reason: str
    documents: int = Field(description="How many documents were left out for this reason.")


class EvidenceWithheld(Model):
    reason: str
    label: Label
    passages: int = Field(description="How many passages the writer was not shown for this reason.")


class Receipt(Model):
    """What wrote the answer, where, and what it took."""

    writer: str
    model: str | None = Field(None, description="Null when no model took part.")
    endpoint: str | None = Field(None, description="Host and port, or `in-process`; null when no model took part.")
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = Field(description="Time of the writer alone.")
    energy_wh: float | None = None
    cost: float | None = Field(None, description="In the currency of the configured prices.")
    estimate: str = Field("", description="How tokens, energy and cost were come by, or why they are null.")
    fallback: str | None = Field(None, description="Why the model did not write the answer, or not all of it.")
    sentences: dict[str, int] = Field(
        default_factory=dict,
        description="The model's sentences by what became of them; their words when they failed are gone.",
    )
    local_only: bool = Field(False, description="The conversation holds evidence above the hosted model's ceiling.")
    withheld: tuple[EvidenceWithheld, ...] = Field((), description="Evidence that no hosted model was shown.")


class Answer(Model):
    schema_version: str = SCHEMA_VERSION
    question: str
    understood: str | None = Field(
        None, description="A follow-up as the self-contained question that was answered; null when nothing was added."
    )
    kind: str = Field(description="How the question was read: definition, how-to, comparison, list, number, …")
    answer: str = Field(description="Markdown; [n] refers to the n-th item of `evidence`.")
    abstained: bool = Field(description="True when the evidence does not answer the question.")
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...] = Field(description="What the claims cite, in order of citation.")
    retrieved: tuple[Retrieved, ...] = Field(description="Ranked passages that were considered.")
    withheld: tuple[Withheld, ...] = ()
    missing: tuple[str, ...] = Field((), description="What would be needed to answer, or to answer in full.")
    confidence: float = Field(description="Calibrated probability that the library answers the question, 0-1.")
    writer: str
    receipt: Receipt
    generation: str = Field(description="Library generation that the answer was written from.")
    timings_ms: dict[str, float]
