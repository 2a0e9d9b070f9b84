"""The parts of a question that a reading is put together from: comparison, top-n, groupings, counted nouns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.measures.catalogue import Catalogue
from advisor.measures.lexicon import IGNORED, POSSESSIVE, Lexicon, Match, Span, Token, stem
from advisor.measures.periods import Periods

_NUMBER = r"(?P<value>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|one|two|three|four|five|six|eight|ten|twelve)"


_UNIT = r"(?:\s?(?P<unit>%|percent\b|[KMGTP]i?[Bb](?:/s|ps)?(?![A-Za-z])|[kMG]?Wh?\b|°C|IOPS\b|ms\b|gCO2e?/kWh|(?:EUR|USD|GBP|NOK)\b|€|\$))?"


_MORE = r"(?:more|greater|higher|larger|bigger|hotter|worse) than|above|over|exceed(?:s|ing)?|beyond|>"


_LESS = r"(?:less|fewer|lower|smaller|cooler|better|cheaper) than|below|under|beneath|<"


_COMPARISON = re.compile(
    rf"\b(?P<op>at least|no less than|at most|no more than|not more than|up to|exactly|equal to|{_MORE.replace('|>', '')}|{_LESS.replace('|<', '')})"
    rf"\s+(?P<currency>[€$])?{_NUMBER}{_UNIT}|(?P<sign>>=|<=|≥|≤|>|<)\s*{_NUMBER.replace('value', 'value2')}{_UNIT.replace('unit', 'unit2')}",
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


_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12}


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
    counts_own: bool  # "how many sites …": things that only the asker has


def comparison_of(text: str) -> tuple[Comparison | None, str]:
    found = _COMPARISON.search(text)
    if not found:
        return None, text
    written = (found["op"] or found["sign"]).lower()
    number = (found["value"] or found["value2"]).lower().replace(",", "")
    value = float(_WORDS.get(number, 0) or number)
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
    return Comparison(op, value, "%" if unit == "percent" else unit), f"{text[: found.start()]} {text[found.end() :]}"


def top_of(text: str) -> tuple[tuple[int, bool] | None, str]:
    found = _TOP.search(text) or _N_SUPER.search(text)
    if not found:
        return None, text
    n = int(_WORDS.get(found["n"].lower(), 0) or found["n"])
    down = found["word"].lower() in ("bottom", "lowest", "smallest", "cheapest")
    return (n, not down), f"{text[: found.start()]} top {text[found.end() :]}"


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
