"""What each format gives: its words in order, with headings, lists, rows and pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pptx
from docx.oxml import parse_xml
from pptx.util import Inches
from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    ListFlowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
)

from index.document import Block, Reading
from index.reading import read_bytes


def words(reading: Reading, block: Block) -> str:
    if block.rendered is not None:
        return block.rendered
    return " ".join("".join(reading.text[a:b] for a, b in block.runs).split())


def outline(reading: Reading) -> list[tuple[str, int, str]]:
    last = 0
    for block in reading.blocks:
        assert 0 <= block.start < block.end <= len(reading.text)
        assert block.start >= last
        last = block.start
        assert all(block.start <= a < b <= block.end for a, b in block.runs)
        assert words(reading, block)
    return [(block.kind.value, block.level, words(reading, block)) for block in reading.blocks]


def saved(save: Callable[[BytesIO], Any]) -> bytes:
    stream = BytesIO()
    save(stream)
    return stream.getvalue()


# Text


def test_text_has_paragraphs_headings_and_lists() -> None:
    text = b"STORAGE GUIDE\r\n\r\nSome words\r\nwrapped.\r\n\r\n3.2 Tiers\n\n- one\n  more\n- two\n\n"
    text += b"1) first\n\nTitle\n-----\nBody\n"
    reading = read_bytes("guide.txt", text)
    assert reading.text == text.decode()
    assert outline(reading) == [
        ("heading", 1, "STORAGE GUIDE"),
        ("paragraph", 0, "Some words wrapped."),
        ("heading", 2, "3.2 Tiers"),
        ("item", 1, "one more"),
        ("item", 1, "two"),
        ("step", 1, "first"),
        ("heading", 2, "Title"),
        ("paragraph", 0, "Body"),
    ]
    assert reading.title == "STORAGE GUIDE"


def test_utf16_with_its_mark_is_text() -> None:
    assert read_bytes("a.txt", "Größe".encode("utf-16")).text == "Größe"


# HTML


def test_html_gives_what_a_browser_shows_of_the_main_part() -> None:
    page = """<html><head><title>My &amp; page</title><meta name="label" content="internal"></head>
    <body><nav>menu</nav><header>Site</header><main><h1>GPU <em>guide</em></h1><p>Buy<br>two <b>nodes</b>.</p>loose
    <ul><li>one<ul><li>in<b>ner</b></li></ul></li><li><p>first</p><p>second</p></li></ul><ol><li>step</li></ol>
    <table><thead><tr><th>Model</th><th>Memory</th></tr></thead><tr><td>H100</td><td>80 GB</td></tr></table>
    <pre><code>a = 1\n  b = 2</code></pre><blockquote>quoted</blockquote><!-- note -->
    <p style="display: none">hidden</p><p hidden>hidden</p><p aria-hidden="true">hidden</p>
    <span style="font-size:0px">hidden</span><span style="VISIBILITY:hidden">hidden</span>
    <p style="font-size:0.9em">small</p><script>x</script></main><footer>foot</footer></body></html>"""
    reading = read_bytes("a.html", page.encode())
    assert outline(reading) == [
        ("heading", 1, "GPU guide"),
        ("paragraph", 0, "Buy two nodes."),
        ("paragraph", 0, "loose"),
        ("item", 1, "one"),
        ("item", 2, "inner"),
        ("item", 1, "first"),
        ("paragraph", 0, "second"),
        ("step", 1, "step"),
        ("row", 0, "Model: H100; Memory: 80 GB"),
        ("code", 0, "a = 1 b = 2"),
        ("paragraph", 0, "quoted"),
        ("paragraph", 0, "small"),
    ]
    assert reading.title == "My & page"
    assert reading.metadata == {"label": "internal"}


def test_html_in_the_encoding_it_declares() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Größe</p></body></html>'
    assert read_bytes("a.htm", page.encode("latin-1")).text == "Größe"


# PDF


def pdf(title: str | None = None, pages: int = 4) -> bytes:
    styles = getSampleStyleSheet()
    topics = ["Compute", "Network", "Storage", "Power", "Cooling"]

    def frame(canvas: Any, document: Any) -> None:
        canvas.drawString(72, 800, "ACME handbook")
        canvas.drawString(300, 20, f"Page {document.page}")

    story: list[Any] = []
    for number, topic in enumerate(topics[:pages], 1):
        story += [
            Paragraph(f"{number}.1 {topic} for training", styles["Heading1"]),
            Paragraph(f"{topic} has to be planned long before the accelerators arrive on site. " * 4, styles["Normal"]),
            Paragraph("What to buy", styles["Heading2"]),
            Paragraph(f"The {topic.lower()} budget is set once a year by the steering group. " * 3, styles["Normal"]),
            ListFlowable([Paragraph(f"{topic} for peak load", styles["Normal"])], bulletType="bullet"),
            PageBreak(),
        ]
    document = SimpleDocTemplate(stream := BytesIO(), title=title)
    document.build(story, onFirstPage=frame, onLaterPages=frame)
    return stream.getvalue()


def test_pdf_gives_paragraphs_by_page_without_running_heads() -> None:
    reading = read_bytes("a.pdf", pdf("Planning guide"))
    assert outline(reading)[:5] == [
        ("heading", 2, "1.1 Compute for training"),
        ("paragraph", 0, ("Compute has to be planned long before the accelerators arrive on site. " * 4).strip()),
        ("heading", 2, "What to buy"),
        ("paragraph", 0, ("The compute budget is set once a year by the steering group. " * 3).strip()),
        ("item", 1, "Compute for peak load"),
    ]
    assert [block.page for block in reading.blocks] == [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5
    assert "handbook" not in reading.text and "Page" not in reading.text
    assert reading.title == "Planning guide"


def test_pdf_without_a_title_is_called_after_its_first_heading() -> None:
    assert read_bytes("a.pdf", pdf()).title == "1.1 Compute for training"


def test_pdf_words_parted_at_line_ends_are_whole_again() -> None:
    canvas = Canvas(stream := BytesIO())
    lines = ["The planned band-", "width for check-", "points is cost-effective, as is the cost-", "effective tier."]
    for place, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * place, line)
    canvas.save()
    reading = read_bytes("a.pdf", stream.getvalue())
    assert reading.text == "The planned bandwidth for checkpoints is cost-effective, as is the cost-effective tier."


# Office


def test_word_gives_headings_lists_and_tables_in_order() -> None:
    document = docx.Document()
    document.core_properties.title = "Storage plan"
    document.add_heading("Intro", 1)
    document.add_paragraph("Some text.")
    document.add_paragraph("point", style="List Bullet")
    document.add_paragraph("step", style="List Number")
    table = document.add_table(2, 2)
    for place, value in enumerate(["Tier", "Price", "flash", "$2"]):
        table.cell(place // 2, place % 2).text = value
    document.add_heading("Next", 2)
    paragraph = document.add_paragraph("Shown ")
    paragraph.add_run("hidden").font.hidden = True
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraph._p.append(parse_xml(f"<w:ins {space}><w:r><w:t>inserted</w:t></w:r></w:ins>"))
    paragraph._p.append(parse_xml(f"<w:del {space}><w:r><w:delText>deleted</w:delText></w:r></w:del>"))
    reading = read_bytes("a.docx", saved(document.save))
    assert outline(reading) == [
        ("heading", 1, "Intro"),
        ("paragraph", 0, "Some text."),
        ("item", 1, "point"),
        ("step", 1, "step"),
        ("row", 0, "Tier: flash; Price: $2"),
        ("heading", 2, "Next"),
        ("paragraph", 0, "Shown inserted"),
    ]
    assert reading.title == "Storage plan"
    assert reading.metadata["created"] == "2013-12-23T23:15:00+00:00"


def test_slides_give_titles_points_tables_and_notes_with_their_number() -> None:
    deck = pptx.Presentation()
    for name in ("First", "Second"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = name
        slide.placeholders[1].text = "one\ntwo"
        slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "free"
        table = slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
        for place, value in enumerate(["A", "B", "1", "2"]):
            table.cell(place // 2, place % 2).text = value
        slide.notes_slide.notes_text_frame.text = "say this"
    reading = read_bytes("a.pptx", saved(deck.save))
    assert outline(reading)[:6] == [
        ("heading", 2, "First"),
        ("item", 1, "one"),
        ("item", 1, "two"),
        ("paragraph", 0, "free"),
        ("row", 0, "A: 1; B: 2"),
        ("paragraph", 0, "say this"),
    ]
    assert [block.page for block in reading.blocks] == [1] * 6 + [2] * 6
    assert reading.title == "First"


# Tables


def test_each_sheet_is_a_section_of_rows() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    for row in (["Model", "Price", "Since"], ["H100", 2.5, datetime(2026, 1, 2)], ["A100", None, True]):
        sheet.append(row)
    book.create_sheet("Sizes")
    book["Sizes"].append([1, 2])
    book["Sizes"].append([3, 4])
    reading = read_bytes("a.xlsx", saved(book.save))
    assert outline(reading) == [
        ("heading", 1, "Prices"),
        ("row", 0, "Model: H100; Price: 2.5; Since: 2026-01-02"),
        ("row", 0, "Model: A100; Since: TRUE"),
        ("heading", 1, "Sizes"),
        ("row", 0, "1; 2"),
        ("row", 0, "3; 4"),
    ]
    assert "Model | Price | Since\nH100 | 2.5 | 2026-01-02\n" in reading.text


def test_csv_records_point_into_the_file_also_over_several_lines() -> None:
    text = 'Model;Note;Price\r\nH100;"big\r\nand ""fast""";2,5\r\n\r\nA100;;1\r\n'
    reading = read_bytes("a.csv", text.encode())
    assert reading.text == text
    assert outline(reading) == [
        ("row", 0, 'Model: H100; Note: big and "fast"; Price: 2,5'),
        ("row", 0, "Model: A100; Price: 1"),
    ]
    first, second = ((block.start, block.end) for block in reading.blocks)
    assert text[slice(*first)] == 'H100;"big\r\nand ""fast""";2,5'
    assert text[slice(*second)] == "A100;;1"


def test_csv_without_header_or_with_a_stray_quote() -> None:
    assert [o[2] for o in outline(read_bytes("a.csv", b"1,2\n3,4\n"))] == ["1; 2", "3; 4"]
    stray = b'name\tsize\ndisk\t"5 inch\ntape\t3 inch\n'
    assert [o[2] for o in outline(read_bytes("a.tsv", stray))] == [
        'name: disk; size: "5 inch',
        "name: tape; size: 3 inch",
    ]


def test_hidden_sheets_and_slides_are_not_read() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Rack", "Power"])
    book.active.append(["A1", "40 kW"])
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet.append(["Key", "hunter2"])
        sheet.sheet_state = state
    assert "40 kW" in read_bytes("racks.xlsx", saved(book.save)).text
    assert "hunter2" not in read_bytes("racks.xlsx", saved(book.save)).text

    deck = pptx.Presentation()
    for title in ("Hidden hunter2", "Shown"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title
    deck.slides[0]._element.set("show", "0")
    reading = read_bytes("deck.pptx", saved(deck.save))
    assert "hunter2" not in reading.text
    assert [block.page for block in reading.blocks] == [2]
