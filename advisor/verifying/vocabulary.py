"""General English: what may stand for what, what excludes what, what carries no fact.

words.yaml is written for this; wordnet.txt adds the opposites and synonyms of WordNet.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path

import yaml

from index.embedding import PACKAGED, model_path
from index.vocabulary import tokens

_DATA = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
_IRREGULAR: dict[str, str] = _DATA["irregular"]
DENIAL: dict[str, frozenset[str]] = {name: frozenset(found.split()) for name, found in _DATA["denial"].items()}
POLAR = frozenset(_DATA["polar"].split())
UNITS = frozenset(
    "KB MB GB TB PB EB KiB MiB GiB TiB PiB kb Kb Mb Gb Tb Pb kW MW GW W kWh MWh GWh Wh VA kVA MVA GVA GFLOPS TFLOPS "
    "PFLOPS EFLOPS USD EUR GBP kg g".split()
)  # figures.py compares them


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one word; stop words stay as they are."""
    low = _IRREGULAR.get(word.lower(), word.lower())
    found = tokens(low)
    return re.sub(r"^(ra|r|pra|w)iz", r"\1is", found[0]) if found else low


def _stems(words: str) -> list[str]:
    return [stem(word) for word in words.split()]


GENERAL = frozenset(_stems(_DATA["general"]))
_GROUPS: dict[str, set[int]] = {}
for _number, _line in enumerate(_DATA["same"]):
    for _word in _stems(_line):
        _GROUPS.setdefault(_word, set()).add(_number)
_OPPOSITES: dict[str, set[str]] = {}
for _left, _right in _DATA["opposite"]:
    for _one, _other in ((_left, _right), (_right, _left)):
        for _word in _stems(_one):
            _OPPOSITES.setdefault(_word, set()).update(_stems(_other))
PHRASAL = {f"{stem(verb)} {particle}": one for one, found in _DATA["phrasal"].items()
           for verb, particle in (pair.split() for pair in found.split(", "))}  # fmt: skip
OPPOSITE_PHRASES = [
    tuple(re.compile(rf"\b(?:{side})\b", re.I) for side in sides) for sides in _DATA["opposite_phrases"]
]
COMMON_RANK = 4500  # of about 30,000 word pieces that BERT's authors ordered by frequency; chosen on the dev half
_SECTION = re.compile(r"^\[(\w+)\]$")


def _wordnet() -> dict[str, dict[str, set[str]]]:
    """The sections of wordnet.txt: stem → stems, both ways."""
    found: dict[str, dict[str, set[str]]] = {}
    section: dict[str, set[str]] = {}
    for line in (Path(__file__).parent / "wordnet.txt").read_text(encoding="utf-8").splitlines():
        if named := _SECTION.match(line):
            section = found.setdefault(named[1], {})
        elif line and line[0] != "#":
            one, *others = (stem(word) for word in line.split())
            for other in others:
                section.setdefault(one, set()).add(other)
                section.setdefault(other, set()).add(one)
    return found


_WORDNET = _wordnet()
_WHOLE = frozenset(_stems(_DATA["whole"]))
_NEGATING = ("un", "in", "im", "non", "dis", "ir", "il")


@lru_cache(maxsize=50_000)
def same(one: str, other: str) -> bool:
    """Two stems that may stand for each other: equal, of one group, or forms of one long word."""
    if one == other or _GROUPS.get(one, set()) & _GROUPS.get(other, set()):
        return True
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= 4 and shared >= 0.7 * max(len(one), len(other)) and one.isalpha() and other.isalpha()


@lru_cache(maxsize=50_000)
def opposite(one: str, other: str) -> bool:
    """Two words that exclude each other, by the list or by a negating prefix."""
    left, right = _plain(one), _plain(other)
    if right in _OPPOSITES.get(left, ()) or base(one) == right or base(other) == left:
        return True
    plain = left in GENERAL or right in GENERAL  # of many senses
    return right in _WORDNET["opposite"].get(left, ()) and not plain and not same(left, right)


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    """The stem, that of the adjective for its adverb and comparison: "slowly", "heavier" → slow, heavy."""
    found = stem(word)
    if found in _OPPOSITES:
        return found
    for ending, instead in (
        ("ily", "y"),
        ("ly", ""),
        ("ier", "y"),
        ("iest", "y"),
        ("er", ""),
        ("er", "e"),
        ("est", ""),
    ):
        whole = stem(word.removesuffix(ending) + instead)
        if (
            word.endswith(ending)
            and len(word) > len(ending) + 2
            and (whole in _OPPOSITES or whole in _WORDNET["opposite"])
        ):
            return whole
    return found


def synonyms(one: str) -> set[str]:
    """Stems that share a sense with the stem `one`."""
    return _WORDNET["synonym"].get(one, set())


def base(word: str) -> str:
    """The stem of what a word denies ("untouched" → "touch"), or "" when it denies nothing by its form."""
    if stem(word) in _WHOLE:
        return ""
    for prefix in _NEGATING:
        if word.startswith(prefix) and len(word) - len(prefix) >= 4:
            return stem(word[len(prefix) :])
    return ""


@cache
def common() -> frozenset[str]:
    """Stems of frequent English words: those early in the vocabulary of the packaged encoder."""
    known = json.loads((model_path(PACKAGED) / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(
        stem(word) for word, rank in known.items() if rank < COMMON_RANK and word.isalpha() and len(word) > 2
    )
