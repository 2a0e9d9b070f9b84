"""Questions of a decision are answered by what decides, not by what is merely near the subject."""

from __future__ import annotations

import pytest

from advisor import Advisor
from advisor.settings import load
from index import library
from index.document import Label
from index.embedding import PACKAGED
from index.retriever import Retriever

NOTES = {
    "kiln.md": """# Kilns and glazes

A kiln is an oven for firing clay, and kiln economics is the calculation of what one hour of firing costs.

## Order of work

Mend the flue before you buy a second kiln: a kiln without draught costs the same per hour and fires nothing.
The flue comes first, then the kiln, since masons have the longest lead time.

## How kilns fail

- Kilns crack when they are cooled in haste.
- Kiln shelves warp when they are loaded on one side.
- Kiln doors leak when the seal is old.

## Cutting the gas of a kiln

- Fire full kilns only, since a half-empty kiln burns nearly as much gas.
- Lower the last hold by half an hour, which saves a tenth of the gas.
- Reclaim the heat of the flue for drying, which saves a fifth of the gas.
""",
    "rota.md": "# Night work\n\nThe on-call rota of the pottery needs at least six potters.\n",
}


@pytest.fixture
def pottery(own_home, tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in NOTES.items():
        (folder / name).write_text(text)
    library.ingest(own_home, [folder], label=Label.PUBLIC)
    return own_home


def test_what_comes_first_is_answered_by_sentences_of_an_order(pottery):
    answer = Advisor.open(load(home=pottery)).ask("Should we buy a second kiln or mend the flue first?")
    assert answer.kind == "order"
    assert answer.claims[0].text.startswith("Mend the flue before you buy a second kiln")
    assert "kiln economics" not in answer.answer


def test_a_list_of_what_goes_wrong_does_not_say_how_to_save(pottery):
    answer = Advisor.open(load(home=pottery)).ask("How do we reduce the gas of our kilns?")
    assert [claim.text.split()[0] for claim in answer.claims[:3]] == ["Fire", "Lower", "Reclaim"]
    assert "crack" not in answer.answer


def test_nothing_is_said_twice_under_two_headings(pottery):
    for question in ("How do we reduce the gas of our kilns?", "How do I tell whether a kiln leaks?"):
        said = [claim.text for claim in Advisor.open(load(home=pottery)).ask(question).claims]
        assert len(said) == len(set(said))


def test_a_general_word_joined_to_the_next_is_searched_where_documents_write_them_as_one(pottery):
    retriever = Retriever(pottery, PACKAGED)
    assert "oncal" in retriever.query("Who is on call at night?").terms
    assert "oncal" not in retriever.query("Who should call at night?").terms
