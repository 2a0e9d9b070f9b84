"""Prose that stands in YAML front matter: catalogue pages often keep all their words there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.document import Block, Kind

Span = tuple[int, int]

PROSE_WORDS = 6  # a value with fewer words is a setting, not a statement
_PLUMBING = re.compile(r"^(?:title|label|sources|topics|tags|layout|permalink|slug|id|.*url|.*logo.*|.*image.*|date)$")


def prose_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Spans of the top-level values between `start` and `end` that read as prose."""
    for _, node in _pairs(text, start, end):
        if node.id == "scalar":
            span = _value(text, node, start)
            if len(text[slice(*span)].split()) >= PROSE_WORDS:
                yield span


def setting_rows(text: str, start: int, end: int) -> Iterator[Block]:
    """Short values and lists of them as rows, "member level: premier"; for pages that hold nothing else."""
    for key, node in _pairs(text, start, end):
        if node.id == "sequence":
            values = [str(item.value) for item in node.value if item.id == "scalar" and item.value]
        else:
            values = [str(node.value)] if node.id == "scalar" and len(str(node.value).split()) < PROSE_WORDS else []
        kept = [" ".join(value.split()) for value in values if value and not value.startswith(("http", "/"))]
        if kept:
            first, last = start + node.start_mark.index, start + node.end_mark.index
            last = first + len(text[first:last].rstrip())
            name = re.sub(r"[-_]+", " ", key)
            yield Block(Kind.ROW, first, last, (), rendered=f"{name}: {', '.join(kept)}")


def _pairs(text: str, start: int, end: int) -> Iterator[tuple[str, Any]]:
    """Top-level (key, YAML node) pairs that may say something; none when the YAML cannot be read."""
    import yaml

    try:
        root: Any = yaml.compose(text[start:end], Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return
    if root is None or root.id != "mapping":
        return
    for key, node in root.value:
        if key.id == "scalar" and not _PLUMBING.match(str(key.value).lower()):
            yield str(key.value), node


def _value(text: str, node: Any, offset: int) -> Span:
    """The words of a scalar: without quotation marks or the `|` and `>` line."""
    start = offset + node.start_mark.index
    end = offset + node.end_mark.index
    if node.style in ("'", '"'):
        return start + 1, end - 1
    if node.style in ("|", ">"):
        start = text.find("\n", start, end) + 1 or start
    return start, start + len(text[start:end].rstrip())
