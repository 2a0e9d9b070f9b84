"""A question → the reading of it: measure, filters, grouping, comparison, period. No model, no guessing.

Every measure is tried; the reading that leaves the fewest words unexplained wins, then the one whose name in
the question is longest. Several that do equally well make the question ambiguous. Words that no reading
explains are never ignored: they end in a refusal that names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from advisor.inventory.conversion import Unreadable, convert, parse_unit
from advisor.measures import periods
from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.fragment import (
    Comparison,
    Fragment,
    comparison_of,
    counts,
    groups_of,
    ignorable,
    leading_noun,
    top_of,
)
from advisor.measures.lexicon import POSSESSIVE, Lexicon, Match, Span, Token, stem, tokens
from advisor.measures.periods import Periods

OWN = frozenset({"site", "cluster", "node", "team", "workload", "storage", "fabric", "account"})  # names only we know

_DOWN = frozenset(
    {"least", "lowest", "smallest", "fewest", "bottom", "minimum", "min", "cheapest", "slowest", "cleanest"}
)
_UP = frozenset(
    {
        "most",
        "highest",
        "largest",
        "biggest",
        "greatest",
        "top",
        "maximum",
        "max",
        "dearest",
        "fastest",
        "dirtiest",
        "fullest",
    }
)
_JUDGED = {"best": True, "worst": False, "poorest": False}
_IMPLIED = {
    "cheapest": "spend",
    "dearest": "spend",
    "slowest": "speed",
    "fastest": "speed",
    "dirtiest": "intensity",
    "cleanest": "intensity",
    "fullest": "used",
}

_GUIDANCE = re.compile(
    r"^(?:how (?:do|does|can|should|would|to|might|could|must|best)\b(?! (?:our|the) [\w ]+ (?:compare|split))(?! we (?:spend|pay|have|use|draw))"
    r"|why\b|(?:when|what|where|who|which [\w ]+) (?:should|must|ought)\b|should\b|explain\b|define\b|describe how\b|steps to\b|best way\b"
    r"|what (?:is|are) (?:a|an|the best|the right|the difference|good|typical|best|meant)\b|what does .* (?:mean|stand for)\b|is it (?:better|worth)\b)"
    r"|\b(?:do|would|will|should|might|must) (?:we|i|you|one) (?:need|want|buy|choose|use|move|replace|adopt)\b|\brecommend\w*|\bbest practice"
    r"|\brule of thumb|\bis (?:a |an )?good\b|\badvice\b|\bhow (?:much|many) [\w ]+ (?:does|do) (?:a|an|the) [\w -]+ (?:need|take|use|require)",
    re.IGNORECASE,
)
_READINESS = re.compile(
    r"\b(?:(?:fast|big|large|good|strong|powerful|cheap|quick) enough|enough|ready|sufficient|suffice|adequate|suitable|capable|fit for|keep up|cope|bottleneck)\b"
    r"|\bcan (?:our|we|the)\b.*\b(?:support|handle|run|train|serve|host|sustain|feed)\b|\b(?:support|handle|sustain)\b.*\b(?:workload|model|training|checkpoint|inference)s?\b",
    re.IGNORECASE,
)
FOLLOW_UP = re.compile(
    r"^(?:and\b|what about\b|how about\b|same (?:for|in|at)\b|only\b|just\b|but\b|then\b|also\b|of (?:those|these|them)\b|or\b|ok(?:ay)?,? (?:and )?|now\b"
    r"|(?:which|how many) of (?:those|these|them)\b|by \w+\??$|per \w+\??$|in \w[\w ]{1,20}\??$|break (?:it|that|them) down\b|split (?:it|that) )",
    re.IGNORECASE,
)


_ANY_TIME = Periods()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a question was understood."""

    measure: Measure
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    comparison: Comparison | None = None
    top: int | None = None  # how many groups
    descending: bool = True
    share: bool = False
    share_of: tuple[str, ...] = ()  # dimensions whose filter also holds for the whole
    count_groups: bool = False
    periods: Periods = _ANY_TIME
    corrections: tuple[str, ...] = ()
    listing: bool = False  # "which …": only those for which it holds


