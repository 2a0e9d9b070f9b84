"""Invariants of the formulas: directions, conservation, inverses, units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import SizingError
from advisor.sizing import cost, energy, fabric, memory, serving, storage, training
from advisor.sizing.catalogue import load

MODELS = st.sampled_from(load().models)
SIZES = st.floats(1e6, 1e15)
RATES = st.floats(0.01, 1e4)
SHARES = st.floats(0.01, 1.0)
RANKS = st.integers(1, 20_000)


@given(MODELS, st.integers(1, 100_000), st.integers(1, 100_000))
def test_cache_grows_with_tokens_and_never_faster_than_without_windows(model, tokens, more):
    small = memory.kv_bytes_per_sequence(model, tokens, 2)
    large = memory.kv_bytes_per_sequence(model, tokens + more, 2)
    assert small <= large <= small + more * memory.kv_bytes_per_token(model, 2)


@given(MODELS)
def test_halving_the_bytes_halves_weights_and_cache(model):
    assert memory.kv_bytes_per_token(model, 1) == memory.kv_bytes_per_token(model, 2) / 2
    count = memory.parameter_count(model)
    assert memory.weights_bytes(count, 1) == memory.weights_bytes(count, 2) / 2


@given(MODELS, st.floats(1, 1e6), st.floats(1, 1e6))
def test_a_step_reads_between_the_active_and_all_weights(model, few, more):
    some = memory.weights_read_bytes(model, few, 2)
    assert some <= memory.weights_read_bytes(model, few + more, 2) <= 2 * memory.parameter_count(model) * (1 + 1e-12)
    assert some >= 2 * memory.active_parameter_count(model) * (1 - 1e-9)


@given(st.floats(1e6, 1e13), RANKS, RANKS)
def test_zero_splits_but_loses_nothing(parameters, ranks, model_parallel):
    recipe = memory.MIXED_PRECISION_ADAM

    def state(stage):
        return memory.training_state_bytes(
            parameters, recipe, zero_stage=stage, data_parallel=ranks, model_parallel=model_parallel
        )

    assert state(0) >= state(1) >= state(2) >= state(3)
    assert state(3) * ranks * model_parallel == pytest.approx(parameters * recipe.total)
    assert state(0) * model_parallel == pytest.approx(parameters * 16)


@given(st.integers(128, 65536), st.integers(1, 8), st.sampled_from([1, 2, 4, 8]))
def test_recomputation_and_splitting_save_activations(sequence, batch, parallel):
    def kept(recomputation, degree=parallel, split=True):
        return memory.activation_bytes_per_layer(
            sequence, batch, 8192, 64, tensor_parallel=degree, sequence_parallel=split, recomputation=recomputation
        )

    assert kept("none") >= kept("selective") >= kept("full")
    assert kept("none") * parallel == pytest.approx(kept("none", 1))
    assert kept("none", split=False) >= kept("none")


def test_activations_as_published():
    """Korthikanti et al. 2022: 5as/h is 80 for GPT-3 and 64 for MT-NLG; without parallelism 34 + 5as/h."""
    for name, core in (("GPT-3-175B", 80), ("MT-NLG-530B", 64)):
        model = load().model(name)
        kept = memory.activation_bytes_per_layer(2048, 1, model.hidden, model.heads)
        assert kept == 2048 * model.hidden * (34 + core)


@given(st.floats(1e6, 1e13), st.floats(1e6, 1e14), st.floats(1, 1e4), SHARES, SHARES, st.integers(1, 100_000))
def test_hours_are_conserved_over_accelerators(parameters, tokens, peak, mfu, goodput, count):
    hours = training.accelerator_hours(training.training_flops(parameters, tokens), peak, mfu, goodput)
    assert training.wall_days(hours, count) * 24 * count == pytest.approx(hours)
    assert hours >= training.accelerator_hours(training.training_flops(parameters, tokens), peak, 1.0)


@given(MODELS, st.integers(128, 131_072), st.floats(1, 1e4), SHARES)
def test_mfu_and_tokens_are_inverse(model, sequence, peak, mfu):
    per_token = training.training_flops_per_token(model, memory.active_parameter_count(model), sequence)
    assert training.mfu_of(training.tokens_per_s(peak, mfu, per_token), per_token, peak) == pytest.approx(mfu)
    causal = training.attention_flops_per_token(model, sequence, causal=True)
    assert causal * 2 == pytest.approx(training.attention_flops_per_token(model, sequence))


@given(SIZES, RATES)
def test_rate_and_time_are_inverse(size, rate):
    assert storage.needed_gbytes_per_s(size, storage.transfer_s(size, rate)) == pytest.approx(rate)


@given(st.floats(1, 1e4), st.floats(1e3, 1e8))
def test_the_interval_of_young_loses_least(save, mtbf):
    best = storage.checkpoint_interval_s(save, mtbf)
    for other in (best / 2, best * 2):
        assert storage.lost_share(save, best, mtbf) <= storage.lost_share(save, other, mtbf) + 1e-12


@given(RANKS, SIZES, RATES)
def test_collectives_compose(ranks, size, rate):
    factor = fabric.bus_factor("all-reduce", ranks)
    assert factor == pytest.approx(fabric.bus_factor("reduce-scatter", ranks) + fabric.bus_factor("all-gather", ranks))
    assert 0 <= factor < 2
    seconds = fabric.ring_s("all-reduce", ranks, size, rate)
    if ranks > 1:
        assert fabric.bus_gbytes_per_s("all-reduce", ranks, size, seconds) == pytest.approx(rate)
    assert (
        fabric.tree_all_reduce_s(ranks, size, rate, 1e-5)
        <= fabric.ring_s("all-reduce", ranks, size, rate, 1e-5) * (1 + 1e-9)
        or ranks < 4
    )
    assert fabric.gbits_per_s(rate) == 8 * rate


@given(st.floats(1e6, 1e13), RANKS)
def test_stage_three_sends_half_as_much_again(parameters, ranks):
    one = fabric.data_parallel_bytes(parameters, ranks)
    assert fabric.data_parallel_bytes(parameters, ranks, zero_stage=3) == pytest.approx(1.5 * one)


@given(SIZES, st.floats(1e-3, 1e6), SHARES)
def test_the_hiding_bandwidth_just_hides(sent, seconds, overlap):
    needed = fabric.hiding_gbytes_per_s(sent, seconds, overlap)
    assert storage.transfer_s(sent, needed) == pytest.approx(seconds * overlap)


@given(st.integers(1, 10_000), st.floats(1, 2000), SHARES, SHARES, st.floats(1, 3), st.floats(0.1, 1e5))
def test_power_energy_and_carbon_scale(count, watts, share, load, pue, hours):
    it = energy.it_power_kw(count, watts, share, load)
    site = energy.facility_power_kw(it, pue)
    assert site >= it
    assert energy.energy_kwh(site, hours) == pytest.approx(energy.energy_kwh(site, hours / 2) * 2)
    assert energy.carbon_kg(1000, 400) == 400
    assert energy.it_power_kw(2 * count, watts, share, load) == pytest.approx(2 * it)


@given(st.integers(1, 500), st.floats(1, 15), st.floats(15, 150))
def test_racks_hold_all_nodes_within_their_limit(nodes, node_kw, rack_kw):
    racks = energy.racks(nodes, node_kw, rack_kw)
    assert racks * math.floor(rack_kw / node_kw + 1e-9) >= nodes
    assert racks <= nodes


@given(st.floats(1, 1e4), st.floats(0.01, 50), st.floats(1, 8760), SHARES)
def test_idle_and_used_cost_are_the_bill(count, per_hour, hours, utilisation):
    parts = cost.idle_cost(count, per_hour, hours, utilisation) + cost.used_cost(count, per_hour, hours, utilisation)
    assert parts == pytest.approx(count * per_hour * hours)


@given(st.floats(0.01, 50), st.floats(0.01, 50))
def test_at_break_even_both_cost_the_same(owned, on_demand):
    share = cost.break_even_utilisation(owned, on_demand)
    assert share * on_demand == pytest.approx(owned)
    if share <= 1:
        assert cost.cost_per_used_hour(owned, share) == pytest.approx(on_demand)


def test_owning_as_in_the_guidance():
    """corpus/guidance/gpu-unit-economics-and-commitments.md: 2.06 USD an hour, break-even at 42 % of 4.916."""
    one = cost.Ownership(40_000, 4, 0.10, 1.275 * 150 * 12, 1.275 * 1.3, 0.12)
    assert cost.owned_cost_per_hour(one) == pytest.approx(2.06, abs=0.005)
    assert cost.break_even_utilisation(2.06, 4.916) == pytest.approx(0.42, abs=0.005)


@given(MODELS, st.integers(1, 4096), st.integers(1, 64))
def test_more_accelerators_hold_more_and_go_faster(model, context, count):
    weights = 2.0 * memory.parameter_count(model)
    sequence = memory.kv_bytes_per_sequence(model, context, 2)
    assert serving.sequences_that_fit(count, 72e9, weights, sequence) <= serving.sequences_that_fit(
        count + 1, 72e9, weights, sequence
    )
    step = serving.decode_step_bytes(model, 8, context, 2, 2)
    flops = 8 * serving.decode_flops_per_token(model, context)
    assert serving.decode_step_s(step, flops, 3350, 989, count + 1) < serving.decode_step_s(
        step, flops, 3350, 989, count
    )


@pytest.mark.parametrize(
    "refused",
    [
        lambda: energy.facility_power_kw(1, 0.9),
        lambda: energy.racks(1, 50, 40),
        lambda: energy.it_power_kw(1, 700, 0.5, 1.1),
        lambda: training.accelerator_seconds(1, 1, 0),
        lambda: training.wall_days(1, 0),
        lambda: storage.transfer_s(1, 0),
        lambda: storage.needed_gbytes_per_s(1, 0),
        lambda: fabric.bus_factor("all-reduce", 0),
        lambda: fabric.hiding_gbytes_per_s(1, 0),
        lambda: memory.training_state_bytes(1, memory.MIXED_PRECISION_ADAM, zero_stage=4),
        lambda: memory.training_state_bytes(1, memory.MIXED_PRECISION_ADAM, data_parallel=0),
        lambda: cost.break_even_utilisation(1, 0),
        lambda: cost.cost_per_used_hour(1, 0),
        lambda: cost.owned_cost_per_year(cost.Ownership(1, 0, 0, 0, 0, 0)),
        lambda: serving.replicas_needed(1, 0),
        lambda: serving.decode_step_s(1, 1, 1, 1, 0),
    ],
)
def test_nonsense_is_refused(refused):
    with pytest.raises(SizingError):
        refused()
