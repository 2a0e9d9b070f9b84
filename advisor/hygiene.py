"""What of a document is no evidence: words addressed to the system that answers, and characters no one sees."""

from __future__ import annotations

import re
from functools import lru_cache

from advisor.commanding import COMMAND
from index.document import Kind, Sentence

# Zero-width, bidirectional controls, tag characters, variation selectors of the supplementary plane, soft hyphen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e01ef]")
_HIDING = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_CONTROL = re.compile(r"<\|[^|>\n]{0,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|[\x00-\x08\x0b-\x1f\x7f]")
BLANK = "▒"
WITHHELD = "(a heading that gives orders)"


def clean(text: str) -> str:
    """`text` without characters that no one sees and without the control tokens of chat templates."""
    return " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", text)).split())


def hides(text: str) -> bool:
    """It holds characters that reorder or hide text."""
    return bool(_HIDING.search(text))


@lru_cache(maxsize=16_384)  # some 8 MB: the same sentences come up again, and a look takes half a millisecond
def commands(text: str) -> bool:
    """It speaks to the system that answers, not to the reader."""
    return bool(COMMAND.search(clean(text)) or _CONTROL.search(text.rstrip()))


def name(text: str) -> str:
    """A title or heading as it may be shown: one that gives orders is not."""
    shown = clean(text)
    return WITHHELD if commands(text) or hides(text) else shown


@lru_cache(maxsize=2_048)
def masked(text: str) -> str:
    """Raw text of a document for people to look at, of the same length, with what gives orders or hides blanked out."""
    shown = []
    under = False  # a commanding heading
    leading = False  # a commanding line that ends with a colon
    for block in re.split(r"(\n\s*\n)", text):
        lines = block.split("\n")
        if not block.strip():
            shown.append(block)
            continue
        if lines[0].lstrip().startswith("#"):
            under = False
        bad = commands(block) or hides(block) or any(commands(line) for line in lines)
        head = lines[0].lstrip().startswith("#") and (commands(lines[0]) or hides(lines[0]))
        tabled = sum(line.lstrip().startswith(("|", "-", "*", "+")) for line in lines) > len(lines) / 2
        if under or (leading and tabled):
            block = _blank(block)
        elif bad and tabled and not head:  # rows and items stand by themselves
            block = "\n".join(_blank(line) if commands(line) or hides(line) else line for line in lines)
        elif bad:
            block = _blank(block)
        leading = bad and block.rstrip().endswith((BLANK, ":")) and lines[-1].rstrip().endswith(":")
        under = under or head
        shown.append(block)
    return "".join(shown)


def _blank(text: str) -> str:
    return re.sub(r"\S", BLANK, text)


@lru_cache(maxsize=2_048)  # passages come up again
def tainted(sentences: tuple[Sentence, ...]) -> frozenset[int]:
    """Positions not to be read: paragraphs with a command or hidden text, the list a commanding line leads into,
    and all that stands under a commanding heading."""
    blocks: list[list[int]] = []
    for position, sentence in enumerate(sentences):
        if sentence.opens or not blocks:
            blocks.append([])
        blocks[-1].append(position)
    found: set[int] = set()
    leading: tuple[str, ...] | None = None
    for block in blocks:
        whole = " ".join(sentences[one].text for one in block)
        first = sentences[block[0]]
        listed = first.kind in (Kind.ITEM, Kind.STEP, Kind.CODE, Kind.ROW)
        if not (listed and leading == first.heading):
            leading = None
        bad = commands(whole) or hides(whole) or any(commands(part) or hides(part) for part in first.heading)
        bad = bad or any(commands(sentences[one].text) for one in block)
        if bad or leading is not None:
            found.update(block)
            if whole.rstrip().endswith(":"):
                leading = first.heading
    return frozenset(found)
