"""Training: memory, time, checkpoints, communication, energy, from one set of inputs. Pure; `answer` varies them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from advisor.errors import SizingError
from advisor.sizing import adapter, energy, fabric, memory, storage, training
from advisor.sizing.adapter import Method, Targets
from advisor.sizing.catalogue import Accelerator, Model
from advisor.sizing.formats import Format

_SEARCH = 131_072  # accelerators: more than any published cluster
_MOST = 10_000_000  # accelerators of an answer
_RECIPE = memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """Everything a training plan depends on."""

    model: Model
    accelerator: Accelerator
    weight_format: Format
    method: Method
    rank: int
    adapted: Targets
    training_tokens: float | None
    sequence_tokens: float
    micro_batch: int
    accelerators: int | None
    days: float | None
    usable_memory_share: float
    mfu: float
    goodput: float
    batch_tokens: float
    overlap_share: float
    save_s: float
    accelerator_mtbf_hours: float
    restart_s: float
    pue: float
    other_power_share: float
    load: float


@dataclass(frozen=True, slots=True)
class _Held:
    """What is kept between steps: frozen bytes, and parameters that are trained."""

    frozen: float
    trained: float

    @property
    def state(self) -> float:
        return self.trained * _RECIPE.total

    @property
    def weights(self) -> float:
        return self.frozen + self.trained * _RECIPE.weights


@dataclass(frozen=True, slots=True)
class _Fit:
    accelerators: int
    tensor_parallel: int
    context_parallel: int
    recomputation: memory.Recomputation
    activation_bytes: float

    @property
    def group(self) -> int:
        """Accelerators that work on one sequence."""
        return self.tensor_parallel * self.context_parallel


def plan(i: TrainingInputs) -> dict[str, float]:
    """The quantities of a training plan by name. Raises SizingError when the run cannot be placed. Without tokens to
    train on, what depends on them is left out."""
    sequence = max(1, round(i.sequence_tokens))
    held = _held(i)
    fit = smallest(i, held, sequence)
    per_token = _flops_per_token(i, sequence)
    peak = i.accelerator.peak_tflops(i.weight_format)
    flops = None if i.training_tokens is None else per_token * i.training_tokens
    hours = None if flops is None else training.accelerator_hours(flops, peak, i.mfu, i.goodput)
    count = _count(i, fit, hours)
    rate = count * training.tokens_per_s(peak, i.mfu, per_token)
    step_s = i.batch_tokens / rate
    checkpoint = storage.checkpoint_bytes(held.trained, memory.MIXED_PRECISION_ADAM)
    mtbf_s = storage.cluster_mtbf_s(i.accelerator_mtbf_hours, count)
    interval = storage.checkpoint_interval_s(i.save_s, mtbf_s)
    stage = _zero_stage(i, fit, held, count)
    sent = _sent_bytes(i, fit, held, count, sequence, stage)
    found = {
        "state_gb": held.state / 1e9,
        "activation_gb": fit.activation_bytes / 1e9,
        "minimum_accelerators": float(fit.accelerators),
        "tensor_parallel": float(fit.tensor_parallel),
        "context_parallel": float(fit.context_parallel),
        "zero_stage": float(stage),
        "full_recomputation": float(fit.recomputation == "full"),
        "accelerators": float(count),
        "tokens_per_s": rate,
        "step_s": step_s,
        "fabric_gbits_per_s": fabric.gbits_per_s(fabric.hiding_gbytes_per_s(sent, step_s, i.overlap_share)),
        "checkpoint_gb": checkpoint / 1e9,
        "write_gbytes_per_s": storage.needed_gbytes_per_s(checkpoint, i.save_s),
        "interval_min": interval / 60,
        "lost_percent": 100 * storage.lost_share(i.save_s, interval, mtbf_s, i.restart_s),
        "read_gbytes_per_s": storage.token_streaming_gbytes_per_s(rate),
    }
    if i.method != "full":
        found |= {"adapter_parameters": held.trained, "frozen_gb": held.frozen / 1e9}
    if flops is not None and hours is not None:
        found |= {"flops": flops, "accelerator_hours": hours, "days": training.wall_days(hours, count)}
    if i.accelerator.power_w is not None:
        it = energy.it_power_kw(count, i.accelerator.power_w, i.other_power_share, i.load)
        site = energy.facility_power_kw(it, i.pue)
        found |= {"it_kw": it, "site_kw": site}
        if hours is not None:
            found["kwh"] = energy.energy_kwh(site, hours / count)
    return found


def _held(i: TrainingInputs) -> _Held:
    if i.method == "full":
        return _Held(0.0, memory.parameter_count(i.model))
    return _Held(
        adapter.frozen_bytes(i.model, i.method), adapter.adapter_parameters(i.model, max(1, round(i.rank)), i.adapted)
    )


def _flops_per_token(i: TrainingInputs, sequence: int) -> float:
    active = memory.active_parameter_count(i.model)
    if i.method == "full":
        return training.training_flops_per_token(i.model, active, sequence)
    used = i.model.moe.per_token if i.model.moe else None
    adapters = adapter.adapter_parameters(i.model, max(1, round(i.rank)), i.adapted, experts_counted=used)
    return adapter.flops_per_token(active, adapters) + training.attention_flops_per_token(i.model, sequence)


def smallest(i: TrainingInputs, held: _Held, sequence: int) -> _Fit:
    """The fewest accelerators that hold state and activations: tensor parallelism within the scale-up domain with
    sequence parallelism, ZeRO stage 3 over the rest. In full training whole layers are recomputed only if nothing else
    fits; with adapters, as QLoRA does, wherever it saves accelerators. A sequence that fits no domain is split over
    several (context parallelism)."""
    degrees = [t for t in (1, 2, 4, 8) if t <= i.accelerator.domain and i.model.heads % t == 0]
    ways: list[tuple[memory.Recomputation, ...]] = [("selective", "full")] if i.method != "full" else [
        ("selective",), ("full",)
    ]  # fmt: skip
    split = 1
    while split <= sequence:
        for recomputations in ways:
            fits = [
                found
                for t in (degrees if split == 1 else degrees[-1:])
                for recomputation in recomputations
                if (found := _with_degrees(i, held, sequence, t, split, recomputation)) is not None
            ]
            if fits:
                return min(fits, key=lambda one: (one.accelerators, one.recomputation == "full", one.tensor_parallel))
        split *= 2
    raise SizingError(
        f"{i.model.name} does not fit any split of {_SEARCH:,} {i.accelerator.name}: choose one with more memory."
    )


def _with_degrees(
    i: TrainingInputs, held: _Held, sequence: int, t: int, c: int, recomputation: memory.Recomputation
) -> _Fit | None:
    def kept(way: memory.Recomputation) -> float:
        return memory.activation_bytes_per_layer(
            sequence,
            i.micro_batch,
            i.model.hidden,
            i.model.heads,
            tensor_parallel=t,
            context_parallel=c,
            sequence_parallel=True,
            recomputation=way,
        )

    whole = kept("selective") if recomputation == "full" else 0.0  # the layer being recomputed
    logits = memory.logits_bytes(sequence * i.micro_batch, i.model.vocabulary) / (t * c)
    extra = adapter.dequantised_bytes(i.model, i.method) / t
    activations = i.model.layers * kept(recomputation) + whole + logits + extra
    left = i.accelerator.memory_bytes * i.usable_memory_share - activations
    if left <= 0:
        return None
    group = t * c
    count = max(group, math.ceil((held.frozen + held.state) / left / group - 1e-9) * group)
    return _Fit(count, t, c, recomputation, activations) if count <= _SEARCH else None


def _count(i: TrainingInputs, fit: _Fit, hours: float | None) -> int:
    """Accelerators given, or those the deadline needs, or the fewest that fit; never fewer than fit."""
    if i.accelerators is not None:
        if i.accelerators < fit.accelerators:
            raise SizingError(
                f"{i.accelerators} {i.accelerator.name} do not hold the training state of {i.model.name}: "
                f"{fit.accelerators} is the least."
            )
        return i.accelerators
    if i.days is None or hours is None:
        return fit.accelerators
    needed = hours / (i.days * 24)
    if needed > _MOST:
        raise SizingError(
            f"In {i.days:g} days it would take more than {_MOST:,} {i.accelerator.name}: give it more time."
        )
    return max(fit.accelerators, math.ceil(needed / fit.group - 1e-9) * fit.group)


def _zero_stage(i: TrainingInputs, fit: _Fit, held: _Held, count: int) -> int:
    """Stage 1 when weights and gradients fit unsplit beside the activations, since it sends least; else stage 3."""
    state = held.frozen / fit.tensor_parallel + memory.training_state_bytes(
        held.trained,
        _RECIPE,
        zero_stage=1,
        data_parallel=max(1, count // fit.tensor_parallel),
        model_parallel=fit.tensor_parallel,
    )
    return 1 if state + fit.activation_bytes <= i.accelerator.memory_bytes * i.usable_memory_share else 3


def _sent_bytes(i: TrainingInputs, fit: _Fit, held: _Held, count: int, sequence: int, stage: int) -> float:
    """Bytes each accelerator sends to others outside its tensor-parallel group in one step, of its share.

    Stage 1: gradients scattered and weights gathered once. Stage 3: weights gathered twice for each micro-batch. With
    context parallelism keys and values besides."""
    ranks = max(1, count // fit.tensor_parallel)
    micro_steps = max(1.0, i.batch_tokens / (max(1, count // fit.group) * sequence * i.micro_batch))
    tokens = sequence * i.micro_batch
    values = memory.kv_values_per_token_and_layer(i.model) / fit.tensor_parallel
    passed = fabric.context_parallel_bytes(i.model.layers, tokens, values, fit.context_parallel) * micro_steps
    if stage == 1:
        return passed + fabric.data_parallel_bytes(held.trained / fit.tensor_parallel, ranks, zero_stage=1)
    gathered = 2 * micro_steps * fabric.bus_factor("all-gather", ranks) * held.weights
    scattered = fabric.bus_factor("reduce-scatter", ranks) * held.trained * _RECIPE.weights
    return passed + (gathered + scattered) / fit.tensor_parallel
