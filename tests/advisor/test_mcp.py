"""The Model Context Protocol as an assistant meets it: the official client, over HTTP and over stdio."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import anyio
import httpx
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from advisor import Advisor, Answer, access
from advisor.access import Role
from advisor.api.app import create_app
from advisor.settings import load
from index.document import Label

ROOT = Path(__file__).parents[2]
TOOLS = {"ask", "search", "measure", "size", "assess", "roadmap"}
BAND = "What does band seven earn?"


@pytest.fixture(scope="module")
def keyed(estate_home, tmp_path_factory, serving):
    """A server that needs a key, and a key for each clearance."""
    own = tmp_path_factory.mktemp("mcp") / "home"
    shutil.copytree(estate_home, own)
    keys = {label: access.create(own, label, Role.READER, label)[1] for label in Label}
    with serving(create_app(Advisor.open(load(home=own)))) as url:
        yield f"{url}/mcp", keys


def over_http(keyed, label, work, mode="auto"):
    """What `work` makes of a client with the key of a clearance."""
    url, keys = keyed

    async def session():
        headers = {"Authorization": f"Bearer {keys[label]}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return anyio.run(session)


def over_stdio(home, work, *options):
    async def session():
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "ui.cli", "--home", str(home), "mcp", *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        async with Client(command) as client:
            return await work(client)

    return anyio.run(session)


async def everything(client):
    """Every tool once, and a document read whole and at a span."""
    listed = await client.list_tools()
    said = {
        "ask": await client.call_tool("ask", {"question": "What is PUE?"}),
        "search": await client.call_tool("search", {"query": "subnet manager", "k": 3}),
        "measure": await client.call_tool("measure", {"question": "How many H100s sit idle in Frankfurt?"}),
        "size": await client.call_tool("size", {"text": "serve Llama-3.1-70B in FP8 at 20 users, 8k context"}),
        "assess": await client.call_tool("assess", {"workload": "llm-finetune-70b"}),
        "roadmap": await client.call_tool("roadmap", {}),
    }
    resources = (await client.list_resources()).resources
    [template] = (await client.list_resource_templates()).resource_templates
    answer = Answer.model_validate(said["ask"].structured_content)
    cited = answer.evidence[0]
    whole = (await client.read_resource(f"advisor://documents/{cited.id.partition(':')[0]}")).contents[0]
    part = (await client.read_resource(f"advisor://documents/{cited.id.replace(':', '/')}")).contents[0]
    return {one.name for one in listed.tools}, said, resources, template, answer, whole, part


def check_everything(found):
    tools, said, resources, template, answer, whole, part = found
    assert tools == TOOLS
    assert not [name for name, one in said.items() if one.is_error]
    assert answer.claims
    assert "Sources:" in said["ask"].content[0].text
    assert "subnet manager" in said["search"].structured_content["passages"][0]["text"]
    assert "38" in said["measure"].content[0].text
    assert said["size"].structured_content["figures"]
    assert said["assess"].structured_content["verdicts"]
    assert said["roadmap"].structured_content["sections"]
    assert {one.name.rpartition("/")[2] for one in resources} == {
        "pue.md",
        "infiniband.md",
        "ethernet.md",
        "payroll.md",
    }
    assert template.uri_template == "advisor://documents/{id}/{start}-{end}"
    cited = answer.evidence[0]
    assert part.text == cited.text
    assert whole.text[cited.locator.start : cited.locator.end] == cited.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_every_tool_and_document_over_http(keyed, mode):
    check_everything(over_http(keyed, Label.RESTRICTED, everything, mode))


def test_every_tool_and_document_over_stdio(estate_home):
    check_everything(over_stdio(estate_home, everything))


async def probe(client):
    said = await client.call_tool("ask", {"question": BAND, "clearance": "restricted"})
    found = await client.call_tool("search", {"query": BAND, "clearance": "restricted"})
    listed = (await client.list_resources()).resources
    return said, found, listed


@pytest.mark.parametrize("door", ["http", "stdio"])
def test_what_the_clearance_hides_is_hidden_in_tools_and_resources(keyed, estate_home, door):
    def through(label, work):
        if door == "http":
            return over_http(keyed, label, work)
        return over_stdio(estate_home, work, "--clearance", label.value)

    said, found, listed = through(Label.RESTRICTED, probe)
    assert "98,000" in said.content[0].text
    secret = next(one.uri for one in listed if one.name.endswith("payroll.md"))
    said, found, listed = through(Label.PUBLIC, probe)
    shown = f"{said} {found} {listed}"
    assert "98,000" not in shown
    assert "ayroll" not in shown
    assert len(listed) == 3

    async def read(client, uri):
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
        return str(refused.value).replace(uri, "URI")

    hidden = through(Label.PUBLIC, lambda client: read(client, secret))
    unknown = through(Label.PUBLIC, lambda client: read(client, "advisor://documents/0123456789ab"))
    assert hidden == unknown


def test_what_is_wrong_is_said_to_the_assistant(keyed):
    async def wrong(client):
        return [
            await client.call_tool("ask", {"question": " "}),
            await client.call_tool("ask", {}),
            await client.call_tool("search", {"query": "x", "nope": 1}),
            await client.call_tool("size", {"text": "hello"}),
            await client.call_tool("assess", {"workload": "no such thing"}),
        ]

    said = over_http(keyed, Label.PUBLIC, wrong)
    assert all(one.is_error and one.content[0].text for one in said)

    async def unknown(client):
        with pytest.raises(MCPError, match="ask, search"):
            await client.call_tool("delete_everything", {})
        for uri in ("advisor://documents/x", "file:///etc/passwd", "advisor://documents/0123456789ab/1-2-3"):
            with pytest.raises(MCPError):
                await client.read_resource(uri)

    over_http(keyed, Label.PUBLIC, unknown)


def test_the_endpoint_stands_behind_the_guard(keyed):
    url, keys = keyed
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"accept": "application/json, text/event-stream"}
    key = {"X-API-Key": keys[Label.PUBLIC]}
    assert httpx.post(url, json=hello, headers=accept).status_code == 401
    assert httpx.post(url, json=hello, headers=accept | key | {"Origin": "https://evil.example"}).status_code == 403
    assert httpx.post(url, json=hello, headers=accept | key | {"Host": "evil.example"}).status_code == 400
    assert httpx.post(url, content=b"x" * (1024**2 + 1), headers=accept | key).status_code == 413
    assert httpx.post(url, json=hello, headers=accept | key).status_code == 200
    assert httpx.get(url, headers={"accept": "text/event-stream"} | key).status_code == 405
