"""The things a library holds. All frozen; offsets are character positions in `Document.text`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Label(StrEnum):
    """Data classification, least to most sensitive."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        return list(Label).index(self)

    @classmethod
    def parse(cls, value: object) -> Label:
        """The label named by `value`; missing or unknown means restricted (fail closed)."""
        try:
            return cls(str(value).strip().lower())
        except ValueError:
            return cls.RESTRICTED


class Kind(StrEnum):
    """What a block of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"  # bullet of a list
    STEP = "step"  # item of a numbered list
    ROW = "row"  # one row of a table, rendered with its column names
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A structural unit of a document.

    `runs` are the (start, end) spans of the stored text that carry the words, in order, without
    markup; the clean text is their concatenation with line breaks as spaces. A table row has
    `rendered` instead ("Model: H100; Memory: 80 GB"), because its words need the header's.
    """

    kind: Kind
    start: int
    end: int
    runs: tuple[tuple[int, int], ...]
    level: int = 0  # heading level 1-6, or nesting depth of a list item
    rendered: str | None = None
    page: int | None = None  # counted from 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader takes out of one file."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or table row: the smallest span that can be cited."""

    start: int
    end: int
    text: str  # without markup
    kind: Kind
    heading: tuple[str, ...] = ()
    opens: bool = True  # the first of its paragraph, list item or row
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive sentences under one heading, small enough for the encoder to read whole."""

    heading: tuple[str, ...]
    start: int
    end: int
    text: str  # without markup, one block a line
    sentences: tuple[Sentence, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the library; `id` is the sha256 of its bytes."""

    id: str
    path: str  # as the user named it
    title: str
    label: Label
    media: str
    text: str
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a passage stands: enough for a person to find it and a program to highlight it."""

    document: str  # title
    path: str
    heading: str  # "A > B"
    page: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk with what stands around it.

    Of the chunk: `score` is the fused relevance, `dense` its cosine with the question, `nearest` that of
    its nearest sentence, `lexical` its BM25 as a share of what the question could attain.
    """

    id: str
    document_id: str
    locator: Locator
    label: Label
    text: str
    sentences: tuple[Sentence, ...]
    score: float
    dense: float
    nearest: float
    lexical: float
    chunks: range  # positions in the library
