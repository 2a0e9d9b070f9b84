"""Does every name of a line stand in the evidence, and where it stood there?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from advisor.units import located
from advisor.verifying.reading import Reading, coordinated, likeness, read, surroundings
from advisor.verifying.vocabulary import UNITS, stem
from index.vocabulary import STOP, Abbreviations, learn, tokens

SWAPPED = 0.3  # how much better two names must fit crosswise; chosen on the dev half of the verifier's set

NEAR = 4  # words between two names of one expression

_NAME = re.compile(r"[A-Za-z0-9]+(?:[./+_][A-Za-z0-9]+)*(?:['’]s)?")
_MONTHS = frozenset("January February March April May June July August September October November December".split())
_FIELD = Abbreviations({})


def named(sentence: str) -> list[tuple[str, int]]:
    """Names with their place: capitals inside the sentence, capitals within a word, letters with digits."""
    found = []
    opening = True
    figures = [(start, end) for start, end, _ in located(sentence)]
    for match in _NAME.finditer(sentence):
        word = re.sub("['’]s$", "", match[0])
        if word in UNITS or any(start <= match.start() < end for start, end in figures):
            continue
        opening = opening and word == match[0]  # "Google's" is a name at the head too
        mixed = any(c.isupper() for c in word[1:]) or (
            any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
        )
        if mixed or (word[0].isupper() and not opening and word.lower() not in STOP):
            found.append((word, match.start()))
        opening = sentence[match.end() : match.end() + 2].strip()[:1] in (".", ":", "!", "?")
    return found


def missing(claim: str, evidence: str) -> list[str]:
    """Names of the claim that the evidence holds neither as they are nor by an abbreviation."""
    said = named(claim)
    if not said:
        return []
    known = Abbreviations(learn([evidence])) if "(" in evidence else _FIELD
    there = set(tokens(evidence))
    low = evidence.lower()
    for other in known.expand(evidence):
        there.update(tokens(other))
    gone = []
    for word, _ in said:
        terms = tokens(word)
        if all(term in there for term in terms) or word.lower() in low:
            continue
        long = known.long.get(word.upper()) or known.long.get(word.upper().removesuffix("S"))
        if long and set(tokens(long)) <= there:
            continue
        if shortens(word, evidence):
            continue
        gone.append(word)
    return gone


def shortens(word: str, evidence: str) -> bool:
    """Whether the initials of words of the evidence are this name: "Amazon Web Services" for AWS."""
    if not 2 < len(word) < 7 or not word.isalpha() or not word.isupper():
        return False
    return re.search(r"[\s-]".join(rf"\b{letter}\w*" for letter in word), evidence, re.I) is not None


def exchanged(claim: str, evidence: Sequence[str]) -> tuple[str, str] | None:
    """Two names that stand in each other's place: the one is said of what the evidence says of the other."""
    here: dict[str, list[dict[str, float]]] = {}
    there: dict[str, list[dict[str, float]]] = {}
    for found, sentences in ((here, [claim]), (there, evidence)):
        for sentence in sentences:
            for word, place in _places(sentence):
                found.setdefault(word, []).append(surroundings(read(sentence), place))
    for word in here:
        for rival in there:
            if word == rival or word not in there or word in _MONTHS or rival in _MONTHS:
                continue
            bound = any(_bound(read(one), stem(word), stem(rival), 1) for one in evidence)
            if bound and _bound(read(claim), stem(word), stem(rival), NEAR):
                continue
            pair = {stem(word), stem(rival)}  # each stands near the other in both texts, which tells nothing
            straight = _fit(here[word], there[word], pair)
            crossed = _fit(here[word], there[rival], pair)
            if rival in here:
                straight += _fit(here[rival], there[rival], pair)
                crossed += _fit(here[rival], there[word], pair)
            if crossed > straight + SWAPPED:
                return word, rival
    return None


def _bound(reading: Reading, one: str, other: str, near: int) -> bool:
    """Whether two names belong together: members of a list, or of one expression, "H800 GPU-hours", "hours on H800"."""
    if coordinated(reading, one, other):
        return True
    places = [i for i in reading.content if reading.words[i].stem in (one, other)]
    gaps = [b - a for a, b in pairwise(places) if reading.words[a].stem != reading.words[b].stem]
    return bool(gaps) and min(gaps) <= near


def _fit(ours: Sequence[dict[str, float]], theirs: Sequence[dict[str, float]], without: set[str]) -> float:
    return max(likeness(_less(one, without), _less(other, without)) for one in ours for other in theirs)


def _less(around: dict[str, float], without: set[str]) -> dict[str, float]:
    return {word: weight for word, weight in around.items() if word not in without}


def _places(sentence: str) -> list[tuple[str, int]]:
    starts = {word.start: place for place, word in enumerate(read(sentence).words)}
    return [(word, starts[start]) for word, start in named(sentence) if start in starts]
