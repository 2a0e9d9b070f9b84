"""A roadmap read back from its files: what each sentence cites, and what stands at the end of each reference."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping

from evals.roadmap.proof import numbers

_MARKS = re.compile(r"\[(\d+)\]")
_CITED = re.compile(r"((?:\[\d+\][\s\u00b7]*)+)")

Claims = list[tuple[str, tuple[int, ...]]]


def word(document: bytes) -> tuple[Claims, dict[int, str], list[str]]:
    """Claims with the references that they link to, the words at each bookmark, and what is wrong with links."""
    import docx
    from docx.oxml.ns import qn

    body = docx.Document(io.BytesIO(document)).element.body
    entries: dict[int, str] = {}
    claims: Claims = []
    wrong: list[str] = []
    groups = [row for table in body.iter(qn("w:tbl")) for row in table.iter(qn("w:tr"))]
    inside = {paragraph for row in groups for paragraph in row.iter(qn("w:p"))}
    for group in [*groups, *(one for one in body.iter(qn("w:p")) if one not in inside)]:
        marks = [one.get(qn("w:name")) for one in group.iter(qn("w:bookmarkStart"))]
        text = "".join(one.text or "" for one in group.iter(qn("w:t")))
        if marks:
            entries[int(marks[0].removeprefix("ref"))] = text
            continue
        for link in group.iter(qn("w:hyperlink")):
            shown = "".join(one.text or "" for one in link.iter(qn("w:t")))
            if shown != f"[{str(link.get(qn('w:anchor'))).removeprefix('ref')}]":
                wrong.append(f"{shown} leads to {link.get(qn('w:anchor'))}")
        claims += cited(" ".join(_cells(group, qn)))
    return claims, entries, wrong


def _cells(group: object, qn: object) -> Iterable[str]:
    for paragraph in group.iter(qn("w:p")) if group.tag == qn("w:tr") else [group]:  # type: ignore[attr-defined,operator]
        yield "".join(one.text or "" for one in paragraph.iter(qn("w:t")))  # type: ignore[operator]


def pdf(document: bytes, apart: Iterable[str]) -> tuple[Claims, dict[int, str], list[str]]:
    """The same of a PDF. `apart`: lines that are no claims, as headings and what stands in pictures."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(document))
    pages = [page.extract_text().replace("\u00a0", " ") for page in reader.pages]
    heading = next(at for at, page in enumerate(pages) if re.search(r"^References$", page, re.M))
    skip = set(apart)

    def flowing(found: list[str]) -> str:
        lines = [line.strip() for page in found for line in page.splitlines()]
        return " ".join(line for line in lines if line and line not in skip and not _foot(line))

    entries: dict[int, str] = {}
    for entry in re.split(r"(?=(?<!\S)\[\d+\] \S+)", flowing(pages[heading:])):
        number = re.match(r"\[(\d+)\] ", entry)
        if number and int(number[1]) == len(entries) + 1:
            entries[int(number[1])] = entry
        elif entries:
            entries[len(entries)] += entry
    return cited(flowing(pages[:heading])), entries, _strays(document, reader)


def _strays(document: bytes, reader: object) -> list[str]:
    """Links whose words do not stand where they lead."""
    import pypdfium2

    words = [page.get_textpage() for page in pypdfium2.PdfDocument(document)]
    wrong = []
    for at, page in enumerate(reader.pages):  # type: ignore[attr-defined]
        for annotation in page.get("/Annots") or []:
            left, bottom, right, top = (float(one) for one in annotation.get_object()["/Rect"])
            shown = _MARKS.search(words[at].get_text_bounded(left - 1, bottom - 1, right + 1, top + 1))
            target, _, x, y, _ = annotation.get_object()["/Dest"]
            there = reader.get_page_number(target.get_object())  # type: ignore[attr-defined]
            found = words[there].get_text_bounded(float(x) - 1, float(y) - 16, float(x) + 60, float(y) + 2)
            if shown is None or not any(line.strip().startswith(shown[0]) for line in found.splitlines()):
                wrong.append(f"{shown and shown[0]} of page {at + 1} leads to {found.strip()[:12]!r}")
    return wrong


def _foot(line: str) -> bool:
    return "· classification:" in line or line.isdigit()


def cited(text: str) -> Claims:
    """Text cut after each run of marks: what stands before the marks is what cites them."""
    parts = _CITED.split(text)
    return [
        (said.strip(), tuple(int(n) for n in _MARKS.findall(marks)))
        for said, marks in zip(parts[::2], parts[1::2], strict=False)
    ]


def untraced(claims: Claims, entries: Mapping[int, str]) -> list[str]:
    """Claims with a number that none of the references they lead to has."""
    found = []
    for text, marks in claims:
        there = set().union(*(numbers(entries.get(n, "")) for n in marks)) if marks else set()
        if not numbers(text) <= there:
            found.append(f"{text} → {sorted(numbers(text) - there)} in {list(marks)}")
    return found
