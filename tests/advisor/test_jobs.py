"""One writer: who comes second is told who is at work. What was accepted is done, also when the server is killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import httpx
import pytest
from click.testing import CliRunner

from advisor import Advisor, access
from advisor.access import Role
from advisor.api.app import create_app
from advisor.settings import load
from index import generation, lock
from index.document import Label
from ui.cli import main

NOTE = b"# Cooling\n\nRear-door heat exchangers remove fifty kilowatts from a rack without new pipes in the hall.\n"
OTHER = b"# Tape\n\nTape libraries keep cold checkpoints for a tenth of the price of disk arrays.\n"
THIRD = b"# Liquid\n\nCold plates carry the heat of accelerators into water at forty degrees.\n"
SITES = b"site,kind,country,pue\nOslo,datacentre,NO,1.2\n"
WRITER = """
import sys
from index import generation, lock
with lock.at_work("advisor ingest"), generation.writer(__import__("pathlib").Path(sys.argv[1])):
    print("writing", flush=True)
    sys.stdin.read()
"""
SERVER = """
import sys
from contextlib import nullcontext
from pathlib import Path
from advisor import Advisor
from advisor.api import serving
from advisor.api.app import create_app
from advisor.settings import load
from index import generation
home = Path(sys.argv[1])
server = serving.server(create_app(Advisor.open(load(home=home, rate_per_minute=0))), "127.0.0.1", int(sys.argv[2]))
with generation.writer(home) if sys.argv[3] == "jobs wait" else nullcontext():
    server.run()
"""


@pytest.fixture
def own(home, tmp_path):
    """A copy of the small library with an editor's key."""
    folder = tmp_path / "own"
    shutil.copytree(home, folder, copy_function=os.link, ignore=shutil.ignore_patterns("lock", "jobs", "users.json"))
    return folder


@pytest.fixture
def headers(own):
    return {"X-API-Key": access.create(own, "editor", Role.EDITOR, Label.RESTRICTED)[1]}


def send(client: httpx.Client, name: str, data: bytes, label: str = "internal") -> httpx.Response:
    return client.post("/v1/documents", files=[("files", (name, data))], data={"label": label})


def ended(client: httpx.Client, identity: str) -> dict:
    for _ in range(2400):
        job = client.get(f"/v1/jobs/{identity}").json()
        if job.get("state") in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {job}")


@pytest.fixture
def writing(own):
    """Another process that writes to the workspace until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_writer_is_refused_and_told_who_is_at_work(own, headers, writing, serving):
    with (
        serving(create_app(Advisor.open(load(home=own, rate_per_minute=0)))) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
    ):
        feed = {"files": [("files", ("sites.csv", SITES))], "data": {"label": "internal"}}
        for refused in (send(client, "cooling.md", NOTE), client.post("/v1/inventory/feeds", **feed)):
            assert refused.status_code == 409
            assert refused.headers["content-type"] == "application/problem+json"
            assert f"advisor ingest (process {writing.pid}, since 2" in refused.json()["detail"]
        assert client.post("/v1/ask", json={"question": "What is PUE?"}).json()["claims"]  # reading goes on
        said = CliRunner().invoke(main, ["--home", str(own), "ingest", str(own)])
        assert said.exit_code == 1 and f"advisor ingest (process {writing.pid}" in said.output
        assert lock.other(own).process == writing.pid
        writing.stdin.close()
        writing.wait(30)
        assert lock.other(own) is None
        assert ended(client, send(client, "cooling.md", NOTE).json()["id"])["state"] == "done"


def test_a_killed_writer_is_in_nobodys_way(own, headers, writing, serving):
    writing.kill()
    writing.wait()
    assert (own / lock.WHO).exists() and lock.other(own) is None
    with generation.writer(own):
        pass
    assert not (own / lock.WHO).exists()


def test_a_document_that_a_job_is_to_change_is_not_changed_by_a_second(own, headers, serving):
    with (
        serving(create_app(Advisor.open(load(home=own, rate_per_minute=0)))) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
    ):
        document = ended(client, send(client, "cooling.md", NOTE).json()["id"])["files"][0]["document"]
        with generation.writer(own):  # the process's own: jobs wait, and more may be queued
            first = client.delete(f"/v1/documents/{document}")
            second = client.patch(f"/v1/documents/{document}", json={"label": "restricted"})
            assert (first.status_code, second.status_code) == (202, 409)
            assert first.json()["id"] in second.json()["detail"]
            assert send(client, "tape.md", OTHER).status_code == 202
        assert ended(client, first.json()["id"])["state"] == "done"
        assert client.get(f"/v1/documents/{document}").status_code == 404


def served(own, mode: str) -> tuple[subprocess.Popen, str]:
    """A server of its own process, to be killed."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(own), str(port), mode])
    url = f"http://127.0.0.1:{port}"
    for _ in range(1200):
        try:
            httpx.get(f"{url}/health")
            return process, url
        except httpx.TransportError:
            assert process.poll() is None, "the server did not start"
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def four_jobs(client: httpx.Client, kept: str, gone: str) -> dict[str, str]:
    """One of each kind; kind → id."""
    feed = {"files": [("files", ("sites.csv", SITES))], "data": {"label": "internal"}}
    said = [
        send(client, "liquid.md", THIRD, "public"),
        client.patch(f"/v1/documents/{kept}", json={"label": "restricted"}),
        client.delete(f"/v1/documents/{gone}"),
        client.post("/v1/inventory/feeds", **feed),
    ]
    assert [one.status_code for one in said] == [202] * 4, [one.text for one in said]
    return {one.json()["kind"]: one.json()["id"] for one in said}


@pytest.mark.parametrize(
    ("mode", "ending"),
    [("jobs wait", signal.SIGKILL), ("at a random moment", signal.SIGKILL), ("jobs wait", signal.SIGTERM)],
    ids=["killed with jobs waiting", "killed at a random moment", "told to end"],
)
def test_what_was_accepted_is_done_by_the_next_server_under_the_same_name(own, headers, serving, mode, ending):
    with (
        serving(create_app(Advisor.open(load(home=own, rate_per_minute=0)))) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
    ):
        kept, gone = (
            ended(client, send(client, name, data).json()["id"])["files"][0]["document"]
            for name, data in (("cooling.md", NOTE), ("tape.md", OTHER))
        )
    process, url = served(own, mode)
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            accepted = four_jobs(client, kept, gone)
        if mode != "jobs wait":
            time.sleep(random.uniform(0, 4))
    finally:
        os.kill(process.pid, ending)
        process.wait(60)
    left = {path.stem for path in (own / "jobs").glob("*.json")}
    assert left <= set(accepted.values()) and (mode != "jobs wait" or left == set(accepted.values()))
    with (
        serving(create_app(Advisor.open(load(home=own, rate_per_minute=0)))) as url,
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
    ):
        for kind, identity in accepted.items():
            if identity in left:
                job = ended(client, identity)
                assert (job["state"], job["resumed"], job["kind"], job["owner"]) == ("done", True, kind, "editor")
                assert job["files"][0]["outcome"] == {"delete": "removed", "relabel": "relabelled"}.get(kind, "added")
        cards = {one["title"]: one for one in client.get("/v1/documents").json()["documents"]}
        assert cards["Cooling"]["label"] == "restricted"
        assert "Tape" not in cards
        assert cards["Liquid"]["label"] == "public"
        assert "sites.csv" in client.get("/v1/inventory").text
    assert list((own / "jobs").glob("*")) == []
    assert len(list((own / "uploads").glob("*/*.md"))) == 2
