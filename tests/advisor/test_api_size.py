"""The sizing door, through a real client."""

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from advisor import Advisor
from advisor.api.app import create_app
from advisor.errors import SizingError
from advisor.settings import load
from ui.cli_size import size


@pytest.fixture(scope="module")
def client(home):
    return TestClient(create_app(Advisor.open(load(home=home))), base_url="http://127.0.0.1")


def test_a_sentence_and_its_fields_give_the_same(client):
    text = client.post(
        "/v1/size", json={"text": "serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context"}
    ).json()
    fields = {"model": "Llama-3.1-70B", "weight_format": "fp8", "concurrency": 200, "context_tokens": 8192}
    same = client.post("/v1/size", json={"request": fields}).json()
    assert text["figures"] == same["figures"]
    accelerators = next(one for one in text["figures"] if one["name"] == "accelerators")
    assert accelerators["value"] == 12 and accelerators["sensitivity"][0]["input"] in ("concurrency", "context_tokens")
    known = {fact["id"] for fact in text["facts"]}
    assert all(set(one["locator"]["inputs"]) <= known for one in text["figures"])


def test_both_or_neither_is_refused(client):
    for body in ({}, {"text": "x", "request": {"model": "Llama-3.1-8B"}}, {"request": {"model": "x", "colour": "red"}}):
        assert client.post("/v1/size", json=body).status_code == 422


def test_an_unknown_model_is_an_error_of_the_advisor(client):
    refused = client.post("/v1/size", json={"text": "serve Llama-9-70B to 10 users"})
    assert refused.status_code == 422 and "no model" in refused.json()["detail"]


def test_the_catalogue_is_open(client):
    found = client.get("/v1/size/catalogue").json()
    assert len(found["accelerators"]) >= 25 and found["sources"]["models"]


def test_the_command_line_says_the_same():
    run = CliRunner().invoke(size, ["serve", "Llama-3.1-70B", "in", "FP8", "at", "200", "users,", "8k", "context"])
    assert "Accelerators needed: 12 accelerators" in run.output
    run = CliRunner().invoke(
        size, ["--model", "Llama-3.1-8B", "--concurrency", "10", "--context", "8192", "--price", "2,4", "--formulas"]
    )
    assert "Cost of an hour" in run.output and "= accelerators × price of an accelerator-hour" in run.output
    assert "H100 SXM" in CliRunner().invoke(size, ["--list", "accelerators"]).output
    assert isinstance(CliRunner().invoke(size, ["serve", "GPT-5"]).exception, SizingError)
    assert CliRunner().invoke(size, []).exit_code == 2
    assert CliRunner().invoke(size, ["--model", "x", "--price", "cheap"]).exit_code == 2
