"""Whether a question is about the asker's own estate, about good practice, or about both."""

from __future__ import annotations

import re

from advisor.measures.fragment import Fragment
from advisor.measures.reading import Reading
from advisor.measures.vocabulary import POSSESSIVE

OWN = frozenset({"site", "cluster", "node", "team", "workload", "storage", "fabric", "account"})  # names only we know
_THINGS = OWN - {"team", "workload"}  # teams and workloads are called by common words
_PLACES = OWN | frozenset(
    "country provider skill control signal region commitment priority rack driver_version".split()
)
_STATE = frozenset(
    """idle busy free headroom allocated used down drained unavailable planned spend paid billed untagged unused on_demand demand
    missing collected implemented""".split()
)  # what only something in being can be

_GUIDANCE = re.compile(
    r"^(?:how (?:do|does|can|should|would|to|might|could|must|best)\b(?! (?:our|the) [\w ]+ (?:compare|split))(?! we (?:spend|pay|have|use|draw))"
    r"|why\b|(?:when|what|where|who|which [\w ]+) (?:should|must|ought)\b|should\b|explain\b|define\b|describe how\b|steps to\b|best way\b"
    r"|what (?:is|are) (?:a|an|the best|the right|the difference|good|typical|best|meant)\b|what does .* (?:mean|stand for)\b|is it (?:better|worth)\b)"
    r"|\b(?:do|would|will|should|might|must) (?:we|i|you|one) (?:need|want|buy|choose|move|replace|adopt)\b|\b(?:would|will|should|might|must) (?:we|i|you|one) use\b|\brecommend\w*|\bbest practice"
    r"|\brule of thumb|\bis (?:a |an )?good\b|\badvice\b|\bhow (?:much|many) [\w ]+ (?:does|do) (?:a|an|the) [\w -]+ (?:need|take|use|require)"
    r"|\bwhat [\w ]+ (?:does|do) (?:a|an|one) [\w -]+ need\b"
    r"|^what does [\w -]+ do\b|^what (?:do|does|can|could) [\w -]+ (?:not )?(?:tell|say|show|measure|mean)\b"
    r"|^where (?:do|does) [\w -]+ (?:belong|fit)\b|\bwhat do (?:we|i) (?:have|need) to do\b|[,.;:] ?how (?:do|should|would|can) (?:i|we|you|one)\b"
    r"|\b(?:procedure|recipe|checklist) (?:for|to)\b",
    re.IGNORECASE,
)
READINESS = re.compile(
    r"\b(?:(?:fast|big|large|good|strong|powerful|cheap|quick) enough|enough|ready|sufficient|suffice|adequate|suitable|capable|fit for|keep up|cope|bottleneck)\b"
    r"|\bcan (?:our|we|the)\b.*\b(?:support|handle|run|train|serve|host|sustain|feed)\b|\b(?:support|handle|sustain)\b.*\b(?:workload|model|training|checkpoint|inference)s?\b",
    re.IGNORECASE,
)


_PER_ONE = re.compile(r"\bhow (?:many|much) [\w ]+ (?:can|could|should|may) (?:a|an|one) \w+", re.IGNORECASE)


def guidance(text: str, fragment: Fragment) -> bool:
    """Whether the question asks for good practice: "how many nodes can one leaf switch serve", but not "in Frankfurt"."""
    named = any(match.dimension in OWN for match in fragment.matches)
    return bool(_GUIDANCE.search(text)) or (bool(_PER_ONE.search(text)) and not named)


def own(text: str, fragment: Fragment) -> bool:
    """Whether words, names or periods say that the asker's own estate is meant."""
    words = set(re.findall(r"[a-z']+", text.lower()))
    named = any(match.dimension in OWN and match.span for match in fragment.matches)
    which = any(set(dims) & (OWN | {"provider", "model", "skill", "control"}) for dims, _ in fragment.groups)
    there = bool(re.search(r"\b(?:in|at) [A-Z]\w+", text)) and (
        fragment.count or any(m.dimension == "model" for m in fragment.matches)
    )
    every = bool(
        re.search(
            r"\b(?:across|over|at|in|of) (?:all )?(?:the )?(?:sites|clusters|data cent\w+)\b", text, re.IGNORECASE
        )
    )
    return (
        bool(words & POSSESSIVE)
        or named
        or every
        or which
        or there
        or fragment.counts_own
        or bool(fragment.periods.periods)
    )


def unmistakable(text: str, fragment: Fragment | None) -> bool:
    """Whether "we", "our" or the name of a thing of the estate stands in the question, not only words it shares."""
    words = set(re.findall(r"[a-z']+", text.lower()))
    named = fragment is not None and any(match.dimension in _THINGS and match.span for match in fragment.matches)
    return bool(words & POSSESSIVE) or named


def planned(reading: Reading, bag: str) -> bool:
    """Whether "how many people do we need for RDMA" asks for a need that a feed states, not for advice."""
    return "demand" in bag.split() and any(dimension.removeprefix("not ") in _PLACES for dimension in reading.filters)


def plain(text: str, reading: Reading, bag: str, fragment: Fragment) -> bool:
    """Whether a question that a reading explains to the last word can only be about the estate."""
    placed = any(dimension.removeprefix("not ") in _PLACES for dimension in reading.filters)
    if placed or _GENERIC.search(text):
        return placed
    if _ALL_OF_THEM.search(text) or _FIRST_OF_THEM.match(text):
        return True
    if fragment.comparison and reading.comparison is None:
        return True  # single things counted by a limit
    if fragment.groups or re.match(_FORM, text, re.IGNORECASE):
        return True
    if len(fragment.words) <= 3 and not re.search(r"\b(?:is|are|what|why|how)\b", text, re.IGNORECASE):  # "H200s?"
        several = any(
            fragment.words[m.span.first].raw.endswith("s") for m in fragment.matches if m.dimension == "model"
        )
        if several or _STATE & set(bag.split()):
            return True
    narrowed = bool(reading.filters) or reading.comparison is not None or reading.top is not None
    return narrowed and bool(_STATE & set(bag.split()))


_ALL_OF_THEM = re.compile(  # things that are there to be counted: "over all workloads", "of the L40S cards"
    r"\b(?:across|over|in|at|of|for|among|on) (?:all|every)\b"
    r"|\bthe (?:[\w-]+ ){0,2}(?:cards|gpus|nodes|servers|hosts|machines|workloads|clusters|racks)\b",
    re.IGNORECASE,
)
_FIRST_OF_THEM = re.compile(  # a phrase, no sentence: "fastest storage by measured read"
    r"(?:the )?(?:fastest|slowest|highest|lowest|largest|biggest|smallest|hottest|coolest|oldest|newest|cheapest|dearest|busiest|idlest)\b"
    r"(?!.*\b(?:is|are|was|should|would|can|do|does|for)\b)",
    re.IGNORECASE,
)
_FORM = r"how many\b.*\b(?:are|is)\b|(?:please )?(?:give|show|list|tell|count|total|number|the number)\b"
_GENERIC = re.compile(
    r"\b(?:a|an|one|any|typical|each) (?:[\w-]+ ){0,3}(?:gpu|gpus|node|nodes|server|cluster|team|switch|rack|site|data cent(?:re|er)|workload|model|h100|h200|a100|b200)\b"
    r"(?! (?:in|at|of ours)\b)",
    re.IGNORECASE,
)
