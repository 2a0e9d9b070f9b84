"""What a question is after beside its subject (an order, a condition, a sign), and how what tells it is worded.

Both sides are general English. A sentence in the wording of the aim is preferred among those on the subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aim:
    asked: re.Pattern[str]  # in the question
    said: re.Pattern[str]  # in a sentence that answers it
    seeks: str = ""  # what is searched beside the question, before the rest of its words


def _aim(asked: str, said: str, seeks: str = "") -> Aim:
    return Aim(re.compile(asked, re.IGNORECASE), re.compile(said, re.IGNORECASE), seeks)


_WE = r"(?:i|we|you|one|they|a team)"

FAULTS = re.compile(
    r"\b(?:wrong|fail(?:s|ing)?|failure modes|mistakes?|pitfalls?|traps?|mislead\w*|anti-?patterns?|beware|caveats?)\b",
    re.IGNORECASE,
)
ORDER = _aim(
    r"\bfirst(?=\s*(?:[?:;,.]|$|(?:for|in|when|if|with)\b))|\bbefore or after\b|\bin (?:what"
    r"|which) (?:order|sequence)\b"
    r"|\bwhat (?:comes|goes) first\b|\bwhere (?:do|should) (?:i|we|you|one) (?:start|begin)\b|\bprioriti[sz]\w+",
    r"\b(?:first|before|after|then|until|order|precedes?|follows?|gates?|lead times?|longest|earlier|later)\b",
)
CHECK = _aim(
    rf"\bwhat (?:should|must|do|can|could) {_WE} (?:have to |need to )?(?:check|verify|look at|test|audit"
    rf"|measure)\b|\bchecklist\b",
    r"^(?:check|verify|measure|confirm|record|test|run|compare|inventory|export|replay|write down|prove)\b"
    r"|\b(?:audit|before|gate|proven|confirmed)\b",
    "audit before buying or starting, what to check and measure:",
)
SIGN = _aim(
    rf"\bhow (?:do|can|could|would|should|might) {_WE} (?:(?:tell|know|find out|see) (?:whether|if|when|that)"
    r"|spot|recogni[sz]e|detect|diagnose|identify|notice|prove|verify)\b"
    r"|\b(?:signs?|symptoms?|signals?|evidence) (?:of|that|for)\b",
    r"\b(?:indicat\w+|suggests?|shows?|points? to|signs?|symptoms?|signatures?|reveals?|means? that|compare\w*|profile"
    r"|how to (?:measure|find|tell)|split|exposed|watch|look (?:at|for)|replace|if .{3,80}(?:,|\bis\b)"
    r"|alert\w*|detect\w*)\b",
    "measure and profile to find whether",
)
CONDITION = _aim(
    r"^(?:when|at (?:what|which)|under (?:what|which)|from (?:what|which)|beyond (?:what|which)"
    r"|above (?:what|which)|should|is it worth)\b"
    r"|\bmakes? sense\b|\bworth (?:it|\w+ing)\b|\bgood enough\b|\bpays? off\b|\bbefore it (?:hurts|matters)\b",
    r"\b(?:when|where|if|once|unless|until|above|below|beyond|under|more than|less than|fewer than"
    r"|at least|only|depends?"
    r"|favou?rs?|suits?|pays?|break[- ]even|worth|becomes?|enough|suffices?|justif\w+|veto|better|choice|decides?)\b",
    "what decides, and from which threshold:",
)
PRICE = _aim(
    r"\b(?:los[es]|losing|downsides?|drawbacks?|disadvantages?|trade-?offs?|give up|giving up|price of"
    r"|risks? of|penalty)\b",
    r"\b(?:costs?|but|price|los(?:e|es|s|ing)|however|although|slow\w*|less|worse|fewer|risks?|limited"
    r"|without|penalt\w+"
    r"|overheads?|interfer\w+|at the expense|share[sd]?|waste[sd]?|no)\b",
)
WHO = _aim(
    r"^(?:who|whose|which (?:team|role|person|people|roles|teams))\b|\bwho (?:should|must|is|has|owns"
    r"|decides|approves)\b",
    r"\b(?:owners?|owns?|owned|teams?|roles?|engineers?|decides?|approves?|responsib\w+|accountab\w+"
    r"|budget holder|board"
    r"|officers?|managers?|rota|staff\w*|architects?)\b",
    "owner, who decides, team and rota:",
)
SIZE = _aim(
    r"^how (?:much|many|fast|large|big)\b.+\b(?:do|does|should|must|will|would)\b.+"
    r"\b(?:need|require|take|want|buy|plan|provision)\b",
    r"\b(?:times|divided by|equals|multiplied|derive|compute[sd]?|sized?|sizing|per (?:gpu|node|parameter|token)|needs?"
    r"|requires?|enough|matters?)\b",
)
REDUCE = _aim(
    r"\b(?:lower|reduce|cut|save|shrink|avoid|bring down|decrease|prevent|minimi[sz]e)\b",
    r"\b(?:lower\w*|reduc\w+|cuts?|sav\w+|fewer|less|smaller|avoid\w*|levers?|rais\w+|reclaim\w*|prevents?|largest)\b",
    "levers and savings, what reduces",
)
_AIMS = (ORDER, CHECK, SIGN, WHO, PRICE, SIZE, REDUCE, CONDITION)


def of_faults(question: str) -> bool:
    """Whether what goes wrong is asked for."""
    return bool(FAULTS.search(question) or PRICE.asked.search(question))


def aims(question: str) -> tuple[Aim, ...]:
    """What the question is after; nothing when its words do not tell."""
    return tuple(aim for aim in _AIMS if aim.asked.search(question))


def seeking(question: str) -> tuple[str, ...]:
    """What is searched beside the question for the sake of its aims: a story before the asking clause is left out."""
    clause = re.split(r"(?<=[.!?:])\s+", question.strip())[-1]
    return tuple(
        f"{aim.seeks} {aim.asked.sub(' ', clause if aim.asked.search(clause) else question)}"
        for aim in aims(question)
        if aim.seeks
    )
