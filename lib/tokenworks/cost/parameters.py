"""How many weights a model has, and how many of them one token or one step touches."""

from __future__ import annotations

import math
from functools import cache

from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Count, physical
from tokenworks.number import whole
from tokenworks.shapes import layer_shapes, weight_shapes


@cache
def parameter_count(spec: ModelSpec) -> int:
    """Return the number of weights of the whole model.

    Source: derived: the sizes of all tensors of `weight_shapes`, added.
    """
    return sum(math.prod(shape) for shape in weight_shapes(spec).values())


@cache
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

    Left out there, it raises ValueError.
    Source: derived: the sizes of the layer's tensors in `weight_shapes`, added.
    """
    layers = range(spec.n_layers)
    if layer is not None:
        layers = [whole(layer, f"layer of {spec.name}", least=0, most=spec.n_layers - 1)]
    counts = {sum(math.prod(s) for s in layer_shapes(spec, i).values()) for i in layers}
    if len(counts) > 1:
        raise ValueError(f"the layers of {spec.name} differ in size: say which with layer=")
    return counts.pop()


@cache
def expert_parameter_count(spec: ModelSpec) -> int:
    """Return the weights of all routed experts together, shared ones left out.

    Source: derived: the expert tensors of `weight_shapes`, added.
    """
    shapes = weight_shapes(spec).items()
    return sum(math.prod(shape) for name, shape in shapes if ".experts." in name)


@physical
def step_parameter_count(spec: ModelSpec, batch: Count = 1) -> float:
    """Return the weights that one decode step touches: the dense ones and the experts drawn.

    Source: derived: as step_weight_bytes.
    """
    if not spec.n_experts or batch == 1:
        return float(matmul_parameter_count(spec))
    missed = (1 - spec.n_experts_active / spec.n_experts) ** batch
    extra = 1 - missed - spec.n_experts_active / spec.n_experts
    return matmul_parameter_count(spec) + extra * expert_parameter_count(spec)
