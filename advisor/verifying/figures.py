"""Do the figures of a line stand in the evidence: value, unit, bound, and beside what they stand there?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.units import Quantity, located
from advisor.verifying.numerals import in_figures
from advisor.verifying.reading import Reading, likeness, read, surroundings
from advisor.verifying.vocabulary import stem

SWAPPED = 0.2  # how much better figures must fit crosswise; chosen on the dev half of the verifier's set
ELSEWHERE = 0.42  # and a single one beside another figure of the evidence

_UPPER = re.compile(
    r"\b(?:up to|at (?:the )?most|no (?:more|longer|later|greater|higher) than|not (?:more|exceed|over)|"
    r"maximum(?: of)?|max|under|below|"
    r"(?<!no )(?<!not )(?:less|fewer) than|within|until|till|limit\w* (?:to|at)|capped at|caps?|cap at|"
    r"(?<!no )(?<!not )lower than|smaller than)\W+(?:\w+\W+){0,2}$",
    re.I,
)
_LOWER = re.compile(
    r"\b(?:at least|no (?:less|fewer|lower|sooner) than|not (?:less|under|below)|minimum(?: of)?|min|since|"
    r"over|above|more than|exceed\w*|greater than|higher than|longer than|beyond)\W+(?:\w+\W+){0,2}$",
    re.I,
)
_OR_MORE = re.compile(
    r"^\W*(?:[\w/%-]+\W+){0,3}?(?:or|and) "
    r"(more|less|fewer|longer|higher|lower|(?:above|below|over|up|under)(?=\s*(?:[^\w\s]|$)))\b|^\s?\+",
    re.I,
)


_BARE = re.compile(r"\d[\d.,]*|[A-Za-z]+(?:-[a-z]+)?")
_PERIOD = r"second|minute|hour|day|week|month|quarter|year"
_PER = re.compile(rf"(?:\s[A-Za-z]+)?\s*(?:/|per\s|each\s|every\s|an?\s(?={_PERIOD}))\s?([A-Za-z]+)", re.I)
_RATE = re.compile(
    rf"(?:\b(?:per|an?|each|every)\s|/|[A-Za-z]-)({_PERIOD})s?\b|"
    r"\b(hourly|daily|weekly|monthly|quarterly|yearly|annual|annually)\b"
)
_COUNTED = re.compile(
    r"(?:\bper[\s-]|\bfor (?:each|every)\s|(?<=[A-Za-z%])/(?=[A-Za-z]{3}))([A-Za-z]+)(?:[\s-]([A-Za-z]+))?"
)
_COUNTS = re.compile(
    r"(?:\b(?:per|each|every|an?|one|single|any|of|by|over)[\s-]|/)"
    r"(?=([A-Za-z]+)(?:[\s-]([A-Za-z]+))?(?:[\s-]([A-Za-z]+))?)",
    re.I,
)
_FACTORS = {"twice": 2, "double": 2, "twofold": 2, "thrice": 3, "triple": 3, "treble": 3, "threefold": 3,
            "quadruple": 4, "fourfold": 4, "fivefold": 5, "tenfold": 10, "hundredfold": 100, "half": 0.5, "halve": 0.5,
            "hundred": 100, "dozen": 12, "third of": 1 / 3, "quarter of": 0.25}  # fmt: skip
_MAGNITUDE = re.compile(r"(?:one|an|the) order of magnitude", re.I)
_SHARES = {"half": 50, "a third": 100 / 3, "a quarter": 25, "a fifth": 20, "a tenth": 10, "three quarters": 75}
_PERIOD_SAID = {"a minute": 60.0, "an hour": 3600.0, "a day": 86400.0, "a week": 604800.0}
_FACTOR_STEMS = {stem(word): value for word, value in _FACTORS.items() if " " not in word}
_UNIT_ALONE = re.compile(
    r"(?<![\d.] )(?<![\d.]-)(?<![\d.])\b((?:kilo|mega|giga|tera|peta)(?:bit|byte|watt)s?|"
    r"(?:[kMGTP]i?[Bb]|[kMG]W|[kMG]Wh)(?![A-Za-z]))"
)  # "in terabytes per day"
_SHORT = {"bit": "b", "byte": "B", "watt": "W"}
_PERIODS = {"annual": "year", "annually": "year", "daily": "day"}
_PER_SAID = re.compile(rf"(?:\s[A-Za-z]+)?\s*(?:/|per\s|an?\s(?={_PERIOD}))", re.I)  # "each come" may count nothing
_SAME_PER = {"way": "direct", "s": "second", "h": "hour"}
# What is counted in the field; those of a group may stand for each other.
_THINGS = {
    thing: group
    for group in (
        "gpu accelerator card", "node server machine host", "rack cabinet", "job", "pod", "port", "link", "switch",
        "drive disk ssd",
        "token", "request query", "layer", "rail", "site", "core", "user", "bit", "byte", "interval", "attempt try",
    )
    for thing in group.split()
}  # fmt: skip
# Units that `advisor.units` does not convert, as they are written after a figure: none stands for another.
_MEASURES = {
    "litre": r"lit(?:re|er)s?|L", "gallon": r"gallons?", "cubic metre": r"cubic met(?:re|er)s?|m3|m³",
    "square metre": r"square met(?:re|er)s?|m2|m²", "square foot": r"square f(?:oo|ee)t", "foot": r"f(?:oo|ee)t|ft",
    "metre": r"met(?:re|er)s?", "kilometre": r"kilomet(?:re|er)s?|km", "mile": r"miles?",
    "centimetre": r"centimet(?:re|er)s?|cm", "millimetre": r"millimet(?:re|er)s?|mm", "inch": r"inch(?:es)?",
    "nanometre": r"nanomet(?:re|er)s?|nm", "kelvin": r"kelvins?|K",
    "fahrenheit": r"degrees? F(?:ahrenheit)?|°F", "joule": r"joules?|J", "kilojoule": r"kilojoules?|kJ",
    "megajoule": r"megajoules?|MJ", "gigajoule": r"gigajoules?|GJ", "volt": r"volts?|V", "kilovolt": r"kilovolts?|kV",
    "ampere": r"amp(?:ere)?s?|A", "kVA": r"kVA", "MVA": r"MVA", "bar": r"bars?", "psi": r"psi",
    "pascal": r"pascals?|Pa",
    "kilopascal": r"kilopascals?|kPa", "megapascal": r"megapascals?|MPa", "decibel": r"decibels?|dB",
    "kilo-operation": r"kilo-?op(?:eration)?s|KOPS", "mega-operation": r"mega-?op(?:eration)?s|MOPS",
    "giga-operation": r"giga-?op(?:eration)?s|GOPS", "tera-operation": r"tera-?op(?:eration)?s|TOPS",
    "peta-operation": r"peta-?op(?:eration)?s|POPS", "transfer": r"GT/s", "percentage point": r"percentage points?",
    "factor": r"(?:times|×)(?= (?:the|as|that|what|its|more|less|fewer|better|(?!per\b)\w+er)\b)|fold",
    "basis point": r"basis points?", "hectare": r"hectares?", "acre": r"acres?",
}  # fmt: skip
_MEASURE = re.compile(
    "|".join(rf"(?P<m{i}>[\s-]?(?:{form})(?![A-Za-z\d]))" for i, form in enumerate(_MEASURES.values()))
)
_MEASURE_NAMES = tuple(_MEASURES)
_HOURS_SAID = re.compile(rf"\d\s([A-Za-z]+)[\s-]({_PERIOD})s?\b", re.I)
_HOURS_OF = re.compile(rf"\b([A-Za-z]+)[\s-]({_PERIOD})s?\b", re.I)
_SHARE_OF = re.compile(
    r"\b(half|third|quarter|fifth|tenth) of (?:the |its |their |all |our )?((?:[A-Za-z]+[\s-]?){1,2})", re.I
)
_WORDS_AFTER = re.compile(r"(?:\s?%\sof(?:\s(?:the|its|their|all))?)?((?:[\s-]+[A-Za-z][\w-]*){1,4})")
_NO_ADJECTIVE = set("and or of in per on to at with for from a an the by each every".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """A quantity where it stands. `bound` is "upper", "lower" or ""; `per` what it is counted by, or
    ""; `things` what there are so many of, as far as it is among `_THINGS`; `tail` what follows."""

    quantity: Quantity
    bound: str
    around: dict[str, float]
    per: str
    things: tuple[str, ...]
    tail: str
    start: int
    end: int


def mentions(sentence: str) -> list[Mention]:
    reading = read(sentence)
    found = []
    for start, end, quantity in located(sentence):
        place = _place(reading, start)
        if place is not None:
            around = surroundings(reading, place, end=end)
            around.pop(reading.words[place].stem, None)
            tail = sentence[end : end + 30]
            per = _PER.match(tail)
            counted = _SAME_PER.get(stem(per[1]), stem(per[1])) if per else ""
            things = _things(sentence[start:end], sentence[end : end + 60])
            found.append(Mention(quantity, _bound(sentence, start, end), around, counted, things, tail, start, end))
    return found


def _things(written: str, tail: str) -> tuple[str, ...]:
    """What the words that follow a figure name, in order: a measure, or groups of `_THINGS`, "64 GPU nodes", but
    "8-GPU nodes"."""
    if measure := _MEASURE.match(tail):
        return (_MEASURE_NAMES[int((measure.lastgroup or "m0")[1:])],)
    found = _WORDS_AFTER.match(f" %{tail}" if written.endswith("%") else tail)
    named: list[str] = []
    for word in re.findall(r"[a-z]+", found[1].lower()) if found else ():
        thing = _thing(word)
        if word in _NO_ADJECTIVE or (named and not thing):
            break
        named += [thing] if thing else []
        if tail.startswith("-"):
            break
    return tuple(named)


def _thing(word: str) -> str | None:
    return _THINGS.get(word) or _THINGS.get(word.removesuffix("s")) or _THINGS.get(word.removesuffix("es"))


def _place(reading: Reading, start: int) -> int | None:
    return next(
        (i for i, word in enumerate(reading.words) if word.start <= start < word.end or word.start >= start), None
    )


def _periods(sentence: str) -> set[str]:
    """What a sentence counts by: "a year", "per hour", "monthly"."""
    return {_period(found[1] or found[2]) for found in _RATE.finditer(sentence.lower())}


def _uncounted(claim: str, evidence: Sequence[str]) -> str | None:
    """What the claim counts by, "per node", that the evidence counts nothing by."""
    there = {stem(word) for one in evidence for found in _COUNTS.findall(one) for word in found if word}
    for found in _COUNTED.findall(claim):
        if found[0] not in ("of", "second") and not any(stem(word) in there for word in found if word):
            return str(found[0])
    return None


def _hours_of(claim: str, evidence: Sequence[str]) -> str | None:
    """GPU-hours in the claim where the evidence has hours alone, or of nodes."""
    text = re.sub(r"[()]", "", " ".join(evidence).lower())
    there = {(_thing(of), period) for of, period in _HOURS_OF.findall(text)}
    for of, period in _HOURS_SAID.findall(claim.lower()):
        thing = _thing(of)
        if thing and (thing, period) not in there and re.search(rf"\b{period}s?\b(?! (?:of|on|per|for)\b)", text):
            return f"the evidence has no {of}-{period}"
    return None


def _share_of(claim: str, evidence: Sequence[str]) -> str | None:
    """A third of the nodes in the claim where it is a third of the jobs."""

    def shares(text: str) -> list[tuple[str, str]]:
        found = ((share.lower(), _things("", f" {of}")) for share, of in _SHARE_OF.findall(text))
        return [(share, things[-1]) for share, things in found if things]

    there = [one for text in evidence for one in shares(text)]
    for share, thing in shares(claim):
        others = {other for same, other in there if same == share}
        if others and thing not in others:
            return f"the {share} is of something else"
    return None


def _factor(claim: str, evidence: Sequence[str]) -> str | None:
    """A factor of the claim, "twice", "a third", that no figure of the evidence gives."""
    known = {value for one in evidence for value in _factors(one).values()}
    known |= {value for one in evidence for _, _, q in located(one) for value in (q.value, q.value / 100)}
    for word, value in _factors(claim).items():
        if known and not any(abs(one - other) < 0.01 * one for one in (value, 1 / value) for other in known):
            return word
    return None


def _factors(text: str) -> dict[str, float]:
    """Words that multiply or divide, with their value."""
    found = {}
    text = _MAGNITUDE.sub("tenfold", text)
    for said in re.findall(r"[a-z]+(?: of\b)?", text.lower()):
        value = _FACTORS.get(said) or _FACTOR_STEMS.get(stem(said.split()[0]))
        if value:
            found[said] = value
    return found


def _scale(word: str) -> str:
    """A unit of size or power by one name: "terabytes" → "TB"."""
    found = re.fullmatch(r"(kilo|mega|giga|tera|peta)(bit|byte|watt)s?", word)
    return f"{'k' if found[1] == 'kilo' else found[1][0].upper()}{_SHORT[found[2]]}" if found else word


def _period(word: str) -> str:
    return _PERIODS.get(word, word.removesuffix("ly"))


def _bound(sentence: str, start: int, end: int) -> str:
    before = sentence[max(0, start - 40) : start]
    if after := _OR_MORE.match(sentence[end:]):
        return "upper" if (after[1] or "more").lower() in ("less", "fewer", "lower", "below", "under") else "lower"
    if _UPPER.search(before):
        return "upper"
    return "lower" if _LOWER.search(before) else ""


def stand(claim: str, evidence: Sequence[str]) -> str | None:
    """None when every figure of the claim stands in the evidence sentences, else which does not and why."""
    claim, evidence = in_figures(claim), [in_figures(one) for one in evidence]
    rates = {one for sentence in evidence for one in _periods(sentence)}
    if rates and (strange := _periods(claim) - rates):
        return f"the evidence does not count by the {min(strange)}"
    if missed := _uncounted(claim, evidence):
        return f"the evidence counts nothing by the {missed}"
    if factor := _factor(claim, evidence):
        return f"{factor} is not in the evidence"
    if mixed := _hours_of(claim, evidence) or _share_of(claim, evidence):
        return mixed
    alone = {_scale(one) for one in _UNIT_ALONE.findall(claim)}
    if strange := alone - {_scale(word) for sentence in evidence for word in re.findall(r"[A-Za-z]+", sentence)}:
        return f"the evidence has no {min(strange)}"
    known = {stem(word) for one in evidence for word in re.findall(r"[A-Za-z]+", one)}
    said = mentions(claim)
    there = [one for sentence in evidence for one in mentions(sentence)]
    if mixed := _unit_for_another(said, there):
        return mixed
    homes: list[Mention] = []
    for one in said:
        if one.quantity.value == 1 and one.quantity.dimension == "" and not one.quantity.written[0].isdigit():
            continue  # "one" is seldom a figure
        same_value = [other for other in there if _same(one.quantity, other, said)]
        if not same_value and _in_words(one, evidence):
            continue
        if not same_value:
            return f"{one.quantity.written} is not in the evidence"
        by = one.per if one.per in known or one.per in _THINGS or _PER_SAID.match(one.tail) else ""
        if by and all(other.per and other.per != by for other in same_value):
            return f"{one.quantity.written} is counted by something else"
        if one.things and all(other.things and one.things[-1] not in other.things for other in same_value):
            return f"{one.quantity.written} counts something else"
        if twin := _twin(one, same_value, there):
            return f"{one.quantity.written} stands for {twin.quantity.written}"
        if all(one.bound and other.bound and one.bound != other.bound for other in same_value):
            return f"the bound at {one.quantity.written} is the other way round"
        home = max(same_value, key=lambda other: likeness(one.around, other.around))
        own = likeness(one.around, home.around)
        rivals = [other for other in there if _rival(one.quantity, other.quantity)]
        best = max((likeness(one.around, other.around) for other in rivals), default=0.0)
        if best > own + ELSEWHERE:
            return f"{one.quantity.written} stands beside something else"
        homes.append(home)
    kept = [one for one in said if any(one.quantity.equals(home.quantity) for home in homes)]
    for i, one in enumerate(kept):
        for j in range(i + 1, len(kept)):
            other = kept[j]
            if not _rival(one.quantity, other.quantity) or i >= len(homes) or j >= len(homes):
                continue
            if 0 < homes[j].start - homes[i].end <= len(" and "):
                continue  # "148 and 72", of two things in this order
            straight = likeness(one.around, homes[i].around) + likeness(other.around, homes[j].around)
            crossed = likeness(one.around, homes[j].around) + likeness(other.around, homes[i].around)
            if crossed > straight + SWAPPED:
                return f"{one.quantity.written} and {other.quantity.written} are exchanged"
    return None


def _unit_for_another(said: Sequence[Mention], there: Sequence[Mention]) -> str | None:
    """A number that the evidence gives in two units, "400 Gb/s … 400 GB/s", and the claim twice in one of them."""
    for one in (mention.quantity for mention in said):
        times, known = (sum(one.equals(other.quantity) for other in of) for of in (said, there))
        for other in (mention.quantity for mention in there):
            twins = (
                one.dimension and other.dimension and _BARE.findall(one.written)[:1] == _BARE.findall(other.written)[:1]
            )
            left_out = not any(other.equals(mention.quantity) for mention in said)
            if twins and not one.equals(other) and times > known > 0 and left_out:
                return f"{one.written} stands for {other.written}"
    return None


def _twin(one: Mention, same_value: Sequence[Mention], there: Sequence[Mention]) -> Mention | None:
    """The same number in another unit, of which there is what the claim's is said of: "400 GB/s ports"."""
    if not one.things or any(one.things[-1] in other.things for other in same_value):
        return None
    number = _BARE.findall(one.quantity.written)[:1]
    named = (other for other in there if one.things[-1] in other.things)
    return next((other for other in named if _BARE.findall(other.quantity.written)[:1] == number), None)


