"""Bytes that must fit and bytes that must move: weights and KV cache, from the model's shapes."""

from __future__ import annotations

import math

from tokenworks.cost.domain import Number, physical
from tokenworks.specs import ModelSpec, layer_shapes, layer_window, weight_shapes


def parameter_count(spec: ModelSpec) -> int:
    """Return the number of weights of the whole model.

    Source: derived: the sizes of all tensors of `weight_shapes`, added.
    """
    return sum(math.prod(shape) for shape in weight_shapes(spec).values())


def active_parameter_count(spec: ModelSpec) -> int:
    """Return the number of weights that one token uses: all but the experts it is not routed to.

    The embedding table counts in full, as model cards mostly do.
    Source: https://arxiv.org/abs/2401.04088 (Mixtral, section 2: sparse and active parameters).
    """
    return parameter_count(spec) - sum(
        math.prod(shape) * (spec.n_experts - spec.n_experts_active) // spec.n_experts
        for name, shape in weight_shapes(spec).items()
        if ".experts." in name
    )


def matmul_parameter_count(spec: ModelSpec) -> int:
    """Return the active weights that are multiplied: an untied embedding is only looked up.

    Source: derived: a token reads one row of the input embedding and multiplies none of it.
    """
    lookup = 0 if spec.tied_embeddings else spec.vocab_size * spec.d_model
    return active_parameter_count(spec) - lookup


def layer_parameter_count(spec: ModelSpec, layer: int | None = None) -> int:
    """Return the number of weights of one layer; `layer` is needed where layers differ.

    Source: derived: the sizes of the layer's tensors in `weight_shapes`, added.
    """
    if layer is not None and not 0 <= layer < spec.n_layers:
        raise ValueError(f"{spec.name} has layers 0 to {spec.n_layers - 1}, got {layer}")
    layers = range(spec.n_layers) if layer is None else [layer]
    counts = {sum(math.prod(s) for s in layer_shapes(spec, i).values()) for i in layers}
    if len(counts) > 1:
        raise ValueError(f"the layers of {spec.name} differ in size: say which with layer=")
    return counts.pop()


@physical()
def weight_bytes(spec: ModelSpec, bytes_per_param: Number) -> float:
    """Return the bytes of all weights at one precision.

    Source: derived: parameters times the width of one.
    """
    return float(parameter_count(spec) * bytes_per_param)


@physical()
def step_weight_bytes(spec: ModelSpec, bytes_per_param: Number) -> float:
    """Return the bytes of weights that one token's pass reads, the embedding lookup left out.

    Source: derived: every matrix that is multiplied is read once.
    """
    return float(matmul_parameter_count(spec) * bytes_per_param)


@physical()
def kv_bytes_per_token(spec: ModelSpec, bytes_per_value: Number) -> float:
    """Return the cache bytes that one more token costs where every layer sees every token.

    Source: derived: one key and one value a KV head and layer (https://arxiv.org/abs/2305.13245);
    for MLA one latent and one rotated key a layer (https://arxiv.org/abs/2405.04434, section 2.1).
    """
    if spec.window_tokens:
        raise ValueError(
            f"{spec.name} has windowed layers, so a token's share of the cache depends on the "
            "length: use kv_bytes(spec, tokens, bytes_per_value=...)"
        )
    return float(spec.n_layers * spec.kv_values_per_layer * bytes_per_value)


@physical(zero=("tokens",))
def kv_bytes(spec: ModelSpec, tokens: int, *, bytes_per_value: Number) -> float:
    """Return the cache bytes of one sequence; a windowed layer keeps its window and no more.

    Source: derived: the tokens that each layer keeps, added, times the bytes of one.
    """
    kept = (min(tokens, layer_window(spec, i) or tokens) for i in range(spec.n_layers))
    return float(sum(kept) * spec.kv_values_per_layer * bytes_per_value)


@physical()
def min_chips(weight_bytes: Number, hbm_bytes: Number) -> int:
    """Return how many chips hold the weights alone, with nothing left over for a cache.

    Source: derived: capacity divided, rounded up.
    """
    return math.ceil(weight_bytes / hbm_bytes)


@physical()
def slice_chips(chips: int, *, kind: str) -> int:
    """Return how many chips must be rented to have this many: TPUs come in powers of two.

    Source: https://docs.cloud.google.com/tpu/docs/v5e (slices of 1, 4, 8, 16 … 256 chips).
    """
    return 1 << (chips - 1).bit_length() if kind == "tpu" else chips
