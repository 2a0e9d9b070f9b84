"""Every organisation of the set meets all its expectations."""

import pytest

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.roadmap import charts, pdf, word
from advisor.roadmap.build import build
from advisor.roadmap.document import Options
from advisor.settings import corpus_path
from evals.roadmap import opened, proof, runner

CASES = {case["id"]: case for case in runner.load()}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("organisations")


def test_the_set_has_the_flaws_it_is_made_for():
    assert len(CASES) >= 12
    assert {case.get("dimension") for case in CASES.values()} >= {"storage", "networking", "energy", "talent", "finops"}


@pytest.mark.parametrize("name", CASES)
def test_an_organisation_meets_all_expectations(name, home):
    assert runner.check(CASES[name], runner.draft(CASES[name], home)).misses == ()


def test_a_set_can_be_drafted_again_where_it_was_drafted(home):
    first, second = (runner.draft(CASES["slow_nas"], home / "twice") for _ in range(2))
    assert [one.what.text for one in first.initiatives] == [one.what.text for one in second.initiatives]


def test_a_number_that_no_evidence_has_is_noticed(home):
    made = runner.draft(CASES["slow_nas"], home / "again")
    first = made.initiatives[0]
    forged = first.what.model_copy(update={"text": first.what.text.replace("1.30", "1.31")})
    assert forged.text != first.what.text
    wrong = made.model_copy(update={"initiatives": (first.model_copy(update={"what": forged}), *made.initiatives[1:])})
    assert proof.untraceable(made) == []
    assert forged.text in proof.untraceable(wrong)


def test_an_initiative_without_a_finding_is_noticed(home):
    made = runner.draft(CASES["slow_nas"], home / "bare")
    bare = made.initiatives[0].model_copy(update={"why": ()})
    wrong = made.model_copy(update={"initiatives": (bare, *made.initiatives[1:])})
    assert any("has no finding" in miss for miss in runner.check(CASES["slow_nas"], wrong).misses)


def apart(made):
    """Lines of the PDF that are no claims: headings, and words in pictures, whose rows are checked in the roadmap."""
    from reportlab.graphics.shapes import String

    lines = [made.title, *(f"{one.number} {one.title}".strip() for one in made.sections)]
    for section in made.sections:
        for block in section.blocks:
            lines.append(block.heading)
            lines += [
                part.text for one in charts.pictures(block, made) for part in one.contents if isinstance(part, String)
            ]
    return [*lines, pdf._meta(made)]


@pytest.fixture(scope="module")
def sample_roadmap(home):
    store = home / "sample"
    store.mkdir()
    build_store(store, [corpus_path() / "sample_org"])
    return build(Inventory(store), None, Options(headcount=8, budget=1_500_000), organisation="Nordwind Analytics")


@pytest.fixture(
    scope="module", params=["sample", "slow_nas", "idle_reservations", "tiny_firm", "contradictory", "power_capped"]
)
def whole(request, home):
    if request.param == "sample":
        return request.getfixturevalue("sample_roadmap")
    return runner.draft(CASES[request.param], home / "files")


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_each_number_of_a_file_stands_where_its_references_lead(whole, form):
    if form == "docx":
        claims, entries, wrong = opened.word(word.write(whole))
    else:
        claims, entries, wrong = opened.pdf(pdf.write(whole), apart(whole))
    assert wrong == []
    assert sorted(entries) == [*range(1, len(whole.evidence) + 1)]
    assert len(claims) > 20 and sum(bool(proof.numbers(text)) for text, _ in claims) > 10
    assert opened.untraced(claims, entries) == []


def test_a_number_changed_in_a_file_is_noticed(sample_roadmap):
    claims, entries, _ = opened.word(word.write(sample_roadmap))
    forged = [(text.replace("16.3 GB/s", "17.3 GB/s"), marks) for text, marks in claims]
    assert opened.untraced(forged, entries)
