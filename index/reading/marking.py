"""What a document says of its own confidentiality besides a `label`: it may only make it stricter.

Organisations mark documents in many places: another key of the front matter, "Classification: Secret"
under the title, a running head, the sensitivity label that Office writes into a file's properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from zipfile import ZipFile

from index.document import Kind, Label, Reading

MARKING = "marking"  # the key of the metadata
FIRST_BLOCKS = 8  # in which a document marks itself
_LONGEST = 80  # characters of a line that is a marking

_KEY = (
    r"(?:(?:data|security|document|information)[ _-]?)?(?:classification|sensitivity|confidentiality|clearance)"
    r"(?:[ _-]?(?:level|class|label|marking))?"
)
_RESTRICTED = r"(?:strictly |highly |top |company |commercial(?:ly)? )?(?:restricted|confidential|secret)"
_INTERNAL = r"(?:for )?internal(?: use)?(?: only)?|tlp:\s?(?:amber|green)"
_NAMES = (
    (Label.RESTRICTED, re.compile(rf"\b(?:{_RESTRICTED}|tlp:\s?(?:red|amber\+strict))\b", re.IGNORECASE)),
    (Label.INTERNAL, re.compile(rf"\b(?:{_INTERNAL})\b", re.IGNORECASE)),
    (Label.PUBLIC, re.compile(r"\b(?:public|unclassified|tlp:\s?(?:clear|white))\b", re.IGNORECASE)),
)
_NAMED_KEY = re.compile(rf"^{_KEY}$", re.IGNORECASE)
_KEYED = re.compile(rf"^\W*{_KEY}\s*[:=–—-]\s*(?P<value>[^.|]{{3,40}})$", re.IGNORECASE)
_ALONE = re.compile(rf"^\W*(?:{_RESTRICTED}|{_INTERNAL})\W*$", re.IGNORECASE)
_SHOUTED = re.compile(r"(?:^|[–—|:/-]\s*)(?:RESTRICTED|CONFIDENTIAL|INTERNAL USE ONLY)\W*$")  # "Acme – CONFIDENTIAL"
_SENSITIVITY = re.compile(rb'name="MSIP_Label_[^"]*_Name"[^>]*>\s*<vt:lpwstr>([^<]{1,80})<', re.IGNORECASE)


def with_marking(reading: Reading) -> Reading:
    """`reading` with the strictest marking of its properties, its reader and its first lines in the metadata."""
    values = [str(v) for k, v in reading.metadata.items() if _NAMED_KEY.match(str(k).strip()) or k == MARKING]
    found: list[str | None] = [named(value) for value in values]
    first = reading.blocks[:FIRST_BLOCKS]
    # A heading or an item may name a label to speak of it, and several rows do so of what they list.
    lines = ["".join(reading.text[a:b] for a, b in block.runs) for block in first if block.kind is Kind.PARAGRAPH]
    rows = [mark for block in first if block.rendered and (mark := marking_of([block.rendered]))]
    found += [marking_of(lines), *(rows if len(rows) == 1 else [])]
    strictest = _strictest(found)
    if strictest is None:
        return reading
    return Reading(reading.text, reading.blocks, reading.title, {**reading.metadata, MARKING: strictest})


def marking_of(lines: Iterable[str]) -> str | None:
    """The strictest label that one of the lines gives the document; prose about labels gives none."""
    found = []
    for part in (part for line in lines for part in re.split(r"[\r\n]+|; ", line)):
        words = " ".join(part.split())
        if len(words) > _LONGEST:
            continue
        if keyed := _KEYED.match(words):
            found.append(_named(keyed["value"]))
        elif _ALONE.match(words) or _SHOUTED.search(words):
            found.append(_named(words))
    return _strictest(found)


def named(value: str) -> str:
    """The label meant by a name of any scheme; an unknown name means restricted (fail closed)."""
    return _named(value) or Label.RESTRICTED.value


def _named(value: str) -> str | None:
    return next((label.value for label, pattern in _NAMES if pattern.search(value)), None)


def office_marking(data: bytes) -> str | None:
    """The sensitivity label in the custom properties of an Office file that `check_zip` has passed."""
    with ZipFile(BytesIO(data)) as archive:
        if "docProps/custom.xml" not in archive.namelist():
            return None
        names = _SENSITIVITY.findall(archive.read("docProps/custom.xml"))
    return _strictest([named(name.decode("utf-8", "replace")) for name in names])


def label_of(metadata: Mapping[str, object], default: Label) -> Label:
    """The document's own `label`, else the stricter of `default` and its marking."""
    given, marked = metadata.get("label"), metadata.get(MARKING)
    if given is not None:
        return Label.parse(given)
    return max(default, Label.parse(marked), key=lambda label: label.rank) if marked is not None else default


def _strictest(names: Iterable[str | None]) -> str | None:
    labels = [Label.parse(name) for name in names if name is not None]
    return max(labels, key=lambda label: label.rank).value if labels else None
