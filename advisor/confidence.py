"""Does what was retrieved answer the question? A calibrated probability, from a few readable signals.

The weights are a logistic regression fitted by `python -m evals.calibration`; docs/evaluation.md
tells on what, and how well it does on questions it was not fitted on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from advisor.question import Kind, Question
from index.document import Passage
from index.retriever import Query, Retriever
from index.vocabulary import FRAME, STOP, tokens

LONG = 16  # content words from which a question is simply long
READ = 5  # passages looked at for the names of the question

WEIGHTS: Mapping[str, float] = {
    "bias": -4.821,
    "nearest": 12.451,
    "spread": -10.817,
    "unmet_names": -1.717,
    "names": -0.484,
    "words": 0.084,
    "story_words": 0.095,
    "number": -0.53,
}
ANSWERS = 0.5  # confidence under which the advisor abstains

_WORD = re.compile(r"[A-Za-z0-9][\w/+.:-]*[A-Za-z0-9]|[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    capital: bool  # written as a name: inside a sentence with a capital, or with two capitals
    asked: bool  # stands in an asking sentence

    @property
    def name(self) -> bool:
        return self.capital or bool(re.search(r"\d", self.text) and re.search(r"[A-Za-z]", self.text))


def features(question: Question, query: Query, passages: Sequence[Passage], retriever: Retriever) -> dict[str, float]:
    """The signals, by the names of WEIGHTS."""
    words = _words(question.text)
    asked = [word for word in words if word.asked]
    there = {term for passage in passages[:READ] for term in _terms(passage)}
    unmet = [word for word in asked if word.capital and not _met(word.text, there, query, retriever)]
    return {
        "nearest": max((passage.nearest for passage in passages), default=0.0),
        "spread": retriever.spread(query),
        "unmet_names": float(len(unmet)),
        "names": float(sum(word.name for word in words)),
        "words": float(min(len(words), LONG)),
        "story_words": float(min(len(words) - len(asked), LONG)),
        "number": float(question.kind is Kind.NUMBER),
    }


def confidence(signals: Mapping[str, float]) -> float:
    """Probability that the passages answer the question."""
    total = WEIGHTS["bias"] + sum(WEIGHTS[name] * value for name, value in signals.items())
    return 1.0 / (1.0 + math.exp(-max(min(total, 50.0), -50.0)))


def unmet(question: Question, query: Query, passages: Sequence[Passage], retriever: Retriever) -> tuple[str, ...]:
    """Words of the question that none of the best passages uses: names first, then the rarest."""
    there = {term for passage in passages for term in _terms(passage)}
    missing = [word for word in _words(question.text) if not _met(word.text, there, query, retriever)]
    missing.sort(
        key=lambda word: (not word.name, -max(retriever.idf(term, query.clearance) for term in tokens(word.text)))
    )
    return tuple(dict.fromkeys(word.text for word in missing))


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+", text) if re.search(r"\w", part)]


def _words(text: str) -> list[_Word]:
    """The content words of a question."""
    sentences = _sentences(text)
    asking = [sentence for sentence in sentences if sentence.endswith("?")] or sentences[-1:]
    found = []
    for sentence in sentences:
        for position, word in enumerate(_WORD.findall(sentence)):
            if word.lower() not in STOP | FRAME and tokens(word):
                capital = (word[0].isupper() and position > 0) or sum(map(str.isupper, word)) > 1
                found.append(_Word(word, capital, sentence in asking))
    return found


def _terms(passage: Passage) -> set[str]:
    where = passage.locator
    return {term for line in (where.document, where.heading, *passage.text.split("\n")) for term in tokens(line)}


def _met(word: str, there: set[str], query: Query, retriever: Retriever) -> bool:
    """The word, its corrected spelling, or most of its other form stands in `there`."""
    corrected = dict(query.corrected)
    if any(corrected.get(term, term) in there for term in tokens(word)):
        return True
    forms = [tokens(form) for form in retriever.expand(word, query.clearance)]
    return any(form and sum(term in there for term in form) >= 0.7 * len(form) for form in forms)
