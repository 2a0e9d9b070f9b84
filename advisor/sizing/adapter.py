"""Fine-tuning with low-rank adapters: how many parameters are trained, and what the frozen ones take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from advisor.errors import SizingError
from advisor.sizing import memory
from advisor.sizing.catalogue import Model

Method = Literal["full", "lora", "qlora"]
Targets = Literal["all-linear", "query-value"]

# Bits of a 4-bit NormalFloat with doubly quantised constants: 8 bits for 64 values, 32 bits for 256 of those constants
# (Dettmers et al. 2023, arXiv:2305.14314, section 3: 0.127 bits a parameter beside the 4).
NF4_BITS = 4 + 8 / 64 + 32 / (64 * 256)


class Matrix(NamedTuple):
    """Weight matrices of one shape in the blocks of a model."""

    name: str
    inputs: int
    outputs: int
    copies: int  # in the whole model


def matrices(model: Model, *, experts_counted: int | None = None) -> Iterator[Matrix]:
    """The linear projections of all blocks, without router, embeddings and head; `experts_counted` of the routed
    experts, or all."""
    h, layers = model.hidden, model.layers
    if low := model.mla:
        width = model.heads * (low.nope + low.rope)
        if low.q_rank:
            yield Matrix("query down", h, low.q_rank, layers)
        yield Matrix("query", low.q_rank or h, width, layers)
        yield Matrix("key-value down", h, low.kv_rank + low.rope, layers)
        yield Matrix("key-value", low.kv_rank, model.heads * (low.nope + low.value), layers)
        yield Matrix("output", model.heads * low.value, h, layers)
    else:
        yield Matrix("query", h, model.heads * model.head_dim, layers)
        yield Matrix("key", h, model.kv_heads * model.head_dim, layers)
        yield Matrix("value", h, model.kv_heads * model.head_dim, layers)
        yield Matrix("output", model.heads * model.head_dim, h, layers)
    sparse = memory.moe_layers(model)
    widths = [(model.feed_forward or 0, layers - sparse)]
    if model.moe:
        counted = model.moe.experts if experts_counted is None else experts_counted
        widths.append((model.moe.width, sparse * (counted + model.moe.shared)))
    for width, count in widths:
        if width and count:
            yield Matrix("up", h, width, count * (2 if model.gated else 1))
            yield Matrix("down", width, h, count)


def linear_parameters(model: Model) -> int:
    """Parameters of those projections: what QLoRA stores in 4 bits."""
    return sum(one.inputs * one.outputs * one.copies for one in matrices(model))


def adapter_parameters(
    model: Model, rank: int, targets: Targets = "all-linear", *, experts_counted: int | None = None
) -> int:
    """Parameters trained: r·(inputs + outputs) beside each adapted matrix (Hu et al. 2021, arXiv:2106.09685), of query
    and value as in that paper, or of all linear projections as in QLoRA (Dettmers et al. 2023, arXiv:2305.14314)."""
    if rank < 1:
        raise SizingError("The rank of an adapter is at least 1.")
    if targets == "query-value" and model.mla:
        raise SizingError(f"{model.name} has latent attention, without a value projection: adapt all linear ones.")
    chosen = [
        one
        for one in matrices(model, experts_counted=experts_counted)
        if targets == "all-linear" or one.name in ("query", "value")
    ]
    return sum(rank * (one.inputs + one.outputs) * one.copies for one in chosen)


def frozen_bytes(model: Model, method: Method) -> float:
    """Bytes of the weights that are not trained: 16 bits each; with QLoRA the linear projections in 4-bit NormalFloat
    with double quantisation and the rest in 16 bits (Dettmers et al. 2023). None are frozen in full training."""
    if method == "full":
        return 0.0
    total = memory.parameter_count(model)
    if method == "lora":
        return memory.weights_bytes(total, 2)
    low = linear_parameters(model)
    return memory.weights_bytes(low, NF4_BITS / 8) + memory.weights_bytes(total - low, 2)


def dequantised_bytes(model: Model, method: Method) -> float:
    """Bytes of the one matrix that QLoRA holds in 16 bits while it multiplies with it: the largest."""
    return 2.0 * max(one.inputs * one.outputs for one in matrices(model)) if method == "qlora" else 0.0


def flops_per_token(parameters: float, adapters: float) -> float:
    """Operations for one training token, attention not counted: 4·N for the frozen weights, which get no gradient of
    their own (forward 2, gradient of the activations 2), and 6 for each trained one (Hu et al. 2021, section 4.2; the
    count of Kaplan et al. 2020 without the weights' gradients)."""
    return 4 * parameters + 6 * adapters
