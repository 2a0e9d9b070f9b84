"""Low-rank adapters and context parallelism: counts as published, nothing lost or gained by splitting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import SizingError
from advisor.sizing import adapter, fabric, memory, training_plan
from advisor.sizing.answer import size
from advisor.sizing.catalogue import load
from advisor.sizing.request import of

MODELS = st.sampled_from(load().models)
NAMES = st.sampled_from(["Llama-3.1-8B", "Llama-3.1-70B", "Qwen2.5-32B", "Mixtral-8x7B"])
RANKS = st.integers(1, 256)


def plan(**fields):
    return size(of(kind="train", **fields))


def value(answer, name):
    return answer[name].figure.value


@given(MODELS)
def test_projections_embeddings_and_the_rest_are_the_whole_model(model):
    low = adapter.linear_parameters(model)
    outside = memory.parameter_count(model) - low
    embeddings = model.vocabulary * model.hidden * (1 if model.tied else 2)
    assert low > 0 and embeddings <= outside < embeddings + 0.02 * memory.parameter_count(model) + 4e7


@given(MODELS, RANKS)
def test_adapters_grow_with_their_rank_and_stay_below_the_matrices_at_low_rank(model, rank):
    one = adapter.adapter_parameters(model, 1)
    assert adapter.adapter_parameters(model, rank) == rank * one
    if model.mla is None:
        assert adapter.adapter_parameters(model, rank, "query-value") < adapter.adapter_parameters(model, rank)


@given(MODELS)
def test_four_bits_hold_less_than_sixteen(model):
    lora, qlora = adapter.frozen_bytes(model, "lora"), adapter.frozen_bytes(model, "qlora")
    assert lora == 2 * memory.parameter_count(model)
    assert 0.25 * lora < qlora < lora
    assert adapter.frozen_bytes(model, "full") == 0


@settings(max_examples=25)
@given(NAMES, st.integers(1, 128), st.integers(1, 128))
def test_more_rank_never_needs_less_and_four_bits_never_more(name, rank, more):
    small = plan(model=name, method="qlora", rank=rank)
    large = plan(model=name, method="qlora", rank=rank + more)
    assert value(large, "state_gb") > value(small, "state_gb")
    assert value(large, "minimum_accelerators") >= value(small, "minimum_accelerators")
    half = plan(model=name, method="lora", rank=rank)
    assert value(half, "minimum_accelerators") >= value(small, "minimum_accelerators")
    assert value(half, "state_gb") == value(small, "state_gb")


@settings(max_examples=25)
@given(NAMES, st.sampled_from(["lora", "qlora"]), st.integers(1, 64), st.sampled_from([1024, 4096, 16384]))
def test_what_is_held_fits(name, method, rank, sequence):
    answer = plan(model=name, method=method, rank=rank, sequence_tokens=sequence)
    count = value(answer, "minimum_accelerators")
    each = (value(answer, "frozen_gb") + value(answer, "state_gb")) / count + value(answer, "activation_gb")
    assert each <= 80 * 0.90 * (1 + 1e-9)


def test_adapters_take_two_thirds_of_the_arithmetic_of_full_training():
    fields = {"model": "Llama-3.1-8B", "training_tokens": 1e9}
    full, low = plan(**fields), plan(method="lora", rank=16, **fields)
    assert 2 / 3 < value(low, "flops") / value(full, "flops") < 0.72
    assert value(low, "checkpoint_gb") < value(full, "checkpoint_gb") / 100


def test_without_tokens_memory_is_told_and_time_is_missing():
    answer = plan(model="Llama-3.1-70B", method="qlora", rank=16)
    assert value(answer, "adapter_parameters") == 207_093_760
    assert {one.name for one in answer.sized}.isdisjoint({"days", "flops", "accelerator_hours", "kwh"})
    assert any("on how many tokens" in one for one in answer.missing)
    with pytest.raises(SizingError, match="on how many tokens"):
        plan(model="Llama-3.1-70B", method="qlora", rank=16, days=3)
    with pytest.raises(SizingError, match="ways to train"):
        size(of(model="Llama-3.1-70B", method="lora", concurrency=1, context_tokens=1024))


@given(st.integers(128, 1_048_576), st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 4, 8, 16]))
def test_splitting_a_sequence_loses_nothing(sequence, tensor, context):
    def kept(t, c, recomputation):
        return memory.activation_bytes_per_layer(
            sequence, 1, 8192, 64, tensor_parallel=t, context_parallel=c, sequence_parallel=True,
            recomputation=recomputation,
        )  # fmt: skip

    for recomputation in ("none", "selective", "full"):
        whole = kept(1, 1, recomputation)
        assert kept(tensor, context, recomputation) * tensor * context == pytest.approx(whole)


@given(MODELS, st.integers(1, 1_048_576), st.integers(1, 64))
def test_keys_and_values_are_passed_only_between_several(model, tokens, ranks):
    values = memory.kv_values_per_token_and_layer(model)
    sent = fabric.context_parallel_bytes(model.layers, tokens, values, ranks, training=False)
    assert sent <= memory.kv_bytes_per_token(model, 2) * tokens
    assert (sent == 0) == (ranks == 1)
    assert fabric.context_parallel_bytes(model.layers, tokens, values, ranks) == pytest.approx(3 * sent)


def test_a_sequence_that_fits_no_server_is_split_over_several():
    """Llama 3.1 405B at 131,072 tokens: 126 layers keep 2·s·h bytes each, 270 GB that 8 H100 do not hold."""
    long = plan(model="Llama-3.1-405B", training_tokens=1e9, sequence_tokens=131_072)
    assert any("context parallelism over" in note for note in long.notes)
    short = plan(model="Llama-3.1-405B", training_tokens=1e9, sequence_tokens=8_192)
    assert not any("context parallelism" in note for note in short.notes)
    assert value(long, "minimum_accelerators") % 16 == 0
    assert value(long, "minimum_accelerators") >= value(short, "minimum_accelerators")


def test_pipeline_stages_hold_the_cache_of_their_own_layers():
    """A copy over two servers stores each cached value once: KV heads are split inside a server, layers between."""
    answer = size(of(model="Llama-3.1-405B", weight_format="bf16", concurrency=2, context_tokens=8192))
    assert value(answer, "accelerators_per_replica") > 8
    assert value(answer, "kv_gb") == pytest.approx(2 * 8192 * 126 * 2 * 8 * 128 * 2 / 1e9)
    assert training_plan._RECIPE.total == 18