@dataclass(frozen=True, slots=True)
class Parse:
    """Everything that came of a question before it is answered."""

    readings: tuple[Reading, ...] = ()  # equally good, catalogue order; more than one means ambiguous
    leftover: tuple[str, ...] = ()  # words that no reading explains
    own: bool = False  # the question is about the asker's own estate
    guidance: bool = False
    readiness: bool = False
    near: tuple[Measure, ...] = ()  # measures whose names share a concept with the question
    fragment: Fragment | None = None


def parse(text: str, lexicon: Lexicon) -> Parse:
    """All equally good readings of `text`."""
    when, rest = periods.read(re.sub(r"\bmonthly\b", "by month", text, flags=re.IGNORECASE))
    comparison, rest = comparison_of(rest)
    top, rest = top_of(rest)
    words, changed = lexicon.correct(tokens(rest))
    matches = lexicon.value_matches(words)
    corrections = tuple(
        f"{written} read as {_value_at(matches, position) or words[position].text}"
        for position, written in changed.items()
    )
    groups = groups_of(words, lexicon)
    fragment = Fragment(tuple(words), tuple(matches), groups, comparison, top, when, corrections, counts(words), False)
    noun = leading_noun(fragment, lexicon.catalogue)
    fragment = replace(fragment, counts_own=bool({"site", "cluster", "node", "team", "workload"} & set(noun)))
    scored = sorted(_score(fragment, text, lexicon), key=lambda one: one[0])
    own = _own(text, fragment)
    base = Parse(
        own=own, guidance=bool(_GUIDANCE.search(text)), readiness=bool(_READINESS.search(text)),
        near=_near(fragment, lexicon), fragment=fragment,
    )  # fmt: skip
    if not scored:
        return replace(base, leftover=tuple(token.raw for token in words if not ignorable(token)))
    best = scored[0][0]
    tied = [(reading, left) for score, reading, left in scored if score == best]
    order = [one.name for one in lexicon.catalogue.measures]
    tied.sort(key=lambda one: order.index(one[0].measure.name))
    once = {one.measure.name: (one, left) for one, left in reversed(tied)}
    tied = sorted(once.values(), key=lambda one: order.index(one[0].measure.name))
    firm = [one for one in tied if not one[0].measure.yields] or tied
    form = r"how many\b.*\b(?:are|is)\b|(?:please )?(?:give|show|list|tell|count|total|number|the number)\b"
    plain = not firm[0][1] and not base.guidance and (bool(groups) or bool(re.match(form, text, re.I)))
    return replace(base, readings=tuple(reading for reading, _ in firm), leftover=firm[0][1], own=own or plain)


def _value_at(matches: Sequence[Match], position: int) -> str | None:
    return next((match.values[0] for match in matches if position in match.span.positions), None)


def _own(text: str, fragment: Fragment) -> bool:
    words = set(re.findall(r"[a-z']+", text.lower()))
    named = any(match.dimension in OWN and match.span for match in fragment.matches)
    which = any(set(dims) & (OWN | {"provider", "model", "skill", "control"}) for dims, _ in fragment.groups)
    there = bool(re.search(r"\b(?:in|at) [A-Z]\w+", text)) and (
        fragment.count or any(m.dimension == "model" for m in fragment.matches)
    )
    return bool(words & POSSESSIVE) or named or which or there or fragment.counts_own or bool(fragment.periods.periods)


Scored = tuple[tuple[int, int, int], Reading, tuple[str, ...]]


def _score(fragment: Fragment, text: str, lexicon: Lexicon) -> list[Scored]:
    catalogue = lexicon.catalogue
    concepts = lexicon.concept_spans(fragment.words)
    for position, token in enumerate(fragment.words):
        if implied := _IMPLIED.get(token.raw.lower()):
            concepts.setdefault(implied, []).append(Span(position, position + 1))
            if implied == "used":
                concepts.setdefault("share", []).append(Span(position, position))
    _implied_nouns(fragment.matches, concepts)
    if fragment.comparison and fragment.comparison.unit == "%":
        concepts.setdefault("share", []).append(Span(len(fragment.words), len(fragment.words)))
    found = []
    for measure in catalogue.measures:
        for bag in measure.synonyms:
            spans = _assign(bag.split(), concepts)
            if spans is not None:
                again = {p for name in bag.split() for span in concepts[name] for p in span.positions}
                if one := _explain(measure, bag.split(), spans, again, fragment, text, catalogue):
                    found.append(one)
    return found


