"""A question → the reading of it: measure, filters, grouping, comparison, period. No model, no guessing.

Every measure is tried; the reading that leaves the fewest words unexplained wins, then the one whose name in
the question is longest. Several that do equally well make the question ambiguous. Words that no reading
explains are never ignored: they end in a refusal that names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from advisor.measures import about, periods
from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.compute import NOT, bare
from advisor.measures.fragment import (
    Fragment,
    comparison_of,
    counts,
    groups_of,
    ignorable,
    into_of,
    leading_noun,
    order_of,
    top_of,
)
from advisor.measures.lexicon import Lexicon, Match, Span, Token, noun_beside, phrase, stem, tokens
from advisor.measures.reading import Parse, Reading
from advisor.measures.shaping import IMPLIED, shape, swapped
from advisor.measures.single_rows import extreme_of, of_one, of_rows, rows_counted
from advisor.measures.unit_words import asked_in, compatible, idle_word


def parse(text: str, lexicon: Lexicon) -> Parse:
    """All equally good readings of `text`."""
    fragment = fragment_of(text, lexicon)
    base = Parse(
        own=about.own(text, fragment), guidance=about.guidance(text, fragment),
        readiness=bool(about.READINESS.search(text)), near=_near(fragment, lexicon), fragment=fragment,
    )  # fmt: skip
    scored = sorted(_score(fragment, text, lexicon), key=lambda one: one[0])
    if not scored:
        return replace(base, leftover=tuple(token.raw for token in fragment.words if not ignorable(token)))
    best = scored[0][0]
    tied = [one for one in scored if one[0] == best]
    tied = list(
        {(one[1].measure.view, one[1].measure.sql or one[1].measure.name): one for one in reversed(tied)}.values()
    )[::-1]  # in the order of the catalogue
    firm = [one for one in tied if not one[1].measure.yields] or tied
    _, reading, left, bag = firm[0]
    asked = base.guidance and not left and about.planned(reading, bag)
    base = replace(base, guidance=base.guidance and not asked)
    plain = not left and not base.guidance and about.plain(text, reading, bag, fragment)
    return replace(base, readings=tuple(one[1] for one in firm), leftover=left, own=base.own or plain or asked)


_RESPELT = (
    (re.compile(r"(?:\bno\.?|\bnr\.?|\bnum\.?|#|\bqty\.?|\bquantity) of (?=\w)", re.IGNORECASE), "number of "),
    (
        re.compile(r"\bcan ((?:our |the )?[\w-]+) (draw|supply|take|deliver|provide|use|feed|hold)\b", re.IGNORECASE),
        r"\1 can \2",
    ),
    (re.compile(r"\b(?:these days|nowadays|to date|to this day|as of today)\b", re.IGNORECASE), " "),
    (re.compile(r"\bhow full\b", re.IGNORECASE), "how much percent full"),
    (re.compile(r"\bmonthly\b|\b(?:month (?:by|over|on) month|each month|every month)\b", re.IGNORECASE), "by month"),
    (re.compile(r"\b(?:(?:over|through) time|trend(?: line)?|history)\b", re.IGNORECASE), "by month"),
)


_LIST = re.compile(r"^(?:please )?(?:list|name|enumerate)\s+(?:all|the|our|me|us|of|\s)*\b", re.IGNORECASE)
_LISTED = re.compile(  # "sites with under 50 % renewables" are those sites
    r"(?:(?:please |just |list|show|name|give me|find|all|any|the|our)\s+)*(?P<noun>\w+(?: \w+)??) (?:with|without|lacking|missing|having|that|whose|where|which|who|over|above|under|below|at)\b",
    re.IGNORECASE,
)


def fragment_of(text: str, lexicon: Lexicon) -> Fragment:
    """The parts of a question: period, comparison, top-n, order, names, groupings, and the words that are left."""
    for pattern, plain in _RESPELT:
        text = pattern.sub(plain, text)
    text = _LIST.sub("which ", text)
    listed = _LISTED.match(text)
    if listed and phrase(listed["noun"]) in lexicon.dimensions:
        text = f"which {listed['noun']}{text[listed.end('noun') :]}"
    when, rest = periods.read(text)
    into, rest = into_of(rest)
    order, rest = order_of(rest)
    comparison, rest = comparison_of(rest)
    top, rest = top_of(rest)
    words, changed = lexicon.correct(tokens(rest))
    matches = lexicon.value_matches(words)
    corrections = tuple(
        f"{written} read as {_value_at(matches, position) or words[position].text}"
        for position, written in changed.items()
    )
    groups = groups_of(words, lexicon)
    fragment = Fragment(
        tuple(words), tuple(matches), groups, comparison, top, when, corrections, counts(words), order=order, into=into
    )
    noun = leading_noun(fragment, lexicon.catalogue)
    return replace(fragment, counts_own=bool({"site", "cluster", "node", "team", "workload"} & set(noun)))


def _value_at(matches: Sequence[Match], position: int) -> str | None:
    return next((match.values[0] for match in matches if position in match.span.positions), None)


Scored = tuple[tuple[int, ...], Reading, tuple[str, ...], str]  # score, reading, unexplained words, the measure's name


def _score(fragment: Fragment, text: str, lexicon: Lexicon) -> list[Scored]:
    catalogue = lexicon.catalogue
    concepts = lexicon.concept_spans(fragment.words)
    for position, token in enumerate(fragment.words):
        if implied := IMPLIED.get(token.raw.lower()):
            concepts.setdefault(implied, []).append(Span(position, position + 1))
            if implied == "used":
                concepts.setdefault("share", []).append(Span(position, position))
    implied_nouns(fragment, concepts)
    end = Span(len(fragment.words), len(fragment.words))
    for concept in _OF_UNIT.get(fragment.comparison.unit, ()) if fragment.comparison else ():
        concepts.setdefault(concept, []).append(end)  # the unit went with the comparison, what it measures stays
    found = []
    for measure in catalogue.measures:
        for bag in measure.synonyms:
            spans = assign(bag.split(), concepts)
            if spans is not None:
                known = (*bag.split(), *measure.implies)
                again = {p for name in known for span in concepts.get(name, ()) for p in span.positions}
                if one := _explain(measure, bag, spans, again, fragment, text, catalogue):
                    found.append(one)
    return found


_OF_UNIT = {
    "%": ("share",),
    "°C": ("temperature",),
    "W": ("power",),
    "kW": ("power",),
    "MW": ("power",),
    "kWh": ("energy",),
}
_NOUNS = {
    "model": "gpu", "storage": "storage", "fabric": "fabric", "signal": "signal", "control": "control", "skill": "skill",
    "storage_technology": "storage", "fabric_technology": "fabric",
}  # fmt: skip


def implied_nouns(fragment: Fragment, concepts: dict[str, list[Span]]) -> None:
    """A name stands for the noun too: "idle H100s" are GPUs, "osl-flash" is storage, "one H100" is per GPU, "an H100 hour" a GPU-hour."""
    words, matches = fragment.words, fragment.matches
    for match in matches:
        noun = _NOUNS.get(match.dimension)
        inside = any(
            one.span.first <= match.span.first and match.span.last <= one.span.last and one.span != match.span
            for one in matches
        )
        if not noun or inside:  # the A100 in "osl-a100-01" is no GPU
            continue
        # an empty span: the words stay the filter's
        concepts.setdefault(noun, []).append(Span(match.span.last, match.span.last))
        before, after = match.span.first - 1, match.span.last
        if noun == "gpu" and before >= 0 and words[before].text in ("one", "per", "each", "single", "every"):
            concepts.setdefault("per_gpu", []).append(Span(before, before + 1))
        if noun == "gpu" and after < len(words) and words[after].text in ("hour", "hr", "h"):
            concepts.setdefault("gpu_hour", []).append(Span(after, after + 1))


def assign(
    bag: Sequence[str], concepts: dict[str, list[Span]], taken: frozenset[int] = frozenset()
) -> list[Span] | None:
    """Spans for every concept of a bag that do not overlap, the longest first."""
    if not bag:
        return []
    for span in concepts.get(bag[0], ()):
        if taken.isdisjoint(span.positions):
            rest = assign(bag[1:], concepts, taken | set(span.positions))
            if rest is not None:
                return [span, *rest]
    return None


def _explain(
    measure: Measure,
    bag: str,
    spans: Sequence[Span],
    again: set[int],
    fragment: Fragment,
    text: str,
    catalogue: Catalogue,
) -> Scored | None:
    """The reading of the fragment as `measure`, with what it leaves unexplained; None when it cannot be meant."""
    words = fragment.words
    used = {position for span in spans for position in span.positions}
    named = len(used)
    if fragment.comparison and fragment.comparison.unit and not compatible(fragment.comparison.unit, measure):
        return None
    available = catalogue.dimensions_of(measure)
    filters, places, doubles = _filters(fragment, available, catalogue, used)
    if any(bare(key) in measure.fixes for key in filters):
        return None  # nodes that are down are in no other state
    grouping = _grouping(measure, spans, fragment, available, places, used)
    if grouping is None:
        return None
    group, listing = grouping
    together = any(token.raw.lower() in _TOGETHER for token in words)
    if not group and not together:
        several = next((dim for dim in filters if sum(m.dimension == dim for m in fragment.matches) > 1), None)
        group = (several,) if several else ()  # "of Oslo and Dublin": each, not the two as one
    if len(group) == 1 and sum(m.dimension == group[0] for m in fragment.matches) > 1:
        used |= {p for p, token in enumerate(words) if token.text in ("vs", "v", "versus", "against")}
    used |= _appositions(fragment, places, available, catalogue, group) | everywhere(words, available)
    reading = Reading(
        measure, filters, group, fragment.comparison, corrections=fragment.corrections, periods=fragment.periods,
        listing=listing, doubles=doubles, into=fragment.into, vague=bag in measure.vague,
    )  # fmt: skip
    if measure.each and fragment.comparison and of_rows(fragment):
        reading = rows_counted(reading, catalogue)
    elif measure.each and not group and not fragment.top and (extreme := extreme_of(fragment)):
        reading = of_one(reading, *extreme)
    said = {p for concept, span in zip(bag.split(), spans, strict=True) if concept != "share" for p in span.positions}
    if "share" in bag.split() and swapped(text, fragment, places, said):
        return None  # "of idle GPUs are H100s" is no share of idle GPUs among H100s
    reading, more = shape(reading, bag.split(), fragment, text, catalogue, places, said)
    if _trivial(reading, catalogue):
        return None
    counted = set(leading_noun(fragment, catalogue)) & set(available)
    if counted and reading.comparison and reading.group and not counted & set(reading.group):
        return None  # "how many nodes have more than 4 GPUs by site": the limit is on nodes, not on sites
    if not reading.share:
        reading = replace(reading, measure=asked_in(reading.measure, words))
    used |= (
        more | again | ({reading.row_word} if reading.row_word is not None else set())
    )  # "emits carbon": the same concept said twice
    left = tuple(
        token.raw
        for position, token in enumerate(words)
        if position not in used and not ignorable(token) and not idle_word(token, measure, bag.split())
    )
    dated = catalogue.view_of(measure).date is not None
    if fragment.periods.periods and not dated:
        left = (*left, *(period.written for period in fragment.periods.periods))
    if fragment.into and not measure.currency:
        left = (*left, fragment.into)
    if fragment.periods.future:
        left = (*left, "a time to come")
    turned = sum(key.startswith(NOT) for key in filters)
    return (len(left), turned, -len(bag.split()), -named), reading, left, bag


_TOGETHER = frozenset({"together", "combined", "altogether", "total", "sum", "overall"})


def _filters(
    fragment: Fragment, available: Sequence[str], catalogue: Catalogue, used: set[int]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Span], tuple[tuple[str, str, tuple[str, ...]], ...]]:
    """Filters by the names in the question, where each stands, and the names that another dimension has too."""
    words = fragment.words
    filters: dict[str, tuple[str, ...]] = {}
    places: dict[str, Span] = {}
    doubles = []
    for match in sorted(
        fragment.matches,
        key=lambda m: (-(m.span.last - m.span.first), not _beside(m, words, catalogue), rank(m.dimension, available)),
    ):
        if match.dimension not in available or not used.isdisjoint(match.span.positions):
            continue
        turned = match.cue is not None and used.isdisjoint(match.cue.positions)
        key = NOT + match.dimension if turned else match.dimension
        filters[key] = (*filters.get(key, ()), *match.values)
        places[match.dimension] = match.span
        doubles += [] if _beside(match, words, catalogue) else [
            (key, NOT + other.dimension if turned else other.dimension, other.values) for other in fragment.matches
            if other.span == match.span and other.dimension in available and other.dimension != match.dimension
        ]  # fmt: skip
        used.update(match.span.positions)
    for match in fragment.matches:
        if match.cue is not None and NOT + match.dimension in filters:
            used.update(match.cue.positions)
    return filters, places, tuple(doubles)


def _grouping(
    measure: Measure,
    spans: Sequence[Span],
    fragment: Fragment,
    available: Sequence[str],
    places: dict[str, Span],
    used: set[int],
) -> tuple[tuple[str, ...], bool] | None:
    """Up to two groupings, and whether they were asked for by "which"; None when the measure cannot be meant."""
    words = fragment.words
    group: list[str] = []
    listing = False
    for dims, span in fragment.groups:
        asked = any(words[p].text in ("which", "what", "top", "any") for p in range(max(span.first - 3, 0), span.first))
        if not asked and any(one.first == span.first and one.last == span.last for one in spans):
            return None  # "GPUs of each node" is not about how many nodes there are
        dim = next((d for d in dims if d in available), None)
        if dim and dim not in group and (used.isdisjoint(span.positions) or not _is_filter(span, places)):
            group.append(dim)
            used.update(span.positions)
            listing = listing or any(
                words[p].text in ("which", "what", "any") for p in range(max(span.first - 2, 0), span.first)
            )
    return tuple(group[:2]), listing


def _trivial(reading: Reading, catalogue: Catalogue) -> bool:
    """Counting things by themselves is one each: no order or limit can be meant by it, nor models by model."""
    measure = reading.measure
    if not reading.group or not measure.counts:
        return False
    if measure.sql is not None and measure.sql == f"count(DISTINCT {reading.group[0]})":
        return True
    view = catalogue.view_of(measure)
    counts_rows = (measure.sql or "").startswith("count(*)") and view.identity == reading.group
    return counts_rows and (reading.top is not None or reading.comparison is not None)


def _appositions(
    fragment: Fragment, places: dict[str, Span], available: Sequence[str], catalogue: Catalogue, group: Sequence[str]
) -> set[int]:
    """Words that only name the kind of a filter ("the Dublin site"), all of a kind ("in our clusters"), or a grouping again."""
    found: set[int] = set()
    texts = [token.text for token in fragment.words]
    for dim in available:
        of = dim.partition("_")[0]  # the kind of a site goes with the word "site"
        names = (*catalogue.dimensions[dim], *(catalogue.dimensions.get(of, ()) if of != dim else ()))
        nouns = {stem(name) for name in names if " " not in name}
        place = places.get(dim)
        found |= noun_beside(names, place, fragment.words) if place else set()
        for position, word in enumerate(texts):
            if word not in nouns:
                continue
            beside = place is not None and position in (place.first - 1, place.last)
            whole = (
                position >= 2
                and texts[position - 1] in ("our", "all", "the")
                and texts[position - 2] in ("in", "at", "on", "across", "of", "for", "among", "over")
            )
            whole = whole or (position >= 1 and texts[position - 1] == "across")
            again = dim in group and texts[position - 1 : position] != ["per"]
            if beside or again or (whole and dim in ("site", "cluster", "node", "team", "provider")):
                found.add(position)
    return found


def everywhere(words: Sequence[Token], available: Sequence[str]) -> set[int]:
    """Positions of "all sites plus cloud", which narrows nothing where rows have a site."""
    texts = [token.text for token in words]
    found: set[int] = set()
    for first, word in enumerate(texts):
        after = first + 2 if texts[first + 1 : first + 2] in (["our"], ["the"]) else first + 1
        if "site" not in available or word != "all" or texts[after : after + 1] not in (["site"], ["location"]):
            continue
        last = after + 1
        if texts[last : last + 1] and texts[last] in ("plus", "and", "including", "incl", "with"):
            end = last + 2 if texts[last + 1 : last + 2] in (["the"], ["public"]) else last + 1
            last = end + 1 if texts[end : end + 1] == ["cloud"] else last
        found |= set(range(first, last))
    return found


def _beside(match: Match, words: Sequence[Token], catalogue: Catalogue) -> bool:
    """Whether the word before or after a name says what kind of name it is: "the Claims team"."""
    return bool(noun_beside(catalogue.dimensions[match.dimension], match.span, words))


def rank(dimension: str, available: Sequence[str]) -> int:
    return available.index(dimension) if dimension in available else 99


def _is_filter(span: Span, places: dict[str, Span]) -> bool:
    return any(set(span.positions) & set(place.positions) for place in places.values())


def _near(fragment: Fragment, lexicon: Lexicon) -> tuple[Measure, ...]:
    there = {
        name
        for name in lexicon.concept_spans(fragment.words)
        if name not in ("share", "count", "total", "missing", "data", "average", "line")
    }
    if not there:
        return ()
    scored = []
    for position, measure in enumerate(lexicon.catalogue.measures):
        overlap = max(len(there & set(bag.split())) / len(bag.split()) for bag in measure.synonyms)
        if overlap:
            scored.append((-overlap, position, measure))
    return tuple(measure for _, _, measure in sorted(scored, key=lambda one: one[:2])[:4])
