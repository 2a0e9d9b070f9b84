"""Exports of a roadmap, opened and followed."""

import csv
import io
import re

import docx as word
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader

from advisor.errors import QuestionError
from advisor.inventory.importing import import_feeds
from advisor.inventory.inventory import Inventory
from advisor.roadmap import export, pdf, tracker
from advisor.roadmap import word as word_file
from advisor.roadmap.build import build
from advisor.roadmap.document import Options
from advisor.settings import corpus_path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("export")
    import_feeds(home, [corpus_path() / "sample_org"])
    return build(Inventory.open(home), None, Options(), organisation="Nordwind Analytics")


def test_every_reference_of_the_word_document_leads_to_its_source(made):
    document = word.Document(io.BytesIO(word_file.write(made)))
    body = document.element.body
    names = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    links = list(body.iter(qn("w:hyperlink")))
    assert len(links) > 100
    for link in links:
        shown = "".join(one.text for one in link.iter(qn("w:t")))
        assert link.get(qn("w:anchor")) in names and shown == f"[{link.get(qn('w:anchor'))[3:]}]"
    assert len(names) == len(made.evidence)


def test_the_word_document_says_every_sentence_under_real_headings(made):
    document = word.Document(io.BytesIO(word_file.write(made)))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [f"{one.number} {one.title}".strip() for one in made.sections] + ["References"]
    text = " ".join(re.sub(r"\s+", " ", one.text) for one in document.paragraphs)
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    for section in made.sections:
        for block in section.blocks:
            assert all(re.sub(r"\s+", " ", claim.text) in text for claim in block.claims)
            if block.picture != "heat map":  # drawn, and told in the picture's description
                assert all(cell in cells for row in block.rows for cell in row.cells)


@pytest.mark.parametrize("active", ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\tx", " =1"])
def test_no_cell_of_the_tracker_is_active(made, active):
    nasty = made.initiatives[0].model_copy(update={"title": active, "owner_role": active})
    row = _only_row(made, nasty)
    assert row["title"] == row["owner"] == f"'{active}"


def test_a_carriage_return_begins_no_new_row(made):
    nasty = made.initiatives[0].model_copy(update={"title": "harmless\r=HYPERLINK(1)"})
    assert _only_row(made, nasty)["title"] == "harmless\n=HYPERLINK(1)"


def _only_row(made, initiative):
    said = tracker.write(made.model_copy(update={"initiatives": (initiative,)}))
    assert "\r" not in said  # unquoted, it would end the row in a spreadsheet
    [row] = csv.DictReader(io.StringIO(said, newline=""))
    return row


def test_the_tracker_has_a_row_an_initiative_that_names_its_findings(made):
    whole = list(csv.DictReader(io.StringIO(tracker.write(made))))
    assert [row["id"] for row in whole] == [one.id for one in made.initiatives]
    assert all(row["findings"] for row in whole)
    storage = next(row for row in whole if row["title"].startswith("Give Frankfurt a storage tier"))
    assert "checkpoint write at Frankfurt: 1.30 GB/s" in storage["why"]
    assert "fio-fra-nas01.json, row 2" in storage["evidence"]


def test_pictures_are_in_both_documents_with_words_for_who_cannot_see_them(made):
    document = word.Document(io.BytesIO(word_file.write(made)))
    told = [one._inline.docPr.get("descr") for one in document.inline_shapes]
    assert len(told) == 2
    assert "Storage 29 %" in told[0] and made.initiatives[0].title in told[1]
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf.write(made))).pages]
    assert any("quick win" in page and "strategic step" in page and "I1 " in page for page in pages)


def test_the_outline_of_the_pdf_names_every_section(made):
    reader = PdfReader(io.BytesIO(pdf.write(made)))
    named = [one.title for one in reader.outline if not isinstance(one, list)]
    assert named == [f"{one.number} {one.title}".strip() for one in made.sections] + ["References"]
    assert reader.metadata.title == made.title


def test_no_page_is_empty_and_no_type_is_tiny(made):
    reader = PdfReader(io.BytesIO(pdf.write(made)))
    for number, page in enumerate(reader.pages, 1):
        sizes = []

        def note(text, cm, tm, font, size, sizes=sizes):
            if text.strip():
                sizes.append(size)

        page.extract_text(visitor_text=note)
        assert len(sizes) > (10 if number < len(reader.pages) else 2)  # the list of references ends where it ends
        assert min(sizes) >= 6.5


def test_a_name_that_the_face_cannot_draw_breaks_nothing(made):
    odd = made.model_copy(update={"title": "Plan \u4e2d\u6587 <b>&amp;\x07 \U0001f600"})
    assert "Plan" in PdfReader(io.BytesIO(pdf.write(odd))).pages[0].extract_text()


def test_a_file_of_no_known_form_is_refused(made):
    with pytest.raises(QuestionError, match=r"\.docx, \.pdf"):
        export.write(made, ".ppt")
