"""Phrases of a question that can be spoken of: runs of content words, names among them, and one put for another."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.vocabulary import FRAME, STOP

# What a question does with its subject; it is no part of the subject.
_DOING = frozenset(
    """
    size sizes sized measure measured measuring find finds compute computed calculate work works need needed take taken move moves keep
    keeps run runs build choose pick buy start make makes set go goes wrong save saves cost costs report reported suit suits recognise
    recognize avoid avoids raise raises save hide hides cause caused happen happens last lasts spend spent sit sits lose count counts
    belong belongs steer require requires reach reached open opened recommend publish publishes load must suffice enough ready there
    good bad fine back still yet roughly year typical long big fast often large small old close
    """.split()
)
_WORD = re.compile(r"[A-Za-z0-9][\w/+.,-]*[A-Za-z0-9]|[A-Za-z0-9]")
_AUX = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|should|would|will|may|must)\s+(?:an?\s+|the\s+|our\s+)?$",
    re.I,
)
_QUANTITY = re.compile(
    r"^(?:\d[\d.,]*\s?(?:[kKMGTPE]i?[bB]\w*|W|kW|MW|GPUs?|nodes?)|(?:\w+ )?(?:mega|giga|tera|peta|exa)bytes?)$"
)
_PART = re.compile(r"\b(?:of|for|in|with)\s+(?:an?\s+|the\s+|our\s+)?$", re.I)


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    start: int
    end: int
    subject: bool  # it stands right after the verb that asks: "does the checkpoint …"


def _runs(text: str, breaking: frozenset[str]) -> list[tuple[int, int]]:
    found: list[list[int]] = []
    for match in _WORD.finditer(text):
        low = match[0].lower()
        if low in breaking and not re.search(r"\d|[A-Z].*[A-Z]", match[0]):
            continue
        gap = text[found[-1][1] : match.start()] if found else ""
        if found and re.fullmatch(r"\s+|\s+(?:of|per)\s+(?:an?\s+|the\s+)?", gap):
            found[-1][1] = match.end()
        else:
            found.append([match.start(), match.end()])
    return [(start, end) for start, end in found]


def phrases(text: str) -> list[Phrase]:
    """Runs of content words, in order; "of" and "per" join them."""
    return [
        Phrase(text[start:end], start, end, bool(_AUX.search(text[:start])))
        for start, end in _runs(text, STOP | FRAME | _DOING)
    ]


def names(text: str) -> list[str]:
    """Words written as names: a capital inside the sentence, two capitals, or letters with digits."""
    found = []
    for place, match in enumerate(_WORD.finditer(text)):
        word = match[0]
        opening = place == 0 or text[: match.start()].rstrip().endswith((".", "?", "!"))
        if re.search(r"[A-Z].*[A-Z]|[a-zA-Z]\d|\d[a-zA-Z]", word) or (
            word[0].isupper() and not opening and len(word) > 1
        ):
            found.append(word)
    return found


def _shape(phrase: str) -> str:
    word = phrase.split()[0]
    if _QUANTITY.match(phrase):
        return "quantity"
    if re.search(r"[A-Za-z]\d|\d[A-Za-z]", word):
        return "code"
    if re.search(r"[A-Z].*[A-Z]", word):
        return "capitals"
    return "capital" if word[0].isupper() else "word"


def replaced(text: str, start: int, end: int, new: str) -> str:
    """`new` in the place of a span, with an article that fits it."""
    before = text[:start]
    if re.search(r"\ban? $", before, re.IGNORECASE):
        article = "an " if re.match(r"[aeiouAEIOU]|8|11|18|[FHLMNRSX][A-Z\d]", new) else "a "
        before = re.sub(r"\ban? $", article, before)
    done = f"{before}{new}{text[end:]}"
    return done.rstrip(" .!?") + "?"


def swapped(text: str, new: str) -> str | None:
    """The question with `new` for the phrase it most likely stands for, or None."""
    bare = re.sub(r"^(?:the|an?|our)\s+", "", new, flags=re.IGNORECASE)
    head = re.split(r"\s+(?:with|for|in|on|at|that|which|under|opening|opened)\b", bare)[0]
    if not re.search(r"\w", head):
        return None
    if aligned := _aligned(text, head):
        return replaced(text, *aligned, bare)
    shape = _shape(head)
    found = phrases(text)
    if shape != "word":
        spans = [span for one in found for span in _named(text, one, shape)]
        if spans:
            return replaced(text, *spans[-1], new if shape == "quantity" else bare)
        if shape != "quantity":
            loose = [
                span
                for one in found
                for kind in ("code", "capitals", "capital")
                for span in _named(text, one, kind)
                if not text[span[0]].isdigit()
            ]
            if loose:
                return replaced(text, *min(loose), bare)
    subjects = [one for one in found if one.subject]
    if subjects:
        one = subjects[0]
        part = re.search(r"\s+(?:of|per)\s", one.text)
        return replaced(text, one.start, one.start + part.start() if part else one.end, new)
    if len(found) == 1:
        return replaced(text, found[0].start, found[0].end, bare)
    return None


def _aligned(text: str, new: str) -> tuple[int, int] | None:
    """Where the text has the same words but one: "stage 1" for "stage 3", "7B model" for "70B model"."""
    fresh = new.split()
    spans = [(m.start(), m.end(), m[0]) for m in _WORD.finditer(text)]
    for first in range(len(spans) - len(fresh) + 1):
        window = spans[first : first + len(fresh)]
        same = sum(a.lower() == b[2].lower() for a, b in zip(fresh, window, strict=True))
        if len(fresh) > 1 and same and same == len(fresh) - 1:
            return window[0][0], window[-1][1]
    return None


def _named(text: str, phrase: Phrase, shape: str) -> list[tuple[int, int]]:
    """Names of this shape within a phrase, neighbours joined."""
    found: list[list[int]] = []
    if shape == "quantity":
        return [
            (phrase.start + m.start(), phrase.start + m.end())
            for m in re.finditer(r"\d[\d.,]*\s?[kKMGTPE]i?B\b", phrase.text)
        ]
    for match in _WORD.finditer(phrase.text):
        start, end = phrase.start + match.start(), phrase.start + match.end()
        if start == 0 or _shape(match[0]) != shape:
            continue
        if found and text[found[-1][1] : start] == " ":
            found[-1][1] = end
        else:
            found.append([start, end])
    return [(start, end) for start, end in found]
