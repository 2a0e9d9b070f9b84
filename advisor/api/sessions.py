"""Doors to conversations: begin, list, ask, export, delete. Each caller has their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from advisor.access import Principal
from advisor.answer import Answer
from advisor.api.auth import Caller
from advisor.api.paging import Cursor, Limit, page
from advisor.api.problems import errors
from advisor.api.streams import STOPPING, error, streamed, told
from advisor.api.wire import number
from advisor.engine import Advisor
from advisor.events import Done, Event, last
from advisor.question import MAX_CHARACTERS
from advisor.sessions import Session, Sessions, markdown
from index.document import Label


class SessionCard(BaseModel):
    """A conversation in the list."""

    id: str
    title: str = Field(description="Its first question.")
    created: str
    changed: str
    turns: int


class SessionList(BaseModel):
    sessions: tuple[SessionCard, ...]
    next: str | None = Field(None, description="Cursor of the next page; null on the last one.")


class SessionQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=MAX_CHARACTERS, examples=["And for inference?"])
    clearance: Label | None = Field(None, description="See less than the server allows; never more.")
    k: Annotated[int, Field(ge=1, le=100), BeforeValidator(number)] | None = Field(
        None, description="Passages to bring to the writer."
    )
    stream: bool = Field(False, strict=True, description="Server-sent events instead of one JSON body.")


def router(advisor: Advisor) -> APIRouter:
    """`/v1/sessions…`."""
    routes = APIRouter(prefix="/v1/sessions", tags=["sessions"])
    kept = Sessions(advisor.settings.home)

    @routes.post("", status_code=201, response_model=SessionCard)
    def begin(who: Caller) -> Any:
        """A new conversation."""
        return _card(kept.create(who.id))

    @routes.get("", response_model=SessionList, responses=errors(422))
    def listed(who: Caller, limit: Limit = 100, cursor: Cursor = None) -> Any:
        """Your conversations, oldest first."""
        mine = sorted(kept.listed(who.id, who.clearance), key=_place)
        shown, following = page(mine, _place, limit, cursor)
        return SessionList(sessions=tuple(map(_card, shown)), next=following)

    @routes.get("/{identity}", response_model=Session, responses=errors(404))
    def read(identity: str, who: Caller) -> Any:
        """The whole conversation; answers above your clearance are null."""
        return kept.get(who.id, identity, who.clearance)

    @routes.post("/{identity}/ask", response_model=Answer, responses=errors(404, 409, 422, 503))
    def ask(
        identity: str, body: SessionQuestion, who: Caller, request: Request, accept: Annotated[str, Header()] = ""
    ) -> Any:
        """The next question; it may lean on those before. The answer is kept."""
        session = kept.get(who.id, identity, who.clearance)
        events = advisor.stream(
            body.question,
            clearance=who.sees(body.clearance),
            k=body.k,
            history=session.history(),
            local_only=session.local_only(advisor.settings.llm_ceiling),
        )
        events = _keeping(events, kept, who, identity)
        if body.stream or "text/event-stream" in accept:
            return streamed(request, told(events), error(STOPPING))
        return last(events)

    forms = {"text/markdown": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "object"}}}

    @routes.get("/{identity}/export", response_class=Response, responses={**errors(404, 422), 200: {"content": forms}})
    def export(
        identity: str, who: Caller, form: Annotated[Literal["markdown", "json"], Query(alias="format")] = "markdown"
    ) -> Response:
        """The conversation with its references, as a file."""
        session = kept.get(who.id, identity, who.clearance)
        text, media, suffix = (
            (markdown(session), "text/markdown", "md")
            if form == "markdown"
            else (json.dumps(session.model_dump(mode="json"), ensure_ascii=False, indent=1), "application/json", "json")
        )
        named = {"Content-Disposition": f'attachment; filename="conversation-{identity}.{suffix}"'}
        return PlainTextResponse(text, media_type=media, headers=named)

    @routes.delete("/{identity}", status_code=204, responses=errors(404))
    def delete(identity: str, who: Caller) -> None:
        """Gone for good."""
        kept.delete(who.id, identity)

    return routes


def _keeping(events: Iterator[Event], kept: Sessions, who: Principal, identity: str) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Done):
            kept.keep(who.id, identity, event.answer)
        yield event


def _place(session: Session) -> str:
    return f"{session.created} {session.id}"


def _card(session: Session) -> SessionCard:
    return SessionCard(
        id=session.id,
        title=session.title,
        created=session.created,
        changed=session.changed,
        turns=len(session.turns),
    )
