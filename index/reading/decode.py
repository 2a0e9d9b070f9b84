"""Bytes of a text file -> str, exactly: offsets into the result are offsets into the file's text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from index.errors import UnreadableDocument

MAX_LINE = 1_000_000

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MAGIC = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip or Office file", b"\x89PNG": "an image", b"\x1f\x8b": "gzip"}


def decode(data: bytes, longest_line: int = MAX_LINE) -> str:
    """UTF-8, or UTF-16 with its mark; refuses what is not text. Line ends stay as they are."""
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise UnreadableDocument(f"looks binary, not text: {what}; give the file its right suffix")
    text = _decode(data)
    if not text.strip():
        raise UnreadableDocument("empty: only white space; write something or remove the file")
    # A few stray control characters (form feeds, terminal colours) happen in real text; many do not.
    if "\0" in text or len(_CONTROL.findall(text[:65536])) > len(text[:65536]) // 100:
        raise UnreadableDocument("looks binary, not text: control characters; save the file as UTF-8 text")
    for start, end in line_spans(text):
        if end - start > longest_line:
            raise UnreadableDocument(f"a line of {end - start:,} characters: break it into lines or remove it")
    return text


def line_spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every line, its line break outside; only CR, LF and CRLF break lines."""
    for match in _LINE.finditer(text):
        line = match.group().rstrip("\r\n")
        if match.end() > match.start():
            yield match.start(), match.start() + len(line)


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise UnreadableDocument(f"not valid UTF-16 at byte {error.start}: save the file as UTF-8") from None
    if b"\0" in data:
        raise UnreadableDocument("looks binary, not text: NUL bytes; save the file as UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind the byte order mark.
        skipped = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        raise UnreadableDocument(f"not valid UTF-8 at byte {error.start + skipped}: save the file as UTF-8") from None
