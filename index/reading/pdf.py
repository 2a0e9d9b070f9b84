"""PDF: page by page, its lines joined to paragraphs again. The stored text is built here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from math import hypot
from typing import Any, NamedTuple

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError

from index.document import Kind, Reading
from index.errors import UnreadableDocument
from index.reading.build import Part, build, collapse, first_heading, jsonable
from index.reading.marking import MARKING, marking_of
from index.reading.text import heading_level

_BULLET = re.compile(r"\s*[\x7f\uf0b7\uf0a7\uf076•◦▪●○■‣·–*-](?:\s+(?=\S)|$)")
_NUMBER = re.compile(r"\s*(?:\d{1,2}[.)]|\(\d{1,2}\)|[a-z]\))(?:\s+(?=\S)|$)")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s+[A-Z]")
_PAGE_NUMBER = re.compile(r"\W*(?:(?:page\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?|[ivxl]{1,6})\W*", re.IGNORECASE)
_HYPHEN = re.compile(r"(\w*[a-z])[-\u00ad\u2010]$")
_FOREIGN_TITLE = re.compile(r"^\(?(untitled|anonymous|unspecified|microsoft word|powerpoint|slide 1)|\.\w{2,5}$", re.I)
_EDGE = 2  # lines of a page's top and bottom that may be a running head
_LARGER = 1.12  # than the body's letters: a heading


class _Line(NamedTuple):
    text: str
    size: float  # of its letters, against the body's


def read_pdf(data: bytes) -> Reading:
    reader = _open(data)
    pages = []
    for number, page in enumerate(reader.pages, 1):
        try:
            pages.append(_lines(page))
        except MemoryError:
            raise
        except Exception as error:
            raise ValueError(f"page {number}: {error}") from error
    if not any(line.text for page in pages for line in page):
        raise UnreadableDocument("no text: scanned? run OCR first")
    sized = _against_body(pages)
    parts = _parts(_without_running_heads(sized))
    text, blocks = build(parts)
    info: Mapping[str, object] = reader.metadata or {}
    metadata = {str(key).lstrip("/"): jsonable(str(value)) for key, value in info.items() if str(value)}
    if marked := marking_of(page[i].text for page in sized for i in _edges(page)):
        metadata[MARKING] = marked
    title = collapse(str(info.get("/Title") or ""))
    if len(title) < 4 or len(title) > 200 or _FOREIGN_TITLE.search(title):
        title = first_heading(parts) or ""
    return Reading(text, blocks, title or None, metadata)


def _open(data: bytes) -> PdfReader:
    if b"%PDF-" not in data[:1024]:
        raise UnreadableDocument("not a PDF: it does not start like one; give the file its right suffix")
    if b"%%EOF" not in data[-4096:]:
        raise UnreadableDocument("truncated PDF: its end is missing; fetch or export it again")
    try:
        reader = PdfReader(BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:
        locked = True  # a cipher that needs a further library
    if locked:
        raise UnreadableDocument("encrypted PDF: save a copy without password")
    return reader


def _lines(page: PageObject) -> list[_Line]:
    sizes: dict[str, float] = {}

    def note(text: str, outer: Sequence[float], inner: Sequence[float], _font: Any, size: float) -> None:
        scale = hypot(inner[2], inner[3]) * hypot(outer[2], outer[3])
        for line in text.splitlines():
            sizes[line.strip()] = max(sizes.get(line.strip(), 0.0), size * scale)

    lines: list[_Line] = []
    for raw in page.extract_text(visitor_text=note).splitlines():
        text = raw.strip()
        lone = lines and (_BULLET.fullmatch(lines[-1].text) or _NUMBER.fullmatch(lines[-1].text))
        if lone and text:  # a marker set apart from its words
            lines[-1] = _Line(f"{lines[-1].text} {text}", sizes.get(text, 0.0))
        else:
            lines.append(_Line(text, sizes.get(text, 0.0)))
    return lines


def _against_body(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """The same lines, sized against what most of the text is set in."""
    counts: Counter[float] = Counter()
    for line in (line for page in pages for line in page if line.size):
        counts[round(line.size, 1)] += len(line.text)
    body = counts.most_common(1)[0][0] if counts else 1.0
    return [[line._replace(size=line.size / (body or 1.0)) for line in page] for page in pages]


def _without_running_heads(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """The pages without the lines that most of them share at top or bottom, and without page numbers."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_shape(page[i]) for i in _edges(page)})
    kept = []
    for page in pages:
        drop = {
            i
            for i in _edges(page)
            if (len(pages) >= 3 and counts[_shape(page[i])] > len(pages) / 2) or _PAGE_NUMBER.fullmatch(page[i].text)
        }
        kept.append([line for i, line in enumerate(page) if i not in drop])
    return kept


