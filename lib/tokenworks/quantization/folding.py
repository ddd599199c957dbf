"""Moving factors between a layer's matrices, which leaves what the model computes as it is.

A column of a matrix may be multiplied by s where what makes its input is divided by s: the scale of
the norm before it, or a row of the matrix before it.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from tokenworks.architecture import ModelSpec
from tokenworks.model.layers import Layer
from tokenworks.model.weights import Weights
from tokenworks.quantization.integer_grid import Grid, round_to_nearest

READERS = {  # a layer's matrices by the first of those that read the same input
    "wq": ("wq", "wk", "wv"),
    "wo": ("wo",),
    "w_gate": ("w_gate", "w_up"),
    "w_down": ("w_down",),
}
MATRICES = tuple(name for names in READERS.values() for name in names)
NORMS = {"wq": "attn_norm", "w_gate": "ffn_norm"}
MAKERS = {"wo": "wv", "w_down": "w_up"}  # whose rows are the input's channels


def fold_norms(weights: Weights) -> Weights:
    """Return the same model with the scales of its norms multiplied into the matrices behind them.

    The norms' scales are 1 then. Weights that lay on a grid leave it.
    """
    layers = []
    for layer in weights["layers"]:
        folded = dict(layer)
        for reader, norm in NORMS.items():
            folded |= {name: layer[name] * layer[norm] for name in READERS[reader]}
            folded[norm] = jnp.ones_like(layer[norm])
        layers.append(folded)
    return {**weights, "layers": layers}


def fold_scales(
    layer: Layer, reader: str, scales: Float[np.ndarray, " in"], *, spec: ModelSpec
) -> Layer:
    """Return the same layer with the columns that read one input multiplied by `scales`.

    Before wo, channels of query heads that share a KV head come from one row of wv: their scales
    must agree. Scales that differ there, are 0 or less, or not finite raise ValueError.
    """
    if not np.isfinite(scales).all() or scales.min() <= 0:
        raise ValueError(f"scales of {reader} must be finite and above 0, got {scales.min()}")
    folded = layer | {name: layer[name] * jnp.asarray(scales) for name in READERS[reader]}
    if reader in NORMS:
        folded[NORMS[reader]] = layer[NORMS[reader]] / jnp.asarray(scales)
        return folded
    if reader == "wo":
        shared = scales.reshape(spec.n_kv_heads, -1, spec.d_head)
        if (shared != shared[:, :1]).any():
            raise ValueError("query heads that share a KV head need the same scales of wo")
        scales = shared[:, 0].reshape(-1)
    folded[MAKERS[reader]] = layer[MAKERS[reader]] / jnp.asarray(scales)[:, None]
    return folded


def round_layer(layer: Layer, grid: Grid) -> Layer:
    """Return the layer with every matrix rounded to the nearest level of its grid."""
    rounded = {name: round_to_nearest(layer[name], grid).values() for name in MATRICES}
    return layer | {name: jnp.asarray(value, jnp.float32) for name, value in rounded.items()}
