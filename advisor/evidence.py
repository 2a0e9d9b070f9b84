"""Evidence: what an answer may stand on. Facts, figures and findings join passages as they are built."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.answer import Evidence, EvidenceLocator
from index.document import Passage, Sentence


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a retrieved passage with how well it bears on the question, about 0-1."""

    sentence: Sentence
    passage: Passage
    position: int  # in the passage
    score: float
    coverage: float  # idf-weighted share of the question's terms
    cosine: float


def passage_locator(passage: Passage, sentences: tuple[Sentence, ...] = ()) -> EvidenceLocator:
    """Where a passage, or the span of some of its sentences, stands."""
    where = passage.locator
    headings = {" > ".join(s.heading) for s in sentences}
    return EvidenceLocator(
        document=where.document,
        path=where.path,
        heading=headings.pop() if len(headings) == 1 else where.heading,
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