def _implied_nouns(matches: Sequence[Match], concepts: dict[str, list[Span]]) -> None:
    """A model name stands for the noun too: "idle H100s" are GPUs; "osl-flash" is storage; "DCGM" a signal."""
    for match in matches:
        noun = {"model": "gpu", "storage": "storage", "fabric": "fabric", "signal": "signal", "control": "control", "skill": "skill",
                "storage_technology": "storage", "fabric_technology": "fabric", "acquisition": "gpu"}.get(match.dimension)  # fmt: skip
        if noun and (noun != "gpu" or match.dimension == "model"):
            concepts.setdefault(noun, []).append(
                Span(match.span.last, match.span.last)
            )  # an empty span: the words stay the filter's


def _assign(
    bag: Sequence[str], concepts: dict[str, list[Span]], taken: frozenset[int] = frozenset()
) -> list[Span] | None:
    """Spans for every concept of a bag that do not overlap, the longest first."""
    if not bag:
        return []
    for span in concepts.get(bag[0], ()):
        if taken.isdisjoint(span.positions):
            rest = _assign(bag[1:], concepts, taken | set(span.positions))
            if rest is not None:
                return [span, *rest]
    return None


def _explain(
    measure: Measure,
    bag: Sequence[str],
    spans: Sequence[Span],
    again: set[int],
    fragment: Fragment,
    text: str,
    catalogue: Catalogue,
) -> Scored | None:
    """The reading of the fragment as `measure`, with what it leaves unexplained; None when it cannot be meant."""
    words = fragment.words
    used = {position for span in spans for position in span.positions}
    named = set(used)
    available = catalogue.dimensions_of(measure)
    filters: dict[str, tuple[str, ...]] = {}
    places: dict[str, Span] = {}
    for match in sorted(
        fragment.matches,
        key=lambda m: (-(m.span.last - m.span.first), not _beside(m, words, catalogue), _rank(m.dimension, available)),
    ):
        if match.dimension not in available or not used.isdisjoint(match.span.positions):
            continue
        filters[match.dimension] = (*filters.get(match.dimension, ()), *match.values)
        places[match.dimension] = match.span
        used.update(match.span.positions)
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
                words[p].text in ("which", "what") for p in range(max(span.first - 2, 0), span.first)
            )
    if not group:
        several = next((dim for dim in filters if sum(m.dimension == dim for m in fragment.matches) > 1), None)
        group = [several] if several else []  # "of Oslo and Dublin": each, not the two as one
    used |= _appositions(fragment, places, available, catalogue)
    comparison = fragment.comparison
    if comparison and comparison.unit and not _compatible(comparison.unit, measure):
        return None
    reading = Reading(
        measure,
        filters,
        tuple(group[:2]),
        comparison,
        corrections=fragment.corrections,
        periods=fragment.periods,
        listing=listing,
    )
    reading, more = _shape(reading, bag, fragment, text, catalogue, places)
    used |= more | again  # "emits carbon": the same concept said twice
    left = tuple(
        token.raw
        for position, token in enumerate(words)
        if position not in used and not ignorable(token) and not _idle_word(token, measure, bag)
    )
    dated = catalogue.view_of(measure).date is not None
    if fragment.periods.periods and not dated:
        left = (*left, *(period.written for period in fragment.periods.periods))
    if fragment.periods.future:
        left = (*left, "a time to come")
    return (len(left), -len(bag), -len(named)), reading, left


def _appositions(
    fragment: Fragment, places: dict[str, Span], available: Sequence[str], catalogue: Catalogue
) -> set[int]:
    """Words that only name the kind of a filter ("the Dublin site", "team Claims") or all of a kind ("in our clusters")."""
    found: set[int] = set()
    texts = [token.text for token in fragment.words]
    for dim in available:
        nouns = {stem(name) for name in catalogue.dimensions[dim] if " " not in name}
        place = places.get(dim)
        for position, word in enumerate(texts):
            if word not in nouns:
                continue
            beside = place is not None and position in (place.first - 1, place.last)
            whole = (
                position >= 2
                and texts[position - 1] in ("our", "all", "the")
                and texts[position - 2] in ("in", "at", "on", "across", "of", "for", "among")
            )
            whole = whole or (position >= 1 and texts[position - 1] == "across")
            if beside or (whole and dim in ("site", "cluster", "node", "team", "provider")):
                found.add(position)
    return found


