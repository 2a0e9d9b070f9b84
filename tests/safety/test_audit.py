"""The audit log tells who did what and what was cited; a changed, removed or added line is found; no secret is in it."""

from __future__ import annotations

import json
import logging
import shutil
import threading

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from advisor import Advisor, access, audit
from advisor.access import Role
from advisor.api.app import create_app
from advisor.redaction import GONE, guard_logs, redacted
from advisor.settings import load
from index.document import Label
from ui.cli import main

QUESTION = "What is power usage effectiveness?"
SALARY = "What does a senior GPU platform engineer in band seven earn?"


@pytest.fixture
def workspace(home, tmp_path):
    own = tmp_path / "home"
    shutil.copytree(home, own, ignore=shutil.ignore_patterns(audit.FILE))  # other tests leave their lines in theirs
    return own


def lines(home):
    return [json.loads(line) for line in (home / audit.FILE).read_text().splitlines()]


@pytest.fixture
def door(workspace):
    key = access.create(workspace, "Ada", Role.READER, Label.RESTRICTED)[1]
    app = create_app(Advisor.open(load(home=workspace)))
    return TestClient(app, base_url="http://127.0.0.1"), {"X-API-Key": key}, key


def test_a_request_leaves_who_what_outcome_clearance_and_the_documents_cited(workspace, door):
    client, headers, _ = door
    said = client.post("/v1/ask", json={"question": SALARY}, headers=headers).json()
    with client.stream(
        "POST", "/v1/ask", json={"question": QUESTION, "stream": True, "clearance": "public"}, headers=headers
    ) as stream:
        stream.read()
    first, second = lines(workspace)
    assert first["key"] == access.users(workspace)[0].id
    assert (first["who"], first["what"], first["outcome"], first["clearance"]) == (
        "Ada",
        "POST /v1/ask",
        "200",
        "restricted",
    )
    assert first["documents"] == list(dict.fromkeys(one["id"].partition(":")[0] for one in said["evidence"])) != []
    assert second["clearance"] == "public" and second["documents"]
    assert (workspace / audit.FILE).stat().st_mode & 0o077 == 0


def test_what_is_refused_is_written_down_and_no_key_or_question_is(workspace, door):
    client, headers, key = door
    assert client.post("/v1/ask", json={"question": SALARY}).status_code == 401
    assert (
        client.post("/v1/ask", json={"question": SALARY}, headers={"X-API-Key": "ia_00000000_" + "x" * 43}).status_code
        == 401
    )
    assert client.post("/v1/ask", json={"question": SALARY}, headers=headers).status_code == 200
    client.get(f"/v1/{key}", headers=headers)
    text = (workspace / audit.FILE).read_text()
    assert [one["who"] for one in lines(workspace)] == ["unknown", "unknown", "Ada", "Ada"]
    assert "earn" not in text and key not in text and GONE in text
    assert client.get("/health").status_code == 200 and len(lines(workspace)) == 4


def test_questions_are_written_down_when_the_settings_say_so(workspace):
    client = TestClient(
        create_app(Advisor.open(load(home=workspace, audit_questions=True))), base_url="http://127.0.0.1"
    )
    client.post("/v1/ask", json={"question": QUESTION})
    assert lines(workspace)[0]["question"] == QUESTION


def test_the_command_line_leaves_a_line_and_checks_the_chain(workspace):
    asked = CliRunner().invoke(main, ["--home", str(workspace), "ask", QUESTION])
    assert asked.exit_code == 0
    (line,) = lines(workspace)
    assert line["what"] == "advisor ask" and line["documents"] and line["who"].endswith("(command line)")
    checked = CliRunner().invoke(main, ["--home", str(workspace), "audit", "verify"])
    assert checked.exit_code == 0 and "1 lines" in checked.output
    last = checked.output.split()[-1]
    (workspace / audit.FILE).write_text("")
    cut = CliRunner().invoke(main, ["--home", str(workspace), "audit", "verify", "--last", last])
    assert cut.exit_code == 1 and "not in the log" in cut.output


