"""Whatever a model does, the reader gets a usable, verified answer, and no restricted byte leaves."""

from __future__ import annotations

import socket
import struct
import time

import pytest

pytest.importorskip("llama_index.llms.openai_like")

from advisor import Advisor, Label
from advisor.events import Done, Notice
from advisor.settings import load
from advisor.writing import llm
from advisor.writing.models import configured
from advisor.writing.structured import as_text
from evals.stub import chunk, send, serving, whole

GOOD = "Power usage effectiveness is the energy a data centre draws divided by the energy its IT equipment draws [1]."
TIMEOUT_S = 1.5


@pytest.fixture(scope="module")
def stub():
    with serving() as one:
        yield one


def opened(home, stub, **given):
    stub.fault, stub.reply, stub.received, stub.calls = None, "", b"", 0
    settings = {"llm": "openai:stub", "llm_base_url": stub.url, "llm_timeout_s": TIMEOUT_S, **given}
    return Advisor.open(load(home=home, **settings))


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def half(handler, streamed):
    send(handler, chunk("PUE is the energy a data") if streamed else whole("x")[:40],
         "text/event-stream" if streamed else "application/json")  # fmt: skip
    reset(handler)


def endless(piece):
    def fault(handler, streamed):
        send(handler, b"", "text/event-stream" if streamed else "application/json")
        until = time.monotonic() + 4
        while time.monotonic() < until:
            handler.wfile.write(chunk(piece) if streamed else b" ")

    return fault


def slow(handler, streamed):
    send(handler, b"", "text/event-stream" if streamed else "application/json")
    for _ in range(20):
        handler.wfile.write(chunk("a ") if streamed else b" ")
        handler.wfile.flush()
        time.sleep(0.2)


def status(code, body=b'{"error": {"message": "no"}}', **headers):
    def fault(handler, streamed):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        handler.wfile.write(body)

    return fault


def says(body, media="text/event-stream"):
    return lambda handler, streamed: send(handler, body, media)


FAULTS = {
    "reset at once": lambda handler, streamed: reset(handler),
    "silent": lambda handler, streamed: time.sleep(4),
    "headers, then silent": lambda handler, streamed: (send(handler, b"", "text/event-stream"), time.sleep(4)),
    "slow": slow,
    "garbage JSON": says(b"data: {nope\n\n"),
    "garbage bytes": says(bytes(range(256)) * 8, "application/octet-stream"),
    "half an answer": half,
    "error in band": says(b'data: {"error": {"message": "overloaded", "code": 500}}\n\n'),
    "429": status(429, **{"retry-after": "60"}),
    "401": status(401),
    "404": status(404),
    "500": status(500),
    "503": status(503),
    "empty body": says(b""),
    "no choices": says(b'{"id": "c", "choices": []}', "application/json"),
    "empty text": lambda handler, streamed: send(
        handler, chunk("") + b"data: [DONE]\n\n" if streamed else whole(""),
        "text/event-stream" if streamed else "application/json"),
    "endless repetition": endless("go "),
    "endless sentences": endless("The same thing is said again. "),
    "HTML": says(b"<html><body>Gateway</body></html>", "text/html"),
    "redirect elsewhere": status(307, location="http://127.0.0.2:9/v1/chat/completions"),
    "JSON of another shape": says(b'["x"]', "application/json"),
}  # fmt: skip


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "plain"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_a_typed_event_and_a_usable_answer(home, stub, advisor, fault, streamed):
    broken = opened(home, stub, llm_stream=streamed)
    stub.fault = FAULTS[fault]
    started = time.monotonic()
    *told, end = broken.stream("What is PUE?")
    assert time.monotonic() - started < TIMEOUT_S + 3
    assert isinstance(end, Done)
    assert [one.code for one in told if isinstance(one, Notice)], "the stream says that the model failed"
    assert end.answer.receipt.fallback
    assert not end.answer.abstained
    assert {one.text for one in advisor.ask("What is PUE?").claims} <= {one.text for one in end.answer.claims}


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "plain"])
def test_a_refused_connection_is_a_fault_too(home, stub, streamed):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gone = opened(home, stub, llm_base_url=f"http://127.0.0.1:{port}/v1", llm_stream=streamed)
    *told, end = gone.stream("What is PUE?")
    assert "model-unreachable" in [one.code for one in told if isinstance(one, Notice)]
    assert end.answer.claims


def test_a_model_that_keeps_failing_is_left_alone(home, stub):
    broken = opened(home, stub)
    stub.fault = FAULTS["401"]
    for _ in range(5):
        broken.ask("What is PUE?")
    assert stub.calls == 3


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "plain"])
def test_a_sentence_that_holds_comes_first_with_a_receipt(home, stub, streamed):
    fluent = opened(home, stub, llm_stream=streamed, llm_watts=300, llm_price_in=1, llm_price_out=2)
    stub.reply = f"{GOOD} It was invented on Mars in 1822 [1]."
    answer = fluent.ask("What is PUE?")
    assert answer.claims[0].text == GOOD.replace(" [1]", "")
    assert "Mars" not in answer.model_dump_json()
    receipt = answer.receipt
    assert (receipt.model, receipt.fallback, receipt.local_only) == ("stub", None, False)
    assert receipt.endpoint in stub.url
    assert receipt.energy_wh > 0 and receipt.cost > 0 and receipt.tokens_out > 0
    assert sum(receipt.sentences.values()) == 2


