"""Is a line the evidence's own sentence with two parts exchanged, or with one word put for another?

A line that changes little of a sentence keeps what it says only when the changed words mean the same. Both checks ask
how much of the line stands in the evidence in the same order (the longest common subsequence of words, function words
included), so a paraphrase in another build is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.units import located
from advisor.verifying.reading import Reading, Word
from advisor.verifying.vocabulary import UNITS, opposite, same, synonyms

NEAR_COPY = 0.85  # share of the words in the evidence's order, after two parts are put back; chosen on the dev set
REPLACED = 0.8  # share of the content words, when one is put for another

BETWEEN = 3  # words of the evidence that may be left out within a part

_SEPARATORS = frozenset(", and or / – - & plus".split())
_STOPS = frozenset("; : . ( ) while whereas but because since although though so if when unless until yet".split())
_DROPPED = frozenset("the a an its their this these those it they them also then".split())
_BE = frozenset("is are was were be been being".split())


@dataclass(frozen=True, slots=True)
class Run:
    """Words from `start` to `end` of the line that stand from `there` to `beyond` of the evidence."""

    start: int
    end: int
    there: int
    beyond: int


def exchanged(claim: Reading, evidence: Reading) -> str | None:
    """Two parts that stand in each other's place, around something that stayed: "A needs B" for "B needs A"."""
    ours, theirs = _kept(claim), _kept(evidence)
    if not ours:
        return None
    equal = [[one.text == other.text or _equal(one, other) for other in theirs] for one in ours]
    runs = _runs(equal, ours)
    return _crossed(runs, ours, theirs, equal) or _crossed(_joined(runs), ours, theirs, equal)


def _crossed(
    runs: Sequence[Run], ours: Sequence[Word], theirs: Sequence[Word], equal: Sequence[Sequence[bool]]
) -> str | None:
    before = len(_in_order(equal)) / len(ours)
    for i, left in enumerate(runs):
        for k in range(i + 2, len(runs)):
            right = runs[k]
            turned = all(right.there < run.there < left.there for run in runs[i + 1 : k])
            if not (left.there > right.there and turned and _says(ours, left) and _says(ours, right)):
                continue
            if _same_sense(ours[left.end : right.start], theirs[right.beyond : left.there]):
                continue
            back = [*range(right.start, right.end), *range(left.end, right.start), *range(left.start, left.end)]
            order = [*range(left.start), *back, *range(right.end, len(ours))]
            after = len(_in_order([equal[place] for place in order])) / len(ours)
            if after >= NEAR_COPY and after > before:
                return f"{_text(ours, left)} in the place of {_text(ours, right)}"
    return None


def replaced(claim: Reading, evidence: Reading) -> str | None:
    """One content word that stands for another, all around it being the same, and means another thing."""
    ours, theirs = [claim.words[i] for i in claim.content], [evidence.words[i] for i in evidence.content]
    pairs = _in_order([[_equal(one, other) for other in theirs] for one in ours])
    if len(ours) < 4 or len(pairs) < REPLACED * len(ours):
        return None
    for (here, there), (after, beyond) in zip([(-1, -1), *pairs], [*pairs, (len(ours), len(theirs))], strict=True):
        if after - here == 2 and (beyond - there == 2 or after == len(ours) or here < 0) and beyond - there > 1:
            one, other = ours[here + 1], theirs[beyond - 1 if here < 0 else there + 1]
            moved = _elsewhere(one, evidence) or _elsewhere(other, claim)
            if _differ(one, other) or not (moved or _means(one, other)):
                return f"{one.text} for {other.text}"
    return None


def in_order(claim: Reading, evidence: Reading) -> float:
    """Share of the line's content words that stand in the evidence in the same order."""
    ours, theirs = [claim.words[i] for i in claim.content], [evidence.words[i] for i in evidence.content]
    return len(_in_order([[_equal(one, other) for other in theirs] for one in ours])) / len(ours) if ours else 0.0


def _elsewhere(word: Word, reading: Reading) -> bool:
    return any(other.content and same(word.stem, other.stem) for other in reading.words)


def _differ(one: Word, other: Word) -> bool:
    """Two figures or two units that are not equal."""
    if one.text in UNITS and other.text in UNITS:
        return one.text != other.text
    here, there = located(one.text), located(other.text)
    return bool(here and there) and not here[0][2].equals(there[0][2])


def _means(one: Word, other: Word) -> bool:
    """Whether one may stand for the other."""
    if located(one.text) or located(other.text):
        return True
    return other.stem in synonyms(one.stem) and not opposite(one.text.lower(), other.text.lower())


