"""Plain text: paragraphs between blank lines, plain headings and lists. The stored text is the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.document import Block, Kind, Reading
from index.reading.decode import decode, line_spans

Span = tuple[int, int]

_UNDERLINE = re.compile(r"\s*([=\-~^\"*#+])\1{2,}\s*$")
_BULLET = re.compile(r"(\s*)[-*•·‣◦–]\s+(?=\S)")
_NUMBER = re.compile(r"(\s*)(?:\d{1,3}[.)]|\(\d{1,3}\)|[a-z]\))\s+(?=\S)")
_NUMBERED_HEADING = re.compile(r"\s*(\d{1,3}(?:\.\d{1,3})+\.?|\d{1,2})\s+[A-Z]")
_LEVELS = {"=": 1, "-": 2}


def read_text(data: bytes) -> Reading:
    text = decode(data)
    blocks = tuple(_blocks(text))
    title = None
    if blocks and blocks[0].kind is Kind.HEADING:
        title = " ".join("".join(text[a:b] for a, b in blocks[0].runs).split())
    return Reading(text, blocks, title)


def _blocks(text: str) -> Iterator[Block]:
    paragraph: list[Span] = []
    for start, end in [*line_spans(text), (len(text), len(text))]:
        if text[start:end].strip():
            paragraph.append((start, end))
        elif paragraph:
            yield from _paragraph(text, paragraph)
            paragraph = []


def _paragraph(text: str, lines: Sequence[Span]) -> Iterator[Block]:
    """A heading line, then list items, then or else one paragraph."""
    if len(lines) > 1 and _UNDERLINE.match(text[slice(*lines[0])]):
        lines = lines[1:]  # a heading between two rules
    if len(lines) > 1 and (rule := _UNDERLINE.match(text[slice(*lines[1])])):
        yield from _block(text, lines[:1], Kind.HEADING, _LEVELS.get(rule[1], 3))
        if len(lines) > 2:
            yield from _paragraph(text, lines[2:])
        return
    if len(lines) == 1 and (level := heading_level(text[slice(*lines[0])])):
        yield from _block(text, lines, Kind.HEADING, level)
        return
    kind, level = Kind.PARAGRAPH, 0
    gathered: list[Span] = []
    for start, end in lines:
        line = text[start:end]
        if _UNDERLINE.match(line):
            continue
        bullet, number = _BULLET.match(line), _NUMBER.match(line)
        if marker := bullet or number:
            yield from _block(text, gathered, kind, level)
            kind = Kind.ITEM if bullet else Kind.STEP
            level = 1 + len(marker[1].expandtabs(4)) // 2
            gathered = [(start + marker.end(), end)]
        else:
            gathered.append((start, end))
    yield from _block(text, gathered, kind, level)


def heading_level(line: str) -> int:
    """The level of a line that stands alone and reads like a heading, 0 if it does not."""
    words = line.strip()
    if not words or len(words) > 80 or words[-1] in ".,;:!?" or _NUMBER.match(line):
        return 0
    if number := _NUMBERED_HEADING.match(words):
        return min(number[1].rstrip(".").count(".") + 1, 6)
    letters = [character for character in words if character.isalpha()]
    return 1 if len(letters) > 3 and words.isupper() and len(words.split()) <= 10 else 0


def _block(text: str, lines: Sequence[Span], kind: Kind, level: int) -> Iterator[Block]:
    runs: list[Span] = []
    for number, (start, end) in enumerate(lines):
        raw = text[start:end]
        begin, stop = start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip())
        if number + 1 < len(lines):  # the line break parts the words
            stop = end + 2 if text.startswith("\r\n", end) else end + 1
        if runs and runs[-1][1] == begin:
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((begin, stop))
    if any(map(str.isalnum, "".join(text[a:b] for a, b in runs))):  # else a rule or an ornament
        yield Block(kind, runs[0][0], runs[-1][1], tuple(runs), level)
