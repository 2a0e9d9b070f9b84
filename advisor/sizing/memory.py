"""Parameters, weights, KV cache, training state, activations: what has to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.errors import SizingError
from advisor.sizing.catalogue import Model

Recomputation = Literal["none", "selective", "full"]


# Parameters


def attention_parameters(model: Model) -> int:
    """Parameters of one attention block.

    Grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245): h·a·d for queries, 2·h·k·d for keys and values,
    a·d·h for the output. Multi-head latent attention (DeepSeek-V2, 2024, arXiv:2405.04434): low-rank factors.
    """
    h, a, d = model.hidden, model.heads, model.head_dim
    if model.mla:
        low = model.mla
        width = a * (low.nope + low.rope)
        queries = h * low.q_rank + low.q_rank + low.q_rank * width if low.q_rank else h * width
        keys = h * (low.kv_rank + low.rope) + low.kv_rank + low.kv_rank * a * (low.nope + low.value)
        return queries + keys + a * low.value * h
    projections = 2 * h * a * d + 2 * h * model.kv_heads * d
    biases = {"none": 0, "qkv": (a + 2 * model.kv_heads) * d, "all": (a + 2 * model.kv_heads) * d + h}[model.biases]
    return projections + biases + (2 * d if model.qk_norm else 0)


def feed_forward_parameters(model: Model, width: int) -> int:
    """Parameters of one feed-forward block of `width`: 3·h·f gated (Shazeer 2020, arXiv:2002.05202), else 2·h·f."""
    biases = ((2 if model.gated else 1) * width + model.hidden) if model.biases == "all" else 0
    return (3 if model.gated else 2) * model.hidden * width + biases


def moe_layers(model: Model) -> int:
    """Layers whose feed-forward block is a mixture of experts."""
    if model.moe is None:
        return 0
    return (model.layers - model.moe.dense_layers) // model.moe.every


def _feed_forward_total(model: Model, experts_counted: int | None) -> int:
    """Feed-forward parameters of all layers; `experts_counted` routed experts a layer, or all."""
    moe = model.moe
    sparse = moe_layers(model)
    dense = model.layers - sparse
    total = dense * feed_forward_parameters(model, model.feed_forward) if model.feed_forward else 0
    if moe:
        counted = moe.experts if experts_counted is None else experts_counted
        router = moe.experts * (model.hidden + (1 if moe.gate_bias or model.biases == "all" else 0))
        total += sparse * ((counted + moe.shared) * feed_forward_parameters(model, moe.width) + router)
    return total


def _other_parameters(model: Model) -> int:
    """Attention of all layers, normalisations, embeddings and output head."""
    norm = model.hidden * (2 if model.norm == "layer" else 1)
    attention = model.layers * (attention_parameters(model) + model.norms * norm)
    embeddings = model.vocabulary * model.hidden * (1 if model.tied else 2) + model.positions * model.hidden
    return attention + norm + embeddings + (norm if model.embedding_norm else 0)


def parameter_count(model: Model) -> int:
    """All parameters, counted matrix by matrix from the shape."""
    return _other_parameters(model) + _feed_forward_total(model, None)


def active_parameter_count(model: Model) -> int:
    """Parameters that one token uses: all but the experts it is not routed to."""
    return _other_parameters(model) + _feed_forward_total(model, model.moe.per_token if model.moe else None)


def weights_bytes(parameters: float, bytes_per_parameter: float) -> float:
    """Bytes of the weights: parameters × bytes of the format."""
    return parameters * bytes_per_parameter


def weights_read_bytes(model: Model, sequences: float, bytes_per_parameter: float) -> float:
    """Bytes of weights that one decode step reads.

    A dense model reads all. Of a mixture of experts, each of E experts is touched with probability
    1 − (1 − k/E)^sequences when routing is even (counting argument; uneven routing touches fewer).
    """
    if model.moe is None:
        return weights_bytes(parameter_count(model), bytes_per_parameter)
    share = 1 - (1 - model.moe.per_token / model.moe.experts) ** sequences
    routed = parameter_count(model) - _other_parameters(model) - _feed_forward_total(model, 0)
    return weights_bytes(parameter_count(model) - routed * (1 - share), bytes_per_parameter)


# KV cache


def kv_values_per_token_and_layer(model: Model) -> int:
    """Values cached for one token in one layer: 2·k·d (keys and values; Pope et al. 2022, arXiv:2211.05102),
    or for latent attention the latent and the shared rotary key (DeepSeek-V2, arXiv:2405.04434)."""
    if model.mla:
        return model.mla.kv_rank + model.mla.rope
    return 2 * model.kv_heads * model.head_dim


def kv_bytes_per_token(model: Model, bytes_per_value: float) -> float:
    """Bytes of KV cache that one more token adds while it is inside every window."""
    return model.layers * kv_values_per_token_and_layer(model) * bytes_per_value


def kv_bytes_per_sequence(model: Model, tokens: int, bytes_per_value: float) -> float:
    """Bytes of KV cache of one sequence; local layers keep no more than their window."""
    per_layer = kv_values_per_token_and_layer(model) * bytes_per_value
    window, local = model.window or (0, 0)
    return per_layer * ((model.layers - local) * tokens + local * min(tokens, window))


# Training


@dataclass(frozen=True, slots=True)
class Recipe:
    """Bytes kept for one parameter while training."""

    weights: float = 2
    gradients: float = 2
    optimiser: float = 12  # FP32 master copy and two FP32 moments of Adam

    @property
    def total(self) -> float:
        return self.weights + self.gradients + self.optimiser


MIXED_PRECISION_ADAM = Recipe()  # 16 bytes: Rajbhandari et al. 2020, arXiv:1910.02054
MIXED_PRECISION_ADAM_FP32_GRADIENTS = Recipe(gradients=4)  # 18 bytes: Megatron Core distributed optimiser
LOW_MEMORY_ADAM = Recipe(optimiser=6)  # two 8-bit moments: Dettmers et al. 2021, arXiv:2110.02861; FP32 master


def training_state_bytes(
    parameters: float, recipe: Recipe, *, zero_stage: int = 0, data_parallel: int = 1, model_parallel: int = 1
) -> float:
    """Bytes of weights, gradients and optimiser state on one accelerator.

    ZeRO (Rajbhandari et al. 2020, arXiv:1910.02054): stage 1 splits the optimiser state over data-parallel ranks,
    2 the gradients too, 3 the weights too. Tensor and pipeline parallelism divide the parameters first.
    """
    if zero_stage not in (0, 1, 2, 3):
        raise SizingError(f"ZeRO has stages 0 to 3, not {zero_stage}.")
    if data_parallel < 1 or model_parallel < 1:
        raise SizingError("Degrees of parallelism start at 1.")
    optimiser = recipe.optimiser / (data_parallel if zero_stage >= 1 else 1)
    gradients = recipe.gradients / (data_parallel if zero_stage >= 2 else 1)
    weights = recipe.weights / (data_parallel if zero_stage >= 3 else 1)
    return parameters / model_parallel * (weights + gradients + optimiser)


def activation_bytes_per_layer(
    sequence_tokens: int,
    micro_batch: int,
    hidden: int,
    heads: int,
    *,
    tensor_parallel: int = 1,
    context_parallel: int = 1,
    sequence_parallel: bool = False,
    recomputation: Recomputation = "none",
) -> float:
    """Bytes of activations one transformer layer keeps for the backward pass, in 16 bits.

    Korthikanti et al. 2022 (arXiv:2205.05198), table 2: s·b·h·(34 + 5·a·s/h) alone; (10 + 24/t + 5·a·s/(h·t)) with
    tensor parallelism t; (34 + 5·a·s/h)/t with sequence parallelism; without 5·a·s/h when the attention core is
    recomputed (or never stored: FlashAttention); 2·s·b·h when the whole layer is recomputed. Context parallelism c
    leaves s/c tokens of each sequence on an accelerator (Liu et al. 2023, arXiv:2310.01889); the scores of the
    attention core are then s/c × s.
    """
    s, b, h, t = sequence_tokens / context_parallel, micro_batch, hidden, tensor_parallel
    if recomputation == "full":
        return 2.0 * s * b * h / (t if sequence_parallel else 1)
    core = 0.0 if recomputation == "selective" else 5.0 * heads * sequence_tokens / h
    if sequence_parallel:
        return s * b * h * (34 + core) / t
    return s * b * h * (10 + 24 / t + core / t)


def pipeline_activation_bytes(layers: int, per_layer_bytes: float) -> float:
    """Bytes on the first pipeline stage under the 1F1B schedule: L/p layers × p micro-batches in flight = L layers
    (Korthikanti et al. 2022, arXiv:2205.05198, section 4.2.3), whatever the number of stages."""
    return layers * per_layer_bytes


def logits_bytes(tokens: int, vocabulary: int) -> float:
    """Bytes of the FP32 output scores of one micro-batch: tokens × vocabulary × 4."""
    return tokens * vocabulary * 4.0
