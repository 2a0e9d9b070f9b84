"""Plans: they fit, they go the right way, and every number stands in a figure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import SizingError
from advisor.sizing import memory
from advisor.sizing.answer import size
from advisor.sizing.catalogue import load
from advisor.sizing.request import of, parse
from advisor.sizing.wire import as_wire
from advisor.units import quantities

MODELS = st.sampled_from([model.name for model in load().models])


def plan(**fields):
    return size(of(**fields))


def test_the_example_of_the_issue():
    """70.6 GB of weights and 2.68 GB a sequence: 4 H100 hold 80 sequences, so three copies hold 200."""
    answer = size(*parse("serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context"))
    assert answer["weights_gb"].figure.value == pytest.approx(70.553706496)
    assert answer["kv_gb"].figure.value == pytest.approx(200 * 8192 * 327680 / 1e9)
    assert answer["accelerators"].figure.value == 12
    assert answer["accelerators"].figure.text == "Accelerators needed: 12 accelerators (concurrency matters most)."
    assert answer["tokens_per_s_per_user"].drivers[0].name == "bandwidth_efficiency"
    assert any("price" in one for one in answer.missing)


@settings(max_examples=40)
@given(MODELS, st.integers(1, 500), st.integers(1, 2048))
def test_a_serving_plan_fits_its_memory(name, concurrency, context):
    answer = plan(model=name, accelerator="B200", concurrency=concurrency, context_tokens=context)
    capacity = answer["accelerators"].figure.value * load().accelerator("B200").memory_gb * 0.90
    assert answer["memory_gb"].figure.value <= capacity * (1 + 1e-9)
    assert answer["tokens_per_s_per_user"].figure.value <= answer["bound_tokens_per_s_per_user"].figure.value
    for one in answer.sized:
        assert one.low <= one.figure.value * (1 + 1e-12) and one.figure.value <= one.high * (1 + 1e-12)


@settings(max_examples=25)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(64, 4096))
def test_more_users_and_more_context_never_need_fewer(users, more, context):
    fewer = plan(model="Llama-3.1-70B", concurrency=users, context_tokens=context)
    larger = plan(model="Llama-3.1-70B", concurrency=users + more, context_tokens=context)
    longer = plan(model="Llama-3.1-70B", concurrency=users, context_tokens=context * 2)
    need = fewer["accelerators"].figure.value
    assert larger["accelerators"].figure.value >= need
    assert longer["accelerators"].figure.value >= need


@settings(max_examples=25)
@given(st.floats(1, 60))
def test_a_rate_asked_for_is_kept(rate):
    answer = plan(model="Llama-3.1-70B", concurrency=64, context_tokens=8192, tokens_per_s_per_user=rate)
    assert answer["tokens_per_s_per_user"].figure.value >= rate


@settings(max_examples=25)
@given(
    st.sampled_from(["Llama-3.1-8B", "Llama-3.1-70B", "Mixtral-8x7B", "Qwen2.5-32B"]),
    st.floats(1e8, 1e13),
    st.floats(1, 60),
)
def test_a_deadline_is_kept_and_state_fits(name, tokens, days):
    answer = plan(kind="train", model=name, training_tokens=tokens, days=days)
    count = answer["accelerators"].figure.value
    assert answer["days"].figure.value <= days * (1 + 1e-9)
    each = answer["state_gb"].figure.value / count + answer["activation_gb"].figure.value
    assert each <= 80 * 0.90 * (1 + 1e-9)


def test_fewer_accelerators_than_fit_are_refused():
    with pytest.raises(SizingError, match="24 is the least"):
        plan(kind="train", model="Llama-3.1-70B", training_tokens=1e9, accelerators=8)


def test_a_missed_deadline_is_said():
    answer = plan(kind="train", model="Llama-3.1-8B", training_tokens=2e12, accelerators=64, days=30)
    assert any("is missed" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"model": "Llama-3.1-8B"}, "how many sequences.*and the context length"),
        ({"model": "Llama-3.1-8B", "concurrency": 10, "context_tokens": 200_000}, "131,072 tokens; 200,000 is beyond"),
        ({"model": "Llama-3.1-8B", "kind": "train"}, "on how many tokens"),
        ({"model": "Llama-3.1-8B", "kind": "train", "training_tokens": 1e9, "weight_format": "fp8"}, "BF16 or FP16"),
        ({"model": "Llama-3-8B", "kind": "train", "training_tokens": 1e9, "sequence_tokens": 9000}, "beyond it"),
        (
            {"model": "Llama-3.1-405B", "concurrency": 1, "context_tokens": 8192, "tokens_per_s_per_user": 900},
            "out of reach",
        ),
    ],
)
def test_what_is_missing_or_beyond_is_refused(fields, why):
    with pytest.raises(SizingError, match=why):
        plan(**fields)


def test_prices_and_carbon_give_ranges():
    answer = plan(
        model="Llama-3.1-8B", concurrency=50, context_tokens=8192, price_low=2.06, price_high=4.916, currency="USD",
        grams_per_kwh=350, energy_price_per_kwh=0.23,
    )  # fmt: skip
    hour = answer["cost_per_hour"]
    assert hour.figure.unit == "USD"
    assert hour.low == pytest.approx(answer["accelerators"].low * 2.06)
    assert hour.high == pytest.approx(answer["accelerators"].high * 4.916)
    assert "price" in {one.name for one in hour.drivers}
    assert answer["carbon_kg"].figure.value == pytest.approx(answer["kwh_per_day"].figure.value * 0.35)
    assert answer.missing == ()


def test_power_that_no_source_gives_is_missing_not_guessed():
    answer = plan(model="Llama-3.1-8B", accelerator="TPU v5p", concurrency=50, context_tokens=8192)
    assert all(one.name not in ("it_kw", "site_kw", "kwh_per_day") for one in answer.sized)
    assert any("no power for TPU v5p" in one for one in answer.missing)


def test_every_figure_stands_on_facts_that_exist():
    for sentence in (
        "serve DeepSeek-V3 in FP8 on H200 at 100 users, 16k context",
        "train Llama-3.1-70B on 1B tokens on 64 H100",
    ):
        answer = size(*parse(sentence))
        known = {fact.id for fact in answer.facts}
        for one in answer.sized:
            assert one.figure.inputs and set(one.figure.inputs) <= known
            assert one.figure.formula and ";" in one.figure.definition
            assert quantities(one.figure.text), one.figure.text


def test_the_wire_is_plain_json_and_deterministic():
    sentence = "serve Llama-3.1-8B at 10 users, 8k context"
    assert as_wire(size(*parse(sentence))) == as_wire(size(*parse(sentence)))
    figure = as_wire(size(*parse(sentence)))["figures"][0]
    assert figure["kind"] == "figure" and figure["name"] == "weights_gb" and figure["locator"]["inputs"]


def test_a_mixture_reads_fewer_weights_than_it_stores():
    one = plan(model="DeepSeek-V3", accelerator="H200", weight_format="fp8", concurrency=1, context_tokens=1024)
    read = one["memory_bandwidth_gbytes_per_s"].figure.value * one["accelerators_per_replica"].figure.value
    stored = memory.parameter_count(load().model("DeepSeek-V3")) / 1e9
    assert read / one["tokens_per_s_per_user"].figure.value < stored / 10
