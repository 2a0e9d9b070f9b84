"""Sentences are sent when they hold, and what was sent is never taken back."""

from __future__ import annotations

import json
import threading

import httpx
import pytest

pytest.importorskip("llama_index.llms.openai_like")

from advisor import Advisor
from advisor.api.app import create_app
from advisor.events import ClaimHeld, Done
from advisor.settings import load
from evals.stub import chunk, send, serving

FIRST = "Power usage effectiveness is the energy a data centre draws divided by the energy its IT equipment draws [1]."
SECOND = "A PUE of 1.0 would mean that no energy goes to cooling or conversion [1]."
QUESTIONS = (  # question, those before it
    ("What is PUE?", ()),
    ("How do we measure PUE?", ()),
    ("InfiniBand or Ethernet for training?", ()),
    ("how is it measured?", ("What is PUE?",)),
    ("Can we run training over Ethernet?", ()),
    ("Is our fabric ready for training?", ()),
    ("Who won the 1998 World Cup?", ()),
    ("thanks", ("What is PUE?",)),
)


@pytest.fixture(scope="module")
def stub():
    with serving() as one:
        yield one


def writer(home, stub):
    """An advisor with a model that writes."""
    given = {"llm": "openai:stub", "llm_base_url": stub.url, "llm_timeout_s": 30, "llm_structured": False}
    return Advisor.open(load(home=home, **given))


@pytest.mark.parametrize(("question", "before"), QUESTIONS, ids=[one for one, _ in QUESTIONS])
@pytest.mark.parametrize("by", ["extracts", "a model"])
def test_each_sentence_adds_to_what_was_sent(home, stub, advisor, question, before, by):
    stub.fault, stub.reply = None, f"{FIRST} {SECOND}"
    asked = advisor if by == "extracts" else writer(home, stub)
    sent, claims = "", 0
    for event in asked.stream(question, history=before):
        if isinstance(event, ClaimHeld):
            assert event.so_far.startswith(sent) and len(event.so_far) > len(sent)
            sent, claims = event.so_far, claims + 1
        elif isinstance(event, Done):
            assert event.answer.answer.startswith(sent)
            assert claims == len(event.answer.claims)


def test_the_first_sentence_is_there_before_the_model_has_written_the_second(home, stub, serving):
    go_on = threading.Event()

    def pausing(handler, streamed):
        send(handler, chunk(f"{FIRST} The") if streamed else b"", "text/event-stream")
        go_on.wait(20)
        handler.wfile.write(chunk(f"{SECOND.removeprefix('The')} ") + b"data: [DONE]\n\n")

    stub.fault = pausing
    body = {"model": "infra-advisor", "messages": [{"role": "user", "content": "What is PUE?"}], "stream": True}
    with (
        serving(create_app(writer(home, stub))) as url,
        httpx.stream("POST", f"{url}/v1/chat/completions", json=body, timeout=60) as response,
    ):
        text, at_first = "", ""
        for line in response.iter_lines():
            if not line.startswith("data: {"):
                continue
            said = json.loads(line.removeprefix("data: "))
            text += said["choices"][0]["delta"].get("content") or "" if said["choices"] else ""
            if text and not at_first:
                at_first = text
                assert not go_on.is_set()
                go_on.set()
    assert "divided by the energy its IT equipment draws" in at_first
    assert text.startswith(at_first) and len(text) > len(at_first)
