"""The Model Context Protocol: the advisor's tools and documents for assistants, over stdio and over HTTP.

Over HTTP every request stands alone under its own key, so that no session outlives a revoked one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from advisor.access import LOCAL, Principal, Role
from advisor.api.auth import SCOPE_KEY
from advisor.api.tools import SCHEME, TOOLS
from advisor.engine import Advisor
from advisor.errors import AdvisorError
from index.document import Label
from index.errors import LibraryError, LibraryNotFound

PAGE = 100  # resources listed at once
CHARACTERS = 100_000  # of a document read at once
_INSTRUCTIONS = (
    "Answers about AI infrastructure from this organisation's guidance and inventory. Every claim cites evidence; "
    "`abstained` means that the evidence does not answer. Quote its figures as they stand, with their sources."
)


def server(advisor: Advisor, local: Label) -> Server[Any]:
    """The protocol over one advisor; who has no HTTP request before them sees up to `local`."""

    def principal(context: ServerRequestContext[Any, Any]) -> Principal:
        if context.request is None:
            return Principal("local", Role.READER, local, LOCAL)
        found = context.request.scope[SCOPE_KEY]
        assert isinstance(found, Principal)
        return found

    async def list_tools(context: ServerRequestContext[Any, Any], _: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                Tool(
                    name=name,
                    description=one.description,
                    input_schema=one.takes.model_json_schema(),
                    annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
                )
                for name, one in TOOLS.items()
            ]
        )

    async def call_tool(context: ServerRequestContext[Any, Any], asked: CallToolRequestParams) -> CallToolResult:
        tool = TOOLS.get(asked.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no tool {asked.name[:80]}: there are {', '.join(TOOLS)}.")
        who = principal(context)
        try:
            body = tool.takes.model_validate(asked.arguments or {})
            seen = who.sees(getattr(body, "clearance", None))
            text, said = await anyio.to_thread.run_sync(tool.run, advisor, body, seen)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in error.errors()
            )
            return CallToolResult(content=[TextContent(text=wrong)], is_error=True)
        except (AdvisorError, LibraryError) as error:
            return CallToolResult(content=[TextContent(text=str(error))], is_error=True)
        # A structure is JSON for good: what the engine counts with (tuples, dates) is not.
        return CallToolResult(
            content=[TextContent(text=text)], structured_content=json.loads(json.dumps(said, default=str))
        )

    async def list_resources(
        context: ServerRequestContext[Any, Any], page: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        start = _cursor(page)
        try:
            listed = await anyio.to_thread.run_sync(advisor.documents, principal(context).sees())
        except LibraryNotFound:
            listed = []
        return ListResourcesResult(
            resources=[
                Resource(
                    uri=f"{SCHEME}{one['id']}", name=str(one["path"]), title=str(one["title"]), mime_type="text/plain"
                )
                for one in listed[start : start + PAGE]
            ],
            next_cursor=str(start + PAGE) if start + PAGE < len(listed) else None,
        )

    async def list_templates(
        context: ServerRequestContext[Any, Any], _: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(
            resource_templates=[
                ResourceTemplate(
                    uri_template=f"{SCHEME}{{id}}/{{start}}-{{end}}",
                    name="span",
                    description="The stored text of a document from one character to another, as citations give them.",
                    mime_type="text/plain",
                )
            ]
        )

    async def read_resource(
        context: ServerRequestContext[Any, Any], asked: ReadResourceRequestParams
    ) -> ReadResourceResult:
        identity, start, end = _span(asked.uri)
        try:
            found = await anyio.to_thread.run_sync(advisor.document, identity, principal(context).sees())
        except LibraryError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error
        if found is None:
            raise MCPError(INVALID_PARAMS, f"There is no document {asked.uri[:200]}.")
        end = min(end if end is not None else len(found.text), start + CHARACTERS)
        about = {"start": start, "end": min(end, len(found.text)), "characters": len(found.text)}
        contents = TextResourceContents(uri=asked.uri, text=found.text[start:end], mime_type="text/plain", _meta=about)
        return ReadResourceResult(contents=[contents])

    return Server(
        "infra-advisor",
        version=version("infra-advisor"),
        title="Infra Advisor",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _failed(why: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=why)], is_error=True)


def _cursor(page: PaginatedRequestParams | None) -> int:
    given = page.cursor if page is not None and page.cursor is not None else "0"
    if not given.isdecimal() or len(given) > 9:
        raise MCPError(INVALID_PARAMS, "The cursor is not one of ours.")
    return int(given)


def _span(uri: str) -> tuple[str, int, int | None]:
    """(id, start, end) of `advisor://documents/ID` or `…/ID/START-END`."""
    identity, _, span = uri.removeprefix(SCHEME).partition("/")
    first, _, last = span.partition("-")
    numbers = [one for one in (first, last) if one]
    known = uri.startswith(SCHEME) and 12 <= len(identity) <= 64 and len(numbers) in (0, 2)
    if not known or not all(one.isdecimal() and len(one) <= 12 for one in numbers):
        raise MCPError(INVALID_PARAMS, f"There is no document {uri[:200]}: read {SCHEME}ID or {SCHEME}ID/START-END.")
    return identity, int(first or 0), int(last) if last else None


async def serve_stdio(advisor: Advisor, clearance: Label) -> None:
    """Speak on stdin and stdout until stdin ends."""
    made = server(advisor, clearance)
    async with stdio_server() as (reading, writing):
        await made.run(reading, writing, made.create_initialization_options())


class Endpoint:
    """`/mcp`: an ASGI application that speaks while `running` is entered."""

    def __init__(self, advisor: Advisor) -> None:
        self._advisor = advisor
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        made = server(self._advisor, self._advisor.settings.clearance)
        self._manager = StreamableHTTPSessionManager(made, json_response=True, stateless=True)
        async with self._manager.run():
            yield
        self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._manager is None:
            raise HTTPException(503, "The server is starting or stopping: try again.")
        await self._manager.handle_request(scope, receive, send)
