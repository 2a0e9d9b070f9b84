"""Readiness and sizing through the real command line and API, on a real workspace."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from advisor import Advisor
from advisor.api.app import create_app
from advisor.inventory.importing import import_feeds
from advisor.settings import load
from ui.cli import main

SAMPLE = Path(__file__).parents[2] / "corpus" / "sample_org"


@pytest.fixture(scope="module")
def workspace(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("assess") / "home"
    shutil.copytree(home, folder)
    assert import_feeds(folder, [SAMPLE]).refused == []
    return folder


def run(workspace, *arguments):
    return CliRunner().invoke(main, ["assess", *arguments], env={"ADVISOR_HOME": str(workspace)})


def test_the_verdict_leads(workspace):
    shown = run(workspace).output
    assert shown.startswith("Biggest bottleneck: llm-finetune-70b: checkpoint write at Frankfurt: 1.30 GB/s")
    assert "smallest change: add 15.03 GB/s of sustained write" in shown


def test_one_workload_comes_with_placement_and_cells(workspace):
    shown = run(workspace, "--workload", "llm-finetune-70b").output
    assert "Placement: " in shown and "fio-fra-nas01.json, row 2" in shown
    assert run(workspace, "--workload", "nobody").exit_code != 0


def test_what_if_shows_the_differences(workspace):
    found = json.loads(run(workspace, "--what-if", "storage Frankfurt 20 GB/s", "--json").output)
    assert {one["workload"] for one in found["differences"]} == {"llm-finetune-70b", "pretrain-nordic-13b"}
    assert run(workspace, "--what-if", "storage Berlin 20 GB/s").exit_code != 0


def test_snapshots_are_kept_and_compared(workspace):
    assert run(workspace, "--save", "before").exit_code == 0
    assert run(workspace, "--compare", "before").output.strip().endswith("Nothing changed.")
    shown = run(workspace, "--compare", "before", "--what-if", "storage Frankfurt 20 GB/s").output
    assert "llm-finetune-70b at Frankfurt: not ready" in shown and "→ ready with gaps" in shown
    assert run(workspace, "--compare", "never").exit_code != 0
    assert run(workspace, "--save", "../out").exit_code != 0


def test_the_api_sizes_and_refuses_with_a_problem(workspace):
    client = TestClient(create_app(Advisor.open(load(home=workspace))), base_url="http://127.0.0.1")
    found = client.post("/v1/size", json={"text": "serve Llama-3.1-8B at 10 users, 8k context"})
    assert found.status_code == 200 and found.json()["figures"][0]["kind"] == "figure"
    refused = client.post("/v1/size", json={"text": "serve Llama-9-70B to 10 users"})
    assert refused.status_code == 422 and "no model 'Llama-9-70B'" in refused.json()["detail"]
    assert refused.headers["content-type"].startswith("application/problem+json")


def test_the_api_assesses_with_proof_and_what_if(workspace):
    client = TestClient(create_app(Advisor.open(load(home=workspace))), base_url="http://127.0.0.1")
    found = client.post("/v1/assess", json={}).json()
    worst = found["bottleneck"]
    known = {one["id"]: one for one in found["evidence"]}
    assert (worst["workload"], worst["check"], worst["have"]) == ("llm-finetune-70b", "checkpoint write", 1.3)
    figures = [known[one] for one in known[worst["finding"]]["locator"]["inputs"]]
    cells = [known[i] for one in figures for i in one["locator"]["inputs"] if i in known]
    assert any((one["locator"]["feed"] or "").endswith("fio-fra-nas01.json") for one in cells)
    assert all(i in known for one in known.values() for i in one["locator"]["inputs"] or () if one["kind"] != "fact")
    body = {"workload": "llm-finetune-70b", "what_if": "storage Frankfurt 20 GB/s"}
    changed = client.post("/v1/assess", json=body).json()
    assert {one["workload"] for one in changed["differences"]} == {"llm-finetune-70b", "pretrain-nordic-13b"}
    assert changed["verdicts"][0]["status"] == "ready with gaps" and changed["verdicts"][0]["placement"]
    assert client.post("/v1/assess", json={"site": "Berlin"}).status_code == 422
