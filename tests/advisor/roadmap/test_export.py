"""Exports of a roadmap, opened and followed."""

import csv
import io
import re

import docx as word
import pytest
from docx.oxml.ns import qn

from advisor.inventory.importing import import_feeds
from advisor.inventory.inventory import Inventory
from advisor.roadmap import export
from advisor.roadmap.build import build
from advisor.roadmap.document import Options
from advisor.settings import corpus_path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("export")
    import_feeds(home, [corpus_path() / "sample_org"])
    return build(Inventory.open(home), None, Options(), organisation="Nordwind Analytics")


def test_every_reference_of_the_word_document_leads_to_its_source(made):
    document = word.Document(io.BytesIO(export.docx(made)))
    body = document.element.body
    names = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    links = list(body.iter(qn("w:hyperlink")))
    assert len(links) > 100
    for link in links:
        shown = "".join(one.text for one in link.iter(qn("w:t")))
        assert link.get(qn("w:anchor")) in names and shown == f"[{link.get(qn('w:anchor'))[3:]}]"
    assert len(names) == len(made.evidence)


def test_the_word_document_says_every_sentence_under_real_headings(made):
    document = word.Document(io.BytesIO(export.docx(made)))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [f"{one.number} {one.title}".strip() for one in made.sections] + ["References"]
    text = " ".join(re.sub(r"\s+", " ", one.text) for one in document.paragraphs)
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    for section in made.sections:
        for block in section.blocks:
            assert all(re.sub(r"\s+", " ", claim.text) in text for claim in block.claims)
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
    said = export.tracker(made.model_copy(update={"initiatives": (initiative,)}))
    assert "\r" not in said  # unquoted, it would end the row in a spreadsheet
    [row] = csv.DictReader(io.StringIO(said, newline=""))
    return row


def test_the_tracker_has_a_row_an_initiative_that_names_its_findings(made):
    whole = list(csv.DictReader(io.StringIO(export.tracker(made))))
    assert [row["id"] for row in whole] == [one.id for one in made.initiatives]
    assert all(row["findings"] for row in whole)