def _kept(reading: Reading) -> list[Word]:
    return [word for word in reading.words if word.text.lower() not in _DROPPED]


def _equal(one: Word, other: Word) -> bool:
    low = one.text.lower()
    if low in _SEPARATORS or low in _STOPS:
        return False
    if low in _BE:
        return other.text.lower() in _BE
    if one.text in UNITS or other.text in UNITS:
        return one.text == other.text
    return one.stem == other.stem or (one.content and other.content and same(one.stem, other.stem))


def _says(words: Sequence[Word], run: Run) -> bool:
    return any(word.content or not word.text.islower() for word in words[run.start : run.end])


def _text(words: Sequence[Word], run: Run) -> str:
    return " ".join(word.text for word in words[run.start : run.end])


def _same_sense(inside: Sequence[Word], outside: Sequence[Word]) -> bool:
    """Whether parts may be exchanged around these words: members of a list, another voice, the opposite direction."""
    if _listed(inside) or _listed(outside):
        return True
    if any(word.text.lower() == "by" for word in inside) != any(word.text.lower() == "by" for word in outside):
        return True
    here, there = ({word.text.lower() for word in words} for words in (inside, outside))
    return any(opposite(one, other) for one in here - there for other in there - here)


def _listed(words: Sequence[Word]) -> bool:
    return not words or (words[0].text.lower() in _SEPARATORS and words[-1].text.lower() in _SEPARATORS)


def _runs(equal: Sequence[Sequence[bool]], ours: Sequence[Word]) -> list[Run]:
    """The longest common runs, greedily, each word once, in the order of the line."""
    width = len(equal[0]) if equal else 0
    used, taken = [False] * len(equal), [False] * width
    joins = [word.text.lower() in _SEPARATORS or word.text.lower() in _STOPS for word in ours]
    runs: list[Run] = []
    while found := _longest(equal, used, taken, ours, runs):
        for step in range(found.end - found.start):
            used[found.start + step] = taken[found.there + step] = True
        while found.start < found.end and joins[found.start]:
            found = Run(found.start + 1, found.end, found.there + 1, found.beyond)
        while found.start < found.end and joins[found.end - 1]:
            found = Run(found.start, found.end - 1, found.there, found.beyond - 1)
        if found.start < found.end:
            runs.append(found)
    return sorted(runs, key=lambda run: run.start)


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Runs that follow each other in both as one."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and run.start == last.end and 0 <= run.there - last.beyond <= BETWEEN:
            joined[-1] = Run(last.start, run.end, last.there, run.beyond)
        else:
            joined.append(run)
    return joined


def _longest(
    equal: Sequence[Sequence[bool]], used: list[bool], taken: list[bool], ours: Sequence[Word], runs: Sequence[Run]
) -> Run | None:
    """The run with most content words, then most words, then nearest to the runs beside it."""
    best, best_key = None, (0, 0, 0)
    lengths = [0] * (len(taken) + 1)
    contents = [0] * (len(taken) + 1)
    for i, word in enumerate(ours):
        says = int(word.content or not word.text.islower()) if word.text[0].isalnum() else 0
        for j in range(len(taken) - 1, -1, -1):
            if not equal[i][j] or used[i] or taken[j]:
                lengths[j + 1] = contents[j + 1] = 0
                continue
            lengths[j + 1] = length = lengths[j] + 1
            contents[j + 1] = contents[j] + says
            if not contents[j + 1] and not any(one.isalnum() for one in word.text):
                continue
            found = Run(i + 1 - length, i + 1, j + 1 - length, j + 1)
            key = (contents[j + 1], length, -_distance(found, runs))
            if best is None or key > best_key:
                best, best_key = found, key
    return best


def _distance(run: Run, runs: Sequence[Run]) -> int:
    """How far from the runs beside it in the line a run stands in the evidence."""
    beside = (other for other in runs if min(abs(run.start - other.end), abs(other.start - run.end)) < BETWEEN)
    return min((abs(other.there - run.there) for other in beside), default=0)


def _in_order(equal: Sequence[Sequence[bool]]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence."""
    ours, theirs = len(equal), len(equal[0]) if equal else 0
    best = [[0] * (theirs + 1) for _ in range(ours + 1)]
    for i in range(ours - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(theirs - 1, -1, -1):
            row[j] = below[j + 1] + 1 if equal[i][j] else max(below[j], row[j + 1])
    pairs = []
    i = j = 0
    while i < ours and j < theirs:
        if equal[i][j] and best[i][j] == best[i + 1][j + 1] + 1:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
