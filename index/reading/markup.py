"""Where the words stand in a stretch of Markdown: everything a rendered page would not show is left out.

A scanner of its own, because parsers hand out text without its place in the file. It works on
raw text, so each kept character can be pointed at.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]

_ATTRIBUTE = r"(?:\s+[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?)"
# The tag of an element that a browser does not show, nor anything it holds.
HIDING = (
    r"<(?P<hidden>(?:script|style|svg|template|noscript|iframe)\b"
    r"|(?!(?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[a-z][a-z0-9]*(?="
    rf"{_ATTRIBUTE}*?\s+(?:hidden(?=[\s/>=])|aria-hidden\s*=\s*[\"']?true"
    r"|style\s*=\s*[\"'][^\"'<>]*?(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])))))[^<>]*>"
)
HIDDEN = rf"{HIDING}.*?</(?P=hidden)\s*>"
_HTML = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center "
    "cite code col colgroup data dd del details dfn dialog div dl dt em embed fieldset figcaption figure font "
    "footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link main map "
    "mark menu meta nav nobr object ol optgroup option output p param picture pre progress q s samp script section "
    "select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot "
    "th thead time title tr track tt u ul var video wbr path g circle rect line polygon use defs"
).replace(" ", "|")

_TOKEN = re.compile(
    r"(?P<escape>\\(?=[!-/:-@\[-`{-~\r\n]))."
    r"|(?<!`)(?P<ticks>`++)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?P<gone><!--.*?-->"
    r"|\{%(?:[^%{]|%(?!\})|\{(?!%))*+%\}"  # Liquid
    r"|\{\{(?:[^{}]|\{[^{}]*\})*+\}\}"
    r"|\{(?::|[#.][\w-])[^{}\n]*\}"  # attributes of kramdown and Pandoc
    r"|\[\^[^\[\]\s]+\]:?"  # footnotes
    r"|\A\[[ xX]\]\s"  # task boxes
    r"|\[\[?_?TOC_?\]\]?"
    r"|^[ \t]*:::+[ \t]*\w*"  # admonitions
    r"|^import\s[^\n]*\sfrom\s+['\"][^'\"\n]+['\"];?[ \t]*$"  # MDX
    r"|&(?:nbsp|ensp|emsp|thinsp|shy|zwnj|zwj|\#160|\#xA0);"
    rf"|{HIDDEN})"
    r"|(?P<break>(?<!\s)<br\s*/?>(?!\s))"
    r"|<(?P<autolink>[a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>"
    rf"|(?P<tag></?(?:(?:{_HTML})\b|(?-i:[A-Z][\w.]*)|[a-z]\w*-[\w-]+(?=\s+[\w-]+=))(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>)"
    r"|\[\[(?:[^\[\]|]*\|)?(?P<wiki>[^\[\]|]+)\]\]"
    r"|\[!(?P<alert>NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]"
    r"|(?P<open>!?\[)"
    r"|(?P<close>\])"
    r"|&(?P<amp>amp;)"
    r"|(?P<mark>\*+|_+|~~+|'{2,5})",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_DESTINATION = re.compile(
    r"\(\s*+(?:<[^<>\n]*>|(?:\{\{[^{}]*\}\}|\{%[^%]*%\}|\\.|[^\s()\\]|\((?:[^()]|\([^()]*\))*+\))*+)"
    r"(?:\s++(?:\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\])*+'|\([^()]*\)))?\s*+\)",
    re.DOTALL,
)
_REFERENCE = re.compile(r"[ ]?\[([^\[\]]*)\]")


@dataclass(slots=True)
class _Mark:
    """A run of emphasis characters; `left` and `right` bound what is not yet used."""

    character: str
    left: int
    right: int
    length: int
    opens: bool
    closes: bool


def scan(content: str, references: Container[str] = ()) -> list[list[Span]]:
    """Spans of the words in `content`, in pieces: a <br> without white space around it parts two pieces."""
    dropped = bytearray(len(content))
    breaks: list[int] = []
    marks: list[_Mark] = []
    brackets: list[Span] = []
    position = 0
    while match := _TOKEN.search(content, position):
        start, end = match.span()
        position = end
        found = match.lastgroup
        if match["escape"] is not None:
            _drop(dropped, start, start + 1)
        elif match["ticks"] is not None:
            _drop(dropped, start, match.start("code"))
            _drop(dropped, match.end("code"), end)
        elif match["autolink"] or match["wiki"] or match["alert"]:
            inner = "autolink" if match["autolink"] else "wiki" if match["wiki"] else "alert"
            _drop(dropped, start, match.start(inner))
            _drop(dropped, match.end(inner), end)
        elif match["break"]:
            _drop(dropped, start, end)
            breaks.append(start)
        elif match["amp"]:
            _drop(dropped, start + 1, end)
        elif match["open"]:
            brackets.append((start, end))
        elif match["close"]:
            if brackets:
                position = _close(content, dropped, brackets.pop(), end, references)
        elif match["mark"]:
            marks.append(_mark(content, start, end))
        elif found:
            _drop(dropped, start, end)
    _emphasis(content, marks, dropped)
    edges = [0, *breaks, len(content)]
    return [_kept(dropped, a, b) for a, b in pairwise(edges)]


def plain(content: str, references: Container[str] = ()) -> str:
    """The words of `content` on one line."""
    pieces = scan(content, references)
    return " ".join(" ".join("".join(content[a:b] for a, b in runs) for runs in pieces).split())


def _drop(dropped: bytearray, start: int, end: int) -> None:
    dropped[start:end] = b"\1" * (end - start)


def _kept(dropped: bytearray, start: int, end: int) -> list[Span]:
    return [(m.start(), m.end()) for m in re.compile(rb"\0+").finditer(dropped, start, end)]


def _close(content: str, dropped: bytearray, opening: Span, end: int, references: Container[str]) -> int:
    """Resolve one [ ] pair that ends at `end`; returns where to go on."""
    start, inside = opening
    label = content[inside : end - 1]
    stop = end
    if target := _DESTINATION.match(content, end):
        stop = target.end()
    elif target := _REFERENCE.match(content, end):
        known = normalise_label(target[1] or label) in references
        adjacent = content[end] == "[" and not content[start - 1 : start].isalnum()
        stop = target.end() if known or adjacent else end
    if stop == end and normalise_label(label) not in references:
        return end
    if content[start] == "!":
        _drop(dropped, start, stop)
    else:
        _drop(dropped, start, inside)
        _drop(dropped, end - 1, stop)
    return stop


def normalise_label(label: str) -> str:
    """The form under which markdown-it keeps link reference definitions."""
    return " ".join(label.split()).lower().upper()


def _mark(content: str, start: int, end: int) -> _Mark:
    """CommonMark's flanking rules."""
    before = content[start - 1] if start else " "
    after = content[end] if end < len(content) else " "
    before_word, after_word = before.isalnum(), after.isalnum()
    left = not after.isspace() and (after_word or not before_word)
    right = not before.isspace() and (before_word or not after_word)
    character = content[start]
    if character in "_'":  # never inside a word
        left, right = left and not (right and before_word), right and not (left and after_word)
    return _Mark(character, start, end, end - start, left, right)


