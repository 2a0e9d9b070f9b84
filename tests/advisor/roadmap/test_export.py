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


def test_the_tracker_has_a_row_an_initiative_and_nothing_active(made):
    nasty = made.initiatives[0].model_copy(update={"title": "=HYPERLINK(1)", "owner_role": "@SUM(A1)"})
    rows = list(csv.DictReader(io.StringIO(export.tracker(made.model_copy(update={"initiatives": (nasty,)})))))
    assert rows[0]["title"] == "'=HYPERLINK(1)" and rows[0]["owner"] == "'@SUM(A1)"
    whole = list(csv.DictReader(io.StringIO(export.tracker(made))))
    assert [row["id"] for row in whole] == [one.id for one in made.initiatives]
    assert all(row["findings"] for row in whole)
