"""Periods in a question → windows of the data. "Q3" without a year is the latest one the data hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from advisor.measures.compute import Window

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NAMED = "|".join(
    f"{name}|{'sept|' if name == 'september' else ''}{name[:3]}" if name != "may" else name for name in _MONTHS
)
_ONE = (
    r"(?:(?P<{0}q>q[1-4])(?:[ -]?(?P<{0}qy>20\d\d))?|(?P<{0}yq>20\d\d)[ -]?(?P<{0}yqq>q[1-4])|(?P<{0}ym>20\d\d-(?:0[1-9]|1[0-2]))(?!-)"
    r"|(?P<{0}m>{1})\.?(?: (?P<{0}my>20\d\d))?|(?P<{0}y>20\d\d)|(?P<{0}half>h[12]|(?:first|second) half)(?:(?: of)?[ -]?(?P<{0}hy>20\d\d))?|(?P<{0}last>(?:last|past|previous) (?:\d+|two|three|four|six|twelve) (?:months|quarters))"
    r"|(?P<{0}ytd>(?:the )?year to date|ytd|(?:so far )?this year(?: so far)?)|(?P<{0}rel>(?:last|this|past|previous|current) (?:month|quarter|year)))(?:['’]s)?"
)
_PERIOD = re.compile(rf"\b(?:in |during |for |over |of )?(?:the )?{_ONE.format('a', _NAMED)}\b", re.IGNORECASE)
_RANGE = re.compile(
    rf"\b(?:from|between) (?:the )?{_ONE.format('a', _NAMED)} (?:to|and|until|through) (?:the )?{_ONE.format('b', _NAMED)}\b",
    re.IGNORECASE,
)
_SINCE = re.compile(rf"\bsince (?:the )?{_ONE.format('a', _NAMED)}\b", re.IGNORECASE)
_CHANGE = re.compile(
    r"\b(?:chang(?:e|es|ed|ing)|grow(?:n|th|s)?|grew|increas\w+|decreas\w+|ris(?:e|en)|rose|fall(?:en)?|fell|drop(?:ped)?|develop(?:ed|ment)?"
    r"|compar(?:e|es|ed|ing|ison)|versus|vs\.?|difference|trend(?:ed)?|evolv\w+|went up|gone up|gone down|moved?|(?:how )?much (?:more|less|higher|lower)\b(?=.*\bthan\b))\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    r"\b(?:will|shall|going to|next (?:month|quarter|year|week)|forecast\w*|predict\w*|project(?:ed|ion)s?\b(?! by)|in future|tomorrow|by 20[3-9]\d)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A period as written; `resolve` needs the dates the data cover."""

    kind: str  # quarter, month, year, or relative
    number: int
    year: int | None
    written: str
    shift: int = 0  # so many of its kind later: "and the month before?" is -1


@dataclass(frozen=True, slots=True)
class Periods:
    """What a question says of time. `since` is open at its end; two periods with `change` are compared."""

    periods: tuple[Period, ...] = ()
    since: bool = False
    change: bool = False
    span: bool = False  # from the first to the last of two periods
    future: bool = False


_ORDINAL = re.compile(r"\b(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?\b", re.IGNORECASE)
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}


def read(text: str) -> tuple[Periods, str]:
    """Periods of a question, and the question without them."""
    text = _ORDINAL.sub(lambda found: f"Q{_ORDINALS[found[1].lower()]}", text)
    change = bool(_CHANGE.search(text))
    future = bool(_FUTURE.search(text))
    if span := _RANGE.search(text):
        rest = text[: span.start()] + " " + text[span.end() :]
        return Periods(
            (_period(span, "a"), _period(span, "b")), change=change, span=not change, future=future
        ), _without(rest, change)
    if since := _SINCE.search(text):
        rest = text[: since.start()] + " " + text[since.end() :]
        return Periods((_period(since, "a"),), since=True, change=change, future=future), _without(rest, change)
    several = [one for one in _PERIOD.finditer(text) if _is_period(one)]
    if several:
        rest = text
        for one in reversed(several):
            rest = rest[: one.start()] + " " + rest[one.end() :]
        found = tuple(_period(one, "a") for one in several)
        if change and len(found) == 1:  # "how did it change in October" is against September
            found = (replace(found[0], shift=-1), found[0])
        return Periods(found, change=change and len(found) == 2, future=future), _without(rest, change)
    return Periods(future=future, change=False), text


