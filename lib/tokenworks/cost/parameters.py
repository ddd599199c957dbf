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


@cache
def read_parameter_count(spec: ModelSpec) -> int:
    """Return the active weights that a token reads: an untied embedding is only looked up.

    Source: derived: a token reads one row of the input embedding and leaves the others.
    """
    lookup = 0 if spec.tied_embeddings else spec.vocab_size * spec.d_model
    return active_parameter_count(spec) - lookup


@cache
def matmul_parameter_count(spec: ModelSpec) -> int:
    """Return the active weights that a token is multiplied by as matrices.

    Norms and biases are read, and take part in an operation for each of their numbers, which is
    no product with a matrix; an untied embedding is only looked up.
    Source: derived: what is read, less norms and biases, of the experts those it is routed to.
    """
    vectors = 0
    for name, shape in weight_shapes(spec).items():
        if _part(name, shape) == "vectors":
            experts = ".experts." in name
            size = math.prod(shape)
            vectors += size * spec.n_experts_active // spec.n_experts if experts else size
    return read_parameter_count(spec) - vectors


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


PARTS = ("embed", "head", "vectors", "attention", "router")


@cache
def kept_parameter_count(spec: ModelSpec, parts: tuple[str, ...]) -> int:
    """Return the weights of the named `PARTS`, which many quantized checkpoints keep at 16 bits.

    `vectors` are norms and biases; a tied table counts as embedding and as head, once. Another name
    raises ValueError. Source: derived: the tensors of `weight_shapes`, by their names.
    """
    odd = sorted(set(parts) - set(PARTS))
    if odd:
        raise ValueError(f"{odd[0]!r} is no part of a model; known: {', '.join(PARTS)}")
    wanted = set(parts) | ({"embed"} if spec.tied_embeddings and "head" in parts else set())
    shapes = weight_shapes(spec).items()
    return sum(math.prod(shape) for name, shape in shapes if _part(name, shape) in wanted)


def _part(name: str, shape: tuple[int, ...]) -> str:
    """Return the part of a model that a tensor belongs to; "ffn" for what is always quantized."""
    short = name.rpartition(".")[2]
    if len(shape) == 1 or short.startswith("b_"):
        return "vectors"
    if short in ("embed", "lm_head", "router", "shared_gate"):
        return {"lm_head": "head", "shared_gate": "router"}.get(short, short)
    attention = short.startswith(("wq", "wk", "wv", "wo", "index_", "linear_"))
    return "attention" if attention else "ffn"


@physical
def step_parameter_count(spec: ModelSpec, batch: Count = 1) -> float:
    """Return the weights that one decode step touches: the dense ones and the experts drawn.

    Source: derived: as step_weight_bytes.
    """
    if not spec.n_experts or batch == 1:
        return float(read_parameter_count(spec))
    missed = (1 - spec.n_experts_active / spec.n_experts) ** batch
    extra = 1 - missed - spec.n_experts_active / spec.n_experts
    return read_parameter_count(spec) + extra * expert_parameter_count(spec)
