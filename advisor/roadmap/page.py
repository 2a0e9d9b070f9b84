"""A section as it is written: sentences go in with their evidence, and only what holds comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.answer import Claim
from advisor.roadmap.document import Block, Picture, Row, Section
from advisor.roadmap.ledger import Ledger

Sentence = tuple[str, Iterable[str]] | Claim


class Page:
    """Blocks of one section, numbered in order."""

    def __init__(self, identity: str, title: str, ledger: Ledger, number: str = "") -> None:
        self.identity, self.title, self.number = identity, title, number
        self._ledger = ledger
        self._blocks: list[Block] = []

    def paragraph(self, *sentences: Sentence | None, heading: str = "") -> None:
        self._put("paragraph", self._held(sentences), heading)

    def bullets(self, *items: Sentence | None, heading: str = "") -> None:
        self._put("bullets", self._held(items), heading)

    def table(self, heading: str, columns: Sequence[str], rows: Iterable[tuple[Sequence[str], Iterable[str]]]) -> None:
        """Rows whose cells stand in what they cite."""
        self.picture(heading, None, columns, rows)

    def picture(
        self,
        heading: str,
        picture: Picture | None,
        columns: Sequence[str],
        rows: Iterable[tuple[Sequence[str], Iterable[str]]],
    ) -> None:
        """A table that exports with pages draw as well."""
        kept = []
        for cells, ids in rows:
            claim = self._ledger.claim(" | ".join(cells), ids)
            if claim.verdict.holds:
                kept.append(Row(cells=tuple(cells), evidence=claim.evidence))
        if kept:
            self._blocks.append(
                Block(
                    id=self._next(),
                    kind="table",
                    heading=heading,
                    columns=tuple(columns),
                    rows=tuple(kept),
                    picture=picture,
                )
            )

    def section(self) -> Section:
        return Section(id=self.identity, number=self.number, title=self.title, blocks=tuple(self._blocks))

    def _held(self, sentences: Iterable[Sentence | None]) -> tuple[Claim, ...]:
        made = [
            one if isinstance(one, Claim) else self._ledger.claim(one[0], one[1])
            for one in sentences
            if one is not None
        ]
        return tuple(one for one in made if one.verdict.holds)

    def _put(self, kind: str, claims: tuple[Claim, ...], heading: str) -> None:
        if claims:
            self._blocks.append(
                Block.model_validate({"id": self._next(), "kind": kind, "heading": heading, "claims": claims})
            )

    def _next(self) -> str:
        return f"{self.identity}.{len(self._blocks) + 1}"