def _without(text: str, change: bool) -> str:
    if not change:
        return text
    return re.sub(r"\b(?:(?:to|with|and|than)\s*(?=[?.!]|$)|than\b)", " ", _CHANGE.sub(" ", text))


def _is_period(found: re.Match[str]) -> bool:
    """ "may", "march" and "mar" are months only when they look like one."""
    written = (found["am"] or "").lower()
    if written in ("may", "mar", "march") and not found["amy"]:
        capital = (found["am"] or "")[0].isupper()
        return capital and bool(re.match(r"(?:in|during|for|of|over)\b", found.group(), re.I))
    if found["ay"]:
        return (
            bool(re.match(r"(?:in|during|for|of|over)\b", found.group(), re.I)) or found.group().strip() == found["ay"]
        )
    return True


def _period(found: re.Match[str], side: str) -> Period:
    def part(name: str) -> str | None:
        return found[side + name]

    written = next(str(part(n)) for n in ("q", "yq", "ym", "m", "y", "half", "last", "ytd", "rel") if part(n))
    if part("q"):
        year = int(str(part("qy"))) if part("qy") else None
        return Period("quarter", int(str(part("q"))[1]), year, written)
    if part("yq"):
        return Period("quarter", int(str(part("yqq"))[1]), int(str(part("yq"))), written)
    if part("ym"):
        year_text, month_text = str(part("ym")).split("-")
        return Period("month", int(month_text), int(year_text), written)
    if part("m"):
        month = next(i for i, name in enumerate(_MONTHS, 1) if name[:3] == str(part("m")).lower()[:3])
        return Period("month", month, int(str(part("my"))) if part("my") else None, written)
    if part("y"):
        return Period("year", 0, int(str(part("y"))), written)
    if part("half"):
        number = 1 if written.lower() in ("h1", "first half") else 2
        return Period("half", number, int(str(part("hy"))) if part("hy") else None, written)
    if part("last"):
        _, number_word, unit = written.lower().split()
        return Period(unit, _COUNTS.get(number_word, 0) or int(number_word), None, written)
    if part("ytd"):
        return Period("this year", 0, None, written)
    word, unit = str(part("rel")).lower().split()
    return Period(f"{'this' if word in ('this', 'current') else 'last'} {unit}", 0, None, written)


def window(period: Period, first: datetime, last: datetime) -> Window:
    """The window of a period in data whose rows start between `first` and `last`."""
    found = _unshifted(period, last)
    for _ in range(abs(period.shift)):
        found = _beside(found, period.kind.split()[-1], later=period.shift > 0)
    return found


_BESIDE = re.compile(
    r"\b(?:the )?(?:(?P<unit>month|quarter|year) (?P<way>before|after|earlier|later)(?: that)?|(?P<way2>previous|prior|preceding|following|next) (?P<unit2>month|quarter|year))\b",
    re.IGNORECASE,
)


def beside(text: str, before: Periods) -> tuple[Periods | None, str]:
    """Periods next to those of the question before ("and the month before?"), and the text without the words for it."""
    found = _BESIDE.search(text)
    if not found or len(before.periods) != 1:
        return None, text
    one = before.periods[0]
    unit = (found["unit"] or found["unit2"]).lower()
    if unit != one.kind.split()[-1]:
        return None, text
    step = 1 if (found["way"] or found["way2"]).lower() in ("after", "later", "following", "next") else -1
    moved = replace(one, shift=one.shift + step, written=found.group())
    return replace(before, periods=(moved,)), f"{text[: found.start()]} {text[found.end() :]}"


