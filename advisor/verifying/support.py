"""Is every word of a line borne by the evidence? What is not, and stands together, is an addition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from advisor.units import located
from advisor.verifying.names import shortens
from advisor.verifying.reading import Reading, read
from advisor.verifying.vocabulary import GENERAL, POLAR, UNITS, common, same
from index.vocabulary import Abbreviations, learn, tokens

Cosines = NDArray[np.float32]

ADDED = 0.75  # weight of unborne words standing together that makes an addition; chosen on the dev set
SHARE = 0.45  # of all the weight of a line
GENERAL_WEIGHT, COMMON_WEIGHT, COUNTED_WEIGHT = 0.3, 0.5, 1.5  # general or frequent English; what a number counts
NEAR, FAR = 0.62, 0.38  # cosine at which another word of the evidence bears a word in full, and not at all

_BRACKETED = re.compile(r"\[[^\]\d]+\]")
_FIELD = Abbreviations({})
# Without a comma "because" may be what is denied or counted: "30 % of jobs fail because of the network".
_GOES_ON = re.compile(r"(?P<why>, (?:because|so)\b)|, (?:while|whereas|which)\b|;")
_BINDS = re.compile(
    r"\b(?:if|unless|only|except|provided|until|when|where|without|but|although|though|however|otherwise)\b", re.I
)
_TAKES_BACK = re.compile(r"\b(?:no|not|never)\b", re.I)


def added(reading: Reading, evidence: Sequence[str], cosines: Cosines | None = None) -> str | None:
    """The words that the evidence does not bear, when they are too many together or in all; else None.

    `cosines` are those of the content words of the line with content words of the evidence, where an encoder gave them.
    """
    places = reading.content
    if not places:
        return reading.text
    weights = weigh(reading, evidence, cosines)
    worst, run = heaviest(weights)
    if too_much(worst, sum(weights), sum(importance(reading, i) for i in places)):
        return " ".join(reading.words[places[i]].text for i in run)
    return None


def too_much(worst: float, unborne: float, total: float) -> bool:
    """Whether unborne words are an addition: the weight of the heaviest run, of all of them, and of the whole line."""
    return worst >= ADDED or unborne > SHARE * total


def opens(line: str, evidence: Sequence[str]) -> bool:
    """The line begins a sentence word for word, and what follows there tells why or more, but binds nothing."""
    said = line.rstrip(" .")
    for sentence in evidence:
        begins, rest = sentence[: len(said)], sentence[len(said) :]
        goes_on = _GOES_ON.match(rest)
        if goes_on and begins[:1].lower() + begins[1:] == said[:1].lower() + said[1:]:
            return not _BINDS.search(rest) and bool(goes_on["why"] or not _TAKES_BACK.search(rest))
    return False


def repeated(claim: str, evidence: Sequence[str]) -> str | None:
    """Neighbouring words that the line says again and again and the evidence does not: a model that goes in circles."""
    said = Counter(_pairs(read(claim)))
    there = [Counter(_pairs(read(one))) for one in evidence]
    more = {pair: times for pair, times in said.items() if times > max(1, sum(one[pair] for one in there))}
    if len(more) > 1 or max(more.values(), default=0) > 2:
        return " ".join(min(more))
    return None


def placeholder(claim: str, evidence: Sequence[str]) -> str | None:
    """Words in square brackets that no text of the evidence holds so: a form that was not filled in."""
    return next((one for one in _BRACKETED.findall(claim) if not any(one in text for text in evidence)), None)


def _pairs(reading: Reading) -> list[tuple[str, str]]:
    words = [reading.words[i] for i in reading.content]
    return [
        (one.stem, other.stem)
        for one, other in pairwise(words)
        if one.stem != other.stem and not (located(one.text) or located(other.text) or POLAR & {one.stem, other.stem})
    ]


def importance(reading: Reading, place: int) -> float:
    """How much of a fact a word is, 0-1.5."""
    word = reading.words[place]
    if word.text.lower() in POLAR or word.text in UNITS or len(word.text) < 3:
        return 0.0
    if word.stem in GENERAL or not word.text.isalpha():
        return GENERAL_WEIGHT
    if place > 0 and located(reading.words[place - 1].text):
        return COUNTED_WEIGHT
    return COMMON_WEIGHT if word.text.islower() and word.stem in common() else 1.0


def weigh(reading: Reading, evidence: Sequence[str], cosines: Cosines | None) -> list[float]:
    """For each content word how little the evidence bears it, 0-1."""
    text = " ".join(evidence)
    there = set(tokens(text)) | {word.stem for one in evidence for word in read(one).words}
    denied = {word.base for one in evidence for word in read(one).words if word.base}
    known = Abbreviations(learn([text])) if "(" in text else _FIELD
    for other in known.expand(text):
        there.update(tokens(other))
    weights = []
    for place in reading.content:
        word = reading.words[place]
        borne = bool(located(word.text)) or word.text[0].isdigit() or word.base in there or word.stem in denied
        borne = borne or shortens(word.text, text) or any(same(word.stem, one) for one in there)
        weights.append(0.0 if borne else importance(reading, place))
    if cosines is not None:
        for i, cosine in enumerate(cosines.max(axis=1)):
            weights[i] *= min(1.0, max(0.0, (NEAR - float(cosine)) / (NEAR - FAR)))
    return weights


def heaviest(weights: Sequence[float]) -> tuple[float, list[int]]:
    """The run of words with most unborne weight, a borne word between costing half (Bentley's maximum segment)."""
    best = 0.0
    best_run: list[int] = []
    now = 0.0
    run: list[int] = []
    for i, weight in enumerate(weights):
        gain = weight if weight else -0.35
        if now + gain <= 0:
            now, run = 0.0, []
            continue
        now, run = now + gain, [*run, i]
        if now > best:
            best, best_run = now, run
    return best, best_run
