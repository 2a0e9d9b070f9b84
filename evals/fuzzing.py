"""Every route of the API under made-up requests, valid and not: `python -m evals.fuzzing`.

Schemathesis reads the description of the API from a live server over a small library and the sample inventory, makes
requests that keep to it and requests that do not, and checks every answer against it: no 5xx, no status, content type,
header or body that is not described, no bad request taken, no good one refused for its form, no way around the key. A
share of the requests names what is there, so that they reach what stands behind a 404.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from advisor import Advisor, Label, access
from advisor.access import Role
from advisor.api import serving
from advisor.api.app import create_app
from advisor.client import Client
from advisor.inventory.importing import import_feeds
from advisor.settings import corpus_path, load
from index import library

NOTES = 6  # of the shipped guidance
SEEDS = 12  # documents that are uploaded before, conversations that are begun
FEEDS = ("sites.csv", "clusters.csv", "workloads.csv", "oslo", "people")  # of the sample organisation
SLOW = ("POST /v1/ask", "POST /v1/chat/completions")  # every question of a made-up history is read: fewer requests
SLOWEST = "POST /v1/roadmap"  # a second a request: few of them, and not every value of every field in turn
# These mean something beyond their form: a question without a word, a model that is not in the catalogue, a change that
# cannot be read, a file of no known format are refused though the form is right. `form_as_described` still sees to it
# that none of them is refused for its form.
MEANING = (
    "POST /v1/ask",
    "POST /v1/sessions/{identity}/ask",
    "GET /v1/search",
    "POST /v1/inventory/query",
    "POST /v1/assess",
    "POST /v1/size",
    "POST /v1/roadmap",
)
QUEUED = ("POST /v1/documents", "POST /v1/inventory/feeds")  # the queue of jobs may be full: 429
OPENAI = "POST /v1/chat/completions"  # the same in OpenAI's form, where 422 is 400
_CONFIG = """
continue-on-failure = true
checks.max_response_time = 120.0
request-timeout = 120.0
generation.max-examples = {examples}
phases.stateful.generation.max-examples = {few}
[warnings]
enabled = false

[[operations]]
include-name = {meaning}
checks.positive_data_acceptance.expected-statuses = ["2xx", 404, 409, 422]

[[operations]]
include-name = "{openai}"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404]

[[operations]]
include-name = {queued}
checks.positive_data_acceptance.expected-statuses = ["2xx", 404, 409, 422, 429]

[[operations]]
include-name = {slow}
generation.max-examples = {few}

