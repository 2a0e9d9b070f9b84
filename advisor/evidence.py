"""Evidence: what an answer may stand on: passages, facts, figures and findings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from advisor.answer import Evidence, EvidenceLocator
from advisor.hygiene import name
from index.document import Label, Passage, Sentence


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a retrieved passage with how well it bears on the question, about 0-1."""

    sentence: Sentence
    passage: Passage
    position: int  # in the passage
    score: float
    coverage: float  # idf-weighted share of the question's terms
    cosine: float
    subject: float = 0.0  # of an item of a list: cosine of the question with the title and the heading it stands under


def passage_locator(passage: Passage, sentences: tuple[Sentence, ...] = ()) -> EvidenceLocator:
    """Where a passage, or the span of some of its sentences, stands."""
    where = passage.locator
    headings = {s.heading for s in sentences}
    heading = headings.pop() if len(headings) == 1 else where.heading.split(" > ")
    return EvidenceLocator(
        document=name(where.document),
        path=where.path,
        heading=" > ".join(map(name, heading)),
        page=sentences[0].page if sentences else where.page,
        start=min((s.start for s in sentences), default=where.start),
        end=max((s.end for s in sentences), default=where.end),
    )


def cite(passage: Passage, sentences: tuple[Sentence, ...], text: str) -> Evidence:
    """Passage evidence for the span of `sentences`; `text` is the stored text there."""
    locator = passage_locator(passage, sentences)
    return Evidence(
        id=f"{passage.document_id[:12]}:{locator.start}-{locator.end}",
        kind="passage",
        text=text,
        label=passage.label,
        locator=locator,
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell of an inventory feed: what it is about, its value in the stored unit, and where it stands."""

    feed: str
    row: int
    column: str
    subject: str  # "utilisation_percent of fra-h100-01"
    value: float | str | bool
    unit: str
    as_of: date | None
    label: Label

    @property
    def id(self) -> str:
        return f"fact:{_digest(self.feed, str(self.row), self.column, self.subject)}"

    @property
    def text(self) -> str:
        shown = f"{self.value:.10g}" if isinstance(self.value, float) else str(self.value)
        dated = f" as of {self.as_of.isoformat()}" if self.as_of else ""
        return f"{self.subject}: {shown}{' ' + self.unit if self.unit else ''}{dated}"

    def cite(self) -> Evidence:
        locator = EvidenceLocator(
            feed=self.feed, row=self.row, column=self.column, as_of=self.as_of.isoformat() if self.as_of else None
        )
        return Evidence(id=self.id, kind="fact", text=self.text, label=self.label, locator=locator)


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed number: what computed it, from which evidence, and how it is to be read."""

    formula: str  # a measure or a named formula
    value: float
    unit: str
    definition: str
    text: str  # the value as it may be said, with its unit and what it leaves out
    inputs: tuple[str, ...]  # evidence ids
    as_of: date | None
    label: Label
    rows: int = 0  # inventory rows it was computed from; `inputs` may name only some of them

    @property
    def id(self) -> str:
        return f"figure:{_digest(self.formula, repr(self.value), self.unit, self.text)}"

    def cite(self) -> Evidence:
        locator = EvidenceLocator(
            formula=self.formula, inputs=self.inputs, as_of=self.as_of.isoformat() if self.as_of else None
        )
        return Evidence(id=self.id, kind="figure", text=self.text, label=self.label, locator=locator)


@dataclass(frozen=True, slots=True)
class Finding:
    """A conclusion of the readiness assessment: what is needed, what there is, and what would clear the gap."""

    check: str
    workload: str
    site: str
    status: str
    text: str
    inputs: tuple[str, ...]  # evidence ids
    as_of: date | None
    label: Label

    @property
    def id(self) -> str:
        return f"finding:{_digest(self.check, self.workload, self.site, self.text)}"

    def cite(self) -> Evidence:
        locator = EvidenceLocator(
            formula=self.check, inputs=self.inputs, as_of=self.as_of.isoformat() if self.as_of else None
        )
        return Evidence(id=self.id, kind="finding", text=self.text, label=self.label, locator=locator)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
