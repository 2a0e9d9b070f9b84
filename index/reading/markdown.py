"""Markdown: the stored text is the file, and every block points at its words in it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from index.document import Block, Kind, Reading
from index.reading.build import jsonable, render_row
from index.reading.decode import decode, line_spans
from index.reading.front_matter import prose_spans, setting_rows
from index.reading.markup import HIDDEN, HIDING, Span, plain, scan

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_FRONT_MATTER = 64 * 1024

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"\s*(?:#[^\n]*\n\s*)*[\w\"'-][^\n:]*:(?:\s|$)")
_LABEL = re.compile(r"^\s*[\"']?(label|classification|sensitivity|confidentiality)[\"']?\s*:(.*)$", re.I | re.M)
_HTML_BREAK = re.compile(
    rf"<!--.*?(?:-->|\Z)|{HIDDEN}|<(?P<end>/?)(?P<name>h[1-6]|p|div|li|ul|ol|dl|dt|dd|tr|td|th|table|thead|tbody"
    r"|caption|section|article|aside|header|footer|main|nav|details|summary|blockquote|pre|figure|figcaption"
    r"|form|fieldset|legend|center|hr|br)\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL | re.IGNORECASE,
)
_HIDING = re.compile(HIDING, re.DOTALL | re.IGNORECASE)
_HTML_ROW = re.compile(r"<tr\b[^<>]*>(.*?)(?:</tr\s*>|(?=<tr\b)|\Z)", re.DOTALL | re.IGNORECASE)
_HTML_CELL = re.compile(r"<(t[hd])\b[^<>]*>(.*?)(?:</t[hd]\s*>|(?=<t[hdr]\b)|(?=</t)|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|</?[a-z][^<>]*>", re.DOTALL | re.IGNORECASE)


def read_markdown(data: bytes) -> Reading:
    text = decode(data)
    metadata, body = front_matter(text)
    blocks = (*_front_matter_blocks(text, body, metadata), *_blocks(text, body))
    if not blocks and metadata:
        blocks = tuple(setting_rows(text, text.find("\n") + 1, text.rfind("\n", 0, body - 1)))
    title = metadata.get("title")
    name = plain(title) if isinstance(title, str) else ""
    first = (block for block in blocks if block.kind is Kind.HEADING and block.level == 1)
    for block in first if not name else ():
        name = " ".join("".join(text[a:b] for a, b in block.runs).split())
        break
    return Reading(text, blocks, name or None, metadata)


def _front_matter_blocks(text: str, body: int, metadata: dict[str, object]) -> Iterator[Block]:
    if metadata:
        start, end = text.find("\n") + 1, text.rfind("\n", 0, body - 1)
        for span in prose_spans(text, start, end):
            yield from _words(text, [span], Kind.PARAGRAPH, 0, ())


def front_matter(text: str) -> tuple[dict[str, object], int]:
    """The YAML block at the top and where the text behind it starts; unusable YAML counts as none."""
    match = _FRONT_MATTER.match(text, 0, MAX_FRONT_MATTER)
    if match is None:
        return {}, 0
    if match[1].count("[") + match[1].count("{") > 1000:  # depth costs YAML quadratic time
        return _labels(match[1]), match.end()
    import yaml

    try:
        # Aliases can blow a small block up to gigabytes once it is written out.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(match[1])):
            return _labels(match[1]), match.end()
        value = yaml.safe_load(match[1])
    except Exception:  # YAML's constructors raise ValueError, RecursionError and more besides YAMLError
        return (_labels(match[1]), match.end()) if _KEY.match(match[1]) else ({}, 0)
    if value is None:
        return {}, match.end()
    if not isinstance(value, dict):
        return {}, 0  # two rules with text between them
    return {str(key): jsonable(item) for key, item in value.items()}, match.end()


def _labels(matter: str) -> dict[str, object]:
    """The lines of unusable front matter that say who may see the document: no typing slip opens it."""
    return {key.lower(): value.strip(" \t\r'\"") for key, value in _LABEL.findall(matter)}


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])  # the words are ours to find
    return parser


def _blocks(text: str, body: int) -> Iterator[Block]:
    environment: dict[str, dict[str, object]] = {}
    tokens = _parser().parse(text[body:], environment)
    references = environment.get("references", {})
    lines = [(body + start, body + end) for start, end in line_spans(text[body:])]
    lists: list[bool] = []  # for each open list, whether it is numbered
    items: list[int] = []  # first line of each open item
    header: list[str] = []
    opening: Token | None = None
    hidden, depth = "", 0  # the element that is open and not shown
    for place, token in enumerate(tokens):
        found: Iterator[Block] = iter(())
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                lists.append(token.type == "ordered_list_open")
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                items.append(token.map[0] if token.map else -1)
            case "list_item_close":
                items.pop()
            case "heading_open" | "paragraph_open":
                opening = token
            case "heading_close" | "paragraph_close":
                opening = None
            case "inline" if opening is not None and opening.map:
                if opening.type == "heading_open":
                    kind, level = Kind.HEADING, int(opening.tag[1])
                elif items and items[-1] == opening.map[0]:
                    kind, level = (Kind.STEP if lists[-1] else Kind.ITEM), len(lists)
                    items[-1] = -1
                else:
                    kind, level = Kind.PARAGRAPH, 0
                spans = _content_spans(text, lines, opening.map[0], token.content, opening.markup)
                found = _words(text, spans, kind, level, references)
            case "fence" | "code_block" if token.map:
                first = token.map[0] + (token.type == "fence")
                spans = _content_spans(text, lines, first, token.content)
                if spans:
                    found = iter([Block(Kind.CODE, spans[0][0], spans[-1][1], tuple(_merged(spans)))])
            case "html_block" if token.map:
                spans = _content_spans(text, lines, token.map[0], token.content)
                content = "".join(text[a:b] for a, b in spans)
                for tag in _HIDING.finditer(content) if not hidden else ():
                    depth = _depth(content[tag.start() :], tag["hidden"])
                    if depth > 0:  # it goes on behind this block of HTML
                        yield from _html(text, _placed(spans, [(0, tag.start())]), references)
                        hidden = tag["hidden"]
                        break
                else:
                    if hidden and (depth := depth + _depth(content, hidden)) <= 0:
                        hidden = ""
                    elif not hidden:
                        found = _html(text, spans, references)
            case "thead_open":
                header = []
            case "th_open":
                header.append(plain(tokens[place + 1].content, references))
            case "tr_open" if token.map and tokens[place + 1].type != "th_open":
                found = _row(text, lines[token.map[0]], header, tokens[place : place + 3 * len(header) + 1], references)
            case _:
                pass
        if not hidden:
            yield from found


def _content_spans(text: str, lines: Sequence[Span], first: int, content: str, markup: str = "") -> list[Span]:
    """Where the lines of a token's content stand, with the white space between them.

    What a parser takes off a line (indent, list markers, quote marks) stands before the content,
    so the content is found at the line's end; only `# headings #` lose something behind it.
    """
    spans: list[Span] = []
    for number, line in enumerate(content.split("\n"), first):
        words = line.strip()
        if not words or number >= len(lines):
            continue
        start, end = lines[number]
        raw = text[start:end]
        if markup.startswith("#"):
            after = raw.find("#")
            at = raw.find(words, after + len(markup))
        else:
            at = len(raw.rstrip()) - len(words)
            at = at if raw.startswith(words, max(at, 0)) else -1
        if at < 0:  # cannot be placed exactly: better the whole line than a wrong span
            at, words = len(raw) - len(raw.lstrip()), raw.strip()
        spans.append((start + at, start + at + len(words)))
    joined: list[Span] = []
    for start, end in spans:
        if joined and text[joined[-1][1] : start].isspace():
            joined[-1] = (joined[-1][0], end)
            continue
        if joined:  # a line break at least has to part the words
            joined[-1] = (joined[-1][0], _line_break(text, joined[-1][1]))
        joined.append((start, end))
    return joined


def _line_break(text: str, end: int) -> int:
    while end < len(text) and text[end] not in "\r\n":
        end += 1
    return end + 1 + (text.startswith("\r\n", end))


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _placed(spans: Sequence[Span], runs: Sequence[Span]) -> list[Span]:
    """Runs counted in the joined `spans`, as runs in the text."""
    placed: list[Span] = []
    offset = 0
    position = 0
    for start, end in spans:
        size = end - start
        while position < len(runs) and runs[position][0] < offset + size:
            a, b = runs[position]
            placed.append((start + max(a - offset, 0), start + min(b - offset, size)))
            if b > offset + size:
                break
            position += 1
        offset += size
    return _merged(placed)


def _words(text: str, spans: Sequence[Span], kind: Kind, level: int, references: Container[str]) -> Iterator[Block]:
    """The block of some content; several where line breaks of HTML part its words."""
    content = "".join(text[a:b] for a, b in spans)
    pieces = [_placed(spans, runs) for runs in scan(content, references)]
    if kind is Kind.HEADING:
        pieces = [_merged([run for runs in pieces for run in runs])]
    for runs in pieces:
        if any(map(str.isalnum, "".join(text[a:b] for a, b in runs))):  # else a rule or an ornament
            yield Block(kind, runs[0][0], runs[-1][1], tuple(runs), level)
            kind, level = Kind.PARAGRAPH, 0


def _row(
    text: str, line: Span, header: Sequence[str], tokens: Sequence[Token], references: Container[str]
) -> Iterator[Block]:
    cells: list[str] = []
    for token in tokens:
        if token.type == "tr_close":
            break
        if token.type == "inline":
            cells.append(plain(token.content, references))
    rendered = render_row(header, cells)
    if rendered:
        raw = text[slice(*line)]
        start = line[0] + len(raw) - len(raw.lstrip())
        yield Block(Kind.ROW, start, line[0] + len(raw.rstrip()), (), rendered=rendered)


def _depth(content: str, name: str) -> int:
    """How many elements called `name` are open at the end of `content`."""
    opened = re.findall(rf"<{name}\b(?![^<>]*/>)", content, re.IGNORECASE)
    return len(opened) - len(re.findall(rf"</{name}\b", content, re.IGNORECASE))


def _html(text: str, spans: Sequence[Span], references: Container[str]) -> Iterator[Block]:
    """Text inside the tags of an HTML block."""
    content = "".join(text[a:b] for a, b in spans)
    rows = list(_HTML_ROW.finditer(content)) if "<table" in content.lower() else []
    header: list[str] = []
    edges = [0, *(edge for row in rows for edge in row.span()), len(content)]
    for number, (start, end) in enumerate(pairwise(edges)):
        if number % 2 == 0:
            yield from _html_text(text, content, spans, (start, end), references)
            continue
        cells = _HTML_CELL.findall(content, start, end)
        words = [" ".join(plain(_TAG.sub(" ", cell), references).split()) for _, cell in cells]
        if cells and all(name.lower() == "th" for name, _ in cells):
            header = words
        elif rendered := render_row(header, words):
            place = _placed(spans, [(start, end)])
            yield Block(Kind.ROW, place[0][0], place[-1][1], (), rendered=rendered)


def _html_text(
    text: str, content: str, spans: Sequence[Span], part: Span, references: Container[str]
) -> Iterator[Block]:
    kind, level, position = Kind.PARAGRAPH, 0, part[0]
    tags = [(m.start(), m.end(), m["name"] if not m["end"] else "") for m in _HTML_BREAK.finditer(content, *part)]
    for start, end, name in [*tags, (part[1], part[1], "")]:
        piece = _placed(spans, [(position, start)]) if start > position else []
        yield from _words(text, piece, kind, level, references)
        position = end
        name = (name or "").lower()
        if name[:1] == "h" and name[1:].isdigit():
            kind, level = Kind.HEADING, int(name[1])
        else:
            kind, level = (Kind.ITEM, 1) if name == "li" else (Kind.PARAGRAPH, 0)
