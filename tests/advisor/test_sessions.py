"""Conversations are kept for their owner, shown by clearance, and stay on this machine once restricted."""

import json
import stat

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from advisor import Advisor, Label, access
from advisor.access import Role
from advisor.api.app import create_app
from advisor.errors import NotFoundError
from advisor.sessions import Sessions, markdown
from advisor.settings import load
from ui.cli import main


@pytest.fixture
def workspace(home, tmp_path):
    """The library by links, with no conversations yet."""
    import shutil

    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def advisor(workspace):
    return Advisor.open(load(home=workspace))


def client(advisor, key=None):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return TestClient(create_app(advisor), base_url="http://127.0.0.1", headers=headers)


def test_a_conversation_is_begun_asked_listed_exported_and_deleted(advisor):
    api = client(advisor)
    one = api.post("/v1/sessions")
    assert one.status_code == 201
    identity = one.json()["id"]
    first = api.post(f"/v1/sessions/{identity}/ask", json={"question": "What is PUE?"}).json()
    second = api.post(f"/v1/sessions/{identity}/ask", json={"question": "how is it measured?"}).json()
    assert first["understood"] is None and second["understood"] == "how is PUE measured?"
    listed = api.get("/v1/sessions").json()["sessions"]
    assert [(card["id"], card["title"], card["turns"]) for card in listed] == [(identity, "What is PUE?", 2)]
    kept = api.get(f"/v1/sessions/{identity}").json()
    assert kept["turns"][1]["answer"]["claims"] == second["claims"]
    text = api.get(f"/v1/sessions/{identity}/export")
    assert "attachment" in text.headers["content-disposition"] and "## how is it measured?" in text.text
    for item in second["evidence"]:
        assert f"characters {item['locator']['start']}–{item['locator']['end']}" in text.text
    exported = api.get(f"/v1/sessions/{identity}/export", params={"format": "json"}).json()
    assert exported["turns"][0]["answer"]["evidence"] == first["evidence"]
    assert api.delete(f"/v1/sessions/{identity}").status_code == 204
    assert api.get(f"/v1/sessions/{identity}").status_code == 404
    assert api.get("/v1/sessions").json()["sessions"] == []


def test_a_streamed_answer_is_kept_too(advisor):
    api = client(advisor)
    identity = api.post("/v1/sessions").json()["id"]
    body = api.post(f"/v1/sessions/{identity}/ask", json={"question": "What is PUE?", "stream": True}).text
    assert "event: answer" in body and len(api.get(f"/v1/sessions/{identity}").json()["turns"]) == 1


@pytest.mark.parametrize("identity", ["0" * 16, "..", "x", "../../users", "%2e%2e%2fusers.json"])
def test_what_is_not_there_is_a_problem(advisor, identity):
    answer = client(advisor).get(f"/v1/sessions/{identity}")
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_others_do_not_find_it(advisor, workspace):
    _, anna = access.create(workspace, "anna", Role.READER, Label.PUBLIC)
    _, ben = access.create(workspace, "ben", Role.ADMIN, Label.RESTRICTED)
    hers = client(advisor, anna).post("/v1/sessions").json()["id"]
    bens = client(advisor, ben)
    assert bens.get("/v1/sessions").json()["sessions"] == []
    for method, rest in (("get", ""), ("get", "/export"), ("delete", "")):
        assert getattr(bens, method)(f"/v1/sessions/{hers}{rest}").status_code == 404
    assert bens.post(f"/v1/sessions/{hers}/ask", json={"question": "What is PUE?"}).status_code == 404
    assert client(advisor, anna).get(f"/v1/sessions/{hers}").status_code == 200


def test_two_keys_of_one_name_share_nothing_and_a_renewed_key_keeps_what_is_its_own(advisor, workspace):
    (first, one), (_, two) = (access.create(workspace, "Ada", Role.READER, Label.PUBLIC) for _ in range(2))
    hers = client(advisor, one).post("/v1/sessions").json()["id"]
    assert client(advisor, two).get(f"/v1/sessions/{hers}").status_code == 404
    assert client(advisor, two).get("/v1/sessions").json()["sessions"] == []
    _, renewed = access.renew(workspace, first.id)
    assert client(advisor, one).get(f"/v1/sessions/{hers}").status_code == 401
    assert client(advisor, renewed).get(f"/v1/sessions/{hers}").status_code == 200


def by_name(workspace, name):
    """A conversation as versions kept it that went by names."""
    kept = Sessions(workspace)
    session = kept.create(name)
    (path,) = (workspace / "sessions").rglob(f"{session.id}.jsonl")
    path.write_text(path.read_text().replace('"format": 2', '"format": 1'))
    return session.id


