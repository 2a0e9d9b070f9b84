"""Bounds on decode and prefill from memory bandwidth and arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from advisor.errors import SizingError
from advisor.sizing.catalogue import Model
from advisor.sizing.memory import active_parameter_count, kv_bytes_per_sequence, weights_read_bytes


def decode_flops_per_token(model: Model, context_tokens: int) -> float:
    """Operations to generate one token: 2·N_active plus 4·L·a·d·context for attention (Pope et al. 2022,
    arXiv:2211.05102). Latent attention is counted in its absorbed form: each head reads the cached latent."""
    window, local = model.window or (0, 0)
    reach = (model.layers - local) * context_tokens + local * min(context_tokens, window)
    if model.mla:
        per_token = 2.0 * model.heads * (2 * model.mla.kv_rank + model.mla.rope)
    else:
        per_token = 4.0 * model.heads * model.head_dim
    return 2.0 * active_parameter_count(model) + per_token * reach


def prefill_flops(model: Model, prompt_tokens: int) -> float:
    """Operations to read a prompt: 2·N_active for each token plus causal attention, half of 4·L·a·d·s² (Pope et al.
    2022). Exact halves need no diagonal; the difference is 1/s."""
    window, local = model.window or (0, 0)
    width = model.heads * ((model.mla.nope + model.mla.rope + model.mla.value) / 2 if model.mla else model.head_dim)
    near = min(prompt_tokens, window)
    pairs = (model.layers - local) * prompt_tokens**2 / 2 + local * (prompt_tokens * near - near**2 / 2)
    return 2.0 * active_parameter_count(model) * prompt_tokens + 4.0 * width * pairs


def decode_step_bytes(
    model: Model, sequences: float, context_tokens: int, weight_bytes: float, kv_bytes: float
) -> float:
    """Bytes one decode step reads: the weights its batch touches and the whole cache of the running sequences
    (Pope et al. 2022, arXiv:2211.05102). `weight_bytes`, `kv_bytes`: bytes per value."""
    cache = sequences * kv_bytes_per_sequence(model, context_tokens, kv_bytes)
    return weights_read_bytes(model, sequences, weight_bytes) + cache


def decode_step_s(
    step_bytes: float, step_flops: float, gbytes_per_s: float, tflops: float, accelerators: int = 1
) -> float:
    """Seconds of a decode step at best: the slower of reading and computing (roofline: Williams et al. 2009), spread
    evenly over the accelerators, communication not counted: a lower bound."""
    if accelerators < 1:
        raise SizingError("Serving needs at least one accelerator.")
    return max(step_bytes / (gbytes_per_s * 1e9), step_flops / (tflops * 1e12)) / accelerators


@dataclass(frozen=True, slots=True)
class Replica:
    """Accelerators that hold one copy of the model, and how many sequences fit beside it."""

    accelerators: int
    sequences: int


def kv_copies(model: Model, accelerators: int, *, attention_data_parallel: bool) -> float:
    """How often tensor parallelism over `accelerators` stores a cached value.

    KV heads are split over accelerators and repeated once there are more accelerators than heads; the latent of
    latent attention has no heads and is repeated everywhere, unless attention runs data-parallel (DeepSeek-V3
    technical report, 2024, section 3.4).
    """
    if attention_data_parallel:
        return 1.0
    heads = 1 if model.mla else model.kv_heads
    return max(1.0, accelerators / heads)


def sequences_that_fit(
    accelerators: int, usable_bytes: float, weights: float, sequence_bytes: float, copies: float = 1.0
) -> int:
    """Whole sequences beside the weights: (n × usable − weights) / (cache of a sequence × copies). 0: weights do not
    fit. `usable_bytes` of one accelerator."""
    left = accelerators * usable_bytes - weights
    return max(0, math.floor(left / (sequence_bytes * copies) + 1e-9)) if left > 0 else 0


def split_degrees(model: Model, domain: int) -> list[int]:
    """Degrees at which the model can be split: divisors of its heads within a scale-up domain that are powers of two,
    then whole domains joined by pipeline parallelism, no more stages than layers."""
    inside = [n for n in (1, 2, 4, 8, 16, 32, 64) if n <= domain and model.heads % n == 0]
    return inside + [inside[-1] * stages for stages in range(2, min(model.layers, 64) + 1)]


def replicas_needed(sequences: int, per_replica: int) -> int:
    """Copies of the model to hold all sequences at once."""
    if per_replica < 1:
        raise SizingError("No sequence fits beside the weights.")
    return math.ceil(sequences / per_replica)
