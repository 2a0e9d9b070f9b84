"""A follow-up: the reading before it, with what it changes. Words that neither explains stay unexplained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from advisor.measures import periods
from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.compute import bare
from advisor.measures.fragment import Fragment, ignorable
from advisor.measures.lexicon import Lexicon, Span, noun_beside
from advisor.measures.parsing import assign, implied_nouns, rank
from advisor.measures.periods import Periods
from advisor.measures.reading import Parse, Reading
from advisor.measures.shaping import superlative
from advisor.measures.single_rows import extreme_of, of_one
from advisor.measures.unit_words import asked_in, unit_of, unit_word

_SAID = ("break", "split", "down", "only", "same", "those", "them", "these", "that", "it", "they")
_EXTRA = frozenset(
    "those these them what same too instead please then only down break split ok okay now alone that it they there again".split()
)
LEANING = re.compile(
    r"^(?:and\b|what about\b|how about\b|same (?:for|in|at|by)\b|only\b|just\b|but\b|then\b|also\b|of (?:those|these|them)\b|or\b|ok(?:ay)?,? (?:and )?|now\b"
    r"|(?:which|how many) of (?:those|these|them)\b|by \w+\??$|per \w+\??$|in \w[\w ]{1,20}\??$|break (?:it|that|them) down\b|split (?:it|that) "
    r"|(?:on|in|at|for|by|per|from) (?:which|what|each|every)\b|which (?:\w+ )?\w+\?*$|(?:the )?(?:month|quarter|year) (?:before|after|earlier|later)\b)"
    r"|^(?:how (?:many|much)|which|what|where|who|do|does|are|is|did)\b.*\b(?:they|them|those|these|it)\b",
    re.IGNORECASE,
)


def follow(previous: Reading, now: Parse, text: str, lexicon: Lexicon) -> Parse:
    """The reading of a follow-up: the one before, with what the fragment changes."""
    fragment = now.fragment
    assert fragment is not None
    catalogue = lexicon.catalogue
    dimensions, used = _groups(previous, fragment, catalogue, text)
    measure, said = _measure(previous, fragment, lexicon, used)
    used |= said
    available = catalogue.dimensions_of(measure)
    fresh = _filters(fragment, available, used, catalogue)
    if measure.part_of and not said and any(bare(key) in measure.fixes for key in fresh):
        measure = catalogue[measure.part_of]  # "and the partial ones?" after those that are missing
    kept = {key: values for key, values in previous.filters.items() if bare(key) in available}
    filters = {key: values for key, values in kept.items() if bare(key) not in {bare(one) for one in fresh}} | fresh
    named = tuple(dim for dims in dimensions if (dim := next((d for d in dims if d in available), None)))[:2]
    remaining = tuple(dim for dim in previous.group if dim in available and dim not in fresh)
    group = named or remaining
    top, descending, ordering = superlative(measure, " ".join(measure.synonyms).split(), fragment)
    extreme = extreme_of(fragment) if measure.each and not group and not fragment.top else None
    if extreme:
        top, ordering = None, {extreme[1]}
    elif top is not None and not group:
        top, ordering = None, set()  # nothing to order: the word stays unexplained
    used |= ordering
    if top is None:
        top, descending = (previous.top if group else None), previous.descending
    moved, _ = periods.beside(text, previous.periods)
    when = moved or fragment.periods
    if moved:
        used |= {
            p for p, token in enumerate(fragment.words) if token.raw.lower() in moved.periods[0].written.lower().split()
        }
    if not when.periods:
        when = previous.periods if catalogue.view_of(measure).date else Periods()
    reading = Reading(
        measure, filters, group, fragment.comparison or previous.comparison, top, descending,
        periods=when, into=fragment.into or previous.into, corrections=fragment.corrections, listing=(previous.listing and not named) or _lists(fragment),
    )  # fmt: skip
    if extreme:
        reading = of_one(reading, *extreme)
    told = asked_in(reading.measure, fragment.words)
    if told is not reading.measure:
        used |= {p for p, token in enumerate(fragment.words) if unit_of(token, reading.measure)}
        reading = replace(reading, measure=told)
    left = tuple(
        token.raw for position, token in enumerate(fragment.words)
        if position not in used and not ignorable(token) and token.raw.lower() not in _EXTRA
        and not (fragment.comparison and unit_word(token, measure))
    )  # fmt: skip
    changed = reading != replace(previous, corrections=fragment.corrections)
    return replace(now, readings=(reading,) if changed else (), leftover=left, own=True)


def _lists(fragment: Fragment) -> bool:
    return any(token.text in ("which", "what") for token in fragment.words) and bool(fragment.groups)


def _measure(previous: Reading, fragment: Fragment, lexicon: Lexicon, grouped: set[int]) -> tuple[Measure, set[int]]:
    """The measure that the fragment names, by itself or together with what was asked before ("and as a percentage?")."""
    concepts = {
        name: kept for name, spans in lexicon.concept_spans(fragment.words).items()
        if (kept := [one for one in spans if not all(fragment.words[p].text in _SAID for p in one.positions)])
    }  # fmt: skip
    implied_nouns(fragment, concepts)
    found: list[tuple[int, Measure, list[Span]]] = []
    for one in lexicon.catalogue.measures:
        for bag in one.synonyms:
            spans = assign(bag.split(), concepts)
            if (
                spans
                and any(span.positions for span in spans)
                and not grouped & {p for span in spans for p in span.positions}
            ):
                found.append((len(bag.split()), one, spans))
    longest = max((size for size, _, _ in found), default=0)
    best = [(one, spans) for size, one, spans in found if size == longest]
    joined = _joined(previous.measure, concepts, grouped, lexicon.catalogue)
    if joined and (longest < 2 or not best):
        return joined
    if not best:
        return previous.measure, set()
    view = lexicon.catalogue.view_of(previous.measure)
    one, spans = next(  # "the IT energy" after facility energy: the one nearest to what was asked
        (pair for pair in best if lexicon.catalogue.view_of(pair[0]) is view), best[0]
    )
    return one, {p for span in spans for p in span.positions}


def _joined(
    measure: Measure, concepts: Mapping[str, Sequence[Span]], grouped: set[int], catalogue: Catalogue
) -> tuple[Measure, set[int]] | None:
    """The measure whose name is that of the one before with one concept more, or one in place of another."""
    said = {name: spans for name, spans in concepts.items() if any(set(s.positions) - grouped for s in spans)}
    before = [set(bag.split()) for bag in measure.synonyms]
    for one in catalogue.measures:
        if one.name == measure.name:
            continue
        for bag in one.synonyms:
            names = set(bag.split())
            new = [name for name in names if name in said]
            old = names - set(new)
            if (
                new
                and old
                and any(old == bare_bag or (len(old) == len(bare_bag) - 1 and old < bare_bag) for bare_bag in before)
            ):
                return one, {p for name in new for span in said[name] for p in span.positions}
    return None


def _filters(
    fragment: Fragment, available: Sequence[str], used: set[int], catalogue: Catalogue
) -> dict[str, tuple[str, ...]]:
    fresh: dict[str, tuple[str, ...]] = {}
    for match in sorted(
        fragment.matches, key=lambda one: (one.span.first - one.span.last, rank(one.dimension, available))
    ):
        if match.dimension in available and used.isdisjoint(match.span.positions):
            key = match.dimension if match.cue is None else f"not {match.dimension}"
            fresh[key] = (*fresh.get(key, ()), *match.values)
            used.update(match.span.positions)
            used.update(noun_beside(catalogue.dimensions[match.dimension], match.span, fragment.words))
            used.update(match.cue.positions if match.cue else ())
    return fresh


_SAME = re.compile(r"(?:and |the )?same (?:for|by|per|with)\b|(?:and )?(?:for|by) \w+s\b", re.IGNORECASE)


def _groups(
    previous: Reading, fragment: Fragment, catalogue: Catalogue, text: str
) -> tuple[list[tuple[str, ...]], set[int]]:
    """Dimensions that groupings may mean, and their positions; "same for clusters" names one without a word for it."""
    found = [dims for dims, _ in fragment.groups]
    used = {position for _, span in fragment.groups for position in span.positions}
    if not found and previous.group and _SAME.match(text):
        for position, token in enumerate(fragment.words):
            dims = tuple(dim for dim, names in catalogue.dimensions.items() if token.text in names)
            if dims:
                found.append(dims)
                used.add(position)
    return found, used
