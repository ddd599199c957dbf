"""Weights in an order in which each device's rows are slices of heads instead of whole heads.

A rotary embedding turns component i with component i + D/2, so that a slice takes both: scores of
slices then add up to scores of heads, with no rotation across devices.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from tokenworks.architecture import ModelSpec
from tokenworks.model.weights import Weights


def by_slices(weights: Weights, spec: ModelSpec, *, tensor: int, slices: int) -> Weights:
    """Return the weights with the rows of each slice together, within each of `tensor` parts."""
    if slices == 1:
        return weights

    def reorder(layer: dict[str, Any]) -> dict[str, Any]:
        rows = {
            name: slice_rows(layer[name], heads // tensor, d_head=spec.d_head, slices=slices)
            for name, heads in (
                ("wq", spec.n_heads),
                ("wk", spec.n_kv_heads),
                ("wv", spec.n_kv_heads),
            )
        }
        turned = jnp.swapaxes(layer["wo"], -1, -2)
        columns = slice_rows(turned, spec.n_heads // tensor, d_head=spec.d_head, slices=slices)
        return layer | rows | {"wo": jnp.swapaxes(columns, -1, -2)}

    layers = weights["layers"]
    ordered = [reorder(layer) for layer in layers] if isinstance(layers, list) else reorder(layers)
    return {**weights, "layers": ordered}


def slice_rows(
    matrix: Float[Array, "*stack rows M"], heads: int, *, d_head: int, slices: int
) -> Float[Array, "*stack rows M"]:
    """Bring rows [.., heads, 2 halves, slices, pairs] to [.., slices, heads, 2 halves, pairs]."""
    *stack, rows, width = matrix.shape
    parts = rows // (heads * d_head)
    apart = matrix.reshape(*stack, parts, heads, 2, slices, d_head // 2 // slices, width)
    return jnp.moveaxis(apart, -3, -5).reshape(*stack, rows, width)
