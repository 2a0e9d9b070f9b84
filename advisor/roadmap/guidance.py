"""Sentences of the library that say why: quoted, cited to the span, left out where nothing fits."""

from __future__ import annotations

import re

from advisor.answer import Claim
from advisor.evidence import cite
from advisor.gathering import gather
from advisor.question import analyse
from advisor.roadmap.ledger import Ledger
from index.document import Kind, Label
from index.retriever import Retriever

_LEANS = re.compile(
    r"^(?:This|That|These|Those|It|They|Such|Both|Here|There|The (?:example|note|table|former|latter)|An example|"
    r"However|But|And|So|Then|Also|For example)\b|\bnote on\b|\bnotes on\b|planning assumption|worked example|assumed|"
    r"\bexample\b|\bitself\b"
)
_DEFINES = re.compile(
    r"^(?:(?:An?|The)\s)?[\w\s(),'/-]{2,90}?\s(?:is|are)\s(?:the|an?|what|when|how)\b"
)  # a plan has no glossary
_ENOUGH = 0.6  # cosine of a sentence with the question below which it is not to the point


class Guidance:
    """Reasons from the guidance documents that the reader may see; each sentence is used once."""

    def __init__(self, retriever: Retriever | None, clearance: Label, ledger: Ledger) -> None:
        self._retriever, self._clearance, self._ledger = retriever, clearance, ledger
        self._used: set[str] = set()

    def reasons(self, question: str, count: int = 1) -> list[Claim]:
        """Up to `count` sentences that answer the question, best first."""
        if self._retriever is None:
            return []
        found = gather(analyse(question), self._retriever, clearance=self._clearance, k=6)
        claims: list[Claim] = []
        for one in sorted(found.sentences, key=lambda one: -one.cosine):
            text = one.sentence.text.strip()
            if len(claims) == count or one.cosine < _ENOUGH:
                break
            if text in self._used or not _stands_alone(text) or _DEFINES.match(text) or one.sentence.kind is Kind.ROW:
                continue
            span = self._retriever.source_text(one.passage, one.sentence.start, one.sentence.end)
            claim = self._ledger.claim(text, self._ledger.add(cite(one.passage, (one.sentence,), span)))
            if claim.verdict.holds:
                self._used.add(text)
                claims.append(claim)
        return claims


def _stands_alone(text: str) -> bool:
    """A whole sentence of readable length that leans on nothing before it."""
    if re.search(r"\d", text) and not re.search(r"\(.*\b(?:19|20)\d\d\)", text):
        return False  # a number without its source belongs to a calculation that is not here
    whole = text[:1].isupper() and text.endswith(".") and 60 <= len(text) <= 300
    return whole and not _LEANS.search(text) and "**" not in text and ":" not in text[:30]
