"""Arithmetic, time and accelerators of a training run."""

from __future__ import annotations

from advisor.errors import SizingError
from advisor.sizing.catalogue import Model

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86400.0


def training_flops(parameters: float, tokens: float) -> float:
    """Operations of a run: 6·N·D, two for the forward pass and four for the backward (Kaplan et al. 2020,
    arXiv:2001.08361). N counts the parameters a token uses: active ones in a mixture of experts."""
    return 6 * parameters * tokens


def attention_flops_per_token(model: Model, sequence_tokens: int, *, causal: bool = False) -> float:
    """Operations of attention for one training token: 12·L·a·d·s (Chowdhery et al. 2022, arXiv:2204.02311, app. B).

    Published MFU mostly does not deduct the causal mask; `causal` does, which halves it. Latent attention scores with
    rotary and plain parts and sums values of another size: the mean of both. A local layer reaches its window.
    """
    width = model.head_dim if model.mla is None else (model.mla.nope + model.mla.rope + model.mla.value) / 2
    window, local = model.window or (0, 0)
    reach = (model.layers - local) * sequence_tokens + local * min(sequence_tokens, window)
    return (6.0 if causal else 12.0) * model.heads * width * reach


def training_flops_per_token(model: Model, parameters: float, sequence_tokens: int, *, causal: bool = False) -> float:
    """Operations for one training token: 6·N plus attention (Chowdhery et al. 2022, app. B)."""
    return 6 * parameters + attention_flops_per_token(model, sequence_tokens, causal=causal)


def hardware_flops(flops: float, *, full_recomputation: bool) -> float:
    """Operations executed: a whole extra forward pass, 8/6, when everything is recomputed (Narayanan et al. 2021,
    arXiv:2104.04473: 4 forward-sized passes instead of 3)."""
    return flops * 4 / 3 if full_recomputation else flops


def accelerator_seconds(flops: float, peak_tflops: float, mfu: float, goodput: float = 1.0) -> float:
    """Accelerator-seconds: FLOPs / (peak × MFU × goodput) (MFU: Chowdhery et al. 2022; goodput: share of time that
    makes retained progress)."""
    _share("MFU", mfu)
    _share("goodput", goodput)
    return flops / (peak_tflops * 1e12 * mfu * goodput)


def accelerator_hours(flops: float, peak_tflops: float, mfu: float, goodput: float = 1.0) -> float:
    """Accelerator-hours: accelerator-seconds / 3600."""
    return accelerator_seconds(flops, peak_tflops, mfu, goodput) / SECONDS_PER_HOUR


def wall_days(hours: float, accelerators: int) -> float:
    """Days that `accelerators` take for that many accelerator-hours."""
    if accelerators < 1:
        raise SizingError("A run needs at least one accelerator.")
    return hours / accelerators / 24


def mfu_of(tokens_per_s_per_accelerator: float, flops_per_token: float, peak_tflops: float) -> float:
    """Model FLOPs utilisation: tokens/s × FLOPs per token / peak (Chowdhery et al. 2022, app. B)."""
    return tokens_per_s_per_accelerator * flops_per_token / (peak_tflops * 1e12)


def tokens_per_s(peak_tflops: float, mfu: float, flops_per_token: float) -> float:
    """Training tokens/s of one accelerator: peak × MFU / FLOPs per token (the inverse of `mfu_of`)."""
    _share("MFU", mfu)
    return peak_tflops * 1e12 * mfu / flops_per_token


def matrix_peak_tflops(clock_mhz: float, multiply_adds_per_unit: float, units: int) -> float:
    """Peak 10^12 operations/s of a chip: clock × multiply-adds a unit does in a cycle × units × 2 (a multiply and an
    add; Machine Learning Engineering Open Book, "How to calculate theoretical TFLOPS", Bekman 2026)."""
    return clock_mhz * 1e6 * multiply_adds_per_unit * units * 2 / 1e12


def pipeline_bubble(stages: int, micro_batches: int, interleaved: int = 1) -> float:
    """Idle time as a share of ideal time: (p − 1)/(v·m) (Narayanan et al. 2021, arXiv:2104.04473)."""
    return (stages - 1) / (interleaved * micro_batches)


def _share(name: str, value: float) -> None:
    if not 0 < value <= 1:
        raise SizingError(f"{name} is a share above 0 and at most 1, not {value:g}.")