def _emphasis(content: str, marks: list[_Mark], dropped: bytearray) -> None:
    """Drop the pairs of emphasis marks."""
    openers: dict[str, list[_Mark]] = {character: [] for character in "*_~'"}
    for mark in marks:
        own = openers[mark.character]
        depth = len(own) - 1
        while mark.closes and mark.left < mark.right and depth >= 0:
            opener = own[depth]
            if not _pairs(opener, mark):
                depth -= 1
                continue
            used = min(opener.right - opener.left, mark.right - mark.left)
            _drop(dropped, opener.right - used, opener.right)
            _drop(dropped, mark.left, mark.left + used)
            opener.right -= used
            mark.left += used
            for stack in openers.values():  # pairs do not cross
                while stack and (stack[-1].left > opener.left or stack[-1].left == stack[-1].right):
                    stack.pop()
            depth = len(own) - 1
        if mark.opens and mark.left < mark.right:
            own.append(mark)
    for mark in marks:
        # Writers leave a blank inside ("**Note: **text"); no reader wants to see those stars.
        before, after = content[mark.left - 1 : mark.left], content[mark.right : mark.right + 1]
        words, blanks = before.isalnum() and after.isalnum(), not before.strip() and not after.strip()
        if mark.character == "*" and mark.right - mark.left >= 2 and not words and not blanks:
            _drop(dropped, mark.left, mark.right)


def _pairs(opener: _Mark, closer: _Mark) -> bool:
    if opener.character in "~'":
        return opener.length == closer.length
    both = opener.closes or closer.opens
    return not (both and (opener.length + closer.length) % 3 == 0 and opener.length % 3 != 0)
