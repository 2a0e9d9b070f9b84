"""The door to sizing: a sentence or fields → figures with formula, inputs, range and sensitivity."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from advisor.api.auth import caller
from advisor.api.paging import IfNoneMatch, unchanged
from advisor.api.problems import errors
from advisor.sizing import request as requests
from advisor.sizing.answer import size
from advisor.sizing.catalogue import load
from advisor.sizing.request import SizingRequest
from advisor.sizing.wire import as_wire


class SizeBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context"}]},
    )

    text: str | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="A sentence.",
        examples=["serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context"],
    )
    request: SizingRequest | None = Field(None, description="Or the same in fields.")

    @model_validator(mode="after")
    def _one(self) -> SizeBody:
        if (self.text is None) == (self.request is None):
            raise ValueError("give either text or request")
        return self


# For the description of the API alone: clients of MCP do not read alternatives at the top of what a tool takes.
EITHER = [
    {"required": ["text"], "properties": {"text": {"type": "string"}, "request": {"type": "null"}}},
    {"required": ["request"], "properties": {"request": {"type": "object"}, "text": {"type": "null"}}},
]


def sized(body: SizeBody) -> dict[str, Any]:
    """Raises SizingError that says what is missing or unknown."""
    if body.request is not None:
        return as_wire(size(body.request))
    assert body.text is not None
    return as_wire(size(*requests.parse(body.text)))


def router() -> APIRouter:
    """`/v1/size…`."""
    routes = APIRouter(prefix="/v1/size", tags=["sizing"], dependencies=[Depends(caller)])

    @routes.post("")
    def sizing(body: SizeBody) -> dict[str, Any]:
        """Accelerators, memory, bandwidth, power, cost: each a figure; 422 says what is missing or unknown."""
        return sized(body)

    @routes.get("/catalogue", responses=errors(304))
    def catalogue(request: Request, response: Response, if_none_match: IfNoneMatch = None) -> dict[str, Any]:
        """Accelerators, links and models that can be sized, with their sources."""
        listed = load().model_dump(mode="json", exclude_none=True)
        unchanged(request, response, listed)
        return listed

    return routes
