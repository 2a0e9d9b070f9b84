"""The client against a live server: what it gives is what the engine gives; errors are its own."""

from __future__ import annotations

import shutil

import httpx
import pytest

from advisor import Advisor, Answer, Claim, Evidence, access
from advisor.access import Role
from advisor.api.app import create_app
from advisor.client import Client, Forbidden, NotFound, Refused, TooMany, Unauthorised, Unavailable, Unreachable
from advisor.job import State
from advisor.roadmap.document import Options
from advisor.settings import load
from index.document import Label

NOTE = b"# Cooling\n\nRear-door heat exchangers remove fifty kilowatts from a rack without new pipes in the hall.\n"


@pytest.fixture(scope="module")
def server(estate_home, tmp_path_factory, serving):
    own = tmp_path_factory.mktemp("client") / "home"
    shutil.copytree(estate_home, own)
    keys = {role: access.create(own, role, role, Label.RESTRICTED)[1] for role in Role}
    with serving(create_app(Advisor.open(load(home=own)))) as url:
        yield url, keys


@pytest.fixture
def editor(server):
    url, keys = server
    with Client(url, keys[Role.EDITOR]) as client:
        yield client


def test_answers_and_their_parts_come_as_the_engines_types(editor, advisor):
    answer = editor.ask("What is PUE?")
    assert answer.claims == advisor.ask("What is PUE?").claims
    told = list(editor.stream("What is PUE?"))
    assert isinstance(told[-1], Answer)
    assert told[-1].claims == answer.claims
    assert tuple(one for one in told if isinstance(one, Claim)) == answer.claims
    assert tuple(one for one in told if isinstance(one, Evidence)) == answer.evidence
    assert "subnet manager" in editor.search("subnet manager", k=3)[0].text
    assert "98,000" not in editor.ask("What does band seven earn?", clearance=Label.PUBLIC).answer


def test_documents_are_uploaded_read_relabelled_and_deleted(editor, tmp_path):
    before = {one.id for one in editor.documents(page=2)}
    path = tmp_path / "cooling.md"
    path.write_bytes(NOTE)
    job = editor.wait(editor.upload(path, ("bad.md", b"\x00\x00"), label=Label.PUBLIC))
    assert job.state is State.DONE
    assert [one.outcome for one in job.files] == ["added", "refused"]
    [added] = {one.id for one in editor.documents(page=2)} - before
    assert editor.document(added).text == NOTE.decode()
    assert editor.document(added, 2, 9).text == "Cooling"
    job = editor.wait(editor.relabel(added, Label.INTERNAL))
    assert job.files[0].label is Label.INTERNAL
    editor.wait(editor.delete(added))
    assert {one.id for one in editor.documents()} == before
    assert [one.kind for one in editor.jobs(page=2)] == ["delete", "relabel", "documents"]
    assert editor.cancel(job.id).state is State.DONE


def test_the_estate_is_asked_sized_assessed_and_planned(editor):
    assert editor.inventory()["feeds"]
    assert "gpu_count" in {one["name"] for one in editor.measures()}
    assert editor.measure("How many H100s sit idle in Frankfurt?")["figures"][0]["value"] == 38
    assert editor.size("serve Llama-3.1-70B in FP8 at 20 users, 8k context")["figures"]
    assert editor.size(request={"model": "Llama-3.1-70B", "concurrency": 20, "context_tokens": 8192})["figures"]
    assert editor.assess(workload="llm-finetune-70b").verdicts
    assert "energy" in {one.id for one in editor.roadmap(Options(section="energy")).sections}


def test_remarks_about_the_estate_come_in_pages(editor):
    whole = editor.inventory()
    assert len(whole["problems"]) == whole["count"] > 7
    assert editor.inventory(page=7) == whole


def test_feeds_are_imported(editor):
    feed = b"timestamp, index, name, utilization.gpu [%]\n2026/11/20 10:00:00.000, 0, NVIDIA L4, 10 %\n"
    job = editor.wait(editor.import_feeds(("l4.csv", feed), label=Label.INTERNAL, site="Lyon", node="lyo-1"))
    assert job.files[0].outcome == "added", job


def test_errors_are_typed_and_say_what_the_server_said(server, editor):
    url, keys = server
    with pytest.raises(NotFound, match="0123456789ab"):
        editor.document("0123456789ab")
    with pytest.raises(Refused, match="question"):
        editor.ask(" ")
    with pytest.raises(Refused, match="program"):
        editor.upload(("program.exe", b"x"))
    with Client(url, keys[Role.READER]) as reader, pytest.raises(Forbidden, match="editor"):
        reader.upload(("a.md", NOTE))
    with Client(url, "wrong") as stranger, pytest.raises(Unauthorised):
        list(stranger.stream("What is PUE?"))
    with Client("http://127.0.0.1:9") as nobody, pytest.raises(Unreachable):
        nobody.ask("What is PUE?")


def test_what_is_told_to_come_again_comes_again_where_that_is_harmless():
    seen = []

    def busy(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) % 3:
            problem = {"title": "Too Many Requests", "status": 429, "detail": "wait"}
            return httpx.Response(429, json=problem, headers={"retry-after": "0"})
        return httpx.Response(202, json={})

    with Client(transport=httpx.MockTransport(busy), retries=1) as client:
        with pytest.raises(TooMany) as told:
            client.search("x")
        assert told.value.retry_after_s == 0
        assert len(seen) == 2
        seen.clear()
        with pytest.raises(TooMany):
            client.delete("0123456789ab")  # sent once: what it did is not known
        assert len(seen) == 1
    broken = httpx.MockTransport(lambda request: httpx.Response(502, text="<html>"))
    with Client(transport=broken) as client, pytest.raises(Unavailable, match="502"):
        client.inventory()
