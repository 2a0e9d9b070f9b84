"""Collective operations: bytes, times, and the bandwidth that hides them under compute."""

from __future__ import annotations

import math
from typing import Literal

from advisor.errors import SizingError

Collective = Literal["all-reduce", "reduce-scatter", "all-gather", "all-to-all", "broadcast", "reduce"]


def bus_factor(collective: Collective, ranks: int) -> float:
    """Bytes each rank must move for one byte of the operation: 2(n−1)/n for all-reduce, (n−1)/n for reduce-scatter,
    all-gather and all-to-all, 1 for broadcast and reduce (nccl-tests, doc/PERFORMANCE.md, NVIDIA)."""
    if ranks < 1:
        raise SizingError("A collective has at least one rank.")
    if ranks == 1:
        return 0.0
    scattered = (ranks - 1) / ranks
    return {
        "all-reduce": 2 * scattered,
        "reduce-scatter": scattered,
        "all-gather": scattered,
        "all-to-all": scattered,
        "broadcast": 1.0,
        "reduce": 1.0,
    }[collective]


def bus_gbytes_per_s(collective: Collective, ranks: int, size_bytes: float, seconds: float) -> float:
    """Bus bandwidth: size / time × bus factor (nccl-tests, doc/PERFORMANCE.md)."""
    return size_bytes / seconds / 1e9 * bus_factor(collective, ranks)


def ring_s(collective: Collective, ranks: int, size_bytes: float, gbytes_per_s: float, hop_s: float = 0.0) -> float:
    """Seconds of a ring: size × bus factor / bandwidth, plus a hop's latency for each of its steps: 2(n−1) for
    all-reduce, n−1 otherwise (Patarasuk and Yuan 2009, doi:10.1016/j.jpdc.2008.09.002)."""
    steps = (2 if collective == "all-reduce" else 1) * (ranks - 1)
    return size_bytes * bus_factor(collective, ranks) / (gbytes_per_s * 1e9) + steps * hop_s


def tree_all_reduce_s(ranks: int, size_bytes: float, gbytes_per_s: float, hop_s: float = 0.0) -> float:
    """Seconds of a double binary tree: the ring's bytes at full bandwidth but 2·log2(n) latencies
    (Sanders et al. 2009, doi:10.1016/j.parco.2009.09.001; NCCL 2.4)."""
    depth = 2 * math.ceil(math.log2(ranks)) if ranks > 1 else 0
    return size_bytes * bus_factor("all-reduce", ranks) / (gbytes_per_s * 1e9) + depth * hop_s


def data_parallel_bytes(parameters: float, ranks: int, *, zero_stage: int = 1, bytes_per_value: float = 2.0) -> float:
    """Bytes each accelerator sends a step: all-reduce of the gradients, 2(n−1)/n × size; ZeRO 1 and 2 the same as
    reduce-scatter + all-gather; ZeRO 3 half as much again (Rajbhandari et al. 2020, arXiv:1910.02054, section 7)."""
    size = parameters * bytes_per_value
    if zero_stage < 3:
        return size * bus_factor("all-reduce", ranks)
    return size * (2 * bus_factor("all-gather", ranks) + bus_factor("reduce-scatter", ranks))


def tensor_parallel_bytes(
    layers: int, tokens: int, hidden: int, ranks: int, *, training: bool = True, bytes_per_value: float = 2.0
) -> float:
    """Bytes each accelerator sends for `tokens`: four all-reduces of the activations a layer in training, two in
    inference (Shoeybi et al. 2019, arXiv:1909.08053)."""
    each = tokens * hidden * bytes_per_value * bus_factor("all-reduce", ranks)
    return (4 if training else 2) * layers * each


def context_parallel_bytes(
    layers: int, tokens: int, kv_values: float, ranks: int, *, training: bool = True, bytes_per_value: float = 2.0
) -> float:
    """Bytes each accelerator sends when `tokens` of a sequence are split over `ranks`: keys and values of the others
    are gathered in every layer, in training once more backward and their gradients scattered (Liu et al. 2023,
    arXiv:2310.01889; gathered as for Llama 3, arXiv:2407.21783, section 3.3). `kv_values` of a token in a layer."""
    each = tokens * kv_values * bytes_per_value * bus_factor("all-gather", ranks)
    return (3 if training else 1) * layers * each


def pipeline_bytes(tokens: int, hidden: int, bytes_per_value: float = 2.0) -> float:
    """Bytes a stage sends the next for `tokens`: one activation each (Narayanan et al. 2021, arXiv:2104.04473)."""
    return tokens * hidden * bytes_per_value


def expert_parallel_bytes(
    tokens: int, hidden: int, experts_per_token: int, ranks: int, bytes_per_value: float = 2.0
) -> float:
    """Bytes each accelerator sends in one mixture-of-experts layer: its tokens to their experts and back (Lepikhin et
    al. 2020, arXiv:2006.16668), all-to-all twice."""
    return 2 * tokens * experts_per_token * hidden * bytes_per_value * bus_factor("all-to-all", ranks)


def hiding_gbytes_per_s(sent_bytes: float, compute_s: float, overlap: float = 1.0) -> float:
    """Bandwidth per accelerator so that `sent_bytes` pass while computing: bytes / (seconds × share of the step that
    can overlap). In 10^9 bytes/s, one direction; × 8 for Gb/s."""
    if compute_s <= 0 or not 0 < overlap <= 1:
        raise SizingError("Compute time must be above 0 and the overlap a share above 0.")
    return sent_bytes / (compute_s * overlap) / 1e9


def gbits_per_s(gbytes_per_s: float) -> float:
    """10^9 bits/s: 8 × 10^9 bytes/s."""
    return gbytes_per_s * 8