def _beside(one: Window, unit: str, *, later: bool) -> Window:
    """The month, quarter or year next to a window of that length."""
    if unit == "year":
        year = one.start.year + (1 if later else -1)
        return Window(datetime(year, 1, 1), datetime(year + 1, 1, 1), str(year))
    months = one.start.year * 12 + one.start.month - 1 + (1 if later else -1) * (3 if unit == "quarter" else 1)
    year, number = divmod(months, 12)
    return quarter(year, number // 3 + 1) if unit == "quarter" else month(year, number + 1)


_COUNTS = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}


def _unshifted(period: Period, last: datetime) -> Window:
    if period.kind in ("months", "quarters"):
        return _latest(period.number, period.kind.removesuffix("s"), last)
    if period.kind.startswith(("this", "last")):
        return _relative(period.kind, last)
    year = period.year
    if year is None:
        opening = {"quarter": (period.number - 1) * 3 + 1, "half": period.number * 6 - 5}.get(
            period.kind, period.number
        )
        year = last.year if datetime(last.year, opening, 1) <= last else last.year - 1
    if period.kind == "year":
        return Window(datetime(year, 1, 1), datetime(year + 1, 1, 1), str(year))
    if period.kind == "quarter":
        return quarter(year, period.number)
    if period.kind == "half":
        start, end = quarter(year, period.number * 2 - 1), quarter(year, period.number * 2)
        return Window(start.start, end.end, f"H{period.number} {year}")
    return month(year, period.number)


def _latest(number: int, unit: str, last: datetime) -> Window:
    """The newest full months or quarters, so many of them."""
    end = start = _relative(f"last {unit}", last)
    for _ in range(number - 1):
        start = _beside(start, unit, later=False)
    return Window(start.start, end.end, f"{start.name} to {end.name}")


def joined(windows: list[Window]) -> Window | None:
    """Several windows as one, when each begins where the one before ends."""
    ordered = sorted(windows, key=lambda one: one.start)
    if any(a.end != b.start for a, b in pairwise(ordered)):
        return None
    return Window(ordered[0].start, ordered[-1].end, " and ".join(one.name for one in ordered))


def month(year: int, number: int) -> Window:
    end = datetime(year + number // 12, number % 12 + 1, 1)
    return Window(datetime(year, number, 1), end, f"{_MONTHS[number - 1].capitalize()} {year}")


def quarter(year: int, number: int) -> Window:
    end = datetime(year + number // 4, number * 3 % 12 + 1, 1)
    return Window(datetime(year, number * 3 - 2, 1), end, f"Q{number} {year}")


def _relative(kind: str, last: datetime) -> Window:
    """ "this" is the period of the newest data; "last" the one before, or the same when the data end with it."""
    word, unit = kind.split()
    if unit == "month":
        this = month(last.year, last.month)
        return (
            this
            if word == "this" or complete(this, last)
            else month((this.start.year * 12 + this.start.month - 2) // 12, (this.start.month - 2) % 12 + 1)
        )
    if unit == "quarter":
        number = (last.month - 1) // 3 + 1
        this = quarter(last.year, number)
        return (
            this if word == "this" or complete(this, last) else quarter(last.year - (number == 1), (number - 2) % 4 + 1)
        )
    year = (
        last.year
        if word == "this" or complete(Window(datetime(last.year, 1, 1), datetime(last.year + 1, 1, 1), ""), last)
        else last.year - 1
    )
    return Window(datetime(year, 1, 1), datetime(year + 1, 1, 1), str(year))


def complete(one: Window, last: datetime) -> bool:
    """The newest row starts on the last day of the window, or the rows are monthly and it is the last month."""
    return (one.end - last).days <= 1 or (last.day == 1 and (one.end - last).days <= 31)


def latest_like(period: Period, last: datetime) -> Window:
    """The newest complete period of the same length: what "since" compares with."""
    unit = period.kind.split()[-1]
    return _relative(f"last {unit}", last)
