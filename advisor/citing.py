"""Lines of a draft → claims with verdicts, and the evidence they cite, numbered in order of citation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor import verification
from advisor.answer import Claim, Evidence
from advisor.evidence import Scored, cite
from advisor.verifying.entailment import NliModel
from advisor.writing.draft import Line
from index.retriever import Retriever


class Ledger:
    """Of one answer: what has been cited so far. An item keeps its number."""

    def __init__(self, retriever: Retriever, nli: NliModel | None = None) -> None:
        self._retriever = retriever
        self._nli = nli
        self._numbers: dict[str, int] = {}
        self._items: dict[str, Evidence] = {}

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """In order of citation."""
        return tuple(self._items[one] for one in self._numbers)

    def marks(self, claim: Claim) -> str:
        """The claim's citation numbers: [1][3]."""
        return "".join(f"[{self._numbers[one]}]" for one in claim.evidence)

    def number(self, evidence_id: str) -> int:
        return self._numbers[evidence_id]

    def verify(self, lines: Sequence[Line]) -> list[Claim]:
        """One claim a line, verified against what the line names; evidence is one item a run of neighbouring
        sentences that these lines cite."""
        order: dict[str, list[Scored]] = {}
        for line in lines:
            for source in line.sources:
                order.setdefault(source.passage.id, []).append(source)
        words: dict[str, str] = {}
        of: dict[tuple[str, int], str] = {}  # (passage, sentence's position) → evidence id
        found: dict[str, Evidence] = {}
        for sources in order.values():
            for run in _runs(sources):
                passage, sentences = run[0].passage, tuple(one.sentence for one in run)
                start, end = sentences[0].start, max(sentence.end for sentence in sentences)
                item = cite(passage, sentences, self._retriever.source_text(passage, start, end))
                found[item.id] = item
                words[item.id] = "\n".join(sentence.text for sentence in sentences)
                of.update({(passage.id, one.position): item.id for one in run})
        claims = []
        encoder = self._retriever.embedder
        for line in lines:
            ids = tuple(dict.fromkeys(of[source.passage.id, source.position] for source in line.sources))
            verdict = verification.verify(line.text, ids, words, encoder, self._nli)
            claim = Claim(text=unnumbered(line.text), verdict=verdict, evidence=ids)
            claims.append(claim)
            if claim.verdict.holds:
                for one in ids:
                    self._items.setdefault(one, found[one])
                    self._numbers.setdefault(one, len(self._numbers) + 1)
        return claims


def unnumbered(text: str) -> str:
    """A source's own "[9]" as "(9)": numbers in brackets are citations of ours."""
    return re.sub(r"\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]", r"(\1)", text)


def _runs(sources: Sequence[Scored]) -> list[list[Scored]]:
    """The sentences of one passage without repeats, in order, parted wherever one between is not cited."""
    runs: list[list[Scored]] = []
    for one in sorted({source.position: source for source in sources}.values(), key=lambda source: source.position):
        if runs and one.position == runs[-1][-1].position + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs
