"""The parts of a question that a reading is put together from: comparison, top-n, groupings, counted nouns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.measures.catalogue import Catalogue
from advisor.measures.lexicon import Lexicon, Match, Span, Token, stem
from advisor.measures.periods import Periods
from advisor.measures.vocabulary import IGNORED, POSSESSIVE

_NUMBER = (
    r"(?P<value>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|half an?|a quarter of an?|an?(?= (?:hundred|thousand|million))"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty)(?:\s?(?P<times>k\b(?!W)|K\b|thousand|hundred|million|mio|mn|m\b(?=[^s]|$)))?"
)
_TIMES = {"k": 1e3, "thousand": 1e3, "hundred": 1e2, "million": 1e6, "mio": 1e6, "mn": 1e6, "m": 1e6}


_UNIT = (
    r"(?:\s?(?P<unit>%|percent\b|[KMGTP]i?(?:B|b)(?:ytes?|its?)?(?:/s|ps| per second)?(?![A-Za-z])"
    r"|(?:kilo|mega|giga|tera|peta)(?:bytes?|bits?|watts?)(?:/s| per second)?\b|[kMG]?Wh?\b|watts?\b|°\s?C|C\b|degrees?(?: (?:celsius|C))?\b"
    r"|k?IOPS\b|ms\b|milliseconds?\b|s(?:ec(?:ond)?s?)?\b|minutes?\b|g(?:CO2)?e?/kWh|:1\b|(?:EUR|USD|GBP|NOK|CHF|SEK|DKK|PLN|CZK|JPY|INR|euros?|dollars?|bucks|pounds)\b|€|£|\$))?"
)

_MORE = r"(?:more|greater|higher|larger|bigger|hotter|warmer|longer|faster|worse|dearer) than|north of|above|over|exceed(?:s|ing)?|beyond|>"


_LESS = (
    r"(?:less|fewer|lower|smaller|cooler|slower|shorter|better|cheaper) than|short of|south of|below|under|beneath|<"
)


_COMPARISON = re.compile(
    rf"\b(?P<op>at least|no less than|at most|no more than|not more than|up to|exactly|equal to|{_MORE.replace('|>', '')}|{_LESS.replace('|<', '')})"
    rf"\s+(?P<currency>[€$£])?{_NUMBER}{_UNIT}|(?P<sign>>=|<=|≥|≤|>|<)\s*{_NUMBER.replace('<value', '<value2').replace('<times', '<times2')}{_UNIT.replace('unit', 'unit2')}",
    re.IGNORECASE,
)


_TOP = re.compile(
    r"\b(?:the )?(?P<word>top|bottom|first|highest|lowest|best|worst|largest|biggest|smallest)[ -](?P<n>\d+|two|three|four|five|ten)\b",
    re.I,
)


_N_SUPER = re.compile(
    r"\b(?P<n>\d+|two|three|four|five|ten) (?P<word>highest|lowest|best|worst|largest|biggest|smallest|most expensive|cheapest)\b",
    re.I,
)


_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "twenty": 20, "fifty": 50, "half a": 0.5, "half an": 0.5, "a quarter of a": 0.25, "a quarter of an": 0.25,
}  # fmt: skip
_UNITS = {
    "percent": "%", "c": "°C", "° c": "°C", "°c": "°C", "second": "s", "seconds": "s", "sec": "s", "secs": "s", "minute": "min", "minutes": "min", ":1": "", "degree": "°C", "degrees": "°C", "euro": "EUR", "euros": "EUR", "€": "EUR", "dollar": "USD", "dollars": "USD",
    "bucks": "USD", "$": "USD", "pounds": "GBP", "£": "GBP", "watt": "W", "watts": "W", "millisecond": "ms", "milliseconds": "ms",
    "gco2/kwh": "gCO2e/kWh", "ge/kwh": "gCO2e/kWh", "g/kwh": "gCO2e/kWh", "gco2e/kwh": "gCO2e/kWh",
}  # fmt: skip
CURRENCIES = frozenset({"EUR", "USD", "GBP", "NOK", "CHF", "SEK", "DKK", "PLN", "CZK", "JPY", "INR"})
_LATER = re.compile(
    r",?\s*\b(?:the )?(?P<word>cheapest|lowest|smallest|fewest|least|slowest|highest|largest|biggest|most|dearest|most expensive|fastest|best|worst)"
    r"(?: (?:ones?|values?))? first\b|\b(?P<way>ascending|descending)\b",
    re.IGNORECASE,
)


WORDS_OF = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "=": "exactly"}


@dataclass(frozen=True, slots=True)
class Comparison:
    op: str  # <, <=, >, >=, =
    value: float
    unit: str  # as written; "" for none


@dataclass(frozen=True, slots=True)
class Fragment:
    """The parts of a follow-up that change the reading before it."""

    words: tuple[Token, ...]
    matches: tuple[Match, ...]
    groups: tuple[tuple[tuple[str, ...], Span], ...]
    comparison: Comparison | None
    top: tuple[int, bool] | None
    periods: Periods
    corrections: tuple[str, ...]
    count: bool
    counts_own: bool = False  # "how many sites …": things that only the asker has
    into: str = ""  # "in euros": a currency's code
    order: str = ""  # "cheapest first": the word that orders, all kept


def comparison_of(text: str) -> tuple[Comparison | None, str]:
    found = _COMPARISON.search(text)
    if not found:
        return None, text
    written = (found["op"] or found["sign"]).lower()
    number = (found["value"] or found["value2"]).lower().replace(",", "")
    times = (found["times"] or found["times2"] or "").lower()
    value = float(_WORDS.get(number, 0) or number) * _TIMES.get(times, 1.0)
    unit = found["unit"] or found["unit2"] or found["currency"] or ""
    if written in (">=", "≥", "at least", "no less than"):
        op = ">="
    elif written in ("<=", "≤", "at most", "no more than", "not more than", "up to"):
        op = "<="
    elif written in ("exactly", "equal to"):
        op = "="
    elif re.fullmatch(_MORE, written):
        op = "<" if written == "better than" else ">"
    else:
        op = "<"
    return Comparison(op, value, _unit(unit)), f"{text[: found.start()]} {text[found.end() :]}"


def _unit(written: str) -> str:
    """A unit's symbol: "gigabytes per second" is GB/s. Letter case of symbols is kept: Gb is not GB."""
    plain = written.lower().removesuffix(" per second").removesuffix("/s")
    rate = "/s" if plain != written.lower() else ""
    if plain in _UNITS or plain.split(" ")[0] in _UNITS:
        return _UNITS.get(plain, _UNITS.get(plain.split(" ")[0], ""))
    spelt = re.fullmatch(r"(kilo|mega|giga|tera|peta)(byte|bit|watt)s?", plain)
    if spelt:
        prefix = "k" if spelt[1] == "kilo" else spelt[1][0].upper()
        return prefix + {"byte": "B", "bit": "b", "watt": "W"}[spelt[2]] + rate
    return written.replace(" per second", "/s")


def top_of(text: str) -> tuple[tuple[int, bool] | None, str]:
    found = _TOP.search(text) or _N_SUPER.search(text)
    if not found:
        return None, text
    n = int(_WORDS.get(found["n"].lower(), 0) or found["n"])
    down = found["word"].lower() in ("bottom", "lowest", "smallest", "cheapest")
    return (n, not down), f"{text[: found.start()]} top {text[found.end() :]}"


def order_of(text: str) -> tuple[str, str]:
    """The word that says in which order all are wanted ("cheapest first"), and the question without it."""
    found = _LATER.search(text)
    if not found:
        return "", text
    word = (found["word"] or {"ascending": "lowest", "descending": "highest"}[found["way"].lower()]).lower()
    return word, f"{text[: found.start()]} {text[found.end() :]}"


_INTO = re.compile(
    r"\b(?:in|into|to|as)\s+(?P<unit>EUR|USD|GBP|NOK|CHF|SEK|DKK|PLN|CZK|JPY|INR|euros?|dollars?|pounds|€|£|\$)(?!\w)",
    re.IGNORECASE,
)


def into_of(text: str) -> tuple[str, str]:
    """The currency that amounts are asked for in, and the question without it."""
    found = _INTO.search(text)
    if not found:
        return "", text
    return _unit(found["unit"]).upper(), f"{text[: found.start()]} {text[found.end() :]}"


def counts(words: Sequence[Token]) -> bool:
    texts = [token.text for token in words]
    return any(a == "how" and b == "many" for a, b in pairwise(texts)) or texts[:2] == [
        "number",
        "of",
    ]


def groups_of(words: Sequence[Token], lexicon: Lexicon) -> tuple[tuple[tuple[str, ...], Span], ...]:
    """(dimensions a phrase may mean, its span) wherever a grouping word stands before a dimension."""
    found = []
    for position, token in enumerate(words):
        if token.text not in ("by", "per", "each", "every", "which", "what", "any", "top"):
            continue
        first = position + 1
        while first < len(words) and words[first].text in (
            "of",
            "the",
            "our",
            "all",
            "each",
            "every",
            "single",
            "different",
            "three",
            "two",
        ):
            first += 1
        for last in range(min(first + 4, len(words)), first, -1):
            dims = lexicon.dimensions.get(tuple(token.text for token in words[first:last]))
            if dims:
                found.append((tuple(dims), Span(first, last)))
                found += _joined(words, last, lexicon)
                break
        else:
            if (
                token.text in ("which", "top") and first + 1 < len(words) and not ignorable(words[first])
            ):  # "which Oslo nodes", "top GPU clusters"
                dims = next(
                    (
                        lexicon.dimensions[(w.text,)]
                        for w in words[first + 1 : first + 3]
                        if (w.text,) in lexicon.dimensions
                    ),
                    None,
                )
                at = next(
                    (i for i in range(first + 1, min(first + 3, len(words))) if (words[i].text,) in lexicon.dimensions),
                    None,
                )
                if dims and at is not None:
                    found.append((tuple(dims), Span(at, at + 1)))
    return tuple(found)


def _joined(words: Sequence[Token], at: int, lexicon: Lexicon) -> list[tuple[tuple[str, ...], Span]]:
    """The second of two groupings: "by site and model"."""
    if at >= len(words) - 1 or words[at].text not in ("and", "then"):
        return []
    first = at + 1 + (words[at + 1].text in ("by", "per", "then"))
    for last in range(min(first + 3, len(words)), first, -1):
        dims = lexicon.dimensions.get(tuple(token.text for token in words[first:last]))
        if dims:
            return [(tuple(dims), Span(first, last))]
    return []


def ignorable(token: Token) -> bool:
    return token.text in IGNORED or token.raw.lower() in IGNORED or token.raw.lower() in POSSESSIVE


def leading_noun(fragment: Fragment, catalogue: Catalogue) -> list[str]:
    """Dimensions that the noun after "how many" may mean."""
    texts = [token.text for token in fragment.words]
    for position, (a, b) in enumerate(pairwise(texts)):
        if (a, b) == ("how", "many") and position + 2 < len(texts):
            return [
                d for d, names in catalogue.dimensions.items() if texts[position + 2] in {stem(name) for name in names}
            ]
    return []