STRUCTURED = '{"sentences": [{"text": "%s", "sources": [1]}, {"text": "It was invented on Mars.", "sources": [1]}, {"te'
CLAIM = GOOD.replace(" [1]", "")


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "plain"])
def test_a_model_that_holds_to_the_schema_is_read_as_it_comes(home, stub, streamed):
    fluent = opened(home, stub, llm_stream=streamed)
    stub.reply = STRUCTURED % CLAIM.removesuffix(".")
    stub.reply = stub.reply.replace('draws"', 'draws."')
    answer = fluent.ask("What is PUE?")
    assert answer.claims[0].text == CLAIM
    assert answer.receipt.fallback is None
    assert sum(answer.receipt.sentences.values()) == 2, "the unfinished third is not read"
    assert b'"json_schema"' in stub.received


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "plain"])
def test_an_endpoint_that_refuses_the_schema_is_asked_for_text(home, stub, streamed):
    fluent = opened(home, stub, llm_stream=streamed)

    def no_schema(handler, streams):
        if b'"json_schema"' in stub.received:
            stub.received = b""
            return status(400)(handler, streams)
        return send(handler, chunk(GOOD) + b"data: [DONE]\n\n" if streams else whole(GOOD),
                    "text/event-stream" if streams else "application/json")  # fmt: skip

    stub.fault = no_schema
    assert fluent.ask("What is PUE?").claims[0].text == CLAIM
    assert stub.calls == 2
    assert fluent.ask("What is PUE?").claims[0].text == CLAIM
    assert stub.calls == 3, "the second question does not try the schema again"


def test_the_schema_can_be_left_out(home, stub):
    fluent = opened(home, stub, llm_structured=False)
    stub.reply = GOOD
    assert fluent.ask("What is PUE?").claims[0].text == CLAIM
    assert b"json_schema" not in stub.received


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_structured_text_is_the_same_in_any_pieces(size):
    whole_text = '{"sentences":[{"text":"A \\"b\\" {c}.","sources":[1,2]},{"text":"D.","sources":[]}]}'
    parts = [(whole_text[i : i + size], {}) for i in range(0, len(whole_text), size)]
    assert "".join(text for text, _ in as_text(parts)) == 'A "b" {c}. [1, 2]\nD.\n'


def test_closing_the_stream_cancels_the_call(home, stub):
    fluent = opened(home, stub, llm_timeout_s=30)
    stub.fault = endless(f"{GOOD} ")
    events = fluent.stream("What is PUE?")
    next(events)
    started = time.monotonic()
    events.close()
    assert time.monotonic() - started < 1
    assert fluent.models[0].breaker.failures == 0


SECRET = "What does a GPU platform engineer in band seven earn?"


def test_no_restricted_byte_leaves_for_a_hosted_model(home, stub):
    hosted = opened(home, stub, llm_loopback_is_local=False)
    stub.reply = GOOD
    told = list(hosted.stream(SECRET))
    answer = told[-1].answer
    assert "98,000" in answer.answer, "the answer is written locally"
    assert answer.receipt.local_only and answer.receipt.withheld[0].label is Label.RESTRICTED
    assert "kept-local" in [one.code for one in told if isinstance(one, Notice)]
    after = hosted.ask("What is PUE?", history=[SECRET])
    assert after.receipt.local_only, "sticky for the conversation"
    assert stub.received == b""
    free = hosted.ask("How fast is an NDR link?")
    assert not free.receipt.local_only
    assert stub.calls == 1
    for word in (b"98,000", b"earns", b"Salary", b"band seven"):
        assert word not in stub.received


def test_the_next_local_model_writes_what_a_hosted_one_may_not_see(home, stub):
    hosted = opened(home, stub, llm_loopback_is_local=False)
    local = configured(load(home=home, llm="openai:near", llm_base_url=stub.url))[0]
    hosted.models.extend(local)
    stub.reply = "A senior GPU platform engineer in band seven earns 98,000 EUR a year [1]."
    assert hosted.ask(SECRET).receipt.model == "near"


def test_the_bundled_model_runs_in_the_process(home):
    pytest.importorskip("llama_cpp")
    pytest.importorskip("llama_index.llms.llama_cpp")
    own = Advisor.open(load(home=home, llm="local", llm_timeout_s=60, llm_output_tokens=24))
    receipt = own.ask("What is PUE?").receipt
    assert receipt.endpoint == "in-process"
    assert 0 < receipt.tokens_out <= 25
    assert receipt.tokens_in > 50


def test_a_question_given_back_as_a_statement_is_no_answer(home, stub):
    advisor = opened(home, stub)
    stub.reply = "PUE is the energy of a data centre [1]."
    answer = advisor.ask("Is PUE the energy of a data centre?")
    assert "PUE is the energy of a data centre." not in [claim.text for claim in answer.claims]
    assert answer.receipt.sentences == {"echo of the question": 1}


def test_a_bare_figure_is_no_statement():
    assert llm.line("The answer is: 11.0 days [1].", ()) == (None, "no statement")


def test_what_a_sentence_tells_beyond_its_question():
    assert llm.tells("RoCEv2 runs on port 4791.", "On which port does RoCEv2 run?")
    assert llm.tells("InfiniBand is lossless and forwards by credits.", "Is InfiniBand lossless?")
    question = "Can nvidia-smi say 100% while the chip is idle?"
    assert not llm.tells("No, nvidia-smi does not say 100% while the chip is idle.", question)