def _edges(page: Sequence[_Line]) -> list[int]:
    filled = [i for i, line in enumerate(page) if line.text and line.size < 1.5]
    return sorted({*filled[:_EDGE], *filled[-_EDGE:]})


def _shape(line: _Line) -> str:
    return re.sub(r"\d+", "#", " ".join(line.text.split()).lower())


def _parts(pages: Sequence[Sequence[_Line]]) -> list[Part]:
    words = Counter(word for page in pages for line in page for word in re.findall(r"\w+-\w+", line.text))
    larger = sorted({round(line.size, 1) for page in pages for line in page if line.size > _LARGER}, reverse=True)
    parts: list[Part] = []
    for number, page in enumerate(pages, 1):
        for kind, level, lines in _groups(page, larger):
            _add(parts, Part(kind, _join(lines, words), level, number))
    return parts


def _groups(page: Sequence[_Line], larger: Sequence[float]) -> Iterator[tuple[Kind, int, list[str]]]:
    """The lines of a page by the paragraph, item or heading they belong to."""
    widths = sorted(len(line.text) for line in page if line.text)
    full = widths[int(len(widths) * 0.9)] if widths else 0
    kind, level, size = Kind.PARAGRAPH, 0, 0.0
    gathered: list[str] = []
    for place, line in enumerate(page):
        following = next((other.text for other in page[place + 1 : place + 4] if other.text), "")
        before = "" if kind is Kind.HEADING or not gathered else gathered[-1]
        rank = _heading(line, before, following, full, larger)
        bullet, step = _BULLET.match(line.text), _NUMBER.match(line.text)
        marker = None if rank else bullet or step
        wrapped = rank and kind is Kind.HEADING and line.size == size > _LARGER
        if wrapped and not _NUMBERED.match(line.text):
            gathered.append(line.text)
            continue
        short_end = before[-1:] in (".", ":", "!", "?") and len(before) < 0.75 * full
        if gathered and (rank or marker or short_end or kind is Kind.HEADING or not line.text):
            yield kind, level, gathered
            kind, level, gathered = Kind.PARAGRAPH, 0, []
        if rank:
            kind, level, size, gathered = Kind.HEADING, rank, line.size, [line.text]
        elif marker:
            kind, level, gathered = (Kind.ITEM if bullet else Kind.STEP), 1, [line.text[marker.end() :]]
        elif line.text:
            gathered.append(line.text)
    if gathered:
        yield kind, level, gathered


def _add(parts: list[Part], part: Part) -> None:
    """Append a part, or continue the last page's paragraph with it."""
    last = parts[-1] if parts else None
    if (
        last is not None
        and last.page != part.page
        and part.kind is Kind.PARAGRAPH
        and last.kind is not Kind.HEADING
        and last.text[-1:] not in ".:!?"
        and part.text[:1].islower()
    ):
        parts[-1] = last._replace(text=f"{last.text} {part.text}")
    else:
        parts.append(part)


def _join(lines: Sequence[str], words: Counter[str]) -> str:
    """One paragraph; a word parted at a line's end is joined, unless its hyphen is its own."""
    joined = ""
    for line in lines:
        line = collapse(line)
        hyphen = _HYPHEN.search(joined)
        if hyphen and line[:1].islower():
            begin = re.match(r"\w+", line)
            compound = f"{hyphen[1]}-{begin[0] if begin else ''}"
            joined = joined if words[compound] else joined[:-1]
            joined += line
        else:
            joined = f"{joined} {line}" if joined else line
    return joined


def _heading(line: _Line, before: str, following: str, full: int, larger: Sequence[float]) -> int:
    """The level of a heading line, 0 for text: by its number, its letters' size or its looks."""
    words = line.text
    number = _NUMBERED.match(words)
    if line.size > _LARGER and len(words) < 120 and any(map(str.isalpha, words)) and words[-1] not in ".,;":
        return number[1].count(".") + 1 if number else min(larger.index(round(line.size, 1)) + 1, 6)
    if not words or not following or before[-1:] not in ("", ".", ":", "!", "?"):
        return 0
    if number and len(words) < 80 and words[-1] not in ".,;:":
        if "." in number[1] or not _NUMBER.match(words):
            return number[1].count(".") + 1
        # "1. Do this" is a step unless text of full width follows.
        return int(len(words) < 50 and len(following) > 0.6 * full and not _NUMBER.match(following))
    if larger:  # this file sets its headings in larger letters
        return 0
    if level := heading_level(words):
        return level
    short = len(words) < min(60, 0.6 * full) and len(words.split()) <= 8
    title_like = words[:1].isupper() and words[-1].isalnum() and any(map(str.islower, words))
    return 2 if short and title_like and following[:1].isupper() and len(following) > 0.75 * full else 0
