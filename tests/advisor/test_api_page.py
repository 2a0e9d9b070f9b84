"""docs/api.md names every route and no other, and its examples work as they stand."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from advisor import Advisor, access
from advisor.access import Role
from advisor.api.app import create_app
from advisor.settings import load
from index.document import Label

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
PRELUDE, *EXAMPLES = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NOTE = b"# Tape\n\nTape libraries keep cold checkpoints for a tenth of the price of disk arrays.\n"


def test_the_page_has_every_route_and_no_other(advisor):
    described = create_app(advisor).openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    assert set(re.findall(r"`((?:GET|POST|PATCH|PUT|DELETE) /[^`]*)`", PAGE)) == routes


@pytest.fixture(scope="module")
def environment(estate_home, tmp_path_factory, serving):
    """A server, an editor's key, an uploaded document, its job, a conversation."""
    own = tmp_path_factory.mktemp("page") / "home"
    shutil.copytree(estate_home, own)
    key = access.create(own, "editor", Role.EDITOR, Label.RESTRICTED)[1]
    with serving(create_app(Advisor.open(load(home=own)))) as url, httpx.Client(base_url=url) as client:
        client.headers["X-API-Key"] = key
        job = client.post("/v1/documents", files=[("files", ("tape.md", NOTE))]).json()
        while job["state"] not in ("done", "failed"):
            time.sleep(0.1)
            job = client.get(f"/v1/jobs/{job['id']}").json()
        session = client.post("/v1/sessions").json()["id"]
        yield {
            "ADVISOR_URL": url,
            "ADVISOR_KEY": key,
            "ID": job["files"][0]["document"],
            "JOB": job["id"],
            "SESSION": session,
        }


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_works_as_it_stands(environment, example, tmp_path):
    _wait_for_jobs(environment)  # as whoever copies them by hand does
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", PRELUDE + example],
        env={**environment, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"},
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.strip()


def _wait_for_jobs(environment):
    headers = {"X-API-Key": environment["ADVISOR_KEY"]}
    with httpx.Client(base_url=environment["ADVISOR_URL"], headers=headers) as client:
        while any(job["state"] in ("queued", "running") for job in client.get("/v1/jobs").json()["jobs"]):
            time.sleep(0.1)
