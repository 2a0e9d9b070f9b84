"""The writer that needs no model: the sources' own sentences, chosen and arranged by question kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from advisor.aims import FAULTS, ORDER, SIZE, aims, of_faults
from advisor.evidence import Scored
from advisor.gathering import SHORTEST, Gathered
from advisor.question import Kind, Question
from advisor.units import quantities, spelled
from advisor.writing.draft import Draft, Line, Section, Style
from index.document import Kind as Block
from index.document import Passage, Sentence
from index.vocabulary import tokens

NAME = "extractive"

_KEEP = 0.72  # of the best score: what is quoted beside it
_SAME = 0.6  # overlap of terms above which a sentence adds nothing
_LONGEST = 520  # characters of a line
_ITEMS = 16  # told of one list; the longest of the notes has 14
_LISTS = (Block.ITEM, Block.STEP, Block.ROW)
_ABOUT = 0.1  # weight of what a list is about beside its best items
_LISTED = 0.8  # of the best sentence's score: from there a list is the answer
_LEANS = re.compile(
    r"^(?:this|that|these|those|it|its|they|their|them|such|both|neither|either|here|there|he|she"
    r"|the (?:same|former|latter|first|second|other|result|rest)"
    r"|however|but|instead|otherwise|therefore|thus|hence|so|then|also|and|or|yet"
    r"|for (?:example|instance)|in (?:contrast|turn|addition|other words)|as a result|consequently|similarly"
    r"|likewise|conversely|moreover|furthermore|again|if so|if not|doing so|another|one)\b",
    re.IGNORECASE,
)
_QUALIFIES = re.compile(
    r"\b(?:however|unless|except|qualif\w+|disagree\w*|does not|do not|is not|are not|cannot|only (?:if|when|where)"
    r"|depends|exception|caveat|mislead\w*|not always|rather than|less useful|limits?)\b",
    re.IGNORECASE,
)
_DEFINES = (
    r"(?:\s*\([^)]{1,40}\))?,?\s+"
    r"(?:is|are|means?|refers? to|stands? for|describes?|measures?|denotes?|represents?|was|were)\b"
)


def write(question: Question, gathered: Gathered) -> Draft:
    """A draft shaped by the kind of the question; empty when there is no sentence to quote."""
    if not gathered.sentences:
        return Draft(())
    shape = _SHAPES.get(question.kind, _open)
    draft = shape(question, gathered)
    return Draft(tuple(section for section in draft.sections if section.lines))


def _definition(question: Question, gathered: Gathered) -> Draft:
    names = [question.subject, *gathered.query.text.removeprefix(question.text).strip(" ()").split(", ")]
    names = [name for name in names if name]
    forms = "|".join(re.escape(name) + "s?" for name in sorted(names, key=len, reverse=True)) or r"\w+"
    pattern = re.compile(rf"^(?:an?\s+|the\s+|[A-Z][\w ]{{0,40}}, )?(?:{forms}){_DEFINES}", re.IGNORECASE)
    loose = re.compile(rf"\b(?:{forms}){_DEFINES}", re.IGNORECASE)
    row = re.compile(rf"^(?:[\w /]+: )?(?:{forms})\b.{{0,3}};", re.IGNORECASE)

    def fit(one: Scored) -> float:
        bonus = 0.35 if pattern.search(one.sentence.text) else 0.12 if loose.search(one.sentence.text) else 0.0
        return one.score + bonus + (0.15 if row.search(one.sentence.text) else 0.0)

    ranked = sorted(gathered.sentences, key=lambda one: -fit(one))
    return Draft((Section("", _prose(ranked, 4, lead_first=True)), *_qualification(ranked, gathered, 4)))


def _how_to(question: Question, gathered: Gathered) -> Draft:
    ranked = gathered.sentences
    if found := _best_list(question, gathered, prefer=Block.STEP):
        lead, items = found
        if items[0].sentence.kind is not Block.STEP:
            return _told_then_listed(lead, items, gathered)
        lines = [*_lead_lines(lead), *_item_lines(items, "step")]
        more = _others(ranked, lines, 2)
        note = _qualification(ranked, gathered, 2, [*lines, *more])
        return Draft((Section("", tuple(lines)), Section("Also", more), *note))
    return Draft((Section("", _prose(ranked, 5)), *_qualification(ranked, gathered, 5)))


def _told_then_listed(lead: Scored | None, items: list[Scored], gathered: Gathered) -> Draft:
    """A bulleted list is rarely a procedure: the sentences that answer come first where they fit better."""
    listed = (*_lead_lines(lead), *_item_lines(items, "bullet", 8))
    prose = [one for one in gathered.sentences if one.sentence.kind is Block.PARAGRAPH]
    best = max(one.score for one in items)
    if prose and prose[0].score > best:
        told = _others(prose, listed, 2)
        return Draft((Section("", told), Section("", listed), *_qualification(prose, gathered, 2, [*told, *listed])))
    more = _others(gathered.sentences, listed, 2)
    note = _qualification(prose, gathered, 2, [*listed, *more])
    return Draft((Section("", listed), Section("Also", more), *note))


def _list(question: Question, gathered: Gathered) -> Draft:
    if found := _best_list(question, gathered):
        lead, items = found
        lines = [*_lead_lines(lead), *_item_lines(items, "bullet")]
        return Draft((Section("", tuple(lines)), Section("Also", _others(gathered.sentences, lines, 2))))
    return Draft((Section("", _prose(gathered.sentences, 5)),))


def _comparison(question: Question, gathered: Gathered) -> Draft:
    sides = [set(tokens(side)) for side in question.sides]
    shared = set.intersection(*sides)
    sides = [side - shared or side for side in sides]

    def mentions(one: Scored, side: set[str], wide: bool = False) -> bool:
        where = f"{one.sentence.text} {' '.join(one.sentence.heading[-1:]) if wide else ''}"
        return len(side & set(tokens(where))) * 2 > len(side)

    both = [one for one in gathered.sentences if all(mentions(one, side) for side in sides)]
    lead = _prose(both, 3) if both or not aims(question.text) else _prose(gathered.sentences, 2)
    used = list(lead)
    sections = [Section("", lead)]
    for name, side in zip(question.sides, sides, strict=True):
        others = [s for s in sides if s is not side]
        own = [
            one
            for one in gathered.sentences
            if mentions(one, side, wide=True) and not any(mentions(one, other) for other in others)
        ]
        defines = re.compile(rf"^(?:an?\s+|the\s+)?(?:{re.escape(name)})s?{_DEFINES}", re.IGNORECASE)
        own.sort(key=lambda one: -one.score - 0.2 * bool(defines.search(one.sentence.text)))
        lines = _others(own, used, 2, keep=0.55)
        used.extend(lines)
        sections.append(Section(name[:1].upper() + name[1:], lines))
    if not used:
        return _open(question, gathered)
    return Draft((*sections, *_qualification(gathered.sentences, gathered, 6, used)))


def _number(question: Question, gathered: Gathered) -> Draft:
    sized = SIZE in aims(question.text)  # of a need, a rule tells as much as a figure

    def fit(one: Scored) -> float:
        text = one.sentence.text
        told = quantities(text) or (sized and SIZE.said.search(text))
        return one.score + (0.12 if told else 0.06 if spelled(text) else 0.0)

    ranked = sorted(gathered.sentences, key=lambda one: -fit(one))
    return Draft((Section("", _prose(ranked, 4, keep=0.8)),))


def _yes_no(question: Question, gathered: Gathered) -> Draft:
    if listed := _led_list(question, gathered):
        return listed
    return Draft((Section("", _prose(gathered.sentences, 4)), *_qualification(gathered.sentences, gathered, 4)))


def _order(question: Question, gathered: Gathered) -> Draft:
    """Sentences that put one thing before another; those that speak of both sides lead."""
    sides = [set(tokens(side)) for side in question.sides]

    def fit(one: Scored) -> float:
        if not ORDER.said.search(one.sentence.text):
            return one.score - 0.1
        terms = set(tokens(one.sentence.text))
        return one.score + 0.05 * sum(bool(side & terms) for side in sides)

    ranked = sorted(gathered.sentences, key=lambda one: -fit(one))
    return Draft((Section("", _prose(ranked, 4, lead_first=True)), *_qualification(ranked, gathered, 4)))


def _open(question: Question, gathered: Gathered) -> Draft:
    if listed := _led_list(question, gathered):
        return listed
    best = gathered.sentences[0]
    near_list = best.sentence.kind in (Block.ITEM, Block.STEP) or best.sentence.text.endswith(":")
    if near_list and not aims(question.text):
        return _how_to(question, gathered)
    return Draft((Section("", _prose(gathered.sentences, 5)), *_qualification(gathered.sentences, gathered, 5)))


_SHAPES: dict[Kind, Callable[[Question, Gathered], Draft]] = {
    Kind.DEFINITION: _definition,
    Kind.HOW_TO: _how_to,
    Kind.COMPARISON: _comparison,
    Kind.ORDER: _order,
    Kind.LIST: _list,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.READINESS: _yes_no,
    Kind.OPEN: _open,
}


def _prose(ranked: Sequence[Scored], most: int, *, keep: float = _KEEP, lead_first: bool = False) -> tuple[Line, ...]:
    """The best sentences that add something, grouped by passage and put in reading order."""
    chosen = _choose(ranked, most, keep)
    if not chosen:
        return ()
    order = {id(one.passage): rank for rank, one in reversed(list(enumerate(chosen)))}
    arranged = sorted(chosen, key=lambda one: (order[id(one.passage)], one.position))
    if lead_first and arranged[0] is not chosen[0]:
        arranged.remove(chosen[0])
        arranged.insert(0, chosen[0])
    return tuple(_line(one) for one in arranged)


def _choose(ranked: Sequence[Scored], most: int, keep: float = _KEEP, used: Iterable[Line] = ()) -> list[Scored]:
    chosen: list[Scored] = []
    seen = [set(tokens(line.text)) for line in used]
    best = ranked[0].score if ranked else 0.0
    for one in ranked:
        if len(chosen) >= most or one.score < keep * best:
            break
        if _leads(one) or len(one.sentence.text) < SHORTEST:
            continue  # without its list it says nothing, or worse: "all of these hold:" before another sentence
        terms = set(tokens(one.sentence.text))
        if (len(one.sentence.text) > _LONGEST and chosen) or any(_overlap(terms, other) > _SAME for other in seen):
            continue
        before = _before(one)
        if _LEANS.match(one.sentence.text):
            # A sentence that leans on the one before is quoted with it, or not at all.
            if before is None or len(chosen) + 2 > most:
                continue
            if not any(_same(before, other) for other in chosen):
                chosen.append(before)
                seen.append(set(tokens(before.sentence.text)))
        if not any(_same(one, other) for other in chosen):
            chosen.append(one)
            seen.append(terms)
    return chosen or [one for one in ranked if not _leads(one)][:1]


def _others(ranked: Sequence[Scored], used: Sequence[Line], most: int, keep: float = 0.85) -> tuple[Line, ...]:
    """Further sentences on the question that `used` has not said."""
    taken = {(s.passage.id, s.sentence.start) for line in used for s in line.sources}
    left = [one for one in ranked if (one.passage.id, one.sentence.start) not in taken]
    standing = [one for one in left if not _LEANS.match(one.sentence.text) and one.sentence.kind is not Block.CODE]
    best = ranked[0].score if ranked else 0.0
    strong = [one for one in standing if one.score >= keep * best]
    return tuple(_line(one) for one in _choose(strong, most, 0.0, used)) if strong else ()


def _qualification(
    ranked: Sequence[Scored], gathered: Gathered, after: int, used: Sequence[Line] = ()
) -> tuple[Section, ...]:
    """One sentence of another document that limits or disputes what the first ones say."""
    lines = list(used) or [_line(one) for one in _choose(ranked, after)]
    documents = {s.passage.document_id for line in lines for s in line.sources}
    said = [set(tokens(line.text)) for line in lines]
    best = max(one.score for one in gathered.sentences)
    for one in gathered.sentences:
        if one.score < 0.8 * best:
            break
        standing = not _LEANS.match(one.sentence.text) and len(one.sentence.text) <= _LONGEST and not _leads(one)
        fresh = all(_overlap(set(tokens(one.sentence.text)), other) <= _SAME for other in said)
        if one.passage.document_id not in documents and standing and fresh and _QUALIFIES.search(one.sentence.text):
            return (Section("But note", (_line(one),)),)
    return ()


def _best_list(
    question: Question, gathered: Gathered, prefer: Block | None = None
) -> tuple[Scored | None, list[Scored]] | None:
    """The list that bears most on the question: (its lead-in, its items), if one is good enough.

    What stands above a list says what it is of: one item that comes near does not make a procedure the answer.
    """
    best: tuple[float, Scored | None, list[Scored]] | None = None
    top = gathered.sentences[0].score
    sought = aims(question.text)
    faults = of_faults(question.text)
    for passage in dict.fromkeys(one.passage.id for one in gathered.sentences[:20]):
        mine = sorted((one for one in gathered.sentences if one.passage.id == passage), key=lambda one: one.position)
        for lead, items in _lists(mine):
            scores = sorted((one.score for one in items), reverse=True)[:3]
            score = (1 - _ABOUT) * 0.5 * (sum(scores) / len(scores) + max([*scores, lead.score if lead else 0.0]))
            about = max(items[0].subject, sum(one.cosine for one in items) / len(items))
            score += _ABOUT * about + 0.08 * (items[0].sentence.kind is prefer)
            title = " ".join([*items[0].sentence.heading[-1:], lead.sentence.text if lead else ""])
            score += 0.04 * any(aim.said.search(title) for aim in sought)
            if not faults and FAULTS.search(" ".join(items[0].sentence.heading[-1:])):
                score -= 0.1  # how it goes wrong is seldom what is asked
            if best is None or score > best[0]:
                best = (score, lead, items)
    return (best[1], best[2]) if best and best[0] >= _LISTED * top else None


def _led_list(question: Question, gathered: Gathered) -> Draft | None:
    """The best sentence with the list that it leads into; None when it leads into none that can be told whole."""
    lead = gathered.sentences[0]
    items = _led_by(lead, gathered)
    faulty = FAULTS.search(" ".join(lead.sentence.heading[-1:])) and not of_faults(question.text)
    if not items or faulty or _LEANS.match(lead.sentence.text):
        return None
    style: Style = "step" if items[0].sentence.kind is Block.STEP else "bullet"
    lines = (_line(lead), *_item_lines(items, style))
    more = _others(gathered.sentences, lines, 2)
    note = _qualification(gathered.sentences, gathered, 2, [*lines, *more])
    return Draft((Section("", lines), Section("Also", more), *note))


def _leads(one: Scored) -> bool:
    """Whether the sentence leads into a list; its passage may end before the list."""
    after = one.passage.sentences[one.position + 1 : one.position + 2]
    return one.sentence.text.endswith(":") and (not after or _of_list(after[0], one))


def _of_list(sentence: Sentence, lead: Scored) -> bool:
    return sentence.kind in _LISTS and sentence.heading == lead.sentence.heading


def _led_by(lead: Scored, gathered: Gathered) -> list[Scored]:
    """The list that a sentence leads into, in reading order; none when an item of it was not gathered."""
    following = lead.passage.sentences[lead.position + 1 :]
    if not _leads(lead) or not following:
        return []
    run = list(takewhile(lambda one: one.kind is following[0].kind and _of_list(one, lead), following))
    told = {one.position: one for one in gathered.sentences if one.passage.id == lead.passage.id}
    places = range(lead.position + 1, lead.position + 1 + len(run))
    if any(one.opens and place not in told for place, one in zip(places, run, strict=True)):
        return []
    return [told[place] for place in places if place in told]


def _lists(sentences: Sequence[Scored]) -> list[tuple[Scored | None, list[Scored]]]:
    """Runs of at least two items of one kind under one heading, with the sentence that leads in."""
    found: list[tuple[Scored | None, list[Scored]]] = []
    run: list[Scored] = []
    lead: Scored | None = None
    for one in [*sentences, None]:
        kind = one.sentence.kind if one else None
        if one and run and kind is run[0].sentence.kind and one.sentence.heading == run[0].sentence.heading:
            run.append(one)
            continue
        if sum(1 for item in run if item.sentence.opens) >= 2:
            found.append((lead if lead and lead.sentence.heading == run[0].sentence.heading else None, run))
        lead = None if run else lead  # it led into the list that just ended
        run = []
        if one and kind in _LISTS:
            run = [one]
        else:
            lead = one
    return found


def _lead_lines(lead: Scored | None) -> list[Line]:
    """The sentence before a list, when it does lead into it."""
    if lead is None or lead.sentence.kind is not Block.PARAGRAPH or not lead.sentence.text.endswith(":"):
        return []
    return [_line(lead)]


def _item_lines(items: Sequence[Scored], style: Style, most: int = _ITEMS) -> list[Line]:
    """One line an item: its sentences together."""
    grouped: list[list[Scored]] = []
    for one in items:
        if one.sentence.opens or not grouped:
            grouped.append([])
        if sum(len(s.sentence.text) for s in grouped[-1]) + len(one.sentence.text) <= _LONGEST or not grouped[-1]:
            grouped[-1].append(one)
    if len(grouped) > most:
        best = sorted(grouped, key=lambda group: -max(one.score for one in group))[:most]
        grouped = [group for group in grouped if group in best]
    return [Line(" ".join(one.sentence.text for one in group), tuple(group), style) for group in grouped]


def _line(one: Scored) -> Line:
    styles: dict[Block, Style] = {Block.ITEM: "bullet", Block.STEP: "bullet", Block.ROW: "bullet", Block.CODE: "code"}
    return Line(one.sentence.text, (one,), styles.get(one.sentence.kind, "prose"))


def _before(one: Scored) -> Scored | None:
    if one.position == 0 or one.sentence.kind is not Block.PARAGRAPH:
        return None
    sentence: Sentence = one.passage.sentences[one.position - 1]
    passage: Passage = one.passage
    if sentence.kind is not Block.PARAGRAPH or _LEANS.match(sentence.text):
        return None
    return Scored(sentence, passage, one.position - 1, one.score, one.coverage, one.cosine, one.subject)


def _same(a: Scored, b: Scored) -> bool:
    return a.passage.document_id == b.passage.document_id and a.sentence.start == b.sentence.start


def _overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0
