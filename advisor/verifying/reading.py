"""A sentence as the checks see it: words in order with their stems, clauses, and which of them are denied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from advisor.verifying.vocabulary import DENIAL, GENERAL, PHRASAL, POLAR, base, same, stem
from index.chunking import split_sentences
from index.vocabulary import STOP

_WORD = re.compile(
    r"\d+(?:[.,]\d+)*(?![A-Za-z0-9])|[A-Za-z]+(?:['’][a-z]+)?(?![A-Za-z0-9])|[A-Za-z0-9]+|[,;:.()%$€£–-]"
)
_SOURCE = re.compile(r"\s*\((?:[A-Z][^()]*,\s)?(?:\d{4}[a-z]?)(?:;[^()]*)?\)")  # "(NVIDIA, 2023)"

_COMPARED = (
    r"(?=(?:\W+[\w-]+){0,5}?\W+(?:be |is |are )?(?:less|more|fewer|longer|shorter|greater|larger|smaller|higher|lower|"
    r"earlier|later|sooner)(?: than\b|[.,;]|$))"
)  # "no phase may be shorter than 300 seconds"
_IDIOMS = re.compile(  # they deny nothing
    r"\bno (?:more|less|fewer|longer|later|earlier|matter) than\b|\bno (?:matter|later|earlier)\b|\bnot (?:only|just)\b"
    r"|\bno reason not\b|\b(?:may|must|should|shall|can) not exceed\b|\bnot necessarily\b|\bmore than once\b"
    rf"|\b(?:no|not|none)\b{_COMPARED}|\b(?:no|not)\b(?=[\w\s]{{0,24}}[\"”])|\bnone (?:but|other than)\b"
    r"|\bnothing but\b|\bif not\b|\bor not\b|\bmore or less\b",
    re.I,
)
_STOP = STOP - frozenset("use used uses using need needs".split())
_BREAK, _VERB = DENIAL["breaks"], DENIAL["verbs"]
_DIRECTIONS = frozenset("from to by at per".split())
NAME_TELLS, GENERAL_TELLS = 2.0, 0.5  # chosen on the dev half of the verifier's set
_KEEPS = frozenset(stem(one) for one in "keep stop hinder hold bar protect spare".split())  # … from doing
_AGAIN = frozenset("not no nor neither never".split())  # they go on denying
TWICE = 3  # words between two denials that cancel each other
_PARTICLES = frozenset("up down out off on in back away".split())
_PRONOUNS = frozenset("none neither nil".split())
_ADJECTIVES = frozenset("absent missing optional unnecessary needless superfluous".split())
_LISTS = frozenset((",", "and", "or", "/", "-"))
_REACH = 8  # content words that a denial reaches


@dataclass(frozen=True, slots=True)
class Word:
    """`base` is the stem of what the word denies by its form ("unused": use). `clause` counts up at every break;
    `denied` when a denial reaches the word."""

    text: str
    stem: str
    base: str
    start: int
    end: int
    clause: int
    content: bool
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Denial:
    """A word that denies, at its place among the words, and the places of the content words it reaches, next first."""

    place: int
    reach: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    words: tuple[Word, ...]
    denials: tuple[Denial, ...]

    @property
    def content(self) -> list[int]:
        """Places of the words that say something."""
        return [i for i, word in enumerate(self.words) if word.content]

    def places(self, wanted: str) -> list[int]:
        """Where a word that may stand for the stem `wanted` is."""
        return [i for i, word in enumerate(self.words) if word.content and same(word.stem, wanted)]


def sentences(texts: Sequence[str]) -> list[str]:
    """The sentences of evidence, without the sources they name in brackets."""
    found = [line[a:b] for text in texts for line in text.split("\n") for a, b in split_sentences(line)]
    return [without_source(one) for one in found if one.strip()]


def without_source(text: str) -> str:
    return _SOURCE.sub("", text)


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """The words of one sentence."""
    masked = _IDIOMS.sub(lambda found: "x" * len(found[0]), text)
    words: list[Word] = []
    clause = 0
    for match in _WORD.finditer(text):
        low = match[0].lower()
        if low in _BREAK or low in ("and", "or"):
            clause += 1
        shown = masked[match.start() : match.end()] == match[0] and low[0].isalnum()
        telling = low not in _STOP or low in POLAR or _switched(low, text[match.end() :])
        if low in _PARTICLES and words:
            telling = telling or words[-1].text == "-"
            if phrasal := PHRASAL.get(f"{words[-1].stem} {low}"):
                words[-1] = replace(words[-1], text=phrasal, stem=stem(phrasal), content=True)
        words.append(Word(match[0], stem(low), base(low), match.start(), match.end(), clause, shown and telling))
    denials: list[Denial] = []
    for place, word in enumerate(words):
        low = word.text.lower().replace("’", "'")
        kept = low == "from" and _kept_from(words, place)
        meant = kept or (masked[word.start : word.end] == word.text and not _other_sense(low, words, place))
        if low in DENIAL["words"] and not _other_sense(low, words, place):
            words[place] = replace(word, content=False)
        if meant and (kept or low in DENIAL["words"]):
            if denials and _cancels(words, denials[-1].place, place):
                denials.pop()  # "must not be ignored"
                continue
            denials.append(Denial(place, _reach(words, place, low)))
    denied = {one for denial in denials for one in denial.reach}
    marked = [_denied(word) if i in denied else word for i, word in enumerate(words)]
    return Reading(text, tuple(marked), tuple(denials))


def _denied(word: Word) -> Word:
    return replace(word, denied=True)


def _kept_from(words: Sequence[Word], place: int) -> bool:
    """ "keeps a long prompt from freezing the others" denies the freezing."""
    following = words[place + 1].text if place + 1 < len(words) else ""
    return following.endswith("ing") and any(word.stem in _KEEPS for word in words[max(0, place - 6) : place])


def _cancels(words: Sequence[Word], first: int, second: int) -> bool:
    """Whether the second of two denials takes the first back."""
    if second - first > TWICE or words[first].clause != words[second].clause:
        return False
    plain = words[first].text.lower().replace("’", "'")
    return (plain in ("not", "never", "cannot") or plain.endswith("n't")) and words[second].text.lower() not in _AGAIN


def _other_sense(low: str, words: Sequence[Word], place: int) -> bool:
    """ "instead" and "rather" deny only before "of" and "than", "fail" before "to", "against" after "warn"."""
    following = words[place + 1].text.lower() if place + 1 < len(words) else ""
    if low == "against":
        return place == 0 or words[place - 1].stem not in ("warn", "advis", "guard", "decid")
    wanted = {"instead": "of", "rather": "than", "fails": "to", "failed": "to", "fail": "to"}.get(low)
    return wanted is not None and following != wanted


def _reach(words: Sequence[Word], place: int, low: str) -> tuple[int, ...]:
    """Content words after the denial up to the next break; first those before it when the word looks back."""
    after: list[int] = []
    for i in range(place + 1, len(words)):
        text = words[i].text.lower()
        listed = text == "," and any(one.text.lower() in ("or", "nor") for one in words[i + 1 : i + 9])
        nested = (text == "yet" and i == place + 1) or (
            text == "that" and words[i + 1 : i + 2] and words[i + 1].text == "of"
        )
        if (text in _BREAK and not listed and not nested) or (low in DENIAL["short"] and text in (*_VERB, "and")):
            break
        if words[i].content and not (i == place + 1 and text == "longer"):
            after.append(i)
    before: list[int] = []
    ahead = words[place + 1].text.lower() if place + 1 < len(words) else ""
    pronoun = low in _PRONOUNS and (ahead in _VERB or ahead == "of")  # "none is deleted"
    adjective = low in _ADJECTIVES and place > 0 and words[place - 1].text.lower() not in _VERB  # "an absent team"
    if not after or (low in DENIAL["backward"] and not pronoun and not adjective):
        for i in range(place - 1, -1, -1):
            if words[i].text.lower() in _BREAK - {","}:
                break
            if words[i].content:
                before.append(i)
    return tuple([*before, *after][:_REACH])


def _switched(low: str, rest: str) -> bool:
    """ "on" and "off" at the end of a clause say a state; elsewhere "on" is a preposition."""
    return low in ("on", "off") and re.match(r"\s*(?:[.,;:)]|and\b|or\b|by default\b|when\b|if\b|$)", rest) is not None


def coordinated(reading: Reading, one: str, other: str) -> bool:
    """Whether two stems are members of a list: "reads, scans and writes"."""
    places = [[i for i, word in enumerate(reading.words) if word.stem == wanted] for wanted in (one, other)]
    for i in places[0]:
        for j in places[1]:
            between = [word.text.lower() for word in reading.words[min(i, j) + 1 : max(i, j)]]
            if between and len(between) <= _REACH and between[0] in _LISTS and between[-1] in _LISTS:
                return True
    return False


def surroundings(reading: Reading, place: int, reach: int = 6, end: int = 0) -> dict[str, float]:
    """What stands around a word: stems with a weight that falls with distance and at every break between. Names weigh
    more, general English less. Words up to the character `end` belong to the place itself."""
    found: dict[str, float] = {}
    here = reading.words[place]
    for step in (-1, 1):
        distance = 0
        i = place + step
        while 0 <= i < len(reading.words) and distance < reach:
            word = reading.words[i]
            directs = step < 0 and word.text.lower() in _DIRECTIONS
            if directs or (word.content and not (step > 0 and word.start < end)):
                distance += 1
                weight = _tells(word) / (distance * (1 + abs(word.clause - here.clause)))
                found[word.stem] = max(found.get(word.stem, 0.0), weight)
            i += step
    return found


def _tells(word: Word) -> float:
    if not word.text.islower() and not word.text[0].isdigit():
        return NAME_TELLS
    return GENERAL_TELLS if word.stem in GENERAL else 1.0


def likeness(one: dict[str, float], other: dict[str, float]) -> float:
    """How alike two surroundings are, 0-1: the weight they share over the weight of the first."""
    total = sum(one.values())
    if not total:
        return 0.0
    shared = 0.0
    for word, weight in one.items():
        shared += min(weight, max((w for o, w in other.items() if same(word, o)), default=0.0))
    return shared / total
