"""Checkpoints and data: sizes, times at sustained throughput, rates."""

from __future__ import annotations

import math

from advisor.errors import SizingError
from advisor.sizing.memory import MIXED_PRECISION_ADAM, Recipe


def checkpoint_bytes(parameters: float, recipe: Recipe = MIXED_PRECISION_ADAM) -> float:
    """Bytes of a checkpoint that training can resume from: weights and optimiser state, no gradients: 14 bytes a
    parameter in mixed precision with Adam (BLOOM: 2.3 TB for 176 billion; BigScience 2022)."""
    return parameters * (recipe.weights + recipe.optimiser)


def transfer_s(size_bytes: float, gbytes_per_s: float) -> float:
    """Seconds to move `size_bytes` at a SUSTAINED sequential rate (10^9 bytes/s): size / rate."""
    if gbytes_per_s <= 0:
        raise SizingError("A sustained rate must be above 0 GB/s.")
    return size_bytes / (gbytes_per_s * 1e9)


def needed_gbytes_per_s(size_bytes: float, seconds: float) -> float:
    """Sustained 10^9 bytes/s to move `size_bytes` in `seconds`."""
    if seconds <= 0:
        raise SizingError("The time must be above 0 seconds.")
    return size_bytes / seconds / 1e9


def restore_gbytes_per_s(size_bytes: float, copies_read: int, seconds: float) -> float:
    """Sustained read rate when `copies_read` data-parallel groups each read the whole checkpoint in `seconds`."""
    return needed_gbytes_per_s(size_bytes * copies_read, seconds)


def cluster_mtbf_s(accelerator_mtbf_hours: float, accelerators: int) -> float:
    """Mean seconds between failures of a job that any accelerator's failure stops: MTBF / n (independent failures)."""
    return accelerator_mtbf_hours * 3600 / accelerators


def checkpoint_interval_s(save_s: float, mtbf_s: float) -> float:
    """Interval that loses least: √(2 · save time · MTBF) (Young 1974, doi:10.1145/361147.361115)."""
    return math.sqrt(2 * save_s * mtbf_s)


def lost_share(save_s: float, interval_s: float, mtbf_s: float, restart_s: float = 0.0) -> float:
    """Share of time lost to saving and to failures: save/interval + (interval/2 + restart)/MTBF (Young 1974, first
    order; Daly 2006, doi:10.1016/j.future.2004.11.016). At most 1."""
    return min(1.0, save_s / interval_s + (interval_s / 2 + restart_s) / mtbf_s)


def streaming_gbytes_per_s(samples_per_s: float, bytes_per_sample: float) -> float:
    """Read rate to feed training: samples/s × bytes of a stored sample."""
    return samples_per_s * bytes_per_sample / 1e9


def token_streaming_gbytes_per_s(tokens_per_s: float, bytes_per_token: float = 4.0) -> float:
    """Read rate of a tokenised text: tokens/s × bytes of a token id (4 for vocabularies above 65,536, else 2)."""
    return streaming_gbytes_per_s(tokens_per_s, bytes_per_token)
