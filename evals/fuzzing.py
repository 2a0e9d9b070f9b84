"""Every route of the API under made-up requests, valid and not: `python -m evals.fuzzing`.

Schemathesis reads the description of the API from a live server over a small library and the sample inventory, makes
requests that keep to it and requests that do not, and checks every answer against it: no 5xx, no status, content type,
header or body that is not described, no bad request taken, no good one refused, no way around the key.
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

from advisor import Advisor, Label, access
from advisor.access import Role
from advisor.api import serving
from advisor.api.app import create_app
from advisor.inventory.importing import import_feeds
from advisor.settings import corpus_path, load
from index import library

NOTES = 6  # of the shipped guidance
SLOW = ("POST /v1/ask", "POST /v1/chat/completions")  # every question of a made-up history is read: fewer requests
SLOWEST = "POST /v1/roadmap"  # seconds a request: few of them, and not every value of every field in turn
# These mean something beyond their form: a question without a word, a model that is not in the catalogue, a change that
# cannot be read, a file of no known format, a conversation without a user message are refused though the form is right.
MEANING = (
    "POST /v1/ask",
    "POST /v1/sessions/{identity}/ask",
    "POST /v1/chat/completions",
    "GET /v1/search",
    "POST /v1/inventory/query",
    "POST /v1/inventory/feeds",
    "POST /v1/documents",
    "POST /v1/assess",
    "POST /v1/size",
    "POST /v1/roadmap",
)
_CONFIG = """
continue-on-failure = true
request-timeout = 120.0
generation.max-examples = {examples}
[warnings]
enabled = false

[[operations]]
include-name = {meaning}
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 422, 429]

[[operations]]
include-name = {slow}
generation.max-examples = {few}

[[operations]]
include-name = "{slowest}"
generation.max-examples = {few}
phases.coverage.enabled = false
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found."""

    cases: int
    server_errors: int
    failures: tuple[str, ...]
    statuses: dict[int, int]
    seconds: float


def workspace(home: Path) -> str:
    """Fill a workspace: some notes, the sample organisation; gives an administrator's key."""
    library.ingest(home, sorted((corpus_path() / "guidance").glob("*.md"))[:NOTES], label=Label.PUBLIC)
    import_feeds(home, [corpus_path() / "sample_org"])
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


def run(url: str, key: str, folder: Path, *, examples: int, few: int, seed: int, only: str | None = None) -> Outcome:
    """Run Schemathesis with all its checks; `examples` a route, `few` for the slow ones. Reports go to `folder`."""
    config = folder / "schemathesis.toml"
    config.write_text(
        _CONFIG.format(
            meaning=json.dumps(list(MEANING)), slow=json.dumps(SLOW), slowest=SLOWEST, few=few, examples=examples
        )
    )
    started = time.perf_counter()
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run", f"{url}/openapi.json",
        "-H", f"Authorization: Bearer {key}", "--checks", "all", "--seed", str(seed),
        "--no-shrink", "--report", "json,ndjson", "--report-json-path", str(folder / "report.json"),
        "--report-ndjson-path", str(folder / "events.ndjson"),
    ]  # fmt: skip
    command += ["--include-path-regex", only] if only else []
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_PROXY": "*"})
    (folder / "output.txt").write_text(ran.stdout + ran.stderr)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"Schemathesis did not run: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return _read(folder, time.perf_counter() - started)


def _read(folder: Path, seconds: float) -> Outcome:
    """What the reports of a run say."""
    body = json.loads((folder / "report.json").read_text())
    statuses: Counter[int] = Counter()
    with (folder / "events.ndjson").open() as events:
        for line in events:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for one in recorder.get("interactions", {}).values():
                if one.get("response"):
                    statuses[int(one["response"]["status_code"])] += 1
    failures = [f"{one['code']} {one['title']}: {', '.join(one['operations'])}" for one in body["failures"]]
    failures += [f"error: {json.dumps(one)[:300]}" for one in body["errors"]]
    return Outcome(
        cases=int(body["test_cases"]["generated"]),
        server_errors=sum(count for status, count in statuses.items() if status >= 500),
        failures=tuple(failures),
        statuses=dict(sorted(statuses.items())),
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
    print(f"{found.cases} cases in {found.seconds} s; {found.server_errors} server errors; responses {found.statuses}")
    print("\n".join(found.failures) or "no check failed")
    raise SystemExit(1 if found.failures or found.server_errors else 0)


if __name__ == "__main__":
    main()