[[operations]]
include-name = "{slowest}"
generation.max-examples = {few}
phases.coverage.enabled = false
"""
# Parameter → what there is; a third of the values are taken from these.
_SAID = {
    "body.question": ["What is PUE?", "How many GPUs by site?", "And at Frankfurt?", "InfiniBand or Ethernet?"],
    "body.request.model": ["Llama-3.1-70B", "Llama-3.1-8B"],
    "body.request.accelerator": ["H100 SXM", "H200"],
    "body.workload": ["llm-finetune-70b"],
    "body.site": ["Frankfurt", "Oslo"],
    "body.what_if": ["add 16 H100 in Oslo"],
    "path.name": ["infra-advisor"],
}
_SHARE = 0.35
OTHER = "methods that a path does not have"


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route was sent and said."""

    cases: int
    statuses: dict[int, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found."""

    cases: int
    server_errors: int
    failures: tuple[str, ...]
    operations: dict[str, Operation]
    seconds: float


def workspace(home: Path) -> str:
    """Fill a workspace: some notes, a part of the sample organisation; gives an administrator's key."""
    library.ingest(home, sorted((corpus_path() / "guidance").glob("*.md"))[:NOTES], label=Label.PUBLIC)
    import_feeds(home, [corpus_path() / "sample_org" / name for name in FEEDS], label="internal")
    return access.create(home, "fuzzing", Role.ADMIN, Label.RESTRICTED)[1]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The API of a workspace on a free port of loopback."""
    app = create_app(Advisor.open(load(home=home, rate_per_minute=0, max_upload_mb=1)))
    server = serving.server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def known(url: str, key: str) -> dict[str, list[str]]:
    """Path → identities that are there: documents (uploaded ones too), their jobs, conversations."""
    notes = [(f"note-{at}.md", f"# Note {at}\n\nNumber {at}.\n".encode()) for at in range(SEEDS)]
    with Client(url, key) as client, httpx.Client(base_url=url, headers={"X-API-Key": key}) as raw:
        job = client.wait(client.upload(*notes, label=Label.PUBLIC))
        sessions = [raw.post("/v1/sessions").json()["id"] for _ in range(SEEDS)]
        return {
            "/v1/documents/": [one.id for one in client.documents()],
            "/v1/jobs/": [job.id],
            "/v1/sessions/": sessions,
        }


def _configuration(there: dict[str, list[str]], examples: int, few: int) -> str:
    """What Schemathesis is told, as TOML."""
    text = _CONFIG.format(
        meaning=json.dumps(MEANING), slow=json.dumps(SLOW), slowest=SLOWEST, openai=OPENAI, queued=json.dumps(QUEUED),
        few=few, examples=examples,
    )  # fmt: skip
    words, tables = [], []
    for name, values in _SAID.items():
        words.append(f'"{name}" = {{ values = {json.dumps(values)} }}')
        tables.append(f'"{name}" = {{ dictionary = "{name}", probability = {_SHARE} }}')
    parts = []
    for path, values in there.items():
        words.append(f'"{path}" = {{ values = {json.dumps(values)} }}')
        bound = f'"path.identity" = {{ dictionary = "{path}", probability = {_SHARE} }}'
        parts.append(f'[[operations]]\ninclude-path-regex = "^{path}"\nparameters = {{ {bound} }}\n')
    return "\n".join([text, "[dictionaries]", *words, "[parameters]", *tables, *parts])


def run(
    url: str,
    key: str,
    folder: Path,
    *,
    examples: int,
    few: int,
    seed: int,
    only: str | None = None,
    phases: str = "examples,coverage,fuzzing,stateful",
) -> Outcome:
    """Run Schemathesis with all its checks; `examples` a route, `few` for the slow ones. Reports go to `folder`."""
    config = folder / "schemathesis.toml"
    config.write_text(_configuration(known(url, key), examples, few))
    started = time.perf_counter()
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run", f"{url}/openapi.json",
        "-H", f"Authorization: Bearer {key}", "--checks", "all", "--phases", phases, "--seed", str(seed),
        "--no-shrink", "--report", "json,ndjson", "--report-json-path", str(folder / "report.json"),
        "--report-ndjson-path", str(folder / "events.ndjson"),
    ]  # fmt: skip
    command += ["--include-path-regex", only] if only else []
    path = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    around = {**os.environ, "NO_PROXY": "*", "SCHEMATHESIS_HOOKS": "evals.fuzzing_checks", "PYTHONPATH": path}
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=around)
    (folder / "output.txt").write_text(ran.stdout + ran.stderr)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"Schemathesis did not run: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return _read(folder, routes(url, key), time.perf_counter() - started)


def routes(url: str, key: str) -> set[str]:
    """`GET /v1/documents`, … as the API describes itself."""
    paths = httpx.get(f"{url}/openapi.json", headers={"X-API-Key": key}).json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def _read(folder: Path, described: set[str], seconds: float) -> Outcome:
    """What the reports of a run say."""
    body = json.loads((folder / "report.json").read_text())
    statuses: dict[str, Counter[int]] = {}
    cases: Counter[str] = Counter()
    with (folder / "events.ndjson").open() as events:
        for line in events:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder") or {}
            for identity, one in recorder.get("interactions", {}).items():
                case = recorder["cases"][identity]["value"]
                name = f"{case['method']} {case['path']}"
                name = name if name in described else OTHER
                cases[name] += 1
                if one.get("response"):
                    statuses.setdefault(name, Counter())[int(one["response"]["status_code"])] += 1
    failures = [f"{one['code']} {one['title']}: {', '.join(one['operations'])}" for one in body["failures"]]
    failures += [f"error: {json.dumps(one)[:300]}" for one in body["errors"]]
    return Outcome(
        cases=int(body["test_cases"]["generated"]),
        server_errors=sum(count for one in statuses.values() for status, count in one.items() if status >= 500),
        failures=tuple(failures),
        operations={name: Operation(cases[name], dict(sorted(one.items()))) for name, one in sorted(statuses.items())},
        seconds=round(seconds, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="made-up requests a route")
    parser.add_argument("--few", type=int, default=20, help="for the slow ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="pattern of the paths to try")
    parser.add_argument("--keep", type=Path, help="folder for the reports")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as aside:
        folder = given.keep or Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        key = workspace(Path(aside) / "home")
        with served(Path(aside) / "home") as url:
            found = run(url, key, folder, examples=given.examples, few=given.few, seed=given.seed, only=given.only)
    for name, one in found.operations.items():
        print(f"{one.cases:>6} {name}: " + ", ".join(f"{count} × {status}" for status, count in one.statuses.items()))
    print(
        f"{found.cases} cases, {len(found.operations)} routes, {found.seconds} s; {found.server_errors} server errors"
    )
    print("\n".join(found.failures) or "no check failed")
    raise SystemExit(1 if found.failures or found.server_errors else 0)


if __name__ == "__main__":
    main()
