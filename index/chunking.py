"""Document → Chunks: structure first, then size; every offset points into the stored text.

The encoder reads 256 word pieces and drops the rest without a word, so a chunk and the heading
put before it must fit. Small sibling sections are packed together, large ones split evenly.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from index.document import Block, Chunk, Kind, Reading, Sentence

VERSION = 3  # part of the generation's fingerprint: raise it when chunks come out differently
MAX_PIECES = 200  # of the encoder's 256; the rest is for title and heading path
MIN_PIECES = 70
MAX_CHARACTERS = 600  # of one sentence; about 150 word pieces of English
_COUNTED = 512  # texts counted at once: what the tokenizer says of each takes much memory

CountPieces = Callable[[Sequence[str]], Sequence[int]]

_WORD_OR_SPACE = re.compile(r"\s+|\S+")
_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-ÖØ-Þ]|/[a-z])")
_CLOSE = r"\.[\"'”’)\]]*\s+$"
_NOT_END = re.compile(
    rf"\b(?:e\.g|i\.e|cf|vs|etc|al|approx|incl|dr|mr|mrs|prof|inc|ltd|co|resp){_CLOSE}", re.IGNORECASE
)
# Initials and "Ms.", but no unit: "400 Gb/s.", "27 C." and "17 ms." end sentences.
_INITIAL = re.compile(rf"(?:^|(?<!\d)[\s(])(?:Ms|[A-Z](?:\.[A-Z])*){_CLOSE}")
_BEFORE_NUMBER = re.compile(
    r"\b(?:figs?|nos?|secs?|eqs?|vol|ch|pp?|ca|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)" + _CLOSE, re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Sentences that should stay together, with their size in word pieces."""

    heading: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    pieces: int


def clean(text: str, runs: Sequence[tuple[int, int]]) -> tuple[str, Sequence[int]]:
    """The words of `runs` with white space collapsed, and the stored-text position of each character."""
    parts: list[str] = []
    positions = array("q")  # numbers in a list take five times the memory
    spaced = True  # at the start, or after a space
    for start, end in runs:
        for match in _WORD_OR_SPACE.finditer(text, start, end):
            if not match[0].isspace():
                parts.append(match[0])
                positions.extend(range(*match.span()))
                spaced = False
            elif not spaced:
                parts.append(" ")
                positions.append(match.start())
                spaced = True
    if spaced and parts:
        parts.pop()
        positions.pop()
    return "".join(parts), positions


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of one clean paragraph; together they cover all its words."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        tail = text[max(start, match.start() - 12) : match.end()]
        if _abbreviates(tail, text[match.end()]):
            continue
        spans.append((start, match.start() + len(match.group().rstrip())))
        start = match.end()
    if start < len(text):
        spans.append((start, len(text)))
    return [part for span in spans for part in _cut(text, *span)]


