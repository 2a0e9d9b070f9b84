"""HTML: what a browser would show of the main part, block by block. The stored text is built here."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, PreformattedString, Tag

from index.document import Kind, Reading
from index.errors import UnreadableDocument
from index.reading.build import Part, build, collapse, row_parts
from index.reading.decode import decode

_UNSEEN = frozenset(
    "script style nav footer template noscript iframe svg canvas object head button select input textarea "
    "dialog audio video".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure form header hr "
    "html legend li main ol p pre section summary table tbody td tfoot th thead tr ul caption".split()
)
_INVISIBLE = re.compile(r"display:none|visibility:(?:hidden|collapse)|(?:font-size|opacity):0(?![.\d]*[1-9])")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def read_html(data: bytes) -> Reading:
    soup = BeautifulSoup(_decode(data), "lxml")
    metadata: dict[str, object] = {
        str(meta["name"]): collapse(str(meta["content"]))
        for meta in soup.find_all("meta")
        if meta.get("name") and meta.get("content")
    }
    title = collapse(soup.title.get_text()) if soup.title else ""
    for element in soup.find_all(_is_unseen):
        element.decompose()
    parts = list(_Walk().parts(_main(soup)))
    if not title:
        title = next((part.text for part in parts if part.kind is Kind.HEADING and part.level == 1), "")
    text, blocks = build(parts)
    return Reading(text, blocks, title or None, metadata)


def _decode(data: bytes) -> str:
    """UTF-8, or what the page itself declares."""
    try:
        return decode(data, longest_line=len(data))  # generated pages have no line breaks
    except UnreadableDocument:
        declared = _CHARSET.search(data[:4096])
        if declared is None or b"\0" in data:
            raise
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
            return data.decode(name) if name != "utf-8" else decode(data)
        except (LookupError, UnicodeDecodeError):
            raise UnreadableDocument(
                f"not valid {declared[1].decode('ascii')}, which the page declares: save it as UTF-8"
            ) from None


def _is_unseen(tag: Tag) -> bool:
    if tag.name in _UNSEEN:
        return True
    if tag.has_attr("hidden") or str(tag.get("aria-hidden", "")).lower() == "true":
        return True
    style = "".join(str(tag.get("style", "")).lower().split())
    return bool(style) and _INVISIBLE.search(style) is not None


def _main(soup: BeautifulSoup) -> Tag:
    """<main> or <article> where it holds most of the text."""
    whole = soup.body or soup
    size = len(whole.get_text())
    for name in ("main", "article"):
        found = soup.find_all(name)
        if len(found) == 1 and isinstance(found[0], Tag) and len(found[0].get_text()) * 2 > size:
            return found[0]
    return whole


class _Walk:
    """Gathers inline text until a block element begins or ends."""

    def __init__(self) -> None:
        self.gathered: list[str] = []
        self.kind = Kind.PARAGRAPH
        self.level = 0
        self.lists: list[bool] = []

    def flush(self) -> Iterator[Part]:
        words = collapse("".join(self.gathered))
        self.gathered = []
        if words:
            yield Part(self.kind, words, self.level)
            if self.kind is not Kind.HEADING:  # only an item's first paragraph is the item
                self.kind, self.level = Kind.PARAGRAPH, 0

    def parts(self, element: PageElement) -> Iterator[Part]:
        if isinstance(element, NavigableString):
            if not isinstance(element, (Comment, PreformattedString)):
                self.gathered.append(str(element))
            return
        if not isinstance(element, Tag):
            return
        name = element.name
        if name == "br":
            self.gathered.append(" ")
        elif name == "table" and _is_data(element):
            yield from self.flush()
            yield from _table(element)
        elif name == "pre":
            yield from self.flush()
            yield Part(Kind.CODE, _code(element))
        elif re.fullmatch(r"h[1-6]", name):
            yield from self.flush()
            words = collapse(element.get_text(" " if element.find(_is_block) else ""))
            yield Part(Kind.HEADING, words.rstrip("¶§# "), int(name[1]))
        elif name in _BLOCK:
            yield from self.flush()
            yield from self.container(element)
        else:
            for child in element.children:
                yield from self.parts(child)

    def container(self, element: Tag) -> Iterator[Part]:
        name = element.name
        if name in ("ul", "ol"):
            self.lists.append(name == "ol")
        if name == "li":
            numbered = bool(self.lists) and self.lists[-1]
            self.kind, self.level = (Kind.STEP if numbered else Kind.ITEM), max(len(self.lists), 1)
        for child in element.children:
            yield from self.parts(child)
        yield from self.flush()
        if name in ("ul", "ol"):
            self.lists.pop()
        if name == "li":
            self.kind, self.level = Kind.PARAGRAPH, 0


def _is_block(tag: Tag) -> bool:
    return tag.name in _BLOCK or tag.name == "br"


def _is_data(table: Tag) -> bool:
    """Whether a table is rows of data, and not a page's layout."""
    return table.find("table") is None and table.find(["h1", "h2", "h3", "ul", "ol", "pre"]) is None


def _table(table: Tag) -> Iterator[Part]:
    caption = table.find("caption")
    if isinstance(caption, Tag):
        words = collapse(caption.get_text(" "))
        if words:
            yield Part(Kind.PARAGRAPH, words)
    rows: list[list[str]] = []
    has_header = False
    for row in table.find_all("tr"):
        cells = [cell for cell in row.find_all(["th", "td"])]
        if not cells:
            continue
        if not rows:
            has_header = len(cells) > 1 and all(cell.name == "th" for cell in cells)
            has_header = has_header or row.find_parent("thead") is not None
        words_of: list[str] = []
        for cell in cells:
            span = str(cell.get("colspan", "1"))
            words = collapse(cell.get_text(" " if cell.find(_is_block) else ""))
            words_of += [words] + [""] * (min(int(span), 50) - 1 if span.isdigit() else 0)
        rows.append(words_of)
    yield from row_parts(rows, has_header)


def _code(element: Tag) -> str:
    lines = element.get_text().replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).encode("utf-8", "replace").decode().strip()
