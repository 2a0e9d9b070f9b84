"""Questions to go on with: real headings and measures near the answer, shown only when the advisor answers them."""

from __future__ import annotations

from collections.abc import Iterator

from advisor import Advisor, Answer
from advisor.measures.catalogue import load
from index.document import Label

SHOWN = 3
_TRIED = 8  # candidates asked at most; each takes some tens of milliseconds
_DULL = ("sources", "references", "see also", "summary", "introduction", "overview", "further reading")


def suggest(advisor: Advisor, clearance: Label, answer: Answer, asked: list[str]) -> list[str]:
    """Up to three questions that are answered, none of them asked before."""
    found: list[str] = []
    known = {one.lower() for one in (*asked, answer.question)}
    for tried, candidate in enumerate(_candidates(answer)):
        if len(found) == SHOWN or tried == _TRIED:
            break
        if candidate.lower() in known:
            continue
        known.add(candidate.lower())
        if not advisor.ask(candidate, clearance=clearance).abstained:
            found.append(candidate)
    return found


def _candidates(answer: Answer) -> Iterator[str]:
    """Other groupings of the figures cited, then sections that stand near the cited ones."""
    catalogue = load()
    for item in answer.evidence:
        grouped = "by site" in answer.question.lower()
        if not grouped and item.kind == "figure" and item.locator.formula in {one.name for one in catalogue.measures}:
            title = catalogue[item.locator.formula].title
            yield f"{title[:1].upper()}{title[1:]} by site?"
    cited = {item.locator.heading for item in answer.evidence}
    documents = {item.locator.document for item in answer.evidence if item.kind == "passage"}
    for passage in answer.retrieved:
        heading, title = passage.locator.heading or "", passage.locator.document or ""
        last = heading.rpartition(" > ")[2].strip()
        if heading in cited or title not in documents or last.lower() in (*_DULL, title.lower(), ""):
            continue
        subject = last if last[1:2].isupper() else f"{last[:1].lower()}{last[1:]}"  # an abbreviation keeps its capitals
        yield last if last.endswith("?") else f"What does “{title}” say about {subject}?"
