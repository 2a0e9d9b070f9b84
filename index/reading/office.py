"""Word and PowerPoint. The stored text is built here, in document order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from io import BytesIO
from typing import Any

from index.document import Kind, Reading
from index.reading.archive import check_zip
from index.reading.build import Part, build, collapse, first_heading, jsonable, row_parts
from index.reading.marking import MARKING, marking_of, office_marking

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SPACES = {f"{_W}tab", f"{_W}br", f"{_W}cr"}
_INLINE = {f"{_W}{name}" for name in ("hyperlink", "ins", "smartTag", "sdt", "sdtContent", "fldSimple")}


def read_docx(data: bytes) -> Reading:
    check_zip(data, "word/document.xml")
    from docx import Document

    document = Document(BytesIO(data))
    parts = list(_docx_parts(document, document.element.body))
    text, blocks = build(parts)
    heads = [p.text for s in document.sections for frame in (s.header, s.footer) for p in frame.paragraphs]
    metadata = {**_properties(document.core_properties), **_marked(data, heads)}
    title = metadata.get("title")
    if not title or title == "Word Document":  # what the library that writes it puts there by itself
        title = first_heading(parts)
    return Reading(text, blocks, str(title) if title else None, metadata)


def read_pptx(data: bytes) -> Reading:
    check_zip(data, "ppt/presentation.xml")
    from pptx import Presentation

    presentation = Presentation(BytesIO(data))
    parts: list[Part] = []
    for number, slide in enumerate(presentation.slides, 1):
        if slide._element.get("show") in ("0", "false"):
            continue  # hidden
        parts += [part._replace(page=number) for part in _slide_parts(slide)]
    text, blocks = build(parts)
    metadata = {**_properties(presentation.core_properties), **_marked(data, ())}
    title = metadata.get("title")
    if not title or title == "PowerPoint Presentation":  # what the program writes by itself
        title = first_heading(parts)
    return Reading(text, blocks, str(title) if title else None, metadata)


def _properties(properties: Any) -> dict[str, object]:
    names = ("title", "author", "subject", "keywords", "category", "comments", "created", "modified", "version")
    values = {name: getattr(properties, name, None) for name in names}
    return {name: jsonable(v) for name, v in values.items() if isinstance(v, (str, date)) and v}


def _marked(data: bytes, heads: Iterable[str]) -> dict[str, object]:
    """The marking in an Office file's properties or running heads."""
    found = [named for named in (office_marking(data), marking_of(heads)) if named]
    return {MARKING: " ".join(found)} if found else {}


def _docx_parts(document: Any, container: Any) -> Iterator[Part]:
    """Paragraphs and tables as they follow each other, also inside content controls and insertions."""
    for element in container:
        if element.tag == f"{_W}p":
            yield from _paragraph(document, element)
        elif element.tag == f"{_W}tbl":
            yield from _docx_table(element)
        elif element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"):
            yield from _docx_parts(document, element)


def _paragraph(document: Any, element: Any) -> Iterator[Part]:
    from docx.text.paragraph import Paragraph

    words = collapse(_words(element))
    if words:
        style = Paragraph(element, document).style
        kind, level = _role(document, element, style)
        yield Part(kind, words, level)
    for box in element.iter(f"{_W}txbxContent"):
        if next(box.iterancestors(_FALLBACK), None) is None:
            yield from _docx_parts(document, box)


def _words(element: Any) -> str:
    """Text of a paragraph without deletions, hidden text and text boxes."""
    gathered: list[str] = []
    for child in element:
        if child.tag == f"{_W}t":
            gathered.append(child.text or "")
        elif child.tag in _SPACES:
            gathered.append(" ")
        elif child.tag == f"{_W}noBreakHyphen":
            gathered.append("-")
        elif child.tag == f"{_W}r":
            vanish = child.find(f"{_W}rPr/{_W}vanish")
            if vanish is None or vanish.get(f"{_W}val") in ("0", "false"):
                gathered.append(_words(child))
        elif child.tag in _INLINE:
            gathered.append(_words(child))
    return "".join(gathered)


def _role(document: Any, element: Any, style: Any) -> tuple[Kind, int]:
    numbering = element.find(f"{_W}pPr/{_W}numPr")
    while style is not None:
        name = (style.name or "").lower()
        if name == "title":
            return Kind.HEADING, 1
        if name.startswith("heading ") and name[8:].isdigit():
            return Kind.HEADING, min(int(name[8:]), 6)
        outline = style.element.find(f"{_W}pPr/{_W}outlineLvl")
        if outline is not None and (outline.get(f"{_W}val") or "9") < "9":
            return Kind.HEADING, min(int(outline.get(f"{_W}val")) + 1, 6)
        if name.startswith(("list bullet", "list number")):
            depth = int(name[-1]) if name[-1].isdigit() else 1
            return (Kind.ITEM if name.startswith("list bullet") else Kind.STEP), depth
        if numbering is None:
            numbering = style.element.find(f"{_W}pPr/{_W}numPr")
        style = style.base_style
    return _list_role(document, numbering)


def _list_role(document: Any, numbering: Any) -> tuple[Kind, int]:
    """Bullet or number, as the document's list definitions say."""
    found = numbering.find(f"{_W}numId") if numbering is not None else None
    number = found.get(f"{_W}val") if found is not None else "0"
    if number == "0":
        return Kind.PARAGRAPH, 0
    indent = numbering.find(f"{_W}ilvl")
    level = indent.get(f"{_W}val") if indent is not None else "0"
    try:
        definitions = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return Kind.ITEM, int(level) + 1
    abstract = definitions.xpath(f"w:num[@w:numId='{int(number)}']/w:abstractNumId/@w:val")
    formats = abstract and definitions.xpath(
        f"w:abstractNum[@w:abstractNumId='{int(abstract[0])}']/w:lvl[@w:ilvl='{int(level)}']/w:numFmt/@w:val"
    )
    return (Kind.ITEM if not formats or formats[0] in ("bullet", "none") else Kind.STEP), int(level) + 1


def _docx_table(table: Any) -> list[Part]:
    rows = []
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl")) is not table:
            continue  # a table inside a cell is read with that cell
        rows.append([_cell(cell) for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row])
    return row_parts([row for row in rows if any(row)], has_header=True)


def _cell(cell: Any) -> str:
    return collapse(" ".join(_words(paragraph) for paragraph in cell.iter(f"{_W}p")))


def _slide_parts(slide: Any) -> Iterator[Part]:
    title = slide.shapes.title
    if title is not None and (words := collapse(title.text_frame.text)):
        yield Part(Kind.HEADING, words, 2)
    for shape in slide.shapes:
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape_parts(shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        for paragraph in frame.paragraphs:
            yield Part(Kind.PARAGRAPH, collapse(paragraph.text))


def _shape_parts(shape: Any) -> Iterator[Part]:
    if hasattr(shape, "shapes"):  # a group
        for inner in shape.shapes:
            yield from _shape_parts(inner)
    elif getattr(shape, "has_table", False):
        rows = [[collapse(cell.text) for cell in row.cells] for row in shape.table.rows]
        yield from row_parts(rows, has_header=shape.table.first_row)
    elif getattr(shape, "has_text_frame", False):
        filled = [paragraph for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
        # The body of a slide is a list; anything else is free text.
        listed = shape.is_placeholder and len(filled) > 1
        for paragraph in filled:
            words = collapse(paragraph.text)
            yield Part(Kind.ITEM, words, paragraph.level + 1) if listed else Part(Kind.PARAGRAPH, words)
