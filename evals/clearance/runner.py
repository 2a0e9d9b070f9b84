"""Probes through the API of a workspace with hidden documents and feeds, as a reader who may not know them and as one
who may: the second is the control, for a probe that nobody is answered would notice no leak."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from advisor import Advisor, Label, access
from advisor.access import Role
from advisor.errors import SchemaError
from advisor.inventory.importing import import_feeds
from advisor.settings import Settings, corpus_path
from evals.clearance.secret import AS_OF, OPEN_FEEDS, SECRETS
from index import library

SET = Path(__file__).parent.parent / "sets" / "clearance.jsonl"
NOTES = 8  # of the shipped guidance, which everyone may read


class Probe(BaseModel):
    """One request. `markers` are the words of the secret; those that the request itself brings are no leak."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    channel: str
    label: Label  # of the secret
    reader: Label  # who may not know it
    path: str
    body: dict[str, Any] | None
    markers: tuple[str, ...]
    shows: bool  # whether a reader who may know it is told a marker

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def asked(self) -> str:
        return f"{self.method} {self.path} {json.dumps(self.body) if self.body else ''}".strip()


@dataclass(frozen=True, slots=True)
class Outcome:
    probe: Probe
    leaked: tuple[str, ...]  # told to the reader who may not know
    shown: tuple[str, ...]  # told to the one who may
    said: str  # to the first
    control: str  # to the second


def load(path: Path = SET) -> list[Probe]:
    """Raises SchemaError naming the line."""
    probes = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            probes.append(Probe.model_validate_json(line))
        except ValidationError as error:
            raise SchemaError(f"{path}, line {number}: {error.errors()[0]['msg']}") from error
    return probes


def workspace(home: Path, model: str) -> None:
    """Public notes and feeds, and beside them both secrets."""
    notes, feeds = home / "notes", home / "feeds"
    for folder in (notes, feeds):
        folder.mkdir(parents=True, exist_ok=True)
    for secret in SECRETS:
        (notes / f"{secret.project.lower()}.md").write_text(secret.note, encoding="utf-8")
        for name, text in secret.feeds().items():
            (feeds / f"{secret.project.lower()}-{name}").write_text(text, encoding="utf-8")
    for name, text in OPEN_FEEDS.items():
        (feeds / f"public-{name}").write_text(text, encoding="utf-8")
    of = {"public": "public"} | {secret.project.lower(): secret.label for secret in SECRETS}
    labels = ", ".join(f"'{start}-*.csv': {{label: {label}, as_of: {AS_OF}}}" for start, label in of.items())
    (feeds / "feeds.yaml").write_text(f"feeds: {{{labels}}}\n", encoding="utf-8")
    shipped = sorted((corpus_path() / "guidance").glob("*.md"))[:NOTES]
    for path in shipped:
        (notes / path.name).write_bytes(path.read_bytes())
    library.ingest(home, [notes], model=model)
    import_feeds(home, [feeds])


class Door:
    """The API of a workspace with a key for each clearance."""

    def __init__(self, client: Any, keys: dict[Label, str]) -> None:
        self._client, self._keys = client, keys

    def told(self, probe: Probe, who: Label) -> str:
        """All that the reader gets: headers and body."""
        headers = {"X-API-Key": self._keys[who]}
        if probe.path == "/mcp":
            headers["Accept"] = "application/json, text/event-stream"
        said = self._client.request(probe.method, probe.path, json=probe.body, headers=headers)
        return f"{said.status_code} {dict(said.headers)}\n{said.text}"


@contextmanager
def opened(settings: Settings, home: Path) -> Iterator[Door]:
    """The real API over a workspace of `workspace`, in this process."""
    from starlette.testclient import TestClient

    from advisor.api.app import create_app

    given = {"home": home, "clearance": Label.RESTRICTED, "llm": "none", "rate_per_minute": 0, "api_key": None}
    own = settings.model_copy(update=given)
    keys = {one: access.create(home, one.value, Role.READER, one)[1] for one in Label}
    with TestClient(create_app(Advisor.open(own)), base_url="http://127.0.0.1") as client:
        yield Door(client, keys)


def probed(probe: Probe, door: Door) -> Outcome:
    """The cleared reader first: what is remembered of their request must not serve the other."""
    control, said = door.told(probe, probe.label), door.told(probe, probe.reader)
    return Outcome(probe, _markers(probe, said), _markers(probe, control), said, control)


def _markers(probe: Probe, told: str) -> tuple[str, ...]:
    low, brought = told.lower(), probe.asked.lower()
    return tuple(one for one in probe.markers if _stands(one, low) and one not in brought)


def _stands(marker: str, text: str) -> bool:
    """Digits must stand by themselves: a score of many digits holds any five of them sooner or later."""
    if marker[0].isdigit():
        return re.search(rf"(?<![\d.]){re.escape(marker)}(?!\d)", text) is not None
    return marker in text
