"""The pytree of a model's weights: built from one description, plain, stacked, fused or abstract.

`tokenworks.shapes.weight_shapes` names every tensor. A tree is a dict of them, with `layers` a list
of per-layer dicts (for the loop driver) or one dict with a leading L axis (for `lax.scan`).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

from tokenworks.architecture import ModelSpec
from tokenworks.shapes import layer_shapes, weight_shapes

Weights: TypeAlias = dict[str, Any]
FUSED = {"wqkv": ("wq", "wk", "wv"), "w_gate_up": ("w_gate", "w_up")}
LLAMA_LAYER = {"attn_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w_gate", "w_up", "w_down"}


def tree(named: dict[str, Any]) -> Weights:
    """Nest tensors named `layers.{i}.wq` and `embed` into a tree with a list of layers."""
    weights: Weights = {"layers": []}
    for name, value in named.items():
        head, _, rest = name.partition(".")
        if head != "layers":
            weights[name] = value
            continue
        index, _, leaf = rest.partition(".")
        while len(weights["layers"]) <= int(index):
            weights["layers"].append({})
        weights["layers"][int(index)][leaf] = value
    return weights


def abstract(spec: ModelSpec, dtype: Any) -> Weights:
    """Return the tree with shapes instead of arrays, for `jax.eval_shape` at any true size."""
    return tree({n: jax.ShapeDtypeStruct(s, dtype) for n, s in weight_shapes(spec).items()})


def check_llama(spec: ModelSpec) -> None:
    """Refuse a family whose layers hold other tensors than a dense Llama's.

    It raises ValueError, for windows and a model without RoPE too.
    """
    others = {*layer_shapes(spec, 0), *layer_shapes(spec, spec.n_layers - 1)} ^ LLAMA_LAYER
    if others or spec.is_windowed or spec.rope_theta is None:
        raise ValueError(f"{spec.name} is not a Llama; the model code runs dense Llamas only")


def nbytes(weights: Any) -> int:
    """Return the bytes of all leaves, real or abstract."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(weights))


def stack(weights: Weights) -> Weights:
    """Return the tree with its layers stacked along a leading L axis."""
    return {**weights, "layers": jax.tree.map(lambda *leaf: jnp.stack(leaf), *weights["layers"])}


def fuse(weights: Weights) -> Weights:
    """Return the tree with Q, K, V in one matrix and gate and up in another, for decode."""
    return {**weights, "layers": [fuse_layer(layer) for layer in weights["layers"]]}


def fuse_layer(
    layer: dict[str, Any], concatenate: Callable[..., Any] = jnp.concatenate
) -> dict[str, Any]:
    """Return one layer with its matrices fused."""
    gone = [name for names in FUSED.values() for name in names]
    kept = {name: value for name, value in layer.items() if name not in gone}
    return kept | {
        name: concatenate([layer[part] for part in parts]) for name, parts in FUSED.items()
    }


def split(weights: Weights, spec: ModelSpec) -> Weights:
    """Return a fused tree with every matrix by itself again; only those are copied."""
    return {**weights, "layers": [_split(layer, spec) for layer in weights["layers"]]}


def _split(layer: dict[str, Any], spec: ModelSpec) -> dict[str, Any]:
    rows = {name: shape[0] for name, shape in layer_shapes(spec, 0).items()}
    apart = {name: value for name, value in layer.items() if name not in FUSED}
    for fused, names in FUSED.items():
        ends = list(accumulate(rows[name] for name in names[:-1]))
        apart |= zip(names, jnp.split(layer[fused], ends), strict=True)
    return apart
