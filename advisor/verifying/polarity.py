"""Does a line deny what the evidence says, or say what it denies?

Denials, opposites, comparisons and the reach of "all" and "must" are compared between the line and the
evidence sentence that is nearest to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from advisor.verifying.arrangement import in_order
from advisor.verifying.reading import Reading, Word, coordinated, likeness, surroundings
from advisor.verifying.vocabulary import OPPOSITE_PHRASES, opposite, stem

EXCHANGED = 0.15  # how much better a word must fit in the place of its opposite; chosen on the dev half
ALIKE = 0.1
ALIKE_ENOUGH = 0.6  # share of the content words that stand in the order of the evidence; chosen on the dev set

_AMOUNTS = (  # of what, and how often; two of different ranks exclude each other
    frozenset(stem(one) for one in "all every each both always entirely wholly".split()),
    frozenset(stem(one) for one in "most usually mostly normally typically often generally many majority".split()),
    frozenset(stem(one) for one in "some several sometimes occasionally".split()),
    frozenset(stem(one) for one in "few rarely seldom hardly little scarcely".split()),
)
_FORCE = (  # of an order
    frozenset(stem(one) for one in "must shall required mandatory obliged".split()),
    frozenset(stem(one) for one in "may might can could optional".split()),
)
_ALL = frozenset(stem(one) for one in "all every each always any".split())
_SOME = frozenset(stem(one) for one in "most some many several often usually sometimes normally typically few".split())
_PIVOTS = frozenset(stem(one) for one in "beat exceed outperform underperform".split())
_TRADES = frozenset(stem(one) for one in "trade exchange swap".split())
_BETWEEN = frozenset("than before after".split())
_MEASURES = frozenset(
    stem(one)
    for one in "more less fewer higher lower larger smaller faster slower better worse cheaper dearer longer shorter "
    "bigger greater stronger weaker earlier later rather".split()
)
_CONDITIONS = frozenset("only if when unless where alone just solely provided".split())
_MUST = frozenset(stem(one) for one in "must always".split())
_MAY = frozenset(stem(one) for one in "may might can could".split())


def conflict(claim: Reading, evidence: Reading) -> str | None:
    """What of the claim contradicts the evidence, or None."""
    return first(findings(claim, evidence), claim, evidence)


def findings(claim: Reading, evidence: Reading) -> dict[str, str]:
    """What each check finds by itself, by its name in `CHECKS`; a check that finds nothing is left out."""
    found = {name: check(claim, evidence) for name, check in CHECKS.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def first(found: Mapping[str, str], claim: Reading, evidence: Reading) -> str | None:
    """The finding that counts.

    In a line put in other words a denial may be worded in another way ("out of the path", "no longer takes part"), so
    denials count only when the line keeps the words of the evidence in their order.
    """
    alike = in_order(claim, evidence) >= ALIKE_ENOUGH
    return next((wrong for name, wrong in found.items() if alike or name not in _OF_DENIALS), None)


def _denied(one: Reading, other: Reading, how: str) -> str | None:
    """A denial in `one` whose words stand in `other` undenied."""
    for denial in one.denials:
        met: list[bool] = []
        for place in denial.reach[:4]:
            word = one.words[place]
            if any(not one.words[i].denied for i in one.places(word.stem)):
                continue  # said both ways
            found = other.places(word.stem)
            if any(w.base == word.stem for w in other.words) or (word.base and other.places(word.base)):
                met.append(True)
            elif found:
                met.append(any(other.words[i].denied for i in _nearest(one, place, other, found)))
            elif opposites := [w for w in other.words if w.content and _opposite(w, word)]:
                met.append(any(not w.denied for w in opposites))
        if met and not any(met):
            return f"{how} {' '.join(one.words[i].text for i in denial.reach[:3])}"
    return None


def _nearest(one: Reading, place: int, other: Reading, found: list[int]) -> list[int]:
    """Of the places in `other` those that stand most alike."""
    around = surroundings(one, place)
    fit = {i: likeness(around, surroundings(other, i)) for i in found}
    best = max(fit.values())
    return [i for i in found if fit[i] > best - ALIKE]


def _opposed(claim: Reading, evidence: Reading) -> str | None:
    """A word of the claim where the evidence has its opposite, neither or both denied."""
    turned = _turned(claim, evidence)
    for place in claim.content:
        word = claim.words[place]
        against = [i for i in evidence.content if _opposite(word, evidence.words[i])]
        if not against or word.stem in turned or _together(claim, evidence, place, against):
            continue
        around = surroundings(claim, place)
        own = max((likeness(around, surroundings(evidence, i)) for i in evidence.places(word.stem)), default=0.0)
        facing = max(against, key=lambda i: likeness(around, surroundings(evidence, i)))
        crossed = likeness(around, surroundings(evidence, facing))
        if crossed > own + EXCHANGED and evidence.words[facing].denied == word.denied:
            return f"{word.text} against {evidence.words[facing].text}"
    return None


def _together(claim: Reading, evidence: Reading, place: int, against: list[int]) -> bool:
    """Whether the two stand beside each other in a list in both, "read and write"."""
    return any(
        coordinated(claim, claim.words[place].stem, evidence.words[i].stem)
        and coordinated(evidence, claim.words[place].stem, evidence.words[i].stem)
        for i in against
    )


def _opposite(one: Word, other: Word) -> bool:
    return opposite(one.text.lower(), other.text.lower())


@dataclass(frozen=True, slots=True)
class Comparison:
    """ "X beats Y", "less X than Y", "X before Y": the stems on both sides and the word that gives the direction."""

    left: frozenset[str]
    direction: str
    right: frozenset[str]


def _compared(claim: Reading, evidence: Reading) -> str | None:
    """ "X than Y" where the evidence has Y than X."""
    for one in comparisons(claim):
        for other in comparisons(evidence):
            if one.direction == other.direction and _crossed(one, other):
                return "the comparison is the other way round"
    return None


def _turned(claim: Reading, evidence: Reading) -> set[str]:
    """Directions that are opposite because the sides are exchanged as well: "A before B", "B after A"."""
    return {
        one.direction
        for one in comparisons(claim)
        for other in comparisons(evidence)
        if opposite(one.direction, other.direction) and _crossed(one, other)
    }


def _crossed(one: Comparison, other: Comparison) -> bool:
    """Whether each side of the one holds what stands on the other side of the other, more than on its own."""
    crossed = [one.left & other.right - other.left, one.right & other.left - other.right]
    straight = [one.left & other.left - other.right, one.right & other.right - other.left]
    return all(crossed) and not (all(straight) and sum(map(len, straight)) >= sum(map(len, crossed)))


def comparisons(reading: Reading) -> list[Comparison]:
    found = []
    for place, word in enumerate(reading.words):
        low = word.text.lower()
        traded = low == "for" and any(w.stem in _TRADES for w in reading.words[:place])
        if low in _BETWEEN or word.stem in _PIVOTS or traded:
            before = [reading.words[i].stem for i in _same_clause(reading, place, -1)]
            after = [reading.words[i].stem for i in _same_clause(reading, place, 1)]
            direction = next((one for one in before if one in _MEASURES), "") if low == "than" else word.stem
            if direction or low != "than":
                found.append(Comparison(frozenset(before) - {direction}, direction, frozenset(after)))
    return found


def _same_clause(reading: Reading, place: int, step: int) -> list[int]:
    """Content words from a place outwards up to a stop in the sentence, at most eight."""
    found: list[int] = []
    i = place + step
    while 0 <= i < len(reading.words) and reading.words[i].text not in (",", ";", ":", ".") and len(found) < 8:
        if reading.words[i].content:
            found.append(i)
        i += step
    return found


def _overstated(claim: Reading, evidence: Reading) -> str | None:
    """ "All X" where the evidence has "most X"; "must" where it has "may"."""
    for strong, weak in ((_ALL, _SOME), (_MUST, _MAY)):
        weakened = {
            one
            for i, word in enumerate(evidence.words)
            if word.stem in weak and not _bounds(evidence, i)
            for one in _next(evidence, i)
        }
        for i, word in enumerate(claim.words):
            if word.stem in strong and any(one in weakened for one in _next(claim, i)):
                return f"{word.text} where the evidence is weaker"
    said = {word.text.lower() for word in claim.words}
    if any(word.text.lower() == "only" for word in evidence.words) and not said & _CONDITIONS:
        for i, word in enumerate(claim.words):
            if word.stem in _ALL and any(evidence.places(one) for one in _next(claim, i)):
                return f"{word.text} where the evidence has a condition"
    return None


def _ranked(claim: Reading, evidence: Reading, ranks: tuple[frozenset[str], ...]) -> str | None:
    """A word of one rank where the evidence has one of another before the same word."""
    there: dict[str, set[int]] = {}
    for rank, words in enumerate(ranks):
        for i, word in enumerate(evidence.words):
            for after in _next(evidence, i) if word.stem in words and not _bounds(evidence, i) else ():
                there.setdefault(after, set()).add(rank)
    for rank, words in enumerate(ranks):
        for i, word in enumerate(claim.words):
            for after in _next(claim, i) if word.stem in words and not _bounds(claim, i) else ():
                denied = any(claim.words[j].denied for j in claim.places(after))
                denied = denied or any(evidence.words[j].denied for j in evidence.places(after))
                if after in there and rank not in there[after] and not denied:
                    return f"{word.text} where the evidence has another rank"
    return None


def _bounds(reading: Reading, place: int) -> bool:
    """The "most" of "at most"."""
    return place > 0 and reading.words[place - 1].text.lower() == "at"


def _phrased(claim: str, evidence: str) -> str | None:
    """A phrase where the evidence has its opposite, "one by one" and "all at once"."""
    for left, right in OPPOSITE_PHRASES:
        for one, other in ((left, right), (right, left)):
            said, meant = one.search(claim), other.search(evidence)
            if said and meant and not one.search(evidence) and not other.search(claim):
                return f"{said[0]} against {meant[0]}"
    return None


def _directed(claim: Reading, evidence: Reading) -> str | None:
    """ "Scales up" where the evidence scales down."""
    ours, theirs = _directions(claim), _directions(evidence)
    for verb, found in ours.items():
        if verb in theirs and not found & theirs[verb] and found | theirs[verb] >= {"up", "down"}:
            return f"{verb} {min(found)} against {min(theirs[verb])}"
    return None


def _directions(reading: Reading) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for word, after in pairwise(word for word in reading.words if word.text != "-"):
        if after.text.lower() in ("up", "down"):
            found.setdefault(word.stem, set()).add(after.text.lower())
    return found


def _next(reading: Reading, place: int) -> list[str]:
    return [reading.words[i].stem for i in reading.content if i > place][:1]


CHECKS: dict[str, Callable[[Reading, Reading], str | None]] = {
    "denies": lambda claim, evidence: _denied(claim, evidence, "denies"),
    "does not deny": lambda claim, evidence: _denied(evidence, claim, "does not deny"),
    "opposed": _opposed,
    "compared": _compared,
    "overstated": _overstated,
    "amount": lambda claim, evidence: _ranked(claim, evidence, _AMOUNTS),
    "force": lambda claim, evidence: _ranked(claim, evidence, _FORCE),
    "phrase": lambda claim, evidence: _phrased(claim.text, evidence.text),
    "direction": _directed,
}
_OF_DENIALS = ("denies", "does not deny")