def written(home, number=8):
    home.mkdir(exist_ok=True)
    for one in range(number):
        audit.record(home, f"person {one}", "GET /v1/documents", "200")
    return (home / audit.FILE).read_bytes().splitlines(keepends=True)


TAMPERINGS = {
    "changed": lambda rows: [*rows[:3], rows[3].replace(b"person 3", b"person 9"), *rows[4:]],
    "removed": lambda rows: rows[:3] + rows[4:],
    "first removed": lambda rows: rows[1:],
    "added": lambda rows: [*rows[:4], rows[2], *rows[4:]],
    "swapped": lambda rows: [*rows[:3], rows[4], rows[3], *rows[5:]],
    "not JSON": lambda rows: [*rows[:3], b"garbage\n", *rows[3:]],
    "emptied": lambda rows: [*rows[:3], b"\n", *rows[4:]],
    "cut within a line": lambda rows: [*rows[:-1], rows[-1][:-9]],
}


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_tampered_log_is_found_out(tmp_path, tamper):
    rows = written(tmp_path)
    assert audit.verify(tmp_path).faults == ()
    (tmp_path / audit.FILE).write_bytes(b"".join(tamper(rows)))
    assert audit.verify(tmp_path).faults


def test_a_shortened_log_is_found_out_by_the_sum_of_an_earlier_check(tmp_path):
    rows = written(tmp_path)
    last = audit.verify(tmp_path).last
    (tmp_path / audit.FILE).write_bytes(b"".join(rows[:-1]))
    assert audit.verify(tmp_path).faults == ()
    assert audit.verify(tmp_path, last).faults
    (tmp_path / audit.FILE).write_bytes(b"".join(rows))
    audit.record(tmp_path, "later", "x", "200")
    assert audit.verify(tmp_path, last).faults == ()


def test_many_writers_at_once_make_one_chain(tmp_path):
    threads = [threading.Thread(target=written, args=(tmp_path, 20)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert audit.verify(tmp_path).lines == 160
    assert audit.verify(tmp_path).faults == ()


def test_a_long_line_is_followed_like_any_other(tmp_path):
    audit.record(tmp_path, "Ada", "x", "200", audit.Noted(question="q" * 20_000))
    audit.record(tmp_path, "Ada", "x", "200")
    assert audit.verify(tmp_path).faults == ()


SECRETS = {
    "own key": "the key ia_0a1b2c3d_" + "a" * 43,
    "service key": "Incorrect API key provided: sk-proj-abcdefghijklmnop1234",
    "header": "Authorization: Bearer abcdefghijklmnop",
    "assignment": "api_key=hunter2hunter2",
    "address": "http://user:hunter2hunter2@host/path",
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_secrets_are_taken_out(text):
    shown = redacted(text)
    assert GONE in shown
    assert not any(secret in shown for secret in ("hunter2", "a" * 20, "abcdefghijklmnop", "eyJzdWI"))


def test_words_about_secrets_stay():
    text = "A token is a word piece; keys are made by `advisor keys create`. Password rules: twelve characters."
    assert redacted(text).startswith("A token is a word piece; keys are made by `advisor keys create`.")


def test_no_log_record_holds_a_secret(workspace, caplog):
    former = logging.getLogRecordFactory()
    try:
        guard_logs(load(home=workspace, api_key="the-one-key-of-all"))
        with caplog.at_level(logging.INFO):
            logging.getLogger("uvicorn.error").info("called with %s and %s", "the-one-key-of-all", SECRETS["own key"])
            try:
                raise ValueError("failed for the-one-key-of-all")
            except ValueError:
                logging.getLogger("other").exception("it failed")
    finally:
        logging.setLogRecordFactory(former)
    assert "the-one-key-of-all" not in caplog.text and "a" * 20 not in caplog.text
    assert GONE in caplog.text
