"""Sentences are read whole or refused."""

import pytest

from advisor.errors import SizingError
from advisor.sizing.request import of, parse


@pytest.mark.parametrize(
    ("sentence", "fields"),
    [
        (
            "serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context",
            {"kind": "serve", "model": "Llama-3.1-70B", "weight_format": "fp8", "concurrency": 200,
             "context_tokens": 8192},
        ),
        (
            "Serve llama 3.1 70b instruct on H200s for 500 users with 32k context, KV in FP8, 30 tokens/s per user",
            {"accelerator": "H200 SXM", "weight_format": "bf16", "kv_format": "fp8", "concurrency": 500,
             "context_tokens": 32768, "tokens_per_s_per_user": 30},
        ),
        (
            "host Qwen3-30B-A3B at 1,000 requests, context of 4096 tokens, PUE 1.2 and 40 g/kWh",
            {"concurrency": 1000, "context_tokens": 4096, "pue": 1.2, "grams_per_kwh": 40},
        ),
        (
            "train Llama-3.1-8B on 2 trillion tokens in 30 days with 256 H100s",
            {"kind": "train", "training_tokens": 2e12, "days": 30, "accelerators": 256, "accelerator": "H100 SXM"},
        ),
        (
            "pretrain Qwen2.5-7B on 1.5T tokens on MI300X within 3 weeks",
            {"kind": "train", "training_tokens": 1.5e12, "days": 21, "accelerator": "MI300X"},
        ),
        ("serve Qwen3-8B-Instruct-FP8 to 20 users, 8k context", {"model": "Qwen3-8B", "weight_format": "fp8"}),
        ("serve the fine-tuned Llama-3.1-8B to 20 users, 8k context", {"kind": "serve", "concurrency": 20}),
        ("fine-tune Llama 3.3 70B on 200M tokens on 64 GPUs", {"training_tokens": 2e8, "accelerators": 64}),
        ("fine-tune Llama-3.1-70B with QLoRA rank 16",
         {"kind": "train", "method": "qlora", "rank": 16, "adapted": "all-linear", "training_tokens": None}),
        ("LoRA Llama-2-7B r=8 on query and value on 100M tokens on 2 A100 80GB",
         {"kind": "train", "method": "lora", "rank": 8, "adapted": "query-value", "training_tokens": 1e8,
          "accelerators": 2, "accelerator": "A100 SXM 80GB"}),
        ("finetune Qwen2.5-32B with QLoRA in 4-bit, 64k context", {"weight_format": "bf16", "sequence_tokens": 65536}),
        ("deploy Mixtral 8x7B in 4-bit for 5 users, 4k context", {"model": "Mixtral-8x7B", "weight_format": "int4"}),
    ],
)  # fmt: skip
def test_a_sentence_is_read(sentence, fields):
    request, unread = parse(sentence)
    assert {name: getattr(request, name) for name in fields} == fields
    assert unread == ()


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("serve a 70B model for 20 users", "a size alone does not tell layers"),
        ("serve GPT-5 to 100 users", "no model 'GPT-5'"),
        ("serve Llama-9-70B at 10 users 4k context", "no model 'Llama-9-70B'"),
        ("serve Llama-3.1-8B on RTX 4090 with 8k context, 10 users", "no accelerator 'RTX 4090'"),
        ("serve Llama-3.1-8B on H999s with 8k context, 10 users", "no accelerator 'H999'"),
        ("train Llama-2-70B with RLHF on 1B tokens", "RLHF is not sized"),
        ("serve Llama-3.1-8B with LoRA to 10 users, 4k context", "Serving with LoRA .* is not sized"),
        ("train Llama-2-70B at rank 16 on 1B tokens", "whether LoRA or QLoRA"),
        ("serve Llama-3.1-8B and Llama-3.1-70B to 10 users", "several models"),
        ("serve Llama-3.1-8B in FP8 and BF16 to 10 users", "formats bf16, fp8"),
        ("train Llama-3.1-8B on 1T tokens for 100 users in FP8", "mixes training with users"),
        ("serve Llama-3.1-8B at 0 users, 8k context", "concurrency"),
        ("serve Phi-4-mini to 10 users, 4k context", "names no model"),
        ("serve Phi-4 mini to 10 users, 4k context", "names no model"),
        ("serve Mistral-7B-v0.3 to 10 users, 4k context", "no model 'Mistral-7B'.*Mistral-7B-v0.1"),
        ("serve DeepSeek-V3.2 in FP8 to 10 users, 4k context", "names no model"),
        ("", "Say what to size"),
    ],
)
def test_what_cannot_be_read_is_refused(sentence, why):
    with pytest.raises(SizingError, match=why):
        parse(sentence)


def test_numbers_left_over_are_told():
    _, unread = parse("serve Llama-3.1-8B at 10 users, 8k context and 99% availability")
    assert unread == ("99%",)


def test_fields_out_of_range_are_refused_by_name():
    with pytest.raises(SizingError, match="pue"):
        of(model="Llama-3.1-8B", pue=0.8)
    with pytest.raises(SizingError, match="weight_format"):
        of(model="Llama-3.1-8B", weight_format="fp12")
