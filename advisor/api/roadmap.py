"""The door to the roadmap: whole or one section; streamed, stages come as they are done, then the roadmap."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from advisor.access import Principal
from advisor.api.auth import Caller, caller
from advisor.api.paging import IfNoneMatch, unchanged
from advisor.api.problems import errors
from advisor.api.streams import STOPPING, error, sse, streamed
from advisor.engine import Advisor
from advisor.errors import AdvisorError
from advisor.roadmap import service
from advisor.roadmap.document import Options, Roadmap
from index.document import Label
from index.errors import LibraryError


class RoadmapBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "options": {"horizon_months": 18, "budget": 2000000, "currency": "EUR", "section": "energy"},
                    "organisation": "Example Research",
                }
            ]
        },
    )

    options: Options = Field(default_factory=Options)
    organisation: str = Field("the organisation", min_length=1, max_length=200)
    clearance: Label | None = Field(None, description="See less than the server allows; never more.")
    former: Roadmap | None = Field(None, description="A roadmap whose locked blocks are kept.")
    stream: bool = Field(False, strict=True, description="Server-sent events instead of one JSON body.")


def router(advisor: Advisor) -> APIRouter:
    """`/v1/roadmap…`."""
    routes = APIRouter(prefix="/v1/roadmap", tags=["roadmap"])

    def drafted(body: RoadmapBody, who: Principal, say: Any) -> Roadmap:
        return service.drafted(
            advisor,
            body.options,
            clearance=who.sees(body.clearance),
            organisation=body.organisation,
            former=body.former,
            progress=say,
        )

    @routes.post("", response_model=Roadmap)
    def roadmap(body: RoadmapBody, who: Caller, request: Request) -> Any:
        """The roadmap; with `stream`, `progress` events and then `roadmap` (or `error`) as server-sent events."""
        if not body.stream:
            return drafted(body, who, lambda stage, done, total: None)
        return streamed(request, _events(body, who, drafted), error(STOPPING))

    @routes.get("/schema", dependencies=[Depends(caller)], responses=errors(304))
    def schema(request: Request, response: Response, if_none_match: IfNoneMatch = None) -> dict[str, Any]:
        """The JSON schema of a roadmap."""
        said = Roadmap.model_json_schema()
        unchanged(request, response, said)
        return said

    return routes


def _events(body: RoadmapBody, who: Principal, drafted: Any) -> Iterator[str]:
    """The draft is made beside, so that a stage is told when it is done and not at the end."""
    told: queue.Queue[str | None] = queue.Queue()

    def work() -> None:
        def say(stage: str, done: int, total: int) -> None:
            told.put(sse("progress", json.dumps({"stage": stage, "done": done, "total": total})))

        try:
            told.put(sse("roadmap", drafted(body, who, say).model_dump_json()))
        except (AdvisorError, LibraryError) as failure:
            told.put(error(str(failure)))
        except Exception:
            told.put(error("The draft failed; the log of the server says why."))
            raise
        finally:
            told.put(None)

    threading.Thread(target=work, daemon=True).start()
    while (event := told.get()) is not None:
        yield event
