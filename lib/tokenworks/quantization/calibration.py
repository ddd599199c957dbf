"""What a model's matrices read on calibration texts, and quantizing layer after layer with it.

Judged by the squares of its outputs' errors, a matrix knows its inputs x through Σ x xᵀ alone. This
sum, and the mean of |x| by channel, are taken once for all matrices that read one input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention_call import Tiles
from tokenworks.kernels.flash import flash_attention
from tokenworks.model.layers import Layer, block_around, gated, linear, rms_norm
from tokenworks.model.weights import Weights, check_llama
from tokenworks.number import whole
from tokenworks.quantization.folding import READERS
from tokenworks.quantization.kv_grid import KVGrid, round_kv

BATCH = 4  # windows in one pass
TILES = Tiles(256, 256)  # on a CPU a quarter of the time that all scores at once take


@dataclass(frozen=True, eq=False)
class Moments:
    """What is kept of the inputs of a matrix."""

    second: Float[np.ndarray, "in in"]  # Σ x xᵀ, float64
    mean_abs: Float[np.ndarray, " in"]
    tokens: int


# what the matrices of a layer read, by the first matrix that reads it: Float "B T in"
Inputs: TypeAlias = dict[str, Any]
QuantizeLayer: TypeAlias = Callable[[Layer, Inputs], Layer]  # -> the layer to use instead


def moments(inputs: Float[Any, "*tokens in"], *, skip: int = 0) -> Moments:
    """Return the moments of a matrix's inputs; none, or one that is not finite: ValueError.

    The first `skip` tokens of every window [B, T, in] are left out. Models put activations on the
    first token that are hundreds of times those of others, whose squares rule the sums
    (https://arxiv.org/abs/2402.17762).
    """
    kept = np.asarray(inputs)[..., whole(skip, "skip", least=0) :, :]
    wide = kept.reshape(-1, kept.shape[-1]).astype(np.float64)
    if not wide.size or not np.isfinite(wide).all():
        raise ValueError(f"moments need finite inputs of one token at least, got {kept.shape}")
    return Moments(wide.T @ wide, np.abs(wide).mean(axis=0), len(wide))


@partial(jax.jit, static_argnames="spec")
def layer_inputs(
    x: Float[Array, "B T M"], layer: Layer, spec: ModelSpec
) -> dict[str, Float[Array, "B T in"]]:
    """Return what the matrices of one layer read, by the first that reads it."""
    normed = rms_norm(x, layer["attn_norm"], spec.norm_eps)
    attn_out = _run(x, layer, spec)[1].reshape(*x.shape[:2], -1)
    after = x + linear(attn_out, layer["wo"], "highest")
    ffn = rms_norm(after, layer["ffn_norm"], spec.norm_eps)
    down = gated(ffn, layer, precision="highest")
    return {"wq": normed, "wo": attn_out, "w_gate": ffn, "w_down": down}


@partial(jax.jit, static_argnames=("spec", "kv"))
def layer_output(
    x: Float[Array, "B T M"], layer: Layer, spec: ModelSpec, *, kv: KVGrid | None = None
) -> Any:
    """Return the states behind one layer, whose attention goes tile by tile.

    With `kv` it reads keys and values as they come back from a cache of that grid.
    """
    return _run(x, layer, spec, kv=kv)[0]


def _run(x: Any, layer: Layer, spec: ModelSpec, *, kv: KVGrid | None = None) -> tuple[Any, Any]:
    """Return the layer's output and that of its heads."""

    def attend(q: Any, k: Any, v: Any) -> tuple[Any, Any]:
        k, v = (k, v) if kv is None else round_kv(k, v, kv)
        attn_out = flash_attention(q, k, v, tiles=TILES, precision="highest")
        return attn_out, attn_out

    positions = jnp.broadcast_to(jnp.arange(x.shape[1]), x.shape[:2])
    return block_around(attend, x, layer, spec=spec, positions=positions, precision="highest")


def quantize_layers(
    weights: Weights,
    spec: ModelSpec,
    windows: Int[Any, "B T"],
    *,
    quantize_layer: QuantizeLayer,
    sequential: bool = True,
) -> Weights:
    """Return the model with `quantize_layer` applied to one layer after another.

    Each is told its inputs in these `windows` of token ids: as the layers quantized before hand
    them on (`sequential`), or as the given ones do. Matrices are not fused.
    Source: https://arxiv.org/abs/2210.17323 (section 4, and its code for the order).
    """
    check_llama(spec)
    states = weights["embed"][jnp.asarray(windows)]
    layers = []
    for layer in weights["layers"]:
        parts = [layer_inputs(batch, layer, spec) for batch in _batches(states)]
        inputs = {name: np.concatenate([part[name] for part in parts]) for name in READERS}
        layers.append(quantize_layer(layer, inputs))
        onward = layers[-1] if sequential else layer
        states = jnp.concatenate([layer_output(b, onward, spec) for b in _batches(states)])
    return {**weights, "layers": layers}


def _batches(states: Any) -> list[Any]:
    return [states[at : at + BATCH] for at in range(0, len(states), BATCH)]


def output_error(
    change: Float[Any, "out in"], of: Float[Any, "out in"], second: Float[np.ndarray, "in in"]
) -> float:
    """Return Σ|change · x|² / Σ|of · x|² over the inputs x with these second moments."""
    wide, exact = np.asarray(change, np.float64), np.asarray(of, np.float64)
    return squared_outputs(wide, second) / squared_outputs(exact, second)


def squared_outputs(
    matrix: Float[np.ndarray, "out in"], second: Float[np.ndarray, "in in"]
) -> float:
    """Return Σ|matrix · x|² over the inputs x with these second moments."""
    return float(np.sum((matrix @ second) * matrix))
