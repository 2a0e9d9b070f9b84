"""Uploads, labels, deletions, jobs and pages through a real server with keys of three roles."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import httpx
import pytest

from advisor import Advisor, access
from advisor.access import Role
from advisor.api.app import create_app
from advisor.settings import load
from index import library, retriever
from index.document import Label

NOTE = b"# Cooling\n\nRear-door heat exchangers remove fifty kilowatts from a rack without new pipes in the hall.\n"
OTHER = b"# Tape\n\nTape libraries keep cold checkpoints for a tenth of the price of disk arrays.\n"
SAMPLE = Path(__file__).parents[2] / "corpus" / "sample_org"


class Desk:
    """A server, and who asks it."""

    def __init__(self, url: str, home: Path, keys: dict[str, str]) -> None:
        self.url, self.home, self.keys = url, home, keys

    def __call__(self, who: str, method: str, path: str, **more) -> httpx.Response:
        headers = {"X-API-Key": self.keys[who], **more.pop("headers", {})}
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=60, **more)

    def upload(self, who: str, *files: tuple[str, bytes], headers=None, **form) -> httpx.Response:
        sent = [("files", (name, data)) for name, data in files]
        return self(who, "POST", "/v1/documents", files=sent, data=form, headers=headers or {})

    def ended(self, who: str, response: httpx.Response) -> dict:
        """The job of a 202, when it is over."""
        assert response.status_code == 202, response.text
        for _ in range(1200):
            job = self(who, "GET", response.headers["location"]).json()
            if job["state"] in ("done", "failed", "cancelled"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"the job does not end: {job}")

    def titles(self, who: str) -> set[str]:
        return {one["title"] for one in self(who, "GET", "/v1/documents").json()["documents"]}


@pytest.fixture
def own(home, tmp_path) -> Path:
    """A copy of the small library in a workspace that may be written to."""
    folder = tmp_path / "own"
    shutil.copytree(home, folder, copy_function=os.link, ignore=shutil.ignore_patterns("lock"))
    return folder


@pytest.fixture
def desk(own, serving):
    people = {
        "editor": (Role.EDITOR, Label.RESTRICTED),
        "low editor": (Role.EDITOR, Label.PUBLIC),
        "reader": (Role.READER, Label.RESTRICTED),
        "public": (Role.READER, Label.PUBLIC),
        "admin": (Role.ADMIN, Label.INTERNAL),
    }
    keys = {name: access.create(own, name, *of)[1] for name, of in people.items()}
    with serving(create_app(Advisor.open(load(home=own, max_upload_mb=1)))) as url:
        yield Desk(url, own, keys)


def test_an_upload_is_ingested_in_the_background_and_can_be_asked(desk):
    response = desk.upload("editor", ("cooling.md", NOTE), ("bad.md", b"\x89PNG\x00\x00"), label="public")
    job = desk.ended("editor", response)
    good, bad = job["files"]
    assert (job["state"], good["outcome"], good["label"], bad["outcome"]) == ("done", "added", "public", "refused")
    assert "binary" in bad["reason"]
    said = desk("public", "POST", "/v1/ask", json={"question": "What do rear-door heat exchangers remove?"}).json()
    [cited] = [one for one in said["evidence"] if "fifty kilowatts" in one["text"]]
    assert cited["locator"]["path"].startswith("uploads/") and cited["locator"]["path"].endswith("/cooling.md")
    where = {"start": cited["locator"]["start"], "end": cited["locator"]["end"]}
    text = desk("public", "GET", f"/v1/documents/{good['document']}", params=where).json()
    assert text["text"] == cited["text"]
    assert text["uploaded"] is True


def test_what_was_uploaded_survives_a_rebuild_and_a_restart_takes_up_what_was_accepted(desk, own, serving):
    desk.ended("editor", desk.upload("editor", ("cooling.md", NOTE), label="internal"))
    library.ingest(own, [], rebuild=True)
    assert "Cooling" in desk.titles("editor")
    assert "Cooling" not in desk.titles("public")
    from index import uploads

    with (own / "tape.tmp").open("wb+") as file:  # accepted, and the server was killed before the ingest
        file.write(OTHER)
        file.seek(0)
        uploads.add(own, "tape.md", file, Label.PUBLIC, limit=10**6)
    with serving(create_app(Advisor.open(load(home=own)))) as url:
        again = Desk(url, own, desk.keys)
        for _ in range(600):
            if "Tape" in again.titles("public"):
                break
            time.sleep(0.05)
        assert "Tape" in again.titles("public")


def test_without_a_label_an_upload_is_restricted(desk):
    job = desk.ended("low editor", desk.upload("low editor", ("cooling.md", NOTE)))
    assert job["files"][0]["label"] == "restricted"
    assert "Cooling" not in desk.titles("low editor")
    assert "Cooling" in desk.titles("reader")


def test_an_uploaded_document_is_relabelled_and_deleted(desk):
    job = desk.ended("editor", desk.upload("editor", ("cooling.md", NOTE), label="public"))
    path = f"/v1/documents/{job['files'][0]['document']}"
    assert "Cooling" in desk.titles("public")
    job = desk.ended("editor", desk("editor", "PATCH", path, json={"label": "internal"}))
    assert (job["files"][0]["outcome"], job["files"][0]["label"]) == ("relabelled", "internal")
    assert "Cooling" not in desk.titles("public")
    hidden = desk("low editor", "DELETE", path)
    assert hidden.status_code == 404
    assert hidden.text.replace(path[-12:], "ID") == desk(
        "low editor", "DELETE", "/v1/documents/0123456789ab"
    ).text.replace("0123456789ab", "ID")
    job = desk.ended("editor", desk("editor", "DELETE", path))
    assert job["files"][0]["outcome"] == "removed"
    assert "Cooling" not in desk.titles("editor")
    assert list((desk.home / "uploads").iterdir()) == []


def test_a_label_may_be_stricter_than_the_document_says_and_stays_so(desk, own):
    public = b"---\nlabel: public\n---\n# Cooling\n\nRear-door heat exchangers remove fifty kilowatts from a rack.\n"
    job = desk.ended("editor", desk.upload("editor", ("a.md", public), label="restricted"))
    assert job["files"][0]["label"] == "restricted"
    desk.ended("editor", desk.upload("editor", ("tape.md", OTHER), label="public"))
    library.ingest(own, [], rebuild=True)
    assert {"Cooling", "Tape"} & desk.titles("public") == {"Tape"}


def test_a_label_is_never_less_than_what_the_document_says(desk):
    marked = b"# Plans\n\nClassification: Restricted\n\nThe second hall will hold forty racks of liquid-cooled nodes.\n"
    job = desk.ended("editor", desk.upload("editor", ("plans.md", marked), label="public"))
    assert job["files"][0]["label"] == "restricted"
    refused = desk("editor", "PATCH", f"/v1/documents/{job['files'][0]['document']}", json={"label": "public"})
    assert refused.status_code == 422
    assert "says of itself" in refused.json()["detail"]


def test_documents_of_a_folder_are_changed_in_the_folder(desk):
    listed = desk("editor", "GET", "/v1/documents").json()["documents"]
    for method, body in (("DELETE", None), ("PATCH", {"label": "public"})):
        refused = desk("editor", method, f"/v1/documents/{listed[0]['id']}", json=body)
        assert refused.status_code == 409
        assert "folder" in refused.json()["detail"]


def test_the_last_document_can_go_and_the_next_one_can_come(own_home, serving):
    own_home.mkdir(exist_ok=True)
    with serving(create_app(Advisor(load(home=own_home), None))) as url:
        desk = Desk(url, own_home, {"local": ""})
        assert desk("local", "GET", "/v1/documents").json()["count"] == 0
        for _ in range(2):
            job = desk.ended("local", desk.upload("local", ("cooling.md", NOTE), label="public"))
            assert desk.titles("local") == {"Cooling"}
            job = desk.ended("local", desk("local", "DELETE", f"/v1/documents/{job['files'][0]['document']}"))
            assert job["state"] == "done", job
            assert desk("local", "GET", "/v1/documents").json()["count"] == 0
            assert desk("local", "POST", "/v1/ask", json={"question": "What is PUE?"}).status_code == 503
        refused = desk.ended("local", desk.upload("local", ("bad.md", b"\x00\x00"), label="public"))
        assert refused["files"][0]["outcome"] == "refused"
        assert str(own_home) not in str(refused)
    assert retriever.verify(own_home)[1] == []


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("../../../etc/cron.md", NOTE, 202),
        ("..\\..\\cooling.md", NOTE, 202),
        ("/abs/\x1b[2J\u202egnp.md", NOTE, 202),
        ("x" * 500 + ".md", NOTE, 202),
        (".hidden.md", NOTE, 202),
        (".md", NOTE, 422),
        ("..", NOTE, 422),
        ("program.exe", NOTE, 422),
        ("empty.md", b"", 422),
        ("large.md", b"x" * (1024**2 + 1), 422),
    ],
)
def test_names_are_made_safe_and_what_cannot_be_taken_is_refused_with_a_reason(desk, name, data, status):
    response = desk.upload("editor", (name, data))
    assert response.status_code == status, response.text
    if status == 202:
        desk.ended("editor", response)
        [kept] = [one for one in (desk.home / "uploads").rglob("*.md")]
        assert kept.parent.parent == desk.home / "uploads"
        assert kept.name.isprintable() and not kept.name.startswith(".")
        assert "Cooling" in desk.titles("editor")
    else:
        assert response.json()["detail"]
        assert list((desk.home / "uploads").glob("*/*")) == []


def test_bodies_and_numbers_of_files_are_limited(desk):
    assert desk.upload("editor", *[(f"{n}.md", b"x") for n in range(21)]).status_code == 422
    large = desk.upload("editor", ("a.md", b"x" * 1024**2), ("b.md", b"x" * 1024**2))
    assert large.status_code == 413


def test_readers_change_nothing(desk):
    assert desk.upload("reader", ("cooling.md", NOTE)).status_code == 403
    listed = desk("reader", "GET", "/v1/documents").json()["documents"]
    assert desk("reader", "DELETE", f"/v1/documents/{listed[0]['id']}").status_code == 403
    assert desk("reader", "PATCH", f"/v1/documents/{listed[0]['id']}", json={"label": "public"}).status_code == 403


def test_the_same_bytes_are_kept_once_and_a_key_makes_a_repeat_harmless(desk):
    key = {"Idempotency-Key": "one"}
    first = desk.upload("editor", ("cooling.md", NOTE), label="public", headers=key)
    again = desk.upload("editor", ("cooling.md", NOTE), label="public", headers=key)
    assert first.headers["location"] == again.headers["location"]
    desk.ended("editor", first)
    assert desk.upload("editor", ("tape.md", OTHER), headers=key).status_code == 422
    another = desk.upload("low editor", ("cooling.md", NOTE), label="public", headers=key)
    assert another.headers["location"] != first.headers["location"]
    assert desk.ended("low editor", another)["files"][0]["outcome"] == "present"
    assert len(list((desk.home / "uploads").glob("*/*.md"))) == 1


def test_jobs_are_seen_by_their_owner_and_by_admins_up_to_their_clearance(desk):
    public = desk.upload("low editor", ("cooling.md", NOTE), label="public").headers["location"]
    secret = desk.upload("editor", ("tape.md", OTHER), label="restricted").headers["location"]
    for path, seen_by in ((public, {"low editor", "admin"}), (secret, {"editor"})):
        assert {who for who in desk.keys if desk(who, "GET", path).status_code == 200} == seen_by
        assert desk("public", "DELETE", path).status_code == 404
    assert [one["owner"] for one in desk("admin", "GET", "/v1/jobs").json()["jobs"]] == ["low editor"]
    assert desk("reader", "GET", "/v1/jobs").json()["jobs"] == []


def test_a_waiting_job_can_be_cancelled_and_takes_its_files_along(desk, own):
    from index import generation

    with generation.writer(own):  # another process is writing: jobs wait
        first = desk.upload("editor", ("cooling.md", NOTE))
        second = desk.upload("editor", ("tape.md", OTHER))
        assert desk("editor", "GET", first.headers["location"]).json()["state"] in ("queued", "running")
        for response in (second, first):
            assert desk("editor", "DELETE", response.headers["location"]).status_code == 202
            assert desk.ended("editor", response)["state"] == "cancelled"
    assert list((own / "uploads").glob("*")) == []
    assert {"Cooling", "Tape"} & desk.titles("editor") == set()


def test_a_job_waits_for_another_writer(desk, own):
    from index import generation

    with generation.writer(own):
        response = desk.upload("editor", ("cooling.md", NOTE))
        for _ in range(200):
            job = desk("editor", "GET", response.headers["location"]).json()
            if job["stage"] == "waiting for another writer":
                break
            time.sleep(0.02)
        assert job["stage"] == "waiting for another writer"
    assert desk.ended("editor", response)["files"][0]["outcome"] == "added"


def test_lists_come_in_pages(desk):
    seen, cursor = [], None
    for _ in range(10):
        page = desk(
            "reader", "GET", "/v1/documents", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        ).json()
        assert page["count"] == 4
        seen += [one["path"] for one in page["documents"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(seen) and len(seen) == 4
    for limit in (0, -1, 1001, "x"):
        assert desk("reader", "GET", f"/v1/documents?limit={limit}").status_code == 422
    for name in ("a", "b", "c"):
        desk.ended("editor", desk.upload("editor", (f"{name}.md", NOTE + name.encode())))
    first = desk("editor", "GET", "/v1/jobs?limit=2").json()
    rest = desk("editor", "GET", "/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()
    names = [one["files"][0]["name"] for one in [*first["jobs"], *rest["jobs"]]]
    assert names == ["c.md", "b.md", "a.md"]


def test_an_unchanged_list_is_not_sent_again_and_another_caller_gets_their_own(desk):
    first = desk("reader", "GET", "/v1/documents")
    tag = {"If-None-Match": first.headers["etag"]}
    again = desk("reader", "GET", "/v1/documents", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert desk("public", "GET", "/v1/documents", headers=tag).status_code == 200
    desk.ended("editor", desk.upload("editor", ("cooling.md", NOTE)))
    assert desk("reader", "GET", "/v1/documents", headers=tag).status_code == 200


def test_search_gives_passages_the_caller_may_see(desk):
    found = desk("reader", "GET", "/v1/search", params={"q": "band seven", "k": 5}).json()["passages"]
    assert "98,000" in found[0]["text"]
    assert "98,000" not in desk("public", "GET", "/v1/search", params={"q": "band seven", "k": 5}).text
    assert desk("public", "GET", "/v1/search", params={"q": "x" * 4001}).status_code == 422


def test_feeds_are_imported_by_upload_and_replaced_by_name(desk):
    feed = (SAMPLE / "frankfurt" / "nvidia-smi" / "fra-h100-11.csv").read_bytes()
    about = {"label": "internal", "site": "Frankfurt", "node": "fra-h100-11", "as_of": "2026-11-20"}

    def send(who, data, **form):
        return desk(who, "POST", "/v1/inventory/feeds", files=[("files", ("gpus.csv", data))], data=form)

    assert send("reader", feed, **about).status_code == 403
    assert send("low editor", feed, **about).status_code == 422
    job = desk.ended("editor", send("editor", feed, **about))
    assert (job["state"], job["files"][0]["outcome"]) == ("done", "added"), job
    question = {"question": "How many GPUs are there in Frankfurt?"}
    said = desk("reader", "POST", "/v1/inventory/query", json=question).json()
    assert said["figures"][0]["value"] == 8
    assert {one["locator"]["feed"] for one in said["facts"]} == {"feeds/internal/gpus.csv"}
    bad = desk.ended("editor", send("editor", b"no,such\ncolumns,here\n", **about))
    assert bad["files"][0]["outcome"] == "refused"
    assert str(desk.home) not in str(bad)
    shorter = b"\n".join(feed.splitlines()[:-3]) + b"\n"
    desk.ended("editor", send("editor", shorter, **about))
    assert desk("reader", "POST", "/v1/inventory/query", json=question).json()["figures"][0]["value"] == 5
