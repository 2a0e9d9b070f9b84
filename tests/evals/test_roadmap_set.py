"""Every organisation of the set meets all its expectations."""

import pytest

from evals.roadmap import proof, runner

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
