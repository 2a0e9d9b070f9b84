"""The OpenAI-compatible door: chat completions with citations and claims beside them, and the one model there is."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from advisor.answer import Answer, Claim, Evidence
from advisor.api.auth import Caller, caller
from advisor.api.problems import OpenAIError, OpenAIErrorBody, OpenAIErrorDetail
from advisor.api.streams import STOPPING, streamed
from advisor.api.wire import number
from advisor.engine import Advisor
from advisor.events import ClaimHeld, Done, Event, EvidenceCited, Notice
from index.document import Label

MODEL = "infra-advisor"
SYSTEM_IGNORED = "System messages are not followed: answers come from evidence alone."
_REFUSED = {  # what would change what an answer is, beside the value at which it changes nothing
    "tools": [],
    "functions": [],
    "tool_choice": "none",
    "function_call": "none",
    "logprobs": False,
    "audio": None,
    "response_format": {"type": "text"},
    "modalities": ["text"],
}
_ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": OpenAIErrorBody} for status in (400, 404, 503)}


class Part(BaseModel):
    """A piece of a message; only text is read."""

    type: str
    text: str = ""


class Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(one.text for one in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """As OpenAI documents it. Sampling options (temperature, max_tokens, seed, …) are taken and change nothing."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "What is PUE?"}], "stream": False}]
        },
    )

    model: str = Field(max_length=200, examples=[MODEL])
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool | None = Field(False, strict=True)
    stream_options: dict[str, Any] | None = None
    n: Annotated[int, BeforeValidator(number)] | None = Field(
        1, description="Only 1: there is one answer to the evidence."
    )
    clearance: Label | None = Field(None, description="Ours: see less than the key allows; never more.")


class ChatMessage(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    index: int = 0
    message: ChatMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Usage(BaseModel):
    """Tokens of the language model; zero when none took part."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(BaseModel):
    """OpenAI's `chat.completion`; `citations` and what follows it are ours."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: tuple[Choice, ...]
    usage: Usage
    citations: tuple[Evidence, ...] = Field(description="[n] in the content refers to the n-th.")
    claims: tuple[Claim, ...]
    abstained: bool
    notices: tuple[str, ...] = Field((), description="What was ignored, and what the reader should know.")


class ModelCard(BaseModel):
    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "infra-advisor"


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: tuple[ModelCard, ...] = (ModelCard(),)


def router(advisor: Advisor) -> APIRouter:
    """`/v1/chat/completions` and `/v1/models`."""
    routes = APIRouter(prefix="/v1", tags=["openai"], responses=_ERRORS)

    @routes.post("/chat/completions", response_model=ChatCompletion)
    def completions(body: ChatRequest, who: Caller, request: Request) -> Any:
        """The answer to the last user message; earlier ones are its history. With `stream`, chunks and `[DONE]`."""
        questions, notices = _read(body)
        events = advisor.stream(questions[-1], clearance=who.sees(body.clearance), history=questions[:-1][-50:])
        head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time())}
        if body.stream:
            usage = bool((body.stream_options or {}).get("include_usage"))
            said = OpenAIErrorBody(error=OpenAIErrorDetail(message=STOPPING, type="server_error"))
            return streamed(request, _chunks(events, head, notices, usage), _event(said.model_dump()))
        for event in events:
            if isinstance(event, Notice):
                notices.append(event.text)
            if isinstance(event, Done):
                choice = Choice(message=ChatMessage(content=event.answer.answer))
                return ChatCompletion(**head, choices=(choice,), usage=_usage(event.answer), **_ours(event, notices))
        raise RuntimeError("the stream of an answer ended without one")

    @routes.get("/models", dependencies=[Depends(caller)])
    def models() -> ModelList:
        """The one name under which the advisor answers."""
        return ModelList()

    @routes.get("/models/{name}", dependencies=[Depends(caller)])
    def model(name: str) -> ModelCard:
        """The card of a model."""
        _check_model(name)
        return ModelCard()

    return routes


def _read(body: ChatRequest) -> tuple[list[str], list[str]]:
    """(user messages, notices). Raises OpenAIError for what cannot be done."""
    _check_model(body.model)
    if (body.n or 1) != 1:
        raise OpenAIError(400, "There is one answer to the evidence: leave n at 1.", param="n")
    for name, harmless in _REFUSED.items():
        given = (body.model_extra or {}).get(name)
        if given is not None and given != harmless:
            raise OpenAIError(400, f"{name} is not supported: the advisor answers in text, from evidence.", param=name)
    for at, message in enumerate(body.messages):
        parts = message.content if isinstance(message.content, list) else []
        if message.role == "user" and any(part.type != "text" for part in parts):
            raise OpenAIError(400, "Only text is read.", param=f"messages[{at}].content")
    questions = [one.text for one in body.messages if one.role == "user"]
    if not questions:
        raise OpenAIError(400, "There is no user message to answer.", param="messages")
    ignored = any(one.role in ("system", "developer") for one in body.messages)
    return questions, [SYSTEM_IGNORED] if ignored else []


def _check_model(name: str) -> None:
    if name != MODEL:
        raise OpenAIError(404, f"There is no model {name[:80]}: use {MODEL}.", param="model", code="model_not_found")


def _usage(answer: Answer) -> Usage:
    given, written = answer.receipt.tokens_in or 0, answer.receipt.tokens_out or 0
    return Usage(prompt_tokens=given, completion_tokens=written, total_tokens=given + written)


def _ours(done: Done, notices: list[str]) -> dict[str, Any]:
    answer = done.answer
    return {
        "citations": answer.evidence,
        "claims": answer.claims,
        "abstained": answer.abstained,
        "notices": tuple(notices),
    }


def _chunks(events: Iterator[Event], head: dict[str, Any], notices: list[str], usage: bool) -> Iterator[str]:
    """Evidence, claims and their sentences as they hold; joined, the text is that of the whole answer."""
    sent = ""
    yield _chunk(head, {"role": "assistant", "content": ""}, notices=notices)
    for event in events:
        match event:
            case EvidenceCited():
                yield _chunk(head, {}, citations=[event.evidence.model_dump(mode="json")])
            case ClaimHeld():
                more = event.so_far.removeprefix(sent) if event.so_far.startswith(sent) else ""
                sent += more
                claims = [event.claim.model_dump(mode="json")]
                yield _chunk(head, {"content": more} if more else {}, claims=claims)
            case Notice():
                notices.append(event.text)
                yield _chunk(head, {}, notices=[event.text])
            case Done(answer):
                rest = answer.answer.removeprefix(sent) if answer.answer.startswith(sent) else f"\n\n{answer.answer}"
                for line in rest.splitlines(keepends=True):
                    yield _chunk(head, {"content": line})
                whole = ChatCompletion(**head, choices=(), usage=_usage(answer), **_ours(event, notices))
                ours = whole.model_dump(mode="json", include={"citations", "claims", "abstained", "notices"})
                yield _chunk(head, {}, finish="stop", **ours)
                if usage:
                    yield _event({**_head(head), "choices": [], "usage": whole.usage.model_dump()})
    yield "data: [DONE]\n\n"


def _head(head: dict[str, Any]) -> dict[str, Any]:
    return {**head, "object": "chat.completion.chunk", "model": MODEL}


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None, **ours: Any) -> str:
    return _event({**_head(head), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **ours})


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
