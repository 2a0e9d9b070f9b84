"""Serving: accelerators, memory, rates and power, from one set of inputs. Pure; `answer` varies the inputs."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.errors import SizingError
from advisor.sizing import energy, fabric, memory, serving, storage
from advisor.sizing.catalogue import Accelerator, Model
from advisor.sizing.formats import Format, bytes_per_value


@dataclass(frozen=True, slots=True)
class ServingInputs:
    """Everything a serving plan depends on."""

    model: Model
    accelerator: Accelerator
    link_gbytes_per_s: float | None
    weight_format: Format
    kv_format: Format
    concurrency: float
    context_tokens: float
    tokens_per_s_per_user: float | None
    usable_memory_share: float
    bandwidth_efficiency: float
    compute_efficiency: float
    load_s: float
    pue: float
    other_power_share: float
    load: float


@dataclass(frozen=True, slots=True)
class _Layout:
    degree: int
    replicas: int
    copies: float


def plan(i: ServingInputs) -> dict[str, float]:
    """The quantities of a serving plan by name. Raises SizingError when the model cannot be placed."""
    sequences, context = max(1, round(i.concurrency)), max(1, round(i.context_tokens))
    weight_bytes, kv_bytes = bytes_per_value(i.weight_format), bytes_per_value(i.kv_format)
    parameters = memory.parameter_count(i.model)
    weights = memory.weights_bytes(parameters, weight_bytes)
    sequence = memory.kv_bytes_per_sequence(i.model, context, kv_bytes)
    usable = i.accelerator.memory_bytes * i.usable_memory_share
    layout = _smallest(i, sequences, weights, sequence, usable)
    layout = _fast_enough(i, layout, sequences, context)
    step = _step_s(i, layout, sequences, context)
    per_user = 1 / step
    count = layout.degree * layout.replicas
    batch = _batch(sequences, layout.replicas)
    inside = min(layout.degree, i.accelerator.domain)
    sent = fabric.tensor_parallel_bytes(i.model.layers, batch, i.model.hidden, inside, training=False)
    found = {
        "weights_gb": weights / 1e9,
        "kv_token_kb": memory.kv_bytes_per_token(i.model, kv_bytes) / 1e3,
        "kv_gb": sequences * sequence * layout.copies / 1e9,
        "memory_gb": (layout.replicas * weights + sequences * sequence * layout.copies) / 1e9,
        "accelerators": float(count),
        "accelerators_per_replica": float(layout.degree),
        "replicas": float(layout.replicas),
        "memory_bandwidth_gbytes_per_s": _step_bytes(i, layout, sequences, context) / layout.degree / step / 1e9,
        "tokens_per_s_per_user": per_user,
        "tokens_per_s": sequences * per_user,
        "bound_tokens_per_s_per_user": 1 / _step_s(i, layout, sequences, context, peak=True),
        "prefill_s": serving.prefill_flops(i.model, context)
        / (layout.degree * i.accelerator.peak_tflops(i.weight_format) * 1e12 * i.compute_efficiency),
        "link_gbytes_per_s": sent / step / 1e9,
        "storage_gbytes_per_s": storage.needed_gbytes_per_s(layout.replicas * weights, i.load_s),
    }
    if i.accelerator.power_w is not None:
        it = energy.it_power_kw(count, i.accelerator.power_w, i.other_power_share, i.load)
        site = energy.facility_power_kw(it, i.pue)
        found |= {
            "it_kw": it,
            "site_kw": site,
            "kwh_per_day": energy.energy_kwh(site, 24),
            "kwh_per_million_tokens": energy.energy_kwh(site, 1) / (found["tokens_per_s"] * 3600) * 1e6,
        }
    return found


def _batch(sequences: int, replicas: int) -> int:
    return -(-sequences // replicas)


def _smallest(i: ServingInputs, sequences: int, weights: float, sequence: float, usable: float) -> _Layout:
    """The fewest accelerators that hold everything, within a scale-up domain if any degree fits there."""
    best: _Layout | None = None
    for degree in serving.split_degrees(i.model, i.accelerator.domain):
        beyond = degree > i.accelerator.domain
        if beyond and best is not None:
            break
        copies = _copies(i, degree)
        fit = serving.sequences_that_fit(degree, usable, weights, sequence, copies)
        if fit < 1:
            continue
        layout = _Layout(degree, serving.replicas_needed(sequences, fit), copies)
        if best is None or layout.degree * layout.replicas < best.degree * best.replicas:
            best = layout
        if beyond:
            break
    if best is None:
        raise SizingError(
            f"{i.model.name} with one sequence of {round(i.context_tokens):,} tokens does not fit any split on "
            f"{i.accelerator.name}: choose a smaller format, a shorter context or an accelerator with more memory."
        )
    return best


def _step_bytes(i: ServingInputs, layout: _Layout, sequences: int, context: int) -> float:
    batch = _batch(sequences, layout.replicas)
    cache = batch * memory.kv_bytes_per_sequence(i.model, context, bytes_per_value(i.kv_format)) * layout.copies
    return memory.weights_read_bytes(i.model, batch, bytes_per_value(i.weight_format)) + cache


def _step_s(i: ServingInputs, layout: _Layout, sequences: int, context: int, *, peak: bool = False) -> float:
    """Seconds of a decode step; stages beyond a scale-up domain run one after the other."""
    batch = _batch(sequences, layout.replicas)
    stages = max(1, layout.degree // max(1, _inside(i, layout.degree)))
    seconds = serving.decode_step_s(
        _step_bytes(i, layout, sequences, context),
        batch * serving.decode_flops_per_token(i.model, context),
        i.accelerator.memory_gbytes_per_s * (1 if peak else i.bandwidth_efficiency),
        i.accelerator.peak_tflops(i.weight_format) * (1 if peak else i.compute_efficiency),
        layout.degree,
    )
    return seconds * stages


def _inside(i: ServingInputs, degree: int) -> int:
    """Accelerators of one tensor-parallel group: beyond a domain they are pipeline stages, each with its own layers."""
    degrees = [n for n in serving.split_degrees(i.model, i.accelerator.domain) if n <= i.accelerator.domain]
    return min(degree, degrees[-1])


def _copies(i: ServingInputs, degree: int) -> float:
    """How often a cached value is stored: stages hold the cache of their own layers only."""
    return serving.kv_copies(i.model, _inside(i, degree), attention_data_parallel=i.model.mla is not None)


def _fast_enough(i: ServingInputs, layout: _Layout, sequences: int, context: int) -> _Layout:
    """More replicas until each user gets the rate asked for: a smaller batch reads less cache in a step."""
    wanted = i.tokens_per_s_per_user
    if wanted is None or 1 / _step_s(i, layout, sequences, context) >= wanted:
        return layout
    for degree in [d for d in serving.split_degrees(i.model, i.accelerator.domain) if d >= layout.degree]:
        copies = _copies(i, degree)
        if 1 / _step_s(i, _Layout(degree, sequences, copies), sequences, context) < wanted:
            continue
        low, high = layout.replicas, sequences
        while low < high:
            middle = (low + high) // 2
            if 1 / _step_s(i, _Layout(degree, middle, copies), sequences, context) >= wanted:
                high = middle
            else:
                low = middle + 1
        return _Layout(degree, low, copies)
    best = max(
        1 / _step_s(i, _Layout(d, sequences, 1.0), sequences, context)
        for d in serving.split_degrees(i.model, i.accelerator.domain)
    )
    raise SizingError(
        f"{wanted:g} tokens/s for each user is out of reach: memory bandwidth allows {best:.1f} tokens/s on "
        f"{i.accelerator.name} even with one user a replica."
    )
