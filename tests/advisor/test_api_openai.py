"""Chat completions as the official client meets them: a real server, a real `openai.OpenAI`."""

from __future__ import annotations

import httpx
import openai
import pytest

from advisor import Advisor, Evidence, access
from advisor.access import Role
from advisor.answer import Claim
from advisor.api.app import create_app
from advisor.settings import load
from index.document import Label

PUE = [{"role": "user", "content": "What is PUE?"}]


@pytest.fixture(scope="module")
def url(advisor, serving):
    with serving(create_app(advisor)) as url:
        yield url


@pytest.fixture(scope="module")
def client(url):
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_the_models_are_listed(client):
    assert [one.id for one in client.models.list()] == ["infra-advisor"]
    assert client.models.retrieve("infra-advisor").owned_by == "infra-advisor"


def test_a_completion_is_the_answer_with_its_citations(client, advisor):
    said = client.chat.completions.create(model="infra-advisor", messages=PUE, temperature=0.2, max_tokens=50)
    answer = advisor.ask("What is PUE?")
    assert said.choices[0].message.content == answer.answer
    assert said.choices[0].finish_reason == "stop"
    assert tuple(Evidence.model_validate(one) for one in said.citations) == answer.evidence
    assert tuple(Claim.model_validate(one) for one in said.claims) == answer.claims
    assert said.usage.total_tokens == 0  # no model took part
    assert said.notices == []


def test_a_stream_joins_to_the_same_text_with_claims_after_their_evidence(client, advisor):
    stream = client.chat.completions.create(
        model="infra-advisor", messages=PUE, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    answer = advisor.ask("What is PUE?")
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert text == answer.answer
    whole = next(one for one in chunks if one.choices and one.choices[0].finish_reason)
    assert [one["id"] for one in whole.citations] == [one.id for one in answer.evidence]
    assert chunks[-1].usage.total_tokens == 0
    told: set[str] = set()
    for one in chunks[: chunks.index(whole)]:
        told |= {item["id"] for item in (one.model_extra or {}).get("citations", [])}
        for claim in (one.model_extra or {}).get("claims", []):
            assert set(claim["evidence"]) <= told


def test_earlier_user_messages_are_the_history_and_system_messages_are_not_followed(client, advisor):
    messages = [
        {"role": "system", "content": "Answer in French."},
        {"role": "user", "content": "What is InfiniBand?"},
        {"role": "assistant", "content": "A fabric."},
        {"role": "user", "content": [{"type": "text", "text": "What is PUE?"}]},
    ]
    said = client.chat.completions.create(model="infra-advisor", messages=messages)
    assert said.choices[0].message.content == advisor.ask("What is PUE?", history=["What is InfiniBand?"]).answer
    assert "not followed" in said.notices[0]


@pytest.mark.parametrize(
    "extra",
    [
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
        {"n": 2},
        {"logprobs": True},
        {"response_format": {"type": "json_object"}},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": "x" * 4001}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
        {"messages": []},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_what_cannot_be_done_is_refused_in_openais_form(client, extra):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**({"model": "infra-advisor", "messages": PUE} | extra))
    assert refused.value.type == "invalid_request_error"
    assert refused.value.body["message"]


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-4o", messages=PUE)
    assert refused.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


def test_the_key_decides_what_is_seen(home, tmp_path, serving):
    for name in ("encoder", "generations", "CURRENT"):
        (tmp_path / name).symlink_to(home / name)
    asked = [{"role": "user", "content": "What does band seven earn?"}]
    keys = {label: access.create(tmp_path, label, Role.READER, label)[1] for label in (Label.PUBLIC, Label.RESTRICTED)}
    with serving(create_app(Advisor.open(load(home=tmp_path)))) as url:
        for stream in (False, True):
            body = {"model": "infra-advisor", "messages": asked, "stream": stream, "clearance": "restricted"}
            seen = {
                label: httpx.post(f"{url}/v1/chat/completions", json=body, headers={"X-API-Key": key}).text
                for label, key in keys.items()
            }
            assert "98,000" in seen[Label.RESTRICTED]
            assert "98,000" not in seen[Label.PUBLIC]
            assert "Salary" not in seen[Label.PUBLIC]
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0).models.list()
