"""The API as a client meets it: a real server on a real port."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from advisor import Advisor, Answer
from advisor.api.app import create_app
from advisor.settings import load


def start(app) -> tuple[uvicorn.Server, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    return server, f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def client(advisor) -> Iterator[httpx.Client]:
    server, url = start(create_app(advisor))
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client
    server.should_exit = True


def test_ask_gives_the_answer_schema(client, advisor):
    body = client.post("/v1/ask", json={"question": "What is PUE?"}).json()
    answer = Answer.model_validate(body)
    assert answer.claims == advisor.ask("What is PUE?").claims
    assert {"answer", "abstained", "claims", "evidence", "retrieved", "withheld", "missing"} <= set(body)
    assert {"writer", "generation", "timings_ms", "schema_version"} <= set(body)


def test_a_stream_ends_with_the_same_answer(client):
    with client.stream("POST", "/v1/ask", json={"question": "What is PUE?", "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [block.split("\n", 1) for block in "".join(response.iter_text()).strip().split("\n\n")]
    names = [name.removeprefix("event: ") for name, _ in events]
    answer = Answer.model_validate_json(events[-1][1].removeprefix("data: "))
    assert names[-1] == "answer"
    assert names.count("claim") == len(answer.claims)
    assert names.count("evidence") == len(answer.evidence)


def test_clearance_filters_answers_and_documents(client):
    asked = {"question": "What does band seven earn?", "clearance": "public"}
    assert "98,000" not in client.post("/v1/ask", json=asked).text
    assert client.get("/v1/documents").json()["count"] == 4
    assert client.get("/v1/documents", params={"clearance": "public"}).json()["count"] == 3


def test_health_and_readiness(client):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json()["status"] == "ready"


@pytest.mark.parametrize(
    "body", [{}, {"question": ""}, {"question": "  "}, {"question": "x", "nope": 1}, {"question": "x", "k": 0}, []]
)
def test_a_bad_request_is_a_problem_with_a_reason(client, body):
    response = client.post("/v1/ask", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


def test_broken_json_and_unknown_paths_are_problems_too(client):
    broken = client.post("/v1/ask", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, client.get("/v1/nothing").status_code) == (422, 404)
    assert json.loads(client.get("/v1/nothing").text)["title"] == "Not Found"


def test_with_a_key_set_nothing_but_health_is_open(home):
    server, url = start(create_app(Advisor.open(load(home=home, api_key="k-1234567890"))))
    with httpx.Client(base_url=url) as client:
        assert client.get("/health").status_code == 200
        assert client.get("/v1/documents").status_code == 401
        assert client.get("/v1/documents", headers={"X-API-Key": "wrong"}).status_code == 401
        assert client.get("/v1/documents", headers={"X-API-Key": "k-1234567890"}).status_code == 200
        assert client.get("/v1/documents", headers={"Authorization": "Bearer k-1234567890"}).status_code == 200
        assert client.get("/v1/documents", auth=("me", "k-1234567890")).status_code == 200
    server.should_exit = True
