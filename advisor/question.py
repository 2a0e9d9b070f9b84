"""What is being asked: its kind, its sides if it compares, and what it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from advisor.errors import QuestionError

MAX_CHARACTERS = 4_000


class Kind(StrEnum):
    DEFINITION = "definition"
    HOW_TO = "how-to"
    COMPARISON = "comparison"
    ORDER = "order"  # which of two things comes first
    LIST = "list"
    NUMBER = "number"
    YES_NO = "yes-no"
    READINESS = "readiness"  # yes or no about the asker's own estate
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    kind: Kind
    sides: tuple[str, ...] = ()  # of a comparison or an order, two or more
    subject: str = ""  # of a definition


_LEAD = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|so|well|please|quick question|just wondering|and|but|right)[,:;.!\s]+)*"
    r"(?:(?:can|could|would) you (?:please )?(?:tell me|explain|describe|list|show me|remind me)\s+"
    r"|(?:please )?(?:tell me|explain(?: to me)?|describe|remind me)\s+|i(?:'d| would) like to know\s+|do you know\s+"
    r"|any idea\s+|wondering\s+)?",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|ours|us|my|i)\b", re.IGNORECASE)
_READY = re.compile(
    r"\b(?:ready|enough|sufficient|suffice|adequate|fast enough|support|handle|cope|keep up|run|fit|host|capacity"
    r"|feasible|good enough|work|do it|survive)\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:vs\.?|versus|differ(?:s|ent|ence|ences)?|compar(?:e|ed|es|ing|ison)|better than|rather than|instead of"
    r"|as opposed to|trade-?offs? between|pros and cons|distinguish(?:es)?|tell .{2,40} apart)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^(?:roughly |about |approximately )?(?:how (?:much|many|fast|large|big|long|often|high|low|wide|quickly|far|old"
    r"|small|close|hot)\b"
    r"|what(?:'s| is| are| was| were)? (?:the |a |an )?(?:typical |maximum |max |minimum |min |peak |average |total |usual |right |"
    r"recommended |target |default |exact )*(?:percent(?:age)?|share|fraction|ratio|bandwidth|throughput|speed|rate|power|capacity|size"
    r"|number|threshold|limit|latency|cost|price|figure|value|wattage|consumption|draw|year|date|formula)\b"
    r"(?=\s+(?:of|does|do|did|is|are|was|should|can|will|would|may|must|per|for|in|at|to|between|needed|required|under|on"
    r"|from|by|we|i|you|an?|the)\b|\s*\?|$)"
    r"|what(?:'s| is| are| would be| counts as| is considered)? (?:an? )?(?:good|reasonable|acceptable|healthy|realistic|normal|decent|sensible)"
    r" (?:(?!(?:to|for|of|in|on|with|and|or|way)\b)[\w-]+ ){0,2}?(?:pue|mfu|wue|cue|ttft|tpot|mtbf|iops|utili[sz]ation|occupancy"
    r"|efficiency|effectiveness|latency|throughput|bandwidth|rate|ratio|share|size|interval|price|cost|target|value|level)s?"
    r"(?=\s+(?:of|for|in|on|at|with|per|when|under|to)\b|\s*\?|$)"
    r"|(?:at|to|by|in|for|up to|over) (?:what|which|how many|how much)\b(?! (?:order|sequence|cases?|way|circumstances)\b)"
    r"|when (?:did|was|were|will)\b|when (?:is|are) (?:the\b|.+\bdue\b)|when do(?:es)?\b.+\b(?:appl(?:y|ies)|begin|start|end|expire|force)\b"
    r"|what (?:percent(?:age)?|share|fraction|ratio|bandwidth|speed|rate|size|number|year|date|version)\b)",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"^(?:what(?:'s|s| is| are| does|'re)\s+(?:an?\s+|the\s+)?(?P<a>[^,;?]{2,60}?)"
    r"(?:\s+(?:mean|stand for|refer to|actually|exactly|really|anyway|in (?:plain|simple) \w+|all about))*"
    r"|define\s+(?:an?\s+|the\s+)?(?P<b>[^,;?]{2,60})|(?:the )?(?:meaning|definition) of\s+(?P<c>[^,;?]{2,60}))"
    r"(?:,? and (?:what|how|does|do|which|why|is|are|on|can|where|when|who)\b.*)?\s*\??$",
    re.IGNORECASE,
)
_DEFINING_PHRASE = re.compile(
    r"\b(?:what (?:is|does|do|are) (?:it )?meant|stand for|mean by|meaning of|define)\b", re.I
)
_HOW = re.compile(
    r"^(?:how (?:do|can|should|would|to|might|could|does one|must|shall|are|is|did|does|best)\b"
    r"|what(?:'s| is| are) the (?:best |right |proper |usual )?(?:way|steps?|process|procedure|approach|method)\b"
    r"|what steps\b|steps (?:to|for)\b|where (?:do|should) (?:we|i) (?:start|begin)|best way\b"
    r"|what should (?:we|i|you|one|a)\b|what do (?:we|i) (?:do|need to)\b|walk me through)",
    re.IGNORECASE,
)
_HOW_ANYWHERE = re.compile(
    r"\bhow (?:do|can|should|would|could|might|must) (?:i|we|you|one|they|a team|an?|the)\b|\bhow to\b"
    r"|\b(?:recipe|procedure|checklist|step[- ]by[- ]step|walk me through|what steps|which steps)\b"
    r"|\bwhat (?:do|should|must|can|could) (?:we|i|you|one) (?:do|check|measure|look at|test|try|start with|kick off|fix|put|have to do)\b"
    r"|\bwhere (?:do|should|would) (?:we|i|you|one) (?:look|start|begin)\b|\bwhat comes first\b|\bin (?:what|which) order\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"^(?:in (?:what|which|how many) (?:ways?|respects?)\b|which\b|list\b|name\b|give me\b|enumerate\b|what (?:\w+ ){0,3}\w+s (?:are|do|should|can|does|have|exist|make|must"
    r"|would|will|need|were|go|count|belong|apply)\b"
    r"|what are\b|what (?:kinds?|types?|sorts?|examples?)\b|who (?:should|are|is|does)\b|what (?:does|do) .* (?:include|cover"
    r"|consist|contain|require)\b)",
    re.IGNORECASE,
)
_LIST_WAYS = re.compile(r"in (?:what|which|how many) (?:ways?|respects?)\b", re.IGNORECASE)
_YES_NO = re.compile(
    r"^(?:is|are|do|does|did|can|could|should|will|would|has|have|am|must|may|shall|was|were|isn't|aren't|doesn't|don't"
    r"|can't|shouldn't|won't)\b",
    re.IGNORECASE,
)
_OR = re.compile(
    r"^(?P<head>.*?)\b(?P<a>[\w/+.-]+(?: [\w/+.-]+){0,4}?),? or (?P<b>[\w/+.-]+(?: [\w/+.-]+){0,4}?)(?P<tail>\s*[?,.].*|$)"
)
_SIDES = (
    re.compile(r"\bbetween (?P<a>.+?) and (?P<b>.+?)(?:[?.,;]| when | for | in terms | if | on the | at the |$)", re.I),
    re.compile(r"\bcompar(?:e|ed|es|ing) (?:to )?(?P<a>.+?) (?:with|to|and|against|versus|vs\.?) (?P<b>.+?)(?:[?.,;]| when | for | in terms |$)", re.I),
    re.compile(r"(?:^|\b(?:use|choose|pick|prefer|buy|about|is|are|of|take|go for|on|does|do|should we)\s)(?P<a>[^?.,;]+?),? (?:vs\.?|versus|rather than|instead of|as opposed to) (?P<b>[^?;]+?)(?:[?.;]| when | for |$)", re.I),
    re.compile(r"\bhow (?:does|do|is|are) (?P<a>.+?) (?:differ|different|compare|compared|better)(?: \w+)? (?:from|to|with|than|against) (?P<b>.+?)(?:[?.,;]|$)", re.I),
    re.compile(r"(?:^|\b)(?P<a>[^?.,;]+?) (?:better|worse|cheaper|faster|safer) than (?P<b>[^?.,;]+)", re.I),
    re.compile(r"\b(?:differen\w+|trade-?offs?|pros and cons) (?:of|in) (?P<a>.+?) (?:and|or|versus|vs\.?) (?P<b>.+?)(?:[?.,;]|$)", re.I),
    re.compile(r"\btell (?P<a>.+?) (?:apart )?from (?P<b>.+?)(?: apart)?(?:[?.,;]|$)", re.I),
    re.compile(r"\bdistinguish(?:es)? (?P<a>.+?) from (?P<b>.+?)(?:[?.,;]|$)", re.I),
)  # fmt: skip
_ORDER = (
    re.compile(r"\b(?:what|which)\b[^:?]*\bfirst\s*[:,-]\s*(?P<a>[^?]+?),? or (?P<b>[^?]+)", re.I),
    re.compile(r"^(?P<a>[^?:,]+?) or (?P<b>[^?:,]+?)\s*[:,-]\s*(?:what|which)\b[^?]*\bfirst\b", re.I),
    re.compile(r"^(?:.*?\b(?:should|do|does|must|is|are|can)\s+)?(?P<a>[^?]+?),? before or after (?P<b>[^?]+)", re.I),
    re.compile(r"^(?:should|do|must|shall|would) (?:i|we|you|one|it)\s+(?P<a>[^?]+?) (?:before|ahead of|prior to) (?P<b>[^?]+)", re.I),
    re.compile(r"^(?P<a>[^?:]+?),? or (?P<b>[^?:]+?) first(?=\s*(?:[?,.]|$|(?:for|in|when|if|with)\b))", re.I),
    re.compile(r"^(?!(?:what|which|how|where|who|why|when|if|is|are|can|will)\b)(?P<a>\w[^?:,]{2,40}) before (?P<b>\w[^?:,]{2,40})\?$", re.I),
)  # fmt: skip
_BARE_SIDES = re.compile(
    r"^(?P<a>[\w/+.-]+(?: [\w/+.-]+){0,3}?) (?:or|vs\.?|versus) (?P<b>[\w/+.-]+(?: [\w/+.-]+){0,3}?)"
    r"(?= (?:for|first|in|when|on|at|if|to)\b|[:?,;.]|$)",
    re.IGNORECASE,
)
_NO_SIDE = re.compile(
    r"(?:not|no|more|so|less|what|something|anything|else|only|just|over|under|in|on|at|by|with|if|when|still|even|also|is|are|do|does"
    r"|other|others|another|the other|the rest|both|neither|too|(?:that|this|it|them|those|these)$)(?![\w-])",
    re.IGNORECASE,
)
_TRIM = re.compile(
    r"^(?:(?:should|do|does|is|are|can|would|we|i|you|use|choose|pick|buy|the|a|an|what|which|how|it|to|go|with|for|just"
    r"|really|using|want|get|our|take|have|better|of|difference|differences)\s+)+|\s+(?:then|instead|here|please|better|at all)$",
    re.IGNORECASE,
)


_BEGINNING = re.compile(
    r"^(?:(?:should|do|does|must|would|is|are|i|we|you|one|it|better|to|the|an?|our|more|any)\s+)+", re.I
)


def analyse(text: str) -> Question:
    """The question as the advisor reads it. Raises QuestionError when there is nothing to read."""
    text = " ".join(text.split())
    if not re.search(r"\w", text):
        raise QuestionError('The question is empty: ask something, e.g. `advisor ask "What is PUE?"`.')
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(f"The question has {len(text)} characters, the limit is {MAX_CHARACTERS}: shorten it.")
    core = _core(text)
    if sides := _ordered(core):
        return Question(text, Kind.ORDER, sides)
    sides = _sides(core)
    if sides and (
        _COMPARISON.search(core) or _YES_NO.match(core) or re.match(r"(?:which|what|when|who)\b", core, re.I)
    ):
        return Question(text, Kind.COMPARISON, sides)
    if sides := _bare_sides(text):
        return Question(text, Kind.COMPARISON, sides)
    if _DEFINING_PHRASE.search(core) and (found := _DEFINITION.match(core)):
        return Question(text, Kind.DEFINITION, subject=_subject(found))
    if _NUMBER.match(core) and not _LIST_WAYS.match(core):
        return Question(text, Kind.NUMBER)
    if _HOW.match(core) or (_HOW_ANYWHERE.search(core) and not _YES_NO.match(core)):
        return Question(text, Kind.HOW_TO)
    if (found := _DEFINITION.match(core)) and _is_noun(_subject(found)):
        return Question(text, Kind.DEFINITION, subject=_subject(found))
    if _YES_NO.match(core):
        own = _OWN.search(core) and _READY.search(core)
        return Question(text, Kind.READINESS if own else Kind.YES_NO)
    if _LIST.match(core):
        return Question(text, Kind.LIST)
    if _HOW_ANYWHERE.search(text):
        return Question(text, Kind.HOW_TO)
    if len(core.split()) <= 4 and not re.match(r"(?:why|when|where|who|how|whats?)\b", core, re.I):
        return Question(text, Kind.DEFINITION, subject=core.strip(" ?."))
    return Question(text, Kind.OPEN)


def _core(text: str) -> str:
    """The last asking sentence without greetings."""
    parts = [part for part in re.split(r"(?<=[.?!])\s+", text) if re.search(r"\w", part)]
    asking = next((part for part in reversed(parts) if part.endswith("?")), parts[0] if parts else text)
    core = _LEAD.sub("", asking, count=1)
    # "For X, what is Y?": the condition first, the question after.
    tail = re.search(
        r"^(?:for|in|on|when|if|at|with|under|given|before|after|to)\b[^?]{3,120}?, ((?:what|how|which|who|is|are|do|does|should|can|why)\b.*)",
        core,
        re.IGNORECASE,
    )  # fmt: skip
    return tail.group(1) if tail else core


def _subject(match: re.Match[str]) -> str:
    found = next(group for group in match.groups() if group)
    return re.sub(r"\s+(?:mean|stand for|refer to|actually|exactly|really)$", "", found).strip(" \"'“”‘’?")


def _is_noun(subject: str) -> bool:
    """A thing to define has few words and no clause of its own."""
    clause = re.search(
        r"\b(?:should|do|does|when|if|that|which|needed|required|we|our|you|between|steps?)\b", subject, re.I
    )
    return (
        len(subject.split()) <= 6
        and not clause
        and not re.search(r"\b(?:for|of|about|with|from|by|to|in|on|responsible|required|like)$", subject, re.I)
        and not re.match(
            r"(?:main|key|typical|best|most|biggest|good|common|downsides?|drawbacks?|trade-?offs?|going on|happening|wrong)\b",
            subject,
        )
    )


def _ordered(core: str) -> tuple[str, ...]:
    """What is to come before what, with its verbs: "buy GPUs", "upgrade storage"."""
    for pattern in _ORDER:
        if found := pattern.search(core):
            sides = [_BEGINNING.sub("", found.group(side).strip(" ,.?\"'")) for side in "ab"]
            if all(side and len(side.split()) <= 9 and not _NO_SIDE.match(side) for side in sides):
                return tuple(sides)
    return ()


def _sides(core: str) -> tuple[str, ...]:
    for pattern in _SIDES:
        if found := pattern.search(core):
            return _tidy(found.group("a"), found.group("b"))
    if (found := _OR.match(core)) and not re.match(r"(?:how (?:many|much)|why)\b", core, re.I):
        return _tidy(found.group("a"), found.group("b"))
    return ()


def _bare_sides(text: str) -> tuple[str, ...]:
    """ "InfiniBand or Ethernet?", "GPFS vs Lustre: when …": two names and no verb before them."""
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        found = _BARE_SIDES.match(sentence)
        if (
            found
            and not _YES_NO.match(sentence)
            and not re.match(r"(?:what|which|how|where|who|why|when|we|i)\b", sentence, re.I)
        ):
            return _tidy(found.group("a"), found.group("b"))
    return ()


def _tidy(*sides: str) -> tuple[str, ...]:
    trimmed = []
    for side in sides:
        side = _TRIM.sub("", side.strip(" ,.?\"'")).strip(" ,.?\"'")
        if not side or len(side.split()) > 9 or _NO_SIDE.match(side):
            return ()
        trimmed.append(side)
    return tuple(trimmed) if trimmed[0].lower() != trimmed[-1].lower() else ()
