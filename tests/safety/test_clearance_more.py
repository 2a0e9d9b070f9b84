"""What is above a reader's clearance, through doors that keep something: conversations, ETags, resources, counts."""

from __future__ import annotations

import json
import shutil

import pytest
from starlette.testclient import TestClient

from advisor import Advisor, access
from advisor.access import Role
from advisor.settings import load
from index import library
from index.document import Label
from ui import server

QUESTION = "What carries the fabric of the secret training cluster?"
LISTS = ("/v1/documents", "/v1/documents?limit=1", "/v1/inventory", "/v1/inventory/measures", "/v1/size/catalogue")


@pytest.fixture(scope="module")
def theirs(doors):
    """A conversation of the cleared reader, whose title and answer hold hidden words."""
    door = doors[0]
    made = door.client.post("/v1/sessions", headers=door.restricted).json()["id"]
    for question in (QUESTION, "When does the Umbriel workload move?"):
        door.client.post(f"/v1/sessions/{made}/ask", json={"question": question}, headers=door.restricted)
    return made


@pytest.mark.parametrize("rest", ["", "/export", "/export?format=json"])
def test_the_conversation_of_another_is_as_if_it_were_not_there(doors, theirs, rest):
    door = doors[0]
    assert door.leaked(door.client.get(f"/v1/sessions/{theirs}{rest}", headers=door.restricted).text)
    real = door.client.get(f"/v1/sessions/{theirs}{rest}", headers=door.public)
    none = door.client.get(f"/v1/sessions/{'0' * 16}{rest}", headers=door.public)
    assert real.status_code == none.status_code == 404
    assert real.text.replace(theirs, "0" * 16) == none.text and door.leaked(real.text) == []


@pytest.mark.parametrize(("method", "rest", "body"), [("DELETE", "", None), ("POST", "/ask", {"question": "And?"})])
def test_the_conversation_of_another_is_not_gone_on_with_nor_deleted(doors, theirs, method, rest, body):
    door = doors[0]
    said = door.client.request(method, f"/v1/sessions/{theirs}{rest}", json=body, headers=door.public)
    assert said.status_code == 404 and door.leaked(said.text) == []
    assert door.client.get(f"/v1/sessions/{theirs}", headers=door.restricted).status_code == 200


def test_titles_of_others_are_in_no_list(doors, theirs):
    door = doors[0]
    assert theirs in door.client.get("/v1/sessions", headers=door.restricted).text
    said = door.client.get("/v1/sessions", headers=door.public).text
    assert theirs not in said and door.leaked(said) == []


def test_a_conversation_is_read_at_the_clearance_of_today(doors):
    """A key whose clearance the settings lower afterwards."""
    door = doors[0]
    made = door.client.post("/v1/sessions", headers=door.restricted).json()["id"]
    path = f"/v1/sessions/{made}"
    door.client.post(f"{path}/ask", json={"question": QUESTION}, headers=door.restricted)
    assert door.leaked(door.client.get(path, headers=door.restricted).text, QUESTION)
    lower = server.build(Advisor.open(load(home=door.home, clearance="public")))
    with TestClient(lower, base_url="http://127.0.0.1") as client:
        for rest in ("", "/export", "/export?format=json"):
            assert door.leaked(client.get(f"{path}{rest}", headers=door.restricted).text, QUESTION) == []
        again = client.post(f"{path}/ask", json={"question": "Tell me more about it"}, headers=door.restricted)
        assert door.leaked(again.text, QUESTION) == []


@pytest.fixture
def changing(doors, tmp_path):
    """A copy of the workspace with the hidden part, and a way to change that part alone."""
    own = tmp_path / "own"
    shutil.copytree(doors[0].home, own, ignore=shutil.ignore_patterns("lock", "jobs", "sessions"))
    keys = {one: {"X-API-Key": access.create(own, str(one), Role.READER, one)[1]} for one in Label}
    with TestClient(server.build(Advisor.open(load(home=own))), base_url="http://127.0.0.1") as client:

        def change(text: str, label: Label) -> None:
            note = tmp_path / f"{label}.md"
            note.write_text(text)
            library.ingest(own, [note], label=label)

        yield client, keys, change


@pytest.mark.parametrize("path", LISTS)
def test_a_validator_does_not_tell_that_something_hidden_has_changed(changing, path):
    client, keys, change = changing
    before = client.get(path, headers=keys[Label.PUBLIC])
    cleared = client.get(path, headers=keys[Label.RESTRICTED])
    change("# Umbriel\n\nThe Umbriel workload moves to Vardohus.\n", Label.RESTRICTED)
    again = client.get(path, headers=keys[Label.PUBLIC])
    assert again.headers.get("etag") == before.headers.get("etag")
    if "etag" not in before.headers:
        return
    kept = {"If-None-Match": before.headers["etag"]}
    assert client.get(path, headers=keys[Label.PUBLIC] | kept).status_code == 304
    stale = {"If-None-Match": cleared.headers["etag"]}
    if path.startswith("/v1/documents"):  # the controls: who may see it is told, and an open change is told to all
        assert client.get(path, headers=keys[Label.RESTRICTED] | stale).status_code == 200
        change("# Open\n\nAn open note about rear-door heat exchangers.\n", Label.PUBLIC)
        assert client.get(path, headers=keys[Label.PUBLIC] | kept).status_code == 200


def test_the_validator_of_a_document_is_its_own(changing):
    client, keys, change = changing
    one = client.get("/v1/documents", headers=keys[Label.PUBLIC]).json()["documents"][0]["id"]
    first = client.get(f"/v1/documents/{one}", headers=keys[Label.PUBLIC])
    change("# Umbriel\n\nThe Umbriel workload moves to Vardohus.\n", Label.RESTRICTED)
    kept = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"/v1/documents/{one}", headers=keys[Label.PUBLIC] | kept).status_code == 304


def test_resources_of_assistants_are_those_of_the_reader(doors):
    door = doors[0]

    def call(key, method, **params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = key | {"Accept": "application/json, text/event-stream"}
        return door.client.post("/mcp", json=body, headers=headers).json()

    listed = call(door.restricted, "resources/list")["result"]["resources"]
    assert door.leaked(json.dumps(listed)) and door.leaked(json.dumps(call(door.public, "resources/list"))) == []
    open_ones = {one["uri"] for one in call(door.public, "resources/list")["result"]["resources"]}
    hidden = [one["uri"] for one in listed if one["uri"] not in open_ones]
    assert hidden
    none = f"advisor://documents/{'0' * 12}"
    for uri in hidden:
        for span in ("", "/0-100"):
            assert door.leaked(json.dumps(call(door.restricted, "resources/read", uri=uri + span)))
            real, other = (call(door.public, "resources/read", uri=one + span) for one in (uri, none))
            assert json.dumps(real).replace(uri, none) == json.dumps(other)


def test_counts_are_those_of_what_the_reader_sees(doors):
    door, without = doors
    public, open_one = (one.client.get("/v1/documents", headers=one.public).json()["count"] for one in doors)
    assert public == open_one
    assert door.client.get("/v1/documents", headers=door.restricted).json()["count"] > public
    for path in ("/v1/inventory", "/v1/inventory/measures"):
        assert door.client.get(path, headers=door.public).text == without.client.get(path, headers=without.public).text
