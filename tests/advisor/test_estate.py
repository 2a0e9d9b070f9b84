"""The estate through every door: one answer schema, clearance kept, guidance untouched when no feed is there."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from advisor import Advisor, Label
from advisor.answer import Verdict
from advisor.api.app import create_app
from advisor.estate import numbers_stand
from advisor.inventory.importing import import_feeds
from advisor.settings import load
from ui import views
from ui.cli import main

SAMPLE = Path(__file__).parents[2] / "corpus" / "sample_org"
IDLE = "how many H100s sit idle in Frankfurt?"


@pytest.fixture(scope="module")
def workspace(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("estate") / "home"
    shutil.copytree(home, folder)
    assert import_feeds(folder, [SAMPLE]).refused == []
    return folder


@pytest.fixture(scope="module")
def estate(workspace):
    return Advisor.open(load(home=workspace))


def test_a_figure_comes_with_its_cells_in_the_one_answer_schema(estate):
    answer = estate.ask(IDLE)
    assert not answer.abstained and answer.writer == "measures" and "38 idle GPUs" in answer.answer
    assert {claim.verdict for claim in answer.claims} == {Verdict.COMPUTED}
    figure, fact = answer.evidence[0], next(one for one in answer.evidence if one.kind == "fact")
    assert figure.locator.formula == "idle_gpu_count" and fact.id in figure.locator.inputs
    assert fact.locator.row and fact.locator.column == "utilization.gpu [%]" and fact.locator.as_of == "2026-11-20"
    cited = {one for claim in answer.claims for one in claim.evidence}
    assert cited <= {one.id for one in answer.evidence}


def test_a_mixed_question_has_facts_and_guidance_with_right_numbers(estate):
    answer = estate.ask("Is our Frankfurt fabric fast enough for training over many nodes?")
    kinds = {one.kind for one in answer.evidence}
    assert {"figure", "fact"} <= kinds and not any("no inventory" in one for one in answer.missing)
    if "passage" in kinds:
        assert f"[{len(answer.evidence)}]" in answer.answer


def test_guidance_questions_still_go_to_the_library(estate):
    assert estate.ask("What is PUE?").evidence[0].kind == "passage"


def test_unknown_is_an_abstention_that_says_what_is_missing(estate):
    answer = estate.ask("How many GPUs are idle in Dublin?")
    assert answer.abstained and answer.claims == () and "utilisation_percent" in answer.missing[0]


def test_follow_ups_lean_on_the_history(estate):
    assert "80 GPUs" in estate.ask("and in Oslo?", history=["How many GPUs are there in Frankfurt?"]).answer


def test_a_number_that_its_evidence_lacks_does_not_stand():
    assert numbers_stand("There are 38 GPUs.", ["a"], {"a": "38 GPUs, 2 unknown"})
    assert not numbers_stand("There are 39 GPUs.", ["a"], {"a": "38 GPUs"})
    assert not numbers_stand("It reads 2 GB/s.", ["a"], {"a": "2 GiB/s"})
    assert not numbers_stand("There are 38 GPUs.", ["b"], {"a": "38 GPUs"})


def test_the_api_reports_lists_and_answers(workspace):
    client = TestClient(
        create_app(Advisor.open(load(home=workspace, clearance=Label.INTERNAL))), base_url="http://127.0.0.1"
    )
    report = client.get("/v1/inventory").json()
    assert len(report["feeds"]) >= 30 and {p["kind"] for p in report["problems"]} >= {"contradictory", "quarantined"}
    assert not any("controls.yaml" in str(p) and p["label"] == "restricted" for p in report["problems"])
    assert len(client.get("/v1/inventory/measures").json()) >= 60
    said = client.post(
        "/v1/inventory/query", json={"question": "and in Oslo?", "history": ["How many GPUs in Frankfurt do we have?"]}
    ).json()
    assert said["figures"][0]["value"] == 80 and said["facts"][0]["locator"]["feed"]
    assert client.post("/v1/inventory/query", json={"question": "What is PUE?"}).json() == {"about_estate": False}
    assert client.post("/v1/inventory/query", json={"question": "x", "sql": "SELECT 1"}).status_code == 422
    hidden = client.post(
        "/v1/inventory/query", json={"question": "How many controls are missing in Dublin?", "clearance": "restricted"}
    ).json()
    assert hidden.get("status") != "answered"


def test_the_api_says_what_to_do_without_an_inventory(home):
    client = TestClient(create_app(Advisor.open(load(home=home))), base_url="http://127.0.0.1")
    assert "advisor inventory import" in client.get("/v1/inventory").json()["detail"]


def test_the_command_line_imports_reports_and_asks(home, tmp_path):
    folder = tmp_path / "home"
    shutil.copytree(home, folder)
    run = CliRunner().invoke
    assert "38 feeds read" in run(main, ["--home", str(folder), "inventory", "import", str(SAMPLE)]).output
    assert "38 unchanged" in run(main, ["--home", str(folder), "inventory", "import", str(SAMPLE)]).output
    report = run(main, ["--home", str(folder), "inventory", "report", "--csv", str(tmp_path / "r.csv")]).output
    assert "contradictory" in report and "osl-eth" in report and "fresh-direct-latest" in report
    assert (tmp_path / "r.csv").read_text().startswith("kind,feed,row")
    as_json = json.loads(run(main, ["--home", str(folder), "inventory", "report", "--json"]).output)
    assert as_json["rule"]["name"] == "fresh-direct-latest"
    said = run(main, ["--home", str(folder), "ask", IDLE]).output
    assert "38 idle GPUs" in said and "column utilization.gpu [%]" in said
    assert "inventory-template.xlsx" in run(main, ["inventory", "template", "-o", str(tmp_path / "t")]).output
    assert "idle_gpu_count" in run(main, ["inventory", "measures"]).output


def test_cards_of_facts_are_inert(estate):
    page = views.sources_html(estate.ask(IDLE), estate.surroundings)
    assert "row" in page and "characters None" not in page and "<script" not in page


@pytest.mark.parametrize(
    "question", ["How many links per node does a rail-optimised design have?", "Which skills does GPU FinOps need?"]
)
def test_what_the_inventory_cannot_tell_is_asked_of_the_guidance_unless_the_estate_must_be_meant(estate, question):
    said = estate.estate.ask(question, Label.RESTRICTED)
    assert said is not None and said.abstained and not said.theirs
    general = estate.ask(question)
    assert general.kind == "inventory" if general.abstained else general.evidence[0].kind == "passage"
    ours = estate.ask("How many B300s do we have?")
    assert ours.abstained and ours.kind == "inventory" and "B300" in ours.answer