def _abbreviates(tail: str, following: str) -> bool:
    """Whether the full stop that ends `tail` belongs to an abbreviation before the character `following`."""
    if _NOT_END.search(tail) or _INITIAL.search(tail):
        return True
    return following.isdigit() and _BEFORE_NUMBER.search(tail) is not None


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Parts of an over-long sentence, cut at white space."""
    parts: list[tuple[int, int]] = []
    while end - start > MAX_CHARACTERS:
        space = text.rfind(" ", start + MAX_CHARACTERS // 2, start + MAX_CHARACTERS)
        stop = space if space > 0 else start + MAX_CHARACTERS
        parts.append((start, stop))
        start = stop + (1 if space > 0 else 0)
    return [*parts, (start, end)]


def sentences_of(text: str, block: Block) -> list[Sentence]:
    """The citable sentences of a block; a table row is one."""
    if block.rendered is not None:
        parts = _cut(block.rendered, 0, len(block.rendered))
        return [
            Sentence(block.start, block.end, block.rendered[a:b], block.kind, (), a == 0, block.page) for a, b in parts
        ]
    words, positions = clean(text, block.runs)
    if not words:
        return []
    whole = block.kind in (Kind.HEADING, Kind.CODE)
    spans = _cut(words, 0, len(words)) if whole else split_sentences(words)
    return [
        Sentence(positions[a], positions[b - 1] + 1, words[a:b], block.kind, (), a == 0, block.page)
        for a, b in spans
        if b > a
    ]


def chunk(reading: Reading, count: CountPieces) -> list[Chunk]:
    """Chunks of at most MAX_PIECES word pieces as measured by `count`, in document order."""
    units = _units(reading, count)
    packed: list[list[_Unit]] = []
    for _, section in groupby(units, key=lambda unit: unit.heading):
        packed.extend(_split_evenly(list(section)))
    return [_chunk_of(group) for group in _merge_small(packed)]


def _units(reading: Reading, count: CountPieces) -> list[_Unit]:
    per_block = [(block, sentences_of(reading.text, block)) for block in reading.blocks]
    flat = [sentence.text for _, sentences in per_block for sentence in sentences]
    sizes = iter(count(flat) if flat else [])
    units: list[_Unit] = []
    path: list[tuple[int, str]] = []
    for block, sentences in per_block:
        pieces = [next(sizes) for _ in sentences]
        if block.kind is Kind.HEADING:
            if sentences:
                path = [(level, name) for level, name in path if level < block.level]
                path.append((block.level, sentences[0].text))
            continue
        heading = tuple(name for _, name in path)
        placed = [replace(sentence, heading=heading) for sentence in sentences]
        for group, size in _fit(placed, pieces):
            units.append(_Unit(heading, tuple(group), size))
    return units


def _fit(sentences: list[Sentence], pieces: list[int]) -> list[tuple[list[Sentence], int]]:
    """Groups of sentences within the limit."""
    groups: list[tuple[list[Sentence], int]] = []
    for sentence, size in zip(sentences, pieces, strict=True):
        if groups and groups[-1][1] + size <= MAX_PIECES:
            groups[-1] = ([*groups[-1][0], sentence], groups[-1][1] + size)
        else:
            groups.append(([sentence], size))
    return groups


def _split_evenly(section: list[_Unit]) -> list[list[_Unit]]:
    total = sum(unit.pieces for unit in section)
    parts = -(-total // MAX_PIECES)
    if parts <= 1:
        return [section]
    target = total / parts
    groups: list[list[_Unit]] = [[]]
    size = 0
    for position, unit in enumerate(section):
        leads_list = unit.sentences[-1].text.endswith(":") and position + 1 < len(section)
        full = size + unit.pieces > MAX_PIECES or (size >= target * 0.9) or (leads_list and size >= target * 0.6)
        if groups[-1] and full:
            groups.append([])
            size = 0
        groups[-1].append(unit)
        size += unit.pieces
    return groups


def _merge_small(groups: list[list[_Unit]]) -> list[list[_Unit]]:
    """Join a small group to the next one when both hang under the same parent heading."""
    merged: list[list[_Unit]] = []
    for group in groups:
        if merged:
            last = merged[-1]
            size, more = sum(u.pieces for u in last), sum(u.pieces for u in group)
            related = last[0].heading[:1] == group[0].heading[:1] or not last[0].heading
            if related and min(size, more) < MIN_PIECES and size + more <= MAX_PIECES:
                last.extend(group)
                continue
        merged.append(list(group))
    return merged


def _chunk_of(units: list[_Unit]) -> Chunk:
    """The chunk of some units; a heading that differs from the first one's becomes a line of text."""
    heading = units[0].heading
    for unit in units[1:]:
        shared = 0
        while shared < min(len(heading), len(unit.heading)) and heading[shared] == unit.heading[shared]:
            shared += 1
        if unit.heading != units[0].heading:
            heading = heading[: max(shared, 1)]
    lines: list[str] = []
    current = heading
    for unit in units:
        if unit.heading != current:
            lines.append(" > ".join(unit.heading[len(heading) :]) or " ".join(unit.heading[-1:]))
            current = unit.heading
        lines.append(" ".join(sentence.text for sentence in unit.sentences))
    sentences = tuple(sentence for unit in units for sentence in unit.sentences)
    return Chunk(
        heading=heading,
        start=min(s.start for s in sentences),
        end=max(s.end for s in sentences),
        text="\n".join(line for line in lines if line),
        sentences=sentences,
        page=sentences[0].page,
    )


def piece_counter(tokenizer: Path) -> CountPieces:
    """Counts the word pieces of each text, as the encoder with this tokenizer.json does."""
    from tokenizers import Tokenizer

    counter = Tokenizer.from_file(str(tokenizer))
    counter.no_truncation()
    counter.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        sizes: list[int] = []
        for start in range(0, len(texts), _COUNTED):
            encoded = counter.encode_batch(list(texts[start : start + _COUNTED]), add_special_tokens=False)
            sizes += [len(one.ids) for one in encoded]
        return sizes

    return count
