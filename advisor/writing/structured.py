"""Sentences with their sources as JSON, for endpoints that hold a model to a schema; read as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

RESPONSE_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "answer",
        "strict": True,
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["sentences"],
            "properties": {
                "sentences": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["text", "sources"],
                        "properties": {
                            "text": {"type": "string", "description": "One sentence."},
                            "sources": {"type": "array", "items": {"type": "integer"}},
                        },
                    },
                }
            },
        },
    },
}

Part = tuple[str, dict[str, int]]  # text, and token counts where they are told


def refused(error: Exception) -> bool:
    """The endpoint does not know the schema: it calls the request malformed."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status in (400, 422)


def as_text(parts: Iterable[Part]) -> Iterator[Part]:
    """Each finished sentence as "text [1, 2]" on a line; what is no JSON object passes as it is, since some endpoints
    take a schema and do not hold to it."""
    buffer, place = "", 0
    plain: bool | None = None
    for text, counts in parts:
        buffer += text
        if plain is None and buffer.strip():
            plain = not buffer.lstrip().startswith("{")
        if plain:
            yield buffer, counts
            buffer = ""
            continue
        found, place = _finished(buffer, place)
        yield "".join(f"{_line(one)}\n" for one in found), counts


def _finished(buffer: str, place: int) -> tuple[list[dict[str, Any]], int]:
    """The whole objects inside the array from `place` on, and where to go on."""
    found = []
    place = place or buffer.find("[") + 1
    while place and (start := buffer.find("{", place)) >= 0:
        try:
            one, place = json.JSONDecoder().raw_decode(buffer, start)
        except json.JSONDecodeError:
            break  # not finished
        found.append(one)
    return found, place


def _line(one: dict[str, Any]) -> str:
    numbers = [n for n in one.get("sources") or () if isinstance(n, int) and 0 < n < 1000]
    text = " ".join(str(one.get("text", "")).split())
    return f"{text} [{', '.join(map(str, numbers))}]" if numbers else text
