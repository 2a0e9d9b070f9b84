"""File bytes in, `Reading` out. Light to import: a format's parser loads when a file needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import PurePath
from typing import cast

from index.document import Reading
from index.errors import UnreadableDocument
from index.reading.marking import with_marking

MAX_BYTES = 50 * 1024**2
MAX_TEXT, MAX_BLOCKS = 10_000_000, 250_000  # of a reading: some 3,000 pages; more would swell whoever asked for it

MAX_CHUNKS = 32_768  # of a document: as many as a segment of the index holds

SUFFIXES: Mapping[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".txt": "text",
    ".text": "text",
    ".rst": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".csv": "csv",
    ".tsv": "csv",
}

_READERS = {  # media name -> module and function
    "markdown": ("markdown", "read_markdown"),
    "text": ("text", "read_text"),
    "html": ("html", "read_html"),
    "pdf": ("pdf", "read_pdf"),
    "docx": ("office", "read_docx"),
    "pptx": ("office", "read_pptx"),
    "xlsx": ("tables", "read_xlsx"),
    "csv": ("tables", "read_csv"),
}


def read_bytes(name: str, data: bytes) -> Reading:
    """The reading of a file's bytes, by the suffix of `name`. Raises UnreadableDocument only.

    (And MemoryError, which only the sandbox can answer: by a new process.)
    """
    suffix = PurePath(name).suffix.lower()
    media = SUFFIXES.get(suffix)
    if media is None:
        known = " ".join(SUFFIXES)
        raise UnreadableDocument(f"{suffix or 'no suffix'}: not a known format: convert to one of {known}")
    if not data:
        raise UnreadableDocument("empty: the file has no bytes; save it again or remove it")
    if len(data) > MAX_BYTES:
        raise UnreadableDocument(f"{len(data) / 1024**2:.0f} MB, more than 50 MB: split the file")
    module, function = _READERS[media]
    try:
        read = getattr(import_module(f"{__name__}.{module}"), function)
        reading = cast(Callable[[bytes], Reading], read)(data)
    except UnreadableDocument:
        raise
    except MemoryError:
        raise
    except Exception as error:  # parsers of foreign formats raise anything
        lines = str(error).strip().splitlines()
        message = "".join(filter(str.isprintable, lines[0][:200])) if lines else type(error).__name__
        raise UnreadableDocument(f"{media}: damaged or unusual: {message}: open and save it again") from error
    if not reading.blocks:
        raise UnreadableDocument("no text: nothing to read besides markup and metadata; add text or remove it")
    if len(reading.text) > MAX_TEXT or len(reading.blocks) > MAX_BLOCKS:
        raise UnreadableDocument(
            f"{len(reading.text):,} characters in {len(reading.blocks):,} blocks, more than {MAX_TEXT:,} in "
            f"{MAX_BLOCKS:,}: split the file"
        )
    return with_marking(reading)