def test_conversations_kept_by_name_go_to_the_one_key_of_that_name(advisor, workspace):
    ada = access.create(workspace, "Ada", Role.READER, Label.PUBLIC)[1]
    bens = [access.create(workspace, "Ben", Role.READER, Label.PUBLIC)[1] for _ in range(2)]
    posing = access.create(workspace, access.users(workspace)[0].id, Role.READER, Label.PUBLIC)[1]  # an id as a name
    hers, shared = by_name(workspace, "Ada"), by_name(workspace, "Ben")
    with client(advisor, ada) as api:  # entering starts the server
        later = api.post("/v1/sessions").json()["id"]
    with client(advisor, ada) as api:
        assert {one["id"] for one in api.get("/v1/sessions").json()["sessions"]} == {hers, later}
    for key in (*bens, posing):
        assert client(advisor, key).get("/v1/sessions").json()["sessions"] == []
    assert client(advisor, bens[0]).get(f"/v1/sessions/{shared}").status_code == 404


def restricted(advisor):
    """A question that the restricted document of the small library answers, and words of that answer."""
    said = advisor.ask("What does a senior GPU platform engineer in band seven earn?", clearance=Label.RESTRICTED)
    found = [item for item in said.evidence if item.label is Label.RESTRICTED]
    assert found
    return said, found[0].text


def test_an_answer_above_the_readers_clearance_is_not_shown(advisor, workspace):
    said, secret = restricted(advisor)
    kept = Sessions(workspace)
    session = kept.create("local")
    kept.keep("local", session.id, said)
    assert secret in kept.get("local", session.id, Label.RESTRICTED).model_dump_json()
    low = kept.get("local", session.id, Label.INTERNAL)
    assert low.turns[0].answer is None and secret not in low.model_dump_json() and secret not in markdown(low)
    assert low.history()[0].evidence == ()


def test_restricted_evidence_keeps_the_conversation_on_this_machine(advisor, workspace):
    pytest.importorskip("llama_index.llms.openai_like")
    from evals.stub import serving

    said, secret = restricted(advisor)
    with serving() as stub:
        stub.reply = "Power usage effectiveness is the energy a data centre draws [1]."
        hosted = Advisor.open(
            load(home=workspace, llm="openai:stub", llm_base_url=stub.url, llm_loopback_is_local=False)
        )
        api = client(hosted)
        free, sticky = (api.post("/v1/sessions").json()["id"] for _ in range(2))
        Sessions(workspace).keep("local", sticky, said)
        ask = {"question": "What is PUE?"}
        assert api.post(f"/v1/sessions/{free}/ask", json=ask).json()["receipt"]["local_only"] is False
        assert stub.calls == 1
        local = api.post(f"/v1/sessions/{sticky}/ask", json=ask).json()
        assert local["receipt"]["local_only"] is True and stub.calls == 1 and secret.encode() not in stub.received


def test_files_are_private_and_a_torn_line_loses_only_itself(advisor, workspace):
    kept = Sessions(workspace)
    session = kept.create("local")
    kept.keep("local", session.id, advisor.ask("What is PUE?"))
    (path,) = (workspace / "sessions").rglob("*.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with path.open("a") as file:
        file.write('{"at": "2026-')
    kept.keep("local", session.id, advisor.ask("What is InfiniBand?"))
    asked = [turn.question for turn in kept.get("local", session.id, Label.RESTRICTED).turns]
    assert asked == ["What is PUE?", "What is InfiniBand?"]
    path.write_text("no conversation\n")
    assert kept.listed("local", Label.RESTRICTED) == []
    with pytest.raises(NotFoundError):
        kept.get("local", session.id, Label.RESTRICTED)


def test_the_command_line_goes_on_with_a_conversation(workspace):
    def run(*words, typed=""):
        return CliRunner().invoke(main, ["--home", str(workspace), *words], input=typed)

    first = run("chat", typed="What is PUE?\nhow is it measured?\n/quit\n")
    assert first.exit_code == 0 and "Understood as: how is PUE measured?" in first.output
    (card,) = json.loads(run("sessions", "list", "--json").output)
    assert (card["title"], card["turns"]) == ("What is PUE?", 2)
    again = run("chat", "--session", card["id"], typed="what are its limits?\n")
    assert "what are PUE's limits?" in again.output
    assert "[1\\]" in run("sessions", "export", card["id"]).output.replace("\\[1", "[1")
    assert len(json.loads(run("sessions", "export", card["id"], "--json").output)["turns"]) == 3
    assert run("sessions", "delete", card["id"]).exit_code == 0
    assert run("chat", "--session", card["id"]).exit_code == 1
