"""A question with what a right answer must rest on and contain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.errors import SchemaError
from index.document import Label


class Gold(BaseModel):
    """A span that answers: an exact quotation of a document, located when the set is loaded.

    A full answer needs every nugget of its question once; golds that share a nugget are alternatives
    (Voorhees, "Overview of the TREC 2003 Question Answering Track", 2003).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Path of the document relative to the corpus folder.")
    quote: str = Field(min_length=10, description="Exact text of the document.")
    nuggets: tuple[int, ...] = Field((1,), min_length=1, description="Parts of the answer that it tells, from 1.")


class Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    kind: str
    answerable: bool
    gold: tuple[Gold, ...] = ()
    key_facts: tuple[str, ...] = ()
    starts: str = Field("", description="Of a question about the estate: how the answer begins, its verdict.")
    names: tuple[str, ...] = Field((), description="Of a question about the estate: names a right answer holds.")
    numbers: tuple[float, ...] = Field((), description="And the numbers, within half a per cent.")
    split: Literal["", "dev", "held-out"] = Field("", description="Where there are halves, weights are chosen on dev.")
    reviewed: bool = Field(True, description="False for a drafted question that no one has read yet.")
    source: str = Field("", description="Of a draft: what its answer was worked out from.")
    label: Label | None = Field(None, description="Of the most sensitive text or cell that it holds, where known.")

    @property
    def estate(self) -> bool:
        """Whether a right answer is told by names, numbers or a verdict instead of quotations."""
        return bool(self.starts or self.names or self.numbers)


def load(path: Path) -> list[Case]:
    """The cases of a JSONL file. Raises SchemaError naming the line."""
    cases: list[Case] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                cases.append(Case.model_validate_json(line))
            except ValidationError as error:
                raise SchemaError(f"{path}, line {number}: {error.errors()[0]['msg']}") from error
    return cases


def unlocated(cases: Sequence[Case], corpus: Path) -> list[str]:
    """Cases whose quotations do not stand in the corpus as they are written."""
    problems = []
    for case in cases:
        for gold in case.gold:
            file = corpus / gold.path
            if not file.is_file() or gold.quote not in file.read_text(encoding="utf-8"):
                problems.append(f"{case.id}: {gold.path}: {gold.quote[:60]}")
    return problems
