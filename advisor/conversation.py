"""A follow-up made self-contained from the turns before it: pure, deterministic, in the asker's own words.

What it adds stands in the conversation: it repeats phrases of earlier questions and headings of evidence cited there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.answer import Evidence, EvidenceLocator
from advisor.errors import QuestionError
from advisor.phrases import Phrase, names, phrases, replaced, swapped
from advisor.question import MAX_CHARACTERS, Kind, analyse
from advisor.referring import ASKING, PREPOSITION, compared, content, pronoun, resolved, stands, upper
from advisor.units import quantities, spelled
from index.document import Label
from index.vocabulary import FRAME, tokens

TURNS = 6  # earlier turns that are remembered
CHARACTERS = 4_000  # of their questions together; about 1,000 tokens


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked, as it was typed, and the evidence its answer cited, [1] first."""

    question: str
    evidence: tuple[Evidence, ...] = ()

    def seen_by(self, clearance: Label) -> Turn:
        """The turn without the words and places of evidence above the clearance; what is left keeps its number."""
        blank = {"text": "", "locator": EvidenceLocator()}
        shown = (one if one.label.rank <= clearance.rank else one.model_copy(update=blank) for one in self.evidence)
        return Turn(self.question, tuple(shown))


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that stands by itself. `follows`: it was not what was typed; earlier turns were needed."""

    question: str
    follows: bool = False
    style: Literal["", "short", "more"] = ""
    source: int | None = None  # evidence of the last answer that is asked about, from 1
    courtesy: bool = False


_COURTESY = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks?|thank you|thx|cheers|many thanks|great|cool|nice|perfect"
    r"|super|ok|okay|alright|got it|understood|i see|fine|good|excellent|awesome|bye|goodbye|see you|very much|so much|a lot|there"
    r"|that'?s?|it|this|was|is|helps?|helped|helpful|useful|clear|all|for now|then|you|very|really|the|your|answer|for|again|everyone|team)"
    r"[\s,.!:;)👍🙏]*)+$",
    re.IGNORECASE,
)
_POLITE = re.compile(r"\b(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thank|thanks|thx|cheers|great|cool|nice|perfect"
                     r"|super|ok|okay|alright|got it|understood|i see|excellent|awesome|bye|goodbye|see you|helps?|helped|helpful)\b", re.I)  # fmt: skip
_OTHER = re.compile(
    r"^(?:(?:ok(?:ay)?|thanks?|now|and|right|well),? )*(?:(?:on|to|now|next|here is|i have)? ?(?:something else|(?:a |an |one )?(?:completely |totally |very )?"
    r"(?:new|different|another|other|unrelated) (?:question|topic|subject)|next (?:question|topic)|by the way|btw|change of (?:topic|subject)))\s*[:,.;–-]*\s*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:ok(?:ay)?|thanks?|thank you|right|great|cool|good|sure|so|well|hm+|yes|no|sorry|oh|ah|please|and|but|or|then|also|now|plus)\b[\s,.!:;]*)+",
    re.IGNORECASE,
)
_WHAT_ABOUT = re.compile(
    r"^(?:what about|how about|what of|how is it (?:for|with)|same (?:thing |question )?(?:for|with|about)|what if it is)\s+",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"^(?:i (?:actually )?(?:mean|meant)|(?:i was )?(?:talking|asking) about|make that|rather|actually|correction:?|instead)[\s,:]+(?:the |about )?(?=\w)",
    re.IGNORECASE,
)
_NOT = re.compile(r"^not (?:the )?(?P<old>[^,;]+?)[,;]? (?:but )?(?P<new>[^,;]+)$|^(?P<new2>.+?),? (?:and )?not (?:the )?(?P<old2>[^,;]+)$", re.I)  # fmt: skip
_SHORT = re.compile(
    r"\b(?:shorter|short(?:en)?|brief(?:ly|er)?|in (?:one|a|two) (?:sentence|line|word)s?|sum(?:marise|marize| up)|summary|tl;?dr"
    r"|simpler|simplify|in (?:plain|simple) (?:words|terms|english)|more simply)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:(?:tell|show|give|say)(?: me)? (?:a bit |some )?more(?: details?)?|more details?|elaborate|go on|continue|expand|longer|in (?:more )?detail"
    r"|what else|anything else|dig deeper|go deeper)\b(?: (?:about|on)\b)?(?: (?:it|that|this)\b)?",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\b(?:as (?:a |an )?(?:list|table|checklist|bullets?|bullet points?|steps)|with (?:an )?examples?|for example|(?:give|show)(?: me| us)? (?:an |some )?examples?)\b",
    re.I,
)
_AGAIN = re.compile(
    r"^(?:are you (?:really )?sure|really|is (?:that|this|it) (?:really )?(?:true|right|correct|so)|says who|how do you know(?: that)?|why do you say (?:that|so)"
    r"|(?:where (?:does|did) (?:that|this|it) come from)|(?:what|which) (?:is|are) (?:the|your) sources?|repeat that|say that again|again)\W*$",
    re.IGNORECASE,
)
_STYLE_WORDS = frozenset(
    "can could you make it that this please give me say put do the answer again version a bit explain be".split()
)
_SOURCE = re.compile(
    r"\[(\d{1,2})\]|\b(?:source|reference|citation|evidence|footnote|passage) (?:number |no\.? ?|#)?(\d{1,2})\b"
    r"|\b(?:the )?(first|second|third|fourth|fifth|last) (?:source|reference|citation|passage|document)\b",
    re.IGNORECASE,
)
_ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_ABOUT = re.compile(r"\b(?:about|on|regarding|of|for)\s+(?P<rest>(?!it\b|that\b|this\b)[^?.!]+)", re.IGNORECASE)


def remembered(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """The latest turns within the budget of turns and characters."""
    kept: list[Turn] = []
    left = CHARACTERS
    for turn in reversed(history[-TURNS:]):
        left -= len(turn.question)
        if left < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))


def understand(text: str, history: Sequence[Turn]) -> Understood:
    """The question that `text` asks, given the turns before it, oldest first."""
    text = " ".join(text.split())
    read = _understand(text, _resolve(history))
    return read if len(read.question) <= MAX_CHARACTERS else Understood(text)


def questions(history: Sequence[Turn]) -> list[str]:
    """Every question of the conversation as it was understood then; courtesies left out."""
    read = [understand(turn.question, history[:place]) for place, turn in enumerate(history)]
    return [one.question for one in read if not one.courtesy]


def _resolve(history: Sequence[Turn]) -> list[tuple[str, Turn]]:
    before: list[tuple[str, Turn]] = []
    for turn in remembered(history):
        one = _understand(" ".join(turn.question.split()), before)
        if not one.courtesy:
            before.append((one.question, turn))
    return before


def leaning(text: str) -> str:
    """The same words without a correction's preface, as the estate's grammar reads follow-ups: "no, in Oslo"."""
    bare = _LEAD.sub("", text.strip())
    meant = _MEANT.sub("", bare)
    corrected = meant != bare or re.match(r"no,|(?:sorry|not)\b", text.strip(), re.I)
    if not corrected or stands(meant):
        return text
    found = _NOT.match(meant)
    return f"what about {(found['new'] or found['new2']) if found else meant}"


def _understand(text: str, before: Sequence[tuple[str, Turn]]) -> Understood:
    if _COURTESY.match(text) and _POLITE.search(text):
        return Understood(text, courtesy=True)
    fresh = _OTHER.sub("", text, count=1)
    if not before or (fresh != text and fresh):
        return Understood(fresh or text)
    last, turn = before[-1]
    if found := _SOURCE.search(text):
        return _of_source(text, found, last, turn)
    bare = _LEAD.sub("", text) or text
    if styled := _styled(bare, last, turn):
        return styled
    sides = _sides(before)
    if len(sides) > 1 and (said := compared(bare, sides)):
        return Understood(said, True)
    if meant := _meant(text, bare, last):
        return Understood(meant, True)
    about = _WHAT_ABOUT.sub("", bare)
    if re.match(r"(?:only|just)\b", about, re.IGNORECASE):
        return Understood(_moved(about, last, turn), True)
    if about != bare and not stands(about):
        return Understood(_moved(about, last, turn), True)
    if found := pronoun(bare):
        return Understood(resolved(bare, found, _topic(last, turn)), True)
    if stands(bare):
        return Understood(bare if bare != text and len(bare.split()) > 3 else text)
    return Understood(_moved(bare, last, turn), True)


def _of_source(text: str, found: re.Match[str], last: str, turn: Turn) -> Understood:
    said = found[1] or found[2]
    number = int(said) if said else _ORDINAL.get(found[3].lower(), len(turn.evidence))
    rest = (text[: found.start()] + text[found.end() :]).strip()
    about = _ABOUT.search(text[found.end() :])
    subject = about["rest"].strip() if about else ""
    if not subject and len(content(rest)) >= 3:
        subject = rest.strip(" ?.!,")
    title = turn.evidence[number - 1].locator.document if 1 <= number <= len(turn.evidence) else None
    if title is None:  # a cell or a figure, or evidence that is not at hand
        return Understood(f"{upper(subject)} ({_topic(last, turn)})?" if subject else last, True, "more")
    return Understood(
        f"What does “{title}” say about {subject or _heading(turn, number)}?", True, "" if subject else "more", number
    )


def _heading(turn: Turn, number: int) -> str:
    if not 1 <= number <= len(turn.evidence):
        return ""
    where = turn.evidence[number - 1].locator
    return (where.heading or where.document or "").rpartition(" > ")[2]


def _styled(bare: str, last: str, turn: Turn) -> Understood | None:
    """ "Shorter please", "tell me more": the question before, said otherwise. More of something particular moves it."""
    if _AGAIN.match(bare):
        return Understood(last, True)
    short, more, form = _SHORT.search(bare), _MORE.search(bare), _FORM.search(bare)
    if not (short or more or form):
        return None
    rest = _FORM.sub(" ", _SHORT.sub(" ", _MORE.sub(" ", bare)))
    left = [word for word in content(rest) if word not in _STYLE_WORDS]
    if not left:
        return Understood(last, True, "short" if short else "more" if more else "")
    if more and not stands(" ".join(rest.split())):
        subject = re.sub(r"^(?:about|on|of)\s+", "", " ".join(rest.split()).strip(" ?.!"))
        return Understood(f"{upper(subject)} ({_topic(last, turn)})?", True, "")
    return None


def _sides(before: Sequence[tuple[str, Turn]]) -> tuple[str, ...]:
    """What can be compared: the sides of the last comparison, or the subjects of the last two questions."""
    last, turn = before[-1]
    try:
        question = analyse(last)
    except QuestionError:
        return ()
    if question.kind is Kind.COMPARISON:
        return question.sides
    if len(before) < 2:
        return ()
    found = (_topic(*before[-2]), _topic(last, turn))
    return found if found[0].lower() != found[1].lower() and all(found) else ()


def _meant(text: str, bare: str, last: str) -> str | None:
    """A correction: what was meant in the place of what was said."""
    meant = _MEANT.sub("", bare)
    corrected = meant != bare or re.match(r"no,|sorry\b", text, re.I)
    negated = _NOT.match(meant)
    if not corrected and not (negated and negated["new"] and not ASKING.match(bare)):
        return None
    if stands(meant) and ASKING.match(meant):
        return None
    old, new = "", meant
    if negated:
        old = (negated["old"] or negated["old2"]).strip(" ?.!")
        new = (negated["new"] or negated["new2"]).strip(" ?.!")
    if not re.search(r"\w", _bare(new)):
        return last
    where = re.search(rf"\b{re.escape(old)}\b", last, re.IGNORECASE) if old else None
    if where:
        return replaced(last, where.start(), where.end(), _bare(new))
    return swapped(last, _bare(new)) or _joined(last, new)


def _bare(phrase: str) -> str:
    return re.sub(r"^(?:the|a|an)\s+", "", phrase.strip(" ?.!,"), flags=re.IGNORECASE)


def _moved(about: str, last: str, turn: Turn) -> str:
    """An elliptic follow-up: the question before with its subject moved, or with what is added to it."""
    about = about.strip(" ?.!,")
    if not re.search(r"\w", about):
        return last
    only = re.sub(r"^(?:only|just)\b\s*(?:those|the ones|them)?\s*", "", about, flags=re.IGNORECASE)
    if only and only != about:
        return _joined(last, only if PREPOSITION.match(only) else f"({only} only)")
    if ASKING.match(about) or re.match(r"(?:since|if|even if|unless)\b", about, re.IGNORECASE):
        return f"{last.rstrip(' ?.!')}: {about}?"
    if re.match(
        r"(?:\w+er|better|worse|more \w+|less \w+) than\b|(?:compared|versus|vs|as opposed|relative)\b",
        about,
        re.IGNORECASE,
    ):
        return f"{upper(_topic(last, turn))} {about}?"
    if PREPOSITION.match(about):
        return _joined(last, about)
    return swapped(last, about) or f"{upper(about)} ({_topic(last, turn)})?"


def _joined(last: str, added: str) -> str:
    """The question before with a phrase added; one that begins with the same preposition gives way."""
    body = last.rstrip(" ?.!")
    preposition = added.split()[0].lower()
    found = list(re.finditer(rf"\b{re.escape(preposition)}\b", body, re.IGNORECASE))
    if found and PREPOSITION.match(added) and preposition != "of" and found[-1].start() > len(body) / 3:
        body = body[: found[-1].start()].rstrip(" ,")
    return f"{body} {added}?"


def _topic(question: str, turn: Turn) -> str:
    """What a question is about, in its own words; headings of the evidence it found settle between phrases."""
    try:
        read = analyse(question)
    except QuestionError:
        return ""
    if read.kind is Kind.COMPARISON:
        return " and ".join(read.sides)
    if read.kind is Kind.DEFINITION and read.subject:
        return read.subject
    found = phrases(question)
    if not found:
        return _heading(turn, 1)
    headings = [set(tokens(f"{one.locator.document} {one.locator.heading}")) for one in turn.evidence[:5]]

    def worth(one: Phrase) -> tuple[float, ...]:
        terms = set(tokens(one.text))
        return (sum(len(terms & heading) for heading in headings), bool(names(one.text)), one.subject, len(terms))

    return max(found, key=worth).text


def holds(rewritten: str, text: str, history: Sequence[Turn]) -> bool:
    """A model's rewriting may be used: one question, no name or number that the conversation lacks, nothing lost."""
    said = " ".join([text, *(turn.question for turn in history)])
    said += " " + " ".join(f"{one.locator.document} {one.locator.heading}" for turn in history for one in turn.evidence)
    low = said.lower()
    if not rewritten.endswith("?") or len(rewritten) > 300 or "\n" in rewritten:
        return False
    if any(not any(one.equals(other) for other in quantities(said)) for one in quantities(rewritten)):
        return False
    if spelled(rewritten) - spelled(said) - {1}:
        return False
    known = set(tokens(said))
    if any(word.lower() not in low for word in names(rewritten)):
        return False
    return set(tokens(rewritten)) <= known and bool(
        set(tokens(text)) <= set(tokens(rewritten)) | set(tokens(" ".join(FRAME)))
    )