def _beside(match: Match, words: Sequence[Token], catalogue: Catalogue) -> bool:
    """Whether the word before or after a name says what kind of name it is: "the Claims team"."""
    nouns = {stem(name) for name in catalogue.dimensions[match.dimension] if " " not in name}
    around = [words[p].text for p in (match.span.first - 1, match.span.last) if 0 <= p < len(words)]
    return any(word in nouns for word in around)


def _rank(dimension: str, available: Sequence[str]) -> int:
    return available.index(dimension) if dimension in available else 99


def _is_filter(span: Span, places: dict[str, Span]) -> bool:
    return any(set(span.positions) & set(place.positions) for place in places.values())


def _idle_word(token: Token, measure: Measure, bag: Sequence[str]) -> bool:
    """Words that say nothing more of this measure: "total" of what adds up, "average" of a mean."""
    word = token.text
    if word in ("total", "altogether", "overall", "combined", "sum"):
        return measure.additive
    if word in ("average", "mean", "typical"):
        return measure.mean
    if word in ("share", "percentage", "percent", "proportion", "fraction", "rate", "ratio", "level"):
        return measure.unit in ("%", "ratio") or "/" in measure.unit
    if word == "fully":
        return True
    return word in (stem(part) for part in re.findall(r"[a-z]+", measure.unit.lower())) or word in ("latest", "current")


def _compatible(unit: str, measure: Measure) -> bool:
    if unit in ("€", "$", "EUR", "USD", "GBP", "NOK"):
        return measure.currency
    if measure.currency:
        return False
    try:
        convert(1.0, unit, measure.unit)
    except Unreadable:
        return False
    return parse_unit(unit) is not None


_SHARE = re.compile(
    r"\b(?:what|which)?\s*(?:share|percentage|percent|proportion|fraction|%)\s+of\b|\bhow much of\b", re.IGNORECASE
)


def _shape(
    reading: Reading, bag: Sequence[str], fragment: Fragment, text: str, catalogue: Catalogue, places: dict[str, Span]
) -> tuple[Reading, set[int]]:
    """Superlatives, shares and counted groups; and the positions of the words that said so."""
    used: set[int] = set()
    top, descending = (fragment.top or (None, True)) if fragment.top else (None, True)
    default = _default_group(reading, catalogue)
    if fragment.top:
        used |= {p for p, token in enumerate(fragment.words) if token.text == "top"}
    for position, token in enumerate(fragment.words):
        word = token.raw.lower()
        if word in _IMPLIED and _IMPLIED[word] not in bag and not _orders(word, reading.measure):
            continue  # "fullest" orders by what is used, and by nothing else
        if top is None and word in _UP | _DOWN | set(_JUDGED):
            down = word in _DOWN
            if word in _JUDGED:
                down = (reading.measure.better == "lower") == _JUDGED[word]
            top, descending = 1, not down
            used.add(position)
    if top is not None and not reading.group and default:
        reading = replace(reading, group=(default,))
    if _SHARE.search(text) and "share" not in bag and reading.measure.additive and (reading.filters or reading.group):
        share = {
            p
            for p, token in enumerate(fragment.words)
            if token.text in ("share", "percentage", "percent", "proportion", "fraction")
        }
        used |= share
        reading = replace(reading, share=True, share_of=_whole(reading, fragment, places))
    counted = fragment.count and bool(fragment.comparison)
    if counted and not reading.group:
        noun = next(
            (dim for dim in leading_noun(fragment, catalogue) if dim in catalogue.dimensions_of(reading.measure)), None
        )
        if noun:
            reading = replace(reading, group=(noun,), count_groups=True)
            used |= {
                p
                for p, token in enumerate(fragment.words)
                if (token.text,) in {(stem(w),) for w in catalogue.dimensions[noun]}
            }
    if reading.comparison and not reading.group and not reading.filters and default:
        reading = replace(reading, group=(default,))
    if fragment.top and fragment.top[0] and not reading.group and default:
        reading = replace(reading, group=(default,))
    return replace(reading, top=top, descending=descending), used


