"""Words that stand for something said before: pronouns, "the former", "which of the two"; and what stands by itself."""

from __future__ import annotations

import re

from advisor.phrases import names
from index.vocabulary import FRAME, STOP, words

_PAIR = re.compile(
    r"\b(?:which|what|either|any) (?:one )?of (?:the two|them|these|those|both)\b|\bwhich one\b|\bwhich is (?:the )?(?=\w+er\b|more\b|less\b|better\b|best\b)"
    r"|\b(?:the|these|those) two\b|\bboth(?: of them)?\b|\beither\b",
    re.IGNORECASE,
)
_DIFFER = re.compile(r"\b(?:do|are) (?:they|these|those|the two|both) (?:\w+ )?(?:differ|different|compare)\b|\b(?:difference|compare|comparison)\b(?! (?:with|to|between \w)).{0,12}(?:them|two|these|those)?\b", re.I)  # fmt: skip
_SIDE = re.compile(
    r"\bthe (?P<which>former|latter|first(?: one)?|second(?: one)?|other(?: one)?)(?=\W|$)(?! \w+ (?:step|source))",
    re.I,
)
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:its|it|they|them|their|these|those|this|that|one|ones)\b(?!['’])", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:when|if|because|while|after|before|since|unless|so that|that|which|who|until|once|although|though)\b|[,;:.?!]\s", re.I)  # fmt: skip
_EXPLETIVE = re.compile(
    r"\b(?:is|was|be|would|will|does|makes?|made|making|find|get|getting|take|takes|took) it (?:really |still |ever |even )?"
    r"(?:worth|possible|better|best|safe|ok|okay|cheaper|necessary|true|hard|easy|easier|enough|important|wise|sensible|normal|common|right"
    r"|take to|take for|make sense|matter (?:if|whether|that|how)|likely|pay to|help to|cost to|fast to|quick)\b|\bit (?:takes?|makes sense|pays|is (?:worth|possible|better))\b.{0,20}\bto\b",
    re.IGNORECASE,
)
ASKING = re.compile(
    r"^(?:(?:(?:in|on|at|for|by|to|with|from|under|of) )?(?:what|which|who|whom|whose)|why|when|where|how|is|are|was|were|do|does|did|can|could|should|would|will|may|must|has|have|had"
    r"|list|name|explain|describe|define|compare|show|tell|give|calculate|compute|estimate|find|say)\b",
    re.IGNORECASE,
)
_VERB = re.compile(r"\b(?:is|are|was|were|do|does|did|can|could|should|would|will|may|must|has|have|had|goes|go|need|needs|means?|happens?|counts?|suits?|comes?|belongs?)\b", re.I)  # fmt: skip
PREPOSITION = re.compile(
    r"^(?:for|in|on|at|with|without|from|by|under|over|during|per|within|between|across|of|as)\b", re.I
)


# Nouns that say nothing without what they belong to: "what are the risks?"
_GENERIC = frozenset(
    """
    step steps reason reasons risk risks cost costs price prices limit limits limitation limitations alternative alternatives
    disadvantage disadvantages drawback drawbacks downside downsides benefit benefits advantage advantages pros cons requirement
    requirements option options type types kind kinds part parts detail details exception exceptions rule rules consequence consequences
    typical usual total average maximum minimum first second three two five common value number figure
    """.split()
)


def content(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP | FRAME]


def stands(text: str) -> bool:
    """A question of its own: it asks, and names what it asks about."""
    named = content(text)
    size = len(named)
    if re.match(r"what if\b", text, re.IGNORECASE) or (named and all(word in _GENERIC for word in named)):
        return False
    asks = bool(ASKING.match(text)) or bool(
        re.search(r", (?:what|which|who|when|where|how|is|are|do|does|can|should)\b", text)
    )
    if asks and _VERB.search(text):
        return (
            size >= 2
            or bool(names(text))
            or bool(re.match(r"what(?:'s| is| are) (?:an? |the )?\w{3,}", text, re.I) and size)
        )
    if asks and not re.match(r"(?:\w+ )?(?:what|which|who|whom|whose|why|when|where|how)\b", text, re.I):
        return size >= 1
    return size >= 4 and not PREPOSITION.match(text) and bool(_VERB.search(text) or size >= 6)


def compared(bare: str, sides: tuple[str, ...]) -> str | None:
    if (found := _SIDE.search(bare)) and len(sides) == 2:
        which = found["which"].lower()
        return bare[: found.start()] + sides[0 if which.startswith(("former", "first")) else 1] + bare[found.end() :]
    both = " and ".join(sides)
    if _DIFFER.search(bare) and (_PAIR.search(bare) or _PRONOUN.search(bare) or len(content(bare)) == 0):
        rest = re.sub(
            r"^.*?\b(?:differ|different|compare|difference|comparison)\b(?: (?:between )?(?:them|these|those|the two))?",
            "",
            bare,
        )
        return f"What is the difference between {both}{rest if rest.strip(' ?.!') else '?'}"
    if not (found := _PAIR.search(bare)):
        return None
    if found[0].lower().startswith(("which", "what", "either", "any")):
        asked = "which" if not found[0].lower().startswith("which is") else found[0].strip()
        return f"{upper(asked)} {bare[found.end() :].strip(' ?.!')}, {' or '.join(sides)}?".replace("  ", " ")
    return bare[: found.start()] + both + bare[found.end() :]


def pronoun(text: str) -> re.Match[str] | None:
    """The first word that stands for something said in an earlier turn."""
    for found in _PRONOUN.finditer(text):
        word = found[0].lower()
        head, rest = text[: found.start()], text[found.end() :]
        empty = any(one.start() <= found.start() < one.end() for one in _EXPLETIVE.finditer(text))
        if word == "it" and empty and len(content(text)) >= 2:
            continue
        if word == "that" and not (
            re.search(
                r"(?:^|\b(?:is|does|do|did|was|can|would|about|of|with|for|than|to|by|why|how|like|from|and|on))\s*$",
                head,
                re.I,
            )
        ):
            continue
        if word == "that" and re.match(r"\s+(?:i|we|you|they|it|he|the|a|an|our|all|every)\b", rest, re.I):
            continue
        if word == "this" and re.match(r"\s+(?:year|month|week|quarter|time|way)\b", rest, re.I):
            continue
        if word in ("one", "ones") and not re.search(
            r"\b(?:which|that|this|the \w+|other|better|\w+er|\w+-bound)\s*$", head, re.I
        ):
            continue
        if (
            word == "one"
            and re.match(r"\s+[a-z]+", rest)
            and not re.match(r"\s+(?:is|are|may|can|should|does|would|has|costs?|needs?)\b", rest)
        ):
            continue
        clauses = _CLAUSE.split(head)
        earlier, own = " ".join(clauses[:-1]), clauses[-1]
        if len(content(earlier)) >= 1:
            continue
        if (
            _POSSESSIVE.fullmatch(word)
            and content(own)
            and not re.match(r"(?:what|which|how (?:many|much)) \w+ (?:do|does|is|are|has|have|can)\s*$", own, re.I)
        ):
            continue
        return found
    return None


def resolved(text: str, said: re.Match[str], topic: str) -> str:
    """The pronoun's meaning put in its place, or beside the noun it points with."""
    if not topic:
        return text
    word = said[0].lower()
    rest = text[said.end() :]
    if word in ("its", "their"):
        return f"{text[: said.start()]}{_possessive(topic)}{rest}"
    noun = re.match(
        r"\s+(?!(?:is|are|was|were|do|does|did|can|could|should|would|will|may|must|has|have|had|compare|differ|mean|go|be|get|for|in|on|at|with|to|and|or|work|cost|take|need|matter|help|\w+ed)\b)[A-Za-z][\w-]*",
        rest,
    )
    if word in ("this", "that", "these", "those", "one", "ones") and (noun or word in ("one", "ones")):
        return f"{text.rstrip(' ?.!')} ({topic})?"
    return f"{text[: said.start()]}{topic}{rest}"


def _possessive(topic: str) -> str:
    return f"{topic}'" if topic.endswith("s") else f"{topic}'s"


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]
