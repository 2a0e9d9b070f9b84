"""Limits and faults: rates, room, slow clients, full and read-only disks, a server that ends."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from advisor import Advisor, access, journal
from advisor.access import Role
from advisor.api import limits, serving
from advisor.api.app import create_app
from advisor.job import FileOutcome
from advisor.settings import load
from index import library
from index.document import Label
from index.errors import LibraryError, StorageFull, StorageReadOnly, storage_error

ASK = "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
NOTE = b"# Cooling\n\nRear-door heat exchangers remove fifty kilowatts from a rack without new pipes in the hall.\n"


@pytest.fixture
def own(home, tmp_path):
    """A copy of the small library in a workspace that may be written to."""
    folder = tmp_path / "own"
    shutil.copytree(home, folder, copy_function=os.link, ignore=shutil.ignore_patterns("lock"))
    return folder


class Running:
    """The project's own server in a thread."""

    def __init__(self, app) -> None:
        self.app = app
        self.server = serving.server(app, "127.0.0.1", 0)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        self.address = self.server.servers[0].sockets[0].getsockname()
        self.url = f"http://127.0.0.1:{self.address[1]}"

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive(), "the server does not end"


@pytest.fixture
def running():
    started = []

    def start(advisor) -> Running:
        started.append(Running(create_app(advisor)))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_a_key_has_a_rate_and_is_told_when_to_come_again(own, running):
    keys = [access.create(own, name, Role.READER, Label.PUBLIC)[1] for name in ("Ada", "Ada")]
    url = running(Advisor.open(load(home=own, rate_per_minute=1))).url
    said = [httpx.get(f"{url}/v1/jobs", headers={"X-API-Key": keys[0]}) for _ in range(12)]
    assert [one.status_code for one in said[:10]] == [200] * 10
    assert said[-1].status_code == 429
    assert said[-1].headers["content-type"] == "application/problem+json"
    assert 1 <= int(said[-1].headers["retry-after"]) <= 60
    assert (
        httpx.get(f"{url}/v1/jobs", headers={"X-API-Key": keys[1]}).status_code == 200
    )  # another key of the same name
    assert httpx.get(f"{url}/health").status_code == 200


def test_more_requests_than_there_is_room_for_are_told_to_come_again(own, running):
    app = running(Advisor.open(load(home=own, max_requests=1)))
    with socket.create_connection(app.address) as held:  # its body is still to come
        head = (
            "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        )
        held.sendall(head.encode())
        for _ in range(200):
            refused = httpx.get(f"{app.url}/v1/jobs")
            if refused.status_code == 503:
                break
            time.sleep(0.02)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert httpx.get(f"{app.url}/health").status_code == 200
    for _ in range(200):
        if httpx.get(f"{app.url}/v1/jobs").status_code == 200:
            break
        time.sleep(0.02)
    assert httpx.get(f"{app.url}/v1/jobs").status_code == 200


def received(connection: socket.socket) -> bytes:
    said = b""
    while block := connection.recv(65536):
        said += block
    return said


def test_slow_heads_and_slow_bodies_are_cut(advisor, running, monkeypatch):
    monkeypatch.setattr(serving, "HEAD_S", 0.3)
    monkeypatch.setattr(limits, "GRACE_S", 0.3)
    app = running(advisor)
    for head in (b"", b"GET /v1/documents HTTP/1.1\r\nHost: 127"):
        with socket.create_connection(app.address, timeout=20) as slow:
            slow.sendall(head)
            assert received(slow) == b""
    with socket.create_connection(app.address, timeout=20) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")  # a whole request, then half a head
        answered = b""
        while not answered.endswith(b'{"status":"ok"}'):
            answered += slow.recv(65536)
        slow.sendall(b"GET /hea")
        assert received(slow) == b""
    with socket.create_connection(app.address, timeout=20) as slow:
        slow.sendall(f"{ASK}{{".encode())
        assert received(slow).startswith(b"HTTP/1.1 408")


def test_a_client_that_does_not_read_is_cut(own, running, monkeypatch):
    monkeypatch.setattr(limits, "GRACE_S", 0.5)
    large = own.parent / "large.md"
    large.write_text("# Large\n\n" + "A sentence of many about nothing at all. " * 2_700)
    library.ingest(own, [large], label=Label.PUBLIC)
    app = running(Advisor.open(load(home=own, max_requests=1)))
    identity = next(
        one["id"] for one in httpx.get(f"{app.url}/v1/documents").json()["documents"] if one["title"] == "Large"
    )
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(app.address)
        for _ in range(200):  # far more than the buffers of both sides hold
            deaf.sendall(f"GET /v1/documents/{identity} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        for _ in range(400):
            if httpx.get(f"{app.url}/v1/jobs").status_code == 200:
                break
            time.sleep(0.05)
        assert httpx.get(f"{app.url}/v1/jobs").status_code == 200


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_507_and_room_brings_recovery(home, small_disk, running, tmp_path):
    own = small_disk / "own"
    own.mkdir()
    for name in ("generations", "CURRENT"):
        source = home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, own / name)
    (own / "encoder").symlink_to(home / "encoder")
    app = running(Advisor.open(load(home=own)))
    filler = own / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * 4096)

    def send(name: str, data: bytes) -> httpx.Response:
        return httpx.post(
            f"{app.url}/v1/documents", files=[("files", (name, data))], data={"label": "public"}, timeout=60
        )

    full = send("cooling.md", NOTE * 100)
    assert full.status_code == 507
    assert "disk is full" in full.json()["detail"]
    assert list((own / "uploads").glob("*")) == []
    asked = {"question": "What is PUE?"}
    assert httpx.post(f"{app.url}/v1/ask", json=asked).json()["claims"]  # reading goes on
    os.truncate(filler, filler.stat().st_size - 64 * 1024)  # enough for the file, not for a generation
    job = ended(app.url, send("cooling.md", NOTE))
    assert job["state"] == "failed"
    assert "disk is full" in job["error"]
    assert httpx.post(f"{app.url}/v1/ask", json=asked).json()["claims"]
    filler.unlink()
    assert ended(app.url, send("cooling.md", NOTE))["files"][0]["outcome"] == "added"