def _orders(word: str, measure: Measure) -> bool:
    """Whether "slowest" or "cheapest" can order a measure whose name says neither speed nor cost."""
    if word in ("slowest", "fastest"):
        return measure.unit in ("GB/s", "Gb/s", "IOPS")
    return word in ("cheapest", "dearest") and measure.currency


def _default_group(reading: Reading, catalogue: Catalogue) -> str | None:
    available = catalogue.dimensions_of(reading.measure)
    free = [dim for dim in ("site", "provider", "team") if dim in available and dim not in reading.filters]
    return free[0] if free else None


def _whole(reading: Reading, fragment: Fragment, places: dict[str, Span]) -> tuple[str, ...]:
    """Filters that belong to the whole: those written between "of" and the verb ("of Frankfurt's GPUs are H100s")."""
    texts = [token.text for token in fragment.words]
    verb = next(
        (
            p
            for p, word in enumerate(texts)
            if word
            in ("are", "is", "go", "goes", "went", "sit", "come", "comes", "run", "were", "was", "stand", "have")
        ),
        None,
    )
    if verb is None:
        return ()
    return tuple(dim for dim, span in places.items() if span.first < verb)


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


def follow(previous: Reading, now: Parse, lexicon: Lexicon) -> Parse:
    """The reading of a follow-up: the one before, with what the fragment changes. Leftover words stay leftover."""
    fragment = now.fragment
    assert fragment is not None
    catalogue = lexicon.catalogue
    measure = previous.measure
    used: set[int] = set()
    said = ("break", "split", "down", "only", "same", "those", "them", "these")
    concepts = {
        name: kept for name, spans in lexicon.concept_spans(fragment.words).items()
        if (kept := [one for one in spans if not all(fragment.words[p].text in said for p in one.positions)])
    }  # fmt: skip
    grouped = {position for _, span in fragment.groups for position in span.positions}
    best: tuple[int, Measure, list[Span]] | None = None
    for one in catalogue.measures:
        for bag in one.synonyms:
            spans = _assign(bag.split(), concepts)
            if not spans or grouped & {p for s in spans for p in s.positions}:
                continue
            size = len(bag.split())
            if best is None or size > best[0]:
                best = (size, one, spans)
    if best is not None and best[1].name != measure.name:
        measure = best[1]
        used.update(p for span in best[2] for p in span.positions)
    elif best is not None:
        used.update(p for span in best[2] for p in span.positions)
    available = catalogue.dimensions_of(measure)
    filters = {dim: values for dim, values in previous.filters.items() if dim in available}
    fresh: dict[str, tuple[str, ...]] = {}
    for match in fragment.matches:
        if match.dimension in available and used.isdisjoint(match.span.positions):
            fresh[match.dimension] = (*fresh.get(match.dimension, ()), *match.values)
            used.update(match.span.positions)
    filters |= fresh
    group = [next((d for d in dims if d in available), None) for dims, span in fragment.groups]
    for (_, span), dim in zip(fragment.groups, group, strict=True):
        if dim:
            used.update(span.positions)
    named = tuple(dim for dim in group if dim)
    remaining = tuple(dim for dim in previous.group if dim in available and dim not in fresh)
    reading = Reading(
        measure, filters, named or remaining, fragment.comparison or previous.comparison,
        fragment.top[0] if fragment.top else (previous.top if named or remaining else None),
        fragment.top[1] if fragment.top else previous.descending,
        periods=fragment.periods if fragment.periods.periods else (previous.periods if catalogue.view_of(measure).date else Periods()),
        corrections=fragment.corrections, listing=previous.listing and not named,
    )  # fmt: skip
    extra = {
        "those",
        "these",
        "them",
        "what",
        "same",
        "too",
        "instead",
        "please",
        "then",
        "only",
        "down",
        "break",
        "split",
        "ok",
        "okay",
        "now",
        "alone",
    }
    left = tuple(
        token.raw for position, token in enumerate(fragment.words)
        if position not in used and not ignorable(token) and token.raw.lower() not in extra
    )  # fmt: skip
    changed = reading != replace(previous, corrections=fragment.corrections)
    return replace(now, readings=(reading,) if changed else (), leftover=left, own=True)
