"""Training: memory, time, checkpoints, communication, energy, from one set of inputs. Pure; `answer` varies them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from advisor.errors import SizingError
from advisor.sizing import energy, fabric, memory, storage, training
from advisor.sizing.catalogue import Accelerator, Model
from advisor.sizing.formats import Format

_SEARCH = 131_072  # accelerators: more than any published cluster


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """Everything a training plan depends on."""

    model: Model
    accelerator: Accelerator
    weight_format: Format
    training_tokens: float
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
class _Fit:
    accelerators: int
    tensor_parallel: int
    recomputation: memory.Recomputation
    state_bytes: float
    activation_bytes: float


def plan(i: TrainingInputs) -> dict[str, float]:
    """The quantities of a training plan by name. Raises SizingError when the run cannot be placed."""
    total, active = memory.parameter_count(i.model), memory.active_parameter_count(i.model)
    sequence = max(1, round(i.sequence_tokens))
    fit = smallest(i, total, sequence)
    per_token = training.training_flops_per_token(i.model, active, sequence)
    flops = per_token * i.training_tokens
    peak = i.accelerator.peak_tflops(i.weight_format)
    hours = training.accelerator_hours(flops, peak, i.mfu, i.goodput)
    count = _count(i, fit, hours)
    rate = count * training.tokens_per_s(peak, i.mfu, per_token)
    step_s = i.batch_tokens / rate
    checkpoint = storage.checkpoint_bytes(total, memory.MIXED_PRECISION_ADAM)
    mtbf_s = storage.cluster_mtbf_s(i.accelerator_mtbf_hours, count)
    interval = storage.checkpoint_interval_s(i.save_s, mtbf_s)
    stage = _zero_stage(i, fit, total, count)
    sent = _sent_bytes(i, fit, total, count, sequence, stage)
    found = {
        "state_gb": total * memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS.total / 1e9,
        "activation_gb": fit.activation_bytes / 1e9,
        "minimum_accelerators": float(fit.accelerators),
        "tensor_parallel": float(fit.tensor_parallel),
        "zero_stage": float(stage),
        "full_recomputation": float(fit.recomputation == "full"),
        "flops": flops,
        "accelerator_hours": hours,
        "accelerators": float(count),
        "days": training.wall_days(hours, count),
        "tokens_per_s": rate,
        "step_s": step_s,
        "fabric_gbits_per_s": fabric.gbits_per_s(fabric.hiding_gbytes_per_s(sent, step_s, i.overlap_share)),
        "checkpoint_gb": checkpoint / 1e9,
        "write_gbytes_per_s": storage.needed_gbytes_per_s(checkpoint, i.save_s),
        "interval_min": interval / 60,
        "lost_percent": 100 * storage.lost_share(i.save_s, interval, mtbf_s, i.restart_s),
        "read_gbytes_per_s": storage.token_streaming_gbytes_per_s(rate),
    }
    if i.accelerator.power_w is not None:
        it = energy.it_power_kw(count, i.accelerator.power_w, i.other_power_share, i.load)
        site = energy.facility_power_kw(it, i.pue)
        found |= {"it_kw": it, "site_kw": site, "kwh": energy.energy_kwh(site, hours / count)}
    return found


def smallest(i: TrainingInputs, parameters: float, sequence: int) -> _Fit:
    """The fewest accelerators that hold state and activations: tensor parallelism within the scale-up domain with
    sequence parallelism, ZeRO stage 3 over the rest; whole layers recomputed only if nothing else fits."""
    usable = i.accelerator.memory_bytes * i.usable_memory_share
    degrees = [t for t in (1, 2, 4, 8) if t <= i.accelerator.domain and i.model.heads % t == 0]
    for recomputation in ("selective", "full"):
        fits = [
            found
            for t in degrees
            if (found := _with_tensor_parallel(i, parameters, sequence, t, recomputation, usable)) is not None
        ]
        if fits:
            return min(fits, key=lambda one: (one.accelerators, one.tensor_parallel))
    raise SizingError(
        f"One sequence of {sequence:,} tokens of {i.model.name} does not fit {degrees[-1]} {i.accelerator.name} even "
        "with full recomputation: shorten the sequence (context parallelism is not sized)."
    )


def _with_tensor_parallel(
    i: TrainingInputs, parameters: float, sequence: int, t: int, recomputation: memory.Recomputation, usable: float
) -> _Fit | None:
    per_layer = memory.activation_bytes_per_layer(
        sequence,
        i.micro_batch,
        i.model.hidden,
        i.model.heads,
        tensor_parallel=t,
        sequence_parallel=True,
        recomputation=recomputation,
    )
    one_layer = 0.0
    if recomputation == "full":  # the layer being recomputed is whole
        one_layer = memory.activation_bytes_per_layer(
            sequence,
            i.micro_batch,
            i.model.hidden,
            i.model.heads,
            tensor_parallel=t,
            sequence_parallel=True,
            recomputation="selective",
        )
    logits = memory.logits_bytes(sequence * i.micro_batch, i.model.vocabulary) / t
    activations = i.model.layers * per_layer + one_layer + logits
    left = usable - activations
    if left <= 0:
        return None
    state = parameters * memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS.total
    count = max(t, math.ceil(state / left / t - 1e-9) * t)
    return _Fit(count, t, recomputation, state / count, activations) if count <= _SEARCH else None


def _count(i: TrainingInputs, fit: _Fit, hours: float) -> int:
    """Accelerators given, or those the deadline needs, or the fewest that fit; never fewer than fit."""
    if i.accelerators is not None:
        if i.accelerators < fit.accelerators:
            raise SizingError(
                f"{i.accelerators} {i.accelerator.name} do not hold the training state of {i.model.name}: "
                f"{fit.accelerators} is the least."
            )
        return i.accelerators
    if i.days is None:
        return fit.accelerators
    needed = math.ceil(hours / (i.days * 24) / fit.tensor_parallel - 1e-9) * fit.tensor_parallel
    return max(fit.accelerators, needed)


def _zero_stage(i: TrainingInputs, fit: _Fit, parameters: float, count: int) -> int:
    """Stage 1 when weights and gradients fit unsplit beside the activations, since it sends least; else stage 3."""
    state = memory.training_state_bytes(
        parameters,
        memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS,
        zero_stage=1,
        data_parallel=max(1, count // fit.tensor_parallel),
        model_parallel=fit.tensor_parallel,
    )
    return 1 if state + fit.activation_bytes <= i.accelerator.memory_bytes * i.usable_memory_share else 3


def _sent_bytes(i: TrainingInputs, fit: _Fit, parameters: float, count: int, sequence: int, stage: int) -> float:
    """Bytes each accelerator sends to others of its data-parallel group in one step, of its tensor-parallel share.

    Stage 1: gradients scattered and weights gathered once. Stage 3: weights gathered twice for each micro-batch."""
    ranks = max(1, count // fit.tensor_parallel)
    share = parameters / fit.tensor_parallel
    if stage == 1:
        return fabric.data_parallel_bytes(share, ranks, zero_stage=1)
    micro_steps = max(1.0, i.batch_tokens / (ranks * sequence * i.micro_batch))
    gathered = 2 * micro_steps * fabric.bus_factor("all-gather", ranks)
    return share * 2.0 * (gathered + fabric.bus_factor("reduce-scatter", ranks))
