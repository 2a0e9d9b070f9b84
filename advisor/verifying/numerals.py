"""Figures for the words that give them, so that "nine tenths" and "90 %", "a hundred" and "100" are the same."""

from __future__ import annotations

import re
from functools import partial

from advisor.units import SPELLED_NUMBER, number

_SAID = {
    "half an hour": "30 minutes", "a quarter of an hour": "15 minutes", "three quarters of an hour": "45 minutes",
    "a decade": "10 years", "a fortnight": "14 days", "a dozen": "12", "three quarters": "75 %",
    "half a year": "6 months", "half a day": "12 hours", "half a minute": "30 seconds",
}  # fmt: skip
_PARTS = {"fifth": 5, "tenth": 10, "twentieth": 20, "hundredth": 100}  # shares that are whole percents
_AMOUNT = rf"(?:\d[\d,]*|{SPELLED_NUMBER})"
_NO_TIME = r"(?!\s(?:second|minute|hour|day|week|month|year))"
_KEPT = {"power": "e", "rate": " per second"}  # what follows the part that stays
_WHOLES = 2, 4, 5, 10, 20  # of which a part is a whole percent
_RULES = (
    (re.compile(rf"\b({_AMOUNT}) (fifth|tenth|twentieth|hundredth)s\b", re.I), "share"),
    (
        re.compile(rf"\b({SPELLED_NUMBER}) (?:times )?(?:in|out of) (?:every )?({SPELLED_NUMBER})\b{_NO_TIME}", re.I),
        "of",
    ),
    (re.compile(rf"\b({_AMOUNT}) and a half\b", re.I), "and half"),
    (re.compile(r"\bhalf an? (?=(?:kilo|mega|giga|tera|peta|exa)[a-z]|million|billion|trillion)", re.I), "half"),
    (re.compile(rf"\b(a|{SPELLED_NUMBER}) hundred\b", re.I), "hundred"),
    (re.compile(r"\ban? (?=(?:thousand|million|billion|trillion)\b)", re.I), "one"),
    (re.compile(r"\b([A-Za-z]*(?:bit|byte)s?|[kMGTP]?[Bb]) (?:a|every|each) second\b"), "rate"),
    (re.compile(r"(\d+(?:\.\d+)?) ?[x×*·] ?10\^(?=-?\d)", re.I), "power"),
)


def in_figures(text: str) -> str:
    """The text with figures for fractions, shares, powers of ten and round numbers that it gives in words."""
    for words, figure in _SAID.items():
        text = re.sub(rf"\b{words}\b", figure, text, flags=re.I)
    for pattern, form in _RULES:
        text = pattern.sub(partial(_figure, form), text)
    return text


def _figure(form: str, found: re.Match[str]) -> str:
    if form == "share":
        return f"{100 * number(found[1]) / _PARTS[found[2].lower()]:g} %"
    if form == "of":
        part, whole = number(found[1]), number(found[2])
        return f"{100 * part / whole:g} %" if part < whole and whole in _WHOLES else found[0]
    if form == "and half":
        return f"{number(found[1]) + 0.5:g}"
    if form == "hundred":
        return f"{100 * (1 if found[1].lower() == 'a' else number(found[1])):g}"
    if form in _KEPT:
        return found[1] + _KEPT[form]
    return {"half": "0.5 ", "one": "1 "}[form]