def ended(url: str, response: httpx.Response) -> dict:
    assert response.status_code == 202, response.text
    for _ in range(1200):
        job = httpx.get(f"{url}{response.headers['location']}").json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError("the job does not end")


LIMITED = """
import resource, sys
from pathlib import Path
from advisor import Advisor
from advisor.api import serving
from advisor.api.app import create_app
from advisor.settings import load
app = create_app(Advisor.open(load(home=Path(sys.argv[1]))))
server = serving.server(app, "127.0.0.1", int(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
server.run()
"""


def test_a_file_system_that_takes_no_more_of_a_file_is_507_too(own):
    """A quota, without a file system of the test's own: files may have 64 kB here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", LIMITED, str(own), str(port)])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for _ in range(1200):
                try:
                    client.get("/health")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, "the server did not start"
                    time.sleep(0.05)
            refused = client.post("/v1/documents", files=[("files", ("cooling.md", NOTE * 1000))])
            assert refused.status_code == 507 and "disk is full" in refused.json()["detail"]
            assert client.post("/v1/ask", json={"question": "What is PUE?"}).json()["claims"]
            assert client.post("/v1/documents", files=[("files", ("cooling.md", NOTE))]).status_code == 202
    finally:
        process.kill()
        process.wait()
    assert not list((own / "uploads").glob(".incoming-*"))


def test_a_read_only_disk_is_an_error_that_says_so(home, small_disk, running):
    own = small_disk / "own"
    own.mkdir()
    for name in ("generations", "CURRENT"):
        source = home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, own / name)
    (own / "encoder").symlink_to(home / "encoder")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    app = running(Advisor.open(load(home=own)))
    refused = httpx.post(f"{app.url}/v1/documents", files=[("files", ("a.md", NOTE))], timeout=60)
    assert refused.status_code == 503
    assert "read-only" in refused.json()["detail"]
    assert httpx.post(f"{app.url}/v1/ask", json={"question": "What is PUE?"}).json()["claims"]
    with pytest.raises(StorageReadOnly):
        library.ingest(own, [own.parent.parent])


def test_what_a_failed_write_means():
    assert type(storage_error(OSError(errno.ENOSPC, "x"), "It")) is StorageFull
    assert type(storage_error(OSError(errno.EFBIG, "x"), "It")) is StorageFull
    assert type(storage_error(OSError(errno.EROFS, "x"), "It")) is StorageReadOnly
    assert type(storage_error(OSError(errno.EIO, "x"), "It")) is LibraryError
    assert type(storage_error(RuntimeError("write error: No space left on device"), "It")) is StorageFull


def test_the_end_of_the_server_ends_jobs_and_keeps_what_was_accepted(own, running):
    advisor = Advisor.open(load(home=own))
    app = running(advisor)
    entered = threading.Event()

    def work(job):
        entered.set()
        while True:
            job.progress("reading", 1, 2)
            time.sleep(0.01)

    undone = threading.Event()
    local = access.Principal("local", Role.ADMIN, Label.RESTRICTED, access.LOCAL)
    made = journal.accepted("documents", local, [FileOutcome(name="a")], Label.PUBLIC, {})
    job = advisor.jobs.submit(made, work, undone.set)
    assert entered.wait(10)
    app.stop()
    assert advisor.jobs.find(job.id, local).state == "cancelled"
    assert not undone.is_set()
    assert [one.job.id for one in journal.left(own)] == [job.id]  # for the next server


def test_the_end_of_the_server_ends_a_stream_with_a_word(advisor, running, monkeypatch):
    from advisor.api import app as application
    from advisor.events import Notice

    reached, go_on = threading.Event(), threading.Event()

    def slow(self, *args, **more):
        yield Notice("slow", "It takes long.")
        reached.set()
        go_on.wait(20)
        yield Notice("slow", "It still does.")

    monkeypatch.setattr(application.Advisor, "stream", slow)
    app = running(advisor)
    with httpx.stream("POST", f"{app.url}/v1/ask", json={"question": "What is PUE?", "stream": True}) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: notice"
        assert reached.wait(10)
        app.server.should_exit = True
        for _ in range(200):
            if app.app.state.stopping.is_set():
                break
            time.sleep(0.02)
        go_on.set()
        rest = [line for line in lines if line.startswith(("event", "data"))]
    assert rest[-2] == "event: error"
    assert "stopping" in json.loads(rest[-1].removeprefix("data: "))["detail"]
