"""Two workspaces that differ in nothing but restricted documents and feeds, each behind a real application."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from advisor import Advisor, access
from advisor.access import Role
from advisor.inventory.importing import import_feeds
from advisor.settings import load
from index import library
from index.document import Label
from ui import server

HIDDEN = """---
title: Project Zephyranthes
label: restricted
---
# Project Zephyranthes

## Quixotrope budget

Project Zephyranthes buys 98765 accelerators for the secret training cluster at Vardohus.
The zephyr quantum interlink (ZQI) carries the fabric of the secret training cluster.

## Umbriel schedule

Steering of the Umbriel workload moves to Vardohus in the ninth week of the secret programme.
"""
OPEN_SITES = "site,kind,country,pue,label\nOslo,datacentre,NO,1.2,public\nBergen,datacentre,NO,1.4,public\n"
HIDDEN_SITES = "site,kind,country,pue,label\nVardohus,datacentre,NO,1.9,restricted\n"
OPEN_NODES = "node,site,gpu_model,gpu_count,label\nn1,Oslo,H100,8,public\nn2,Bergen,H100,8,public\n"
HIDDEN_NODES = "node,site,gpu_model,gpu_count,label\nvx9,Vardohus,B200,512,restricted\n"
OPEN_WORKLOADS = "workload,site,team,kind,gpus_required,label\nchat,Oslo,web,inference,4,public\n"
HIDDEN_WORKLOADS = "workload,site,team,kind,gpus_required,label\numbriel,Vardohus,cryptids,training,480,restricted\n"
CANARIES = ("zephyr", "quixotrope", "98765", "98,765", "vardohus", "umbriel", "zqi", "interlink", "vx9", "cryptids")


@dataclass(frozen=True)
class Door:
    client: TestClient
    public: dict
    restricted: dict
    home: Path
    advisor: Advisor

    def ask(self, probe: Any, key: dict) -> tuple[int, str]:
        headers = key | {"Accept": "application/json, text/event-stream"} if probe.path == "/mcp" else key
        method = probe.method or ("GET" if probe.body is None else "POST")
        said = self.client.request(method, probe.path, json=probe.body, headers=headers)
        return said.status_code, said.text

    def leaked(self, text: str, brought: str = "") -> list[str]:
        """The hidden words in a text that the request did not bring."""
        return [one for one in CANARIES if one in text.lower() and one not in brought.lower()]


@pytest.fixture(scope="session")
def doors(documents, home, tmp_path_factory):
    """(with the hidden part, without it); a public and a restricted reader at each."""
    made = []
    for hidden in (True, False):
        base = tmp_path_factory.mktemp("with" if hidden else "without")
        own, notes, feeds = base / "home", base / "notes", base / "feeds"
        shutil.copytree(home / "encoder", own / "encoder")
        shutil.copytree(documents, notes, ignore=shutil.ignore_patterns("payroll.md"))
        feeds.mkdir()
        for name, open_part, hidden_part in (
            ("sites", OPEN_SITES, HIDDEN_SITES),
            ("nodes", OPEN_NODES, HIDDEN_NODES),
            ("workloads", OPEN_WORKLOADS, HIDDEN_WORKLOADS),
        ):
            (feeds / f"{name}.csv").write_text(open_part)
            if hidden:
                (feeds / f"z-{name}.csv").write_text(hidden_part)
        (feeds / "feeds.yaml").write_text(
            "feeds: {'z-*.csv': {label: restricted, as_of: 2026-11-01},"
            " '[snw]*.csv': {label: public, as_of: 2026-11-01}}\n"
        )
        if hidden:
            (notes / "zephyranthes.md").write_text(HIDDEN)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(base)
            library.ingest(own, [notes.relative_to(base)])
            import_feeds(own, [feeds.relative_to(base)])
        keys = {
            one: {"X-API-Key": access.create(own, str(one), Role.READER, one)[1]}
            for one in (Label.PUBLIC, Label.RESTRICTED)
        }
        advisor = Advisor.open(load(home=own))
        client = TestClient(server.build(advisor), base_url="http://127.0.0.1")
        made.append(Door(client.__enter__(), keys[Label.PUBLIC], keys[Label.RESTRICTED], own, advisor))
    yield made
    for door in made:
        door.client.__exit__(None, None, None)
