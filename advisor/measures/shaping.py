"""Superlatives, shares, orders and counted groups: what a question wants done with the groups of a reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.compute import bare
from advisor.measures.fragment import Comparison, Fragment, leading_noun
from advisor.measures.lexicon import Span, stem
from advisor.measures.reading import Reading

_DOWN = frozenset(
    "least lowest smallest fewest bottom minimum min cheapest slowest cleanest coolest coldest shortest emptiest".split()
)
_UP = frozenset(
    "most highest largest biggest greatest top maximum max dearest priciest fastest dirtiest fullest costliest busiest hungriest".split()
)
_JUDGED = {"best": True, "worst": False, "poorest": False, "greenest": True}
IMPLIED = {
    "cheapest": "spend", "dearest": "spend", "priciest": "spend", "costliest": "spend", "slowest": "speed", "fastest": "speed",
    "dirtiest": "intensity", "cleanest": "intensity", "fullest": "used", "emptiest": "used",
    "busiest": "utilisation", "hungriest": "power",
}  # fmt: skip

_SHARE = re.compile(
    r"\b(?:share|percentage|percent|pct|proportion|fraction)\s+of\b|%\s+of\b|\bhow much of\b|\bin (?:percent|%)",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"\b(?:share|percentage|percent|pct|proportion|fraction|much)\s+of\b|%\s+of\b", re.IGNORECASE)
_SHARE_WORDS = frozenset({"share", "percentage", "percent", "pct", "proportion", "fraction"})


def swapped(text: str, fragment: Fragment, places: dict[str, Span], said: set[int]) -> bool:
    """Whether a share is of what the measure names, and the names after the verb are the part: "of idle GPUs are H100s"."""
    verb = _verb(fragment) if _PART_OF.search(text) else None
    return verb is not None and bool(said) and max(said) < verb and any(span.first > verb for span in places.values())


def shape(
    reading: Reading,
    bag: Sequence[str],
    fragment: Fragment,
    text: str,
    catalogue: Catalogue,
    places: dict[str, Span],
    said: set[int],
) -> tuple[Reading, set[int]]:
    """The reading with superlative, order, share and counted groups; and the positions of the words that said so."""
    default = _default_group(reading, catalogue)
    top, descending, used = superlative(reading.measure, bag, fragment, reading.row_word)
    if fragment.top:
        used |= {p for p, token in enumerate(fragment.words) if token.text == "top"}
    if top is not None and not reading.group and (ranked := _ranked(reading, fragment, used, catalogue)):
        reading, used = replace(reading, group=(ranked[0],)), used | ranked[1]
    if top is not None and not reading.group and default:
        reading = replace(reading, group=(default,))
    if top is not None and not reading.group:
        top, used = None, set()  # nothing to order: the word stays unexplained
    if fragment.order:
        descending = not _down(fragment.order.split()[-1], reading.measure)
        if not reading.group and default:
            reading = replace(reading, group=(default,))
    if _SHARE.search(text) and "share" not in bag:
        reading, more = _shared(reading, fragment, catalogue, places, swapped(text, fragment, places, said))
        used |= more
    if fragment.count and not reading.group:
        reading, more = _counted(reading, fragment, catalogue, said)
        used |= more
    if reading.comparison and not reading.group and not reading.filters and default:
        reading = replace(reading, group=(default,))
    return replace(reading, top=top, descending=descending), used


def _ranked(reading: Reading, fragment: Fragment, at: set[int], catalogue: Catalogue) -> tuple[str, set[int]] | None:
    """What the noun after "fastest" or "largest" names: "fastest storage" is one of the storage systems."""
    texts = [token.text for token in fragment.words]
    for first in (position + 1 for position in sorted(at)):
        for length in (2, 1):
            named = tuple(texts[first : first + length])
            for dimension in catalogue.dimensions_of(reading.measure):
                words = catalogue.dimensions[dimension]
                if dimension not in reading.filters and any(named == tuple(map(stem, one.split())) for one in words):
                    return dimension, set(range(first, first + length))
    return None


def superlative(
    measure: Measure, bag: Sequence[str], fragment: Fragment, but: int | None = None
) -> tuple[int | None, bool, set[int]]:
    """How many groups are wanted, whether the highest, and the positions of the words that said so."""
    if fragment.top:
        return fragment.top[0], fragment.top[1], set()
    for position, token in enumerate(fragment.words):
        if position == but:
            continue
        word = token.raw.lower()
        if word in IMPLIED and IMPLIED[word] not in bag and not _orders(word, measure):
            continue  # "fullest" orders by what is used, and by nothing else
        if word in _UP | _DOWN | set(_JUDGED):
            return 1, not _down(word, measure), {position}
    return None, True, set()


def _down(word: str, measure: Measure) -> bool:
    """Whether a word asks for the lowest; "best" and "worst" depend on what is good for the measure."""
    if word in _JUDGED:
        return (measure.better == "lower") == _JUDGED[word]
    return word in _DOWN


def _orders(word: str, measure: Measure) -> bool:
    """Whether "slowest" or "cheapest" can order a measure whose name says neither speed nor cost."""
    if word in ("slowest", "fastest"):
        return measure.unit in ("GB/s", "Gb/s", "IOPS")
    return word in ("cheapest", "dearest", "priciest", "costliest") and measure.currency


def _default_group(reading: Reading, catalogue: Catalogue) -> str | None:
    """What "the highest" is the highest of, when the question does not say: none within one site."""
    available = catalogue.dimensions_of(reading.measure)
    if {"site", "cluster", "node"} & {bare(key) for key in reading.filters}:
        return None
    return next((dim for dim in ("site", "provider", "team") if dim in available and dim not in reading.filters), None)


def _counted(reading: Reading, fragment: Fragment, catalogue: Catalogue, named: set[int]) -> tuple[Reading, set[int]]:
    """ "How many sites have a PUE above 1.5", "how many have idle GPUs": the groups for which it holds."""
    available = catalogue.dimensions_of(reading.measure)
    noun = next((dim for dim in leading_noun(fragment, catalogue) if dim in available), None)
    if not noun:
        return reading, set()
    names = {(stem(word),) for word in catalogue.dimensions[noun]}
    said = {p for p, token in enumerate(fragment.words) if (token.text,) in names}
    if not reading.comparison and (said & named or not reading.measure.additive or not reading.measure.counts):
        return reading, set()
    some = reading.comparison or Comparison(">", 0.0, "")
    return replace(reading, group=(noun,), count_groups=True, comparison=some), said


def _shared(
    reading: Reading, fragment: Fragment, catalogue: Catalogue, places: dict[str, Span], turned: bool
) -> tuple[Reading, set[int]]:
    """A part over its whole. Without anything that tells the part from the whole it is no share, and the word stays unexplained."""
    measure = reading.measure
    said = {p for p, token in enumerate(fragment.words) if token.text in _SHARE_WORDS}
    if not measure.additive:
        return reading, set()
    if measure.part_of is not None and not turned:
        return replace(reading, share=True, share_of=tuple(reading.filters), whole=catalogue[measure.part_of]), said
    of = _whole(fragment, places)
    if not reading.group and set(reading.filters) <= {key for key in reading.filters if bare(key) in of}:
        return reading, set()
    return replace(reading, share=True, share_of=tuple(key for key in reading.filters if bare(key) in of)), said


_VERBS = frozenset(
    "are is go goes went sit come comes run runs were was stand have has belong belongs fall falls do does".split()
)


def _verb(fragment: Fragment) -> int | None:
    return next((p for p, token in enumerate(fragment.words) if token.text in _VERBS), None)


def _whole(fragment: Fragment, places: dict[str, Span]) -> tuple[str, ...]:
    """Filters that belong to the whole: between "of" and the verb ("of Frankfurt's GPUs are H100s"), or the place of a part ("of H100s in Oslo")."""
    texts = [token.text for token in fragment.words]
    verb = _verb(fragment)
    if verb is not None:
        return tuple(dim for dim, span in places.items() if span.first < verb)
    ordered = sorted(places.items(), key=lambda one: one[1].first)
    found = []
    for dim, span in ordered[1:]:
        at = span.first - 1
        while at >= 0 and texts[at] in ("the", "our", "all"):
            at -= 1
        if at >= 0 and texts[at] in ("in", "of", "among", "within", "at", "on"):
            found.append(dim)
    return tuple(found)