def _same(one: Quantity, mention: Mention, said: Sequence[Mention]) -> bool:
    """Equal, or the unit of a bare number stands at another figure of the claim, "6.3 seconds, down from 148.8", or
    some words after the number of the evidence, "1,307 dense BF16 TFLOPS"."""
    other = mention.quantity
    if one.equals(other):
        return True
    if one.dimension and not other.dimension and one.written.split()[-1] in re.findall(r"[A-Za-z/]+", mention.tail):
        return any(bare.equals(other) for bare in _bare(one))
    unit_said = any(one_said.quantity.dimension == other.dimension for one_said in said)
    return not one.dimension and unit_said and any(one.equals(bare) for bare in _bare(other))


def _bare(one: Quantity) -> list[Quantity]:
    """The number of a quantity without its unit."""
    return [found for _, _, found in located((_BARE.findall(one.written) or [""])[0])]


def _in_words(one: Mention, evidence: Sequence[str]) -> bool:
    """Whether the evidence gives a share, a time or a number of times as a word: "a fifth", "an hour", "twice"."""
    text = " ".join(evidence).lower()
    if one.quantity.dimension == "second":
        return any(f" {said} " in f" {text} " and period == one.quantity.value for said, period in _PERIOD_SAID.items())
    if one.quantity.dimension == "%":
        return any(
            abs(value - one.quantity.value) < 1 and f" {word} " in f" {text} " for word, value in _SHARES.items()
        )
    times = one.quantity.dimension == "" and one.tail.lstrip().startswith(("times", "fold"))
    return times and one.quantity.value in _factors(text).values()


def _rival(one: Quantity, other: Quantity) -> bool:
    return one.dimension == other.dimension and not one.equals(other) and _year(one) == _year(other)


def _year(one: Quantity) -> bool:
    return one.dimension == "" and 1900 <= one.value <= 2100 and one.value == int(one.value)
