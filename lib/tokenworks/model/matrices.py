"""Weight matrices that are not stored as plain [out, in] arrays, and the trees that hold them.

`layers.linear` multiplies by any of them, so the model's code runs a tree of any kind unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from tokenworks.model.weights import Weights

NIBBLE = 4  # bits, of which two share a byte


class Transposed(NamedTuple):
    """A matrix stored [in, out].

    A CPU multiplies several rows by it at once in little more time than one: the columns that XLA's
    kernel packs together lie side by side, where of an [out, in] matrix they stand apart.
    Measured in benchmarks/verify_pass.py.
    """

    columns: Any  # Float "in out"


class Quantized(NamedTuple):
    """A matrix of 8 or 4-bit integers, one scale for each output: w = scale · integer.

    Integers of 4 bits lie two in a byte, those of the row's first half in the low bits.
    """

    integers: Any  # Int8 "out in", or half as wide
    scales: Any  # Float "out"


def dequantized(matrix: Quantized, inputs: int) -> Float[Array, "out in"]:
    """Return the matrix as floats; `inputs` is its width."""
    integers = matrix.integers
    if integers.shape[-1] != inputs:
        low = jnp.right_shift(jnp.left_shift(integers, NIBBLE), NIBBLE)  # keeps the sign
        integers = jnp.concatenate([low, jnp.right_shift(integers, NIBBLE)], axis=-1)
    return integers.astype(matrix.scales.dtype) * matrix.scales[..., None]


def quantize(weight: Float[Array, "out in"], bits: int) -> Quantized:
    """Round each row to integers of 8 or 4 bits, symmetric about 0, its largest value at the end.

    Other widths, and an odd row for 4 bits, raise ValueError.
    """
    if bits not in (8, NIBBLE):
        raise ValueError(f"weights are quantized to 8 or 4 bits, got {bits!r}")
    most = 2 ** (bits - 1) - 1
    scales = jnp.maximum(jnp.abs(weight).max(axis=-1), 1e-30) / most
    integers = jnp.clip(jnp.round(weight / scales[:, None]), -most, most).astype(jnp.int8)
    if bits == NIBBLE:
        integers = _packed(integers)
    return Quantized(integers, scales)


def _packed(integers: Int[Array, "out in"]) -> Int[Array, "out half"]:
    if integers.shape[-1] % 2:
        raise ValueError(f"two 4-bit integers share a byte: a row of {integers.shape[-1]} is odd")
    low, high = jnp.split(integers, 2, axis=-1)
    return jnp.bitwise_or(jnp.bitwise_and(low, 15), jnp.left_shift(high, NIBBLE))


def transpose_weights(weights: Weights) -> Weights:
    """Return the tree with every matrix stored [in, out], for passes over several tokens.

    The embedding table stays as it is, for looking up; a tied head gets a copy of it.
    """
    return _converted(weights, lambda weight: Transposed(jnp.array(weight.T)))


def quantize_weights(weights: Weights, bits: int = 8) -> Weights:
    """Return the tree with every matrix in 8 or 4 bits, norms and embedding table as they are."""
    return _converted(weights, lambda weight: quantize(weight, bits))


def _converted(weights: Weights, convert: Callable[[Any], Any]) -> Weights:
    layers = [
        {name: convert(value) if value.ndim == 2 else value for name, value in layer.items()}
        for layer in weights["layers"]
    ]
    head = convert(weights.get("lm_head", weights["embed"]))
    return {**weights, "layers": layers, "lm_head": head}
