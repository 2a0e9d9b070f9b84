"""What is above a reader's clearance has no part in anything that they are told.

Two workspaces differ in nothing but restricted documents and feeds. Every probe goes through a door of both as a public
reader: what they are told must be the same in both, and hold none of the hidden words that the probe did not bring. The
control asks as a restricted reader, who must be told them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from advisor import access
from advisor.access import Role
from index.document import Label
from index.embedding import PACKAGED
from index.retriever import Retriever


@dataclass(frozen=True)
class Probe:
    """One request; `shows` when a restricted reader must see a hidden word in the answer."""

    name: str
    path: str
    body: dict | None = None
    method: str = ""
    shows: bool = False

    @property
    def brought(self) -> str:
        return f"{self.path} {json.dumps(self.body)}".lower()


ASKED = (  # question, whether the hidden documents answer it
    ("How many accelerators does the secret training cluster buy?", True),
    ("What carries the fabric of the secret training cluster?", True),
    ("When does the steering of the workload move in the secret programme?", True),
    ("What is the budget of the project?", False),
    ("What is zephyrantes?", False),  # a typo of a hidden word must not be mended
    ("What is ZQI?", True),  # a hidden abbreviation must not be spelt out
    ("Explain the zephyr quantum interlink", True),
    ("quixotrop", False),
    ("What is power usage effectiveness?", False),
    ("InfiniBand or Ethernet for training?", False),
    ("Which documents are there about training clusters?", False),
    ("Who won the 1998 World Cup?", False),
)
MEASURED = (
    ("Which sites do we have?", False),
    ("What is the PUE of each site?", True),
    ("How many GPUs do we have?", False),
    ("How many GPUs by site?", True),
    ("How many GPUs by model?", True),
    ("Which site has the highest PUE?", True),
    ("Which workloads need more than 100 GPUs?", False),
    ("How many GPUs are in Vardohus?", False),
    ("How many B200s do we have?", False),
)


def probes() -> list[Probe]:
    found = []
    for text, shows in ASKED:
        found.append(Probe(f"ask: {text}", "/v1/ask", {"question": text}, shows=shows))
        found.append(Probe(f"stream: {text}", "/v1/ask", {"question": text, "stream": True}, shows=shows))
        found.append(Probe(f"search: {text}", f"/v1/search?q={text}&k=50", shows=shows))
        chat = {"model": "infra-advisor", "messages": [{"role": "user", "content": text}]}
        found.append(Probe(f"chat: {text}", "/v1/chat/completions", chat, shows=shows))
    for text, shows in MEASURED:
        found.append(Probe(f"query: {text}", "/v1/inventory/query", {"question": text}, shows=shows))
        found.append(Probe(f"ask: {text}", "/v1/ask", {"question": text}, shows=shows))
    first = "What carries the fabric of the secret training cluster?"
    for text in ("And how many?", "Tell me more about it", "Which source says so?", "And at Oslo?"):
        found.append(Probe(f"history: {text}", "/v1/ask", {"question": text, "history": [first]}))
    found += [
        Probe("chat stream", "/v1/chat/completions", {"model": "infra-advisor", "messages": [{"role": "user", "content": first}], "stream": True}, shows=True),
        Probe("more than the key allows", "/v1/ask", {"question": first, "clearance": "restricted"}, shows=True),
        Probe("list", "/v1/documents", shows=True),
        Probe("list, asking for more", "/v1/documents?clearance=restricted", shows=True),
        Probe("list, one", "/v1/documents?limit=1"),
        Probe("no such document", "/v1/documents/000000000000"),
        Probe("inventory", "/v1/inventory", shows=True),
        Probe("inventory, asking for more", "/v1/inventory?clearance=restricted", shows=True),
        Probe("measures", "/v1/inventory/measures"),
        Probe("assess", "/v1/assess", {}, shows=True),
        Probe("assess, a hidden workload", "/v1/assess", {"workload": "umbriel"}),
        Probe("roadmap", "/v1/roadmap", {}, shows=True),
        Probe("roadmap, one section", "/v1/roadmap", {"options": {"sections": ["compute"]}}),
        Probe("size", "/v1/size", {"text": "serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context"}),
        Probe("jobs", "/v1/jobs"),
        Probe("no such job", "/v1/jobs/000000000000"),
        Probe("bad body", "/v1/ask", {"question": ""}),
        Probe("too much", "/v1/ask", {"question": "x" * 5000}),
        Probe("wrong type", "/v1/ask", {"question": ["x"], "k": "many"}),
        Probe("no such route", "/v1/nothing"),
        Probe("schema", "/openapi.json"),
        Probe("reference", "/docs"),
        Probe("models", "/v1/models"),
        Probe("page", "/"),
        Probe("page config", "/config"),
        Probe("page functions", "/gradio_api/info"),
        Probe("ready", "/ready"),
        Probe("delete without the role", "/v1/documents/000000000000", method="DELETE"),
    ]  # fmt: skip
    tools = {
        "ask": {"question": first},
        "search": {"query": first},
        "measure": {"question": "GPUs by site"},
        "assess": {},
        "roadmap": {},
    }
    for name, given in tools.items():
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": given}}
        found.append(Probe(f"mcp {name}", "/mcp", call, shows=True))
    for name in ("resources/list", "tools/list", "resources/templates/list"):
        call = {"jsonrpc": "2.0", "id": 1, "method": name, "params": {}}
        found.append(Probe(f"mcp {name}", "/mcp", call, shows=name == "resources/list"))
    return found


PROBES = probes()


def settled(text: str) -> str:
    """What was said, without what differs from one run to the next or is known to differ (see SECURITY.md)."""
    for name in ("generation", "created", "id"):
        text = re.sub(rf'\\?"{name}\\?": ?(\\?"[^"]*\\?"|\d+)', f'"{name}":0', text)
    for name in (
        "score",
        "dense",
        "lexical",
        "seconds",
        "gather",
        "route",
        "write",
        "verify",
        "total",
        "plan",
        "confidence",
    ):
        text = re.sub(rf'\\?"{name}\\?": ?-?[\d.e-]+', f'"{name}":0', text)
    text = re.sub(r'\\?"withheld\\?": ?\[[^\]]*\]', '"withheld":[]', text)
    return re.sub(r"[0-9a-f]{24,}|chatcmpl-\w+", "…", text)


def test_there_are_sixty_probes_and_twenty_controls():
    assert len(PROBES) >= 60 and sum(probe.shows for probe in PROBES) >= 20


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_public_reader_is_told_nothing_of_what_is_hidden(doors, probe):
    door, without = doors
    seen = door.ask(probe, door.restricted)  # first: whatever is remembered of it must not serve the other
    status, text = door.ask(probe, door.public)
    assert door.leaked(text, probe.brought) == []
    if probe.shows:
        assert door.leaked(seen[1], probe.brought), "the control shows nothing: the probe would not notice a leak"
    if probe.path not in ("/", "/config"):  # which hold identifiers of their session
        other = without.ask(probe, without.public)
        assert (status, settled(text)) == (other[0], settled(other[1]))


def test_a_hidden_document_is_as_if_it_were_not_there(doors):
    door, _ = doors
    listed = json.loads(door.ask(Probe("", "/v1/documents"), door.restricted)[1])["documents"]
    hidden = next(one["id"] for one in listed if "Zephyranthes" in one["title"])
    for method in ("GET", "PATCH", "DELETE"):
        body = {"label": "public"} if method == "PATCH" else None
        real = door.ask(Probe("", f"/v1/documents/{hidden}", body, method), door.public)
        none = door.ask(Probe("", f"/v1/documents/{'0' * 12}", body, method), door.public)
        assert real[0] == none[0] and real[1].replace(hidden, "0" * 12) == none[1]
    read = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": f"advisor://documents/{hidden}"}}
    assert door.leaked(door.ask(Probe("", "/mcp", read), door.public)[1]) == []
    assert door.leaked(door.ask(Probe("", "/mcp", read), door.restricted)[1])


def test_an_editor_of_low_clearance_cannot_touch_what_is_hidden(doors):
    door, _ = doors
    editor = {"X-API-Key": access.create(door.home, "editor", Role.EDITOR, Label.PUBLIC)[1]}
    listed = json.loads(door.ask(Probe("", "/v1/documents"), door.restricted)[1])["documents"]
    hidden = next(one["id"] for one in listed if "Zephyranthes" in one["title"])
    for method, body in (("PATCH", {"label": "public"}), ("DELETE", None)):
        real = door.ask(Probe("", f"/v1/documents/{hidden}", body, method), editor)
        none = door.ask(Probe("", f"/v1/documents/{'0' * 12}", body, method), editor)
        assert real[0] == none[0] == 404 and real[1].replace(hidden, "0" * 12) == none[1]


def test_words_are_rare_known_and_spelt_by_what_a_reader_sees(doors):
    door, without = (Retriever(one.home, PACKAGED) for one in doors)
    for question in ("zephyrantes interlnk", "ZQI fabric", "secret training cluster", "Infiniband fabrics"):
        public = door.query(question, Label.PUBLIC)
        assert (public.text, public.terms, public.expanded, public.corrected) == (
            (same := without.query(question, Label.PUBLIC)).text, same.terms, same.expanded, same.corrected,
        )  # fmt: skip
        assert [door.idf(term, Label.PUBLIC) for term in public.terms] == [
            without.idf(term, Label.PUBLIC) for term in public.terms
        ]
        assert door.spread(public) == pytest.approx(without.spread(public), abs=1e-6)
    assert door.query("zephyrantes", Label.RESTRICTED).corrected
    assert "zephyr quantum interlink" in door.expand("ZQI", Label.RESTRICTED)
    assert not door.knows("quixotrop", Label.PUBLIC) and door.expand("ZQI", Label.PUBLIC) == []
