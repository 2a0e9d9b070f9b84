"""Text as inert Markdown."""

from __future__ import annotations

import re


def inert(text: str) -> str:
    """Markdown that shows `text` as it is: no HTML, links, images or emphasis from a document or feed."""
    return re.sub(r"([\\`*\[\]<>~|])", r"\\\1", text)
