"""PDF: page by page, its lines joined to paragraphs again. The stored text is built here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import DependencyError

from index.document import Kind, Reading
from index.errors import UnreadableDocument
from index.reading.build import Part, build, collapse, first_heading, jsonable
from index.reading.text import heading_level

_BULLET = re.compile(r"\s*[•◦▪●‣·–*-]\s+(?=\S)")
_NUMBER = re.compile(r"\s*(?:\d{1,2}[.)]|\(\d{1,2}\)|[a-z]\))\s+(?=\S)")
_HYPHEN = re.compile(r"(\w*[a-z])[-\u00ad\u2010]$")
_FOREIGN_TITLE = re.compile(r"^(untitled|anonymous|\(?unspecified|microsoft word|powerpoint|slide 1)|\.\w{2,5}$", re.I)
_EDGE = 2  # lines of a page's top and bottom that may be a running head


def read_pdf(data: bytes) -> Reading:
    reader = _open(data)
    pages = []
    for number, page in enumerate(reader.pages, 1):
        try:
            pages.append([line.rstrip() for line in page.extract_text().splitlines()])
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadableDocument(
                f"pdf: page {number} is damaged: {str(error)[:100]}; print it to PDF again"
            ) from error
    if not any(line.strip() for page in pages for line in page):
        raise UnreadableDocument("no text: scanned? run OCR first")
    parts = _parts(_without_running_heads(pages))
    text, blocks = build(parts)
    info: Mapping[str, object] = reader.metadata or {}
    metadata = {str(key).lstrip("/"): jsonable(str(value)) for key, value in info.items()}
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


def _without_running_heads(pages: Sequence[list[str]]) -> list[list[str]]:
    """The pages without the lines that most of them share at top or bottom, and without page numbers."""
    kept = []
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_shape(page[i]) for i in _edges(page)})
    for page in pages:
        drop = {
            i
            for i in _edges(page)
            if (len(pages) >= 3 and counts[_shape(page[i])] > len(pages) / 2)
            or re.fullmatch(r"\W*(?:page\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\W*", page[i].strip(), re.I)
        }
        kept.append([line for i, line in enumerate(page) if i not in drop])
    return kept


def _edges(page: Sequence[str]) -> list[int]:
    filled = [i for i, line in enumerate(page) if line.strip()]
    return sorted({*filled[:_EDGE], *filled[-_EDGE:]})


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split()).lower())


def _parts(pages: Sequence[Sequence[str]]) -> list[Part]:
    words = Counter(word for page in pages for line in page for word in re.findall(r"\w+-\w+", line))
    parts: list[Part] = []
    for number, page in enumerate(pages, 1):
        for kind, level, lines in _groups(page):
            _add(parts, Part(kind, _join(lines, words), level, number))
    return parts


def _groups(page: Sequence[str]) -> Iterator[tuple[Kind, int, list[str]]]:
    """The lines of a page by the paragraph, item or heading they belong to."""
    widths = sorted(len(line) for line in page if line.strip())
    full = widths[int(len(widths) * 0.9)] if widths else 0
    kind, gathered = Kind.PARAGRAPH, list[str]()
    for place, line in enumerate(page):
        following = next((other for other in page[place + 1 : place + 4] if other.strip()), "")
        level = _heading(line, gathered, following, full) if line.strip() else 0
        bullet, step = _BULLET.match(line), _NUMBER.match(line)
        marker = None if level else bullet or step
        short_end = gathered and gathered[-1].rstrip()[-1:] in (".", ":", "!", "?") and len(gathered[-1]) < 0.75 * full
        if gathered and (level or marker or short_end or not line.strip()):
            yield kind, int(kind is not Kind.PARAGRAPH), gathered
            kind, gathered = Kind.PARAGRAPH, []
        if level:
            yield Kind.HEADING, level, [line]
        elif marker:
            kind, gathered = (Kind.ITEM if bullet else Kind.STEP), [line[marker.end() :]]
        elif line.strip():
            gathered.append(line)
    if gathered:
        yield kind, int(kind is not Kind.PARAGRAPH), gathered


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


def _heading(line: str, gathered: Sequence[str], following: str, full: int) -> int:
    """The level of a heading line, 0 for text."""
    words = line.strip()
    ended = not gathered or gathered[-1].rstrip()[-1:] in ".:!?"
    if not ended or not following.strip():
        return 0
    if re.match(r"\d{1,2}(?:\.\d{1,2})*\.?\s+[A-Z]", words) and len(words) < 80 and words[-1] not in ".,;:":
        numbered = words.split()[0].rstrip(".").count(".") + 1
        # "1. Do this" is a step unless text of full width follows.
        if numbered > 1 or not _NUMBER.match(words):
            return numbered
        return 1 if len(words) < 50 and len(following) > 0.6 * full and not _NUMBER.match(following) else 0
    if level := heading_level(words):
        return level
    short = len(words) < min(60, 0.6 * full) and len(words.split()) <= 8
    title_like = words[:1].isupper() and words[-1].isalnum() and any(c.islower() for c in words)
    starts_text = following.strip()[:1].isupper() and len(following) > 0.75 * full
    return 2 if short and title_like and starts_text and not gathered else 0
