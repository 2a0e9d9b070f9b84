"""Every handler of the pages, called over HTTP as a browser would: with a key of low clearance, with the page of
another, with no key. The controls: a cleared reader is shown the hidden words by the same calls."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import secrets
import zipfile

import pytest
from pypdf import PdfReader

from ui.library_views import HINT

QUESTION = "What carries the fabric of the secret training cluster?"
TYPED = {  # label of a field → what is typed there
    "Question": QUESTION,
    "Contains": "secret",
    "What if": "add 16 H100 in Oslo",
    "Organisation": "Example",
}


class Page:
    """An open page of one key: calls handlers in the order of the page, and keeps what they return."""

    def __init__(self, door, key, word=None) -> None:
        self.door, self.key = door, key
        self.word = word or secrets.token_hex(6)
        config = door.client.get("/config", headers=key).json()
        self.parts = {one["id"]: one for one in config["components"]}
        self.handlers = [one for one in config["dependencies"] if one.get("backend_fn")]
        self.held = {one["id"]: one["props"].get("value") for one in config["components"]}
        for one in config["components"]:
            if one["props"].get("label") in TYPED:
                self.held[one["id"]] = TYPED[one["props"]["label"]]

    def join(self, handler, **more):
        data = [None if self.parts[one]["type"] == "state" else self.held.get(one) for one in handler["inputs"]]
        body = {"data": data, "fn_index": handler["id"], "session_hash": self.word, **more}
        return self.door.client.post("/gradio_api/queue/join", json=body, headers=self.key)

    def call(self, handler, event=None) -> str:
        """All that the handler told, as JSON; what it returned is then in the page."""
        joined = self.join(handler, event_data=event, trigger_id=None)
        assert joined.status_code == 200, joined.text
        said = self.door.client.get(f"/gradio_api/queue/data?session_hash={self.word}", headers=self.key).text
        for line in said.splitlines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed" and message.get("success"):
                for one, value in zip(handler["outputs"], message["output"].get("data", []), strict=False):
                    self.take(one, value)
        return said

    def take(self, one, value) -> None:
        if isinstance(value, dict) and value.get("__type__") == "update":
            if value.get("choices"):
                self.held[one] = value.get("value") or value["choices"][0][1]
            elif "value" in value:
                self.held[one] = value["value"]
        else:
            self.held[one] = value

    def named(self, handler) -> str:
        first = next(iter(handler["targets"]), (None, "load"))
        part = self.parts.get(first[0], {"props": {}})
        return f"{handler['id']}: {part['props'].get('label') or part['props'].get('value') or ''} {first[1]}"


EVENTS = (None, {"index": [0, 4], "value": "x", "row_value": ["Project Zephyranthes", "zephyranthes.md"], "pick": "1"})


def everything(page) -> dict[str, str]:
    """What every handler says to a page on which all is pressed in turn; files are read by tests of their own."""
    return {
        f"{page.named(one)} {bool(event)}": re.sub(r"base64,[A-Za-z0-9+/=]+", "", page.call(one, event))
        for one in page.handlers
        for event in EVENTS
    }


@pytest.fixture(scope="module")
def cleared(doors):
    page = Page(doors[0], doors[0].restricted)
    return page, everything(page)


def test_no_handler_tells_a_public_reader_what_is_hidden(doors, cleared):
    door = doors[0]
    told = everything(Page(door, door.public))
    brought = json.dumps([QUESTION, EVENTS])
    assert {name: door.leaked(text, brought) for name, text in told.items() if door.leaked(text, brought)} == {}
    shown = [name for name, text in cleared[1].items() if door.leaked(text, brought)]
    assert len(told) >= 60 and len(shown) >= 10, (len(told), shown)


def test_the_page_of_another_is_refused_to_a_reader_with_another_key(doors, cleared):
    door, (page, _) = doors[0], cleared
    stolen = Page(door, door.public, word=page.word)
    for handler in stolen.handlers:
        assert stolen.join(handler).status_code == 403
    for path in ("queue/data?session_hash={}", "heartbeat/{}", "deep_link?session_hash={}"):
        said = door.client.get(f"/gradio_api/{path.format(page.word)}", headers=door.public)
        assert said.status_code == 403 or path.startswith("deep_link"), path
        assert door.leaked(said.text) == []
    cancel = {"session_hash": page.word, "fn_index": 0, "event_id": "x"}
    assert door.client.post("/gradio_api/cancel", json=cancel, headers=door.public).status_code == 403
    form = {"session_hash": page.word, "component_id": "1", "fn_name": "x"}
    said = door.client.post("/gradio_api/component_server", files={"a": b"x"}, data=form, headers=door.public)
    assert said.status_code == 403
    assert page.call(page.handlers[0])  # it still is its owner's


def test_nothing_of_the_pages_is_open_without_a_key(doors, cleared):
    door, (page, _) = doors[0], cleared
    bare = Page(door, door.public)
    bare.key = {}
    assert {bare.join(handler).status_code for handler in bare.handlers} == {401}
    for path in ("/", "/config", "/gradio_api/info", f"/gradio_api/queue/data?session_hash={page.word}", "/theme.css"):
        assert door.client.get(path).status_code == 401, path


def test_handlers_are_not_listed_and_tell_no_more_when_they_are_called_by_name(doors):
    door = doors[0]
    assert door.client.get("/gradio_api/info", headers=door.public).json()["named_endpoints"] == {}
    for name in ("respond", "opened", "draft", "look"):
        said = door.client.post(f"/gradio_api/call/{name}", json={"data": [QUESTION, [], {}, ""]}, headers=door.public)
        event = said.json().get("event_id", "none")
        told = door.client.get(f"/gradio_api/call/{name}/{event}", headers=door.public).text
        assert door.leaked(said.text + told, QUESTION) == []


def words_of(content: bytes, ending: str) -> str:
    if ending == ".pdf":
        return "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(content)).pages)
    if ending == ".docx":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return "\n".join(file.read(name).decode(errors="replace") for name in file.namelist())
    return content.decode()


def exported(page) -> dict[str, str]:
    """Ending → the words of the file that the Roadmap tab makes."""
    draft = next(one for one in page.handlers if page.named(one).endswith("Draft the roadmap click"))
    make = next(one for one in page.handlers if page.named(one).endswith("Make the file click"))
    page.call(draft)
    choice = next(one for one in make["inputs"] if page.parts[one]["type"] == "dropdown")
    found = {}
    for ending in (".docx", ".pdf", ".md", ".json", ".csv"):
        page.held[choice] = ending
        said = html.unescape(page.call(make).replace('\\"', '"'))
        data = re.search(r"base64,([A-Za-z0-9+/=]+)", said)
        assert data, said[:2000]
        found[ending] = words_of(base64.b64decode(data.group(1)), ending)
    return found


@pytest.mark.parametrize("ending", [".docx", ".pdf", ".md", ".json", ".csv"])
def test_an_exported_roadmap_holds_what_its_reader_may_see(doors, exports, ending):
    public, restricted = exports
    assert doors[0].leaked(public[ending]) == []
    assert len(public[ending]) > 500
    if ending != ".csv":  # the tracker lists initiatives, and there may be none for what is hidden
        assert doors[0].leaked(restricted[ending])


@pytest.fixture(scope="module")
def exports(doors):
    door = doors[0]
    return exported(Page(door, door.public)), exported(Page(door, door.restricted))


def test_the_hint_of_an_empty_choice_is_the_same_for_what_is_hidden_and_what_is_not_there(doors):
    """A row that a public reader makes up, of a hidden document, opens nothing."""
    door = doors[0]
    page = Page(door, door.public)
    table = next(one for one in page.handlers if any(kind == "select" for _, kind in one["targets"]))
    assert HINT[:20] in html.unescape(page.call(table, EVENTS[1]).replace('\\"', '"'))
