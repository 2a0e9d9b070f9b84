"""A document that marks itself confidential is never shown more widely than it says."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from reportlab.pdfgen.canvas import Canvas

from index.document import Label
from index.reading import read_bytes
from index.reading.marking import label_of

BODY = "\n\nThe root key is split into five shares.\n"


def label(name: str, data: bytes, default: Label = Label.INTERNAL) -> Label:
    return label_of(read_bytes(name, data).metadata, default)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nclassification: Restricted\n---\n# Keys", "restricted"),
        ("---\nData Classification: Company Confidential\n---\n# Keys", "restricted"),
        ("---\nsensitivity: orange\n---\n# Keys", "restricted"),
        ('---\ntitle: "Unclosed\nlabel: restricted\n---\n# Keys', "restricted"),
        ("# Keys\n\nClassification: SECRET", "restricted"),
        ("# Keys\n\n**Strictly confidential**", "restricted"),
        ("# Keys\n\n| Owner | Sensitivity |\n|---|---|\n| CISO | Confidential |", "restricted"),
        ("# Keys\n\nTLP:RED", "internal"),  # alone it may be anything
        ("# Keys\n\nClassification: TLP:RED", "restricted"),
        ("---\nclassification: public\n---\n# Keys", "internal"),  # a foreign scheme opens nothing
        ("---\nlabel: public\nclassification: internal\n---\n# Keys", "public"),  # our own key is meant
        ("# Keys\n\n- Public\n- Internal\n- Restricted", "internal"),  # speaks of labels
        ("# Secret", "internal"),
        ("# Keys\n\nClassification: SEV-1", "internal"),
        ("# Keys\n\nRestricted documents are kept in the vault, and confidential ones too.", "internal"),
    ],
)
def test_a_marking_makes_the_given_label_stricter_and_never_looser(text: str, expected: str) -> None:
    assert label("a.md", (text + BODY).encode()) == expected


def test_a_public_library_keeps_internal_pages_internal() -> None:
    assert label("a.md", f"# Keys\n\nFor internal use only{BODY}".encode(), Label.PUBLIC) == "internal"


def test_a_list_of_assets_with_their_labels_is_not_marked_itself() -> None:
    assert label("a.csv", b"asset,classification\nwiki,internal\npayroll,restricted\nsite,public\n") == "internal"


def test_running_heads_of_word_and_pdf_mark_the_document() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "ACME – CONFIDENTIAL"
    document.add_paragraph("The root key is split into five shares.")
    document.save(stream := BytesIO())
    assert label("a.docx", stream.getvalue()) == "restricted"
    canvas = Canvas(stream := BytesIO())
    for words in ("The root key is split.", "Each of five holders has a share.", "They meet in March."):
        canvas.drawString(72, 800, "ACME | RESTRICTED")
        for place in range(4):
            canvas.drawString(72, 600 - 14 * place, f"{words} {words}")
        canvas.showPage()
    canvas.save()
    assert label("a.pdf", stream.getvalue()) == "restricted"


def test_the_sensitivity_label_of_office_counts() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Key", "Share"])
    book.active.append(["root", "five"])
    book.save(stream := BytesIO())
    with ZipFile(stream, "a") as archive:
        archive.writestr(
            "docProps/custom.xml",
            '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
            'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
            '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="MSIP_Label_1f_Name">'
            "<vt:lpwstr>Highly Confidential</vt:lpwstr></property></Properties>",
        )
    assert label("a.xlsx", stream.getvalue()) == "restricted"
