"""Matrices of narrow numbers that meet wide activations: one scale a row, applied to the product.

What the chip reads are the codes; where it multiplies, each becomes as wide as the activations,
inside the product. The scale of a row of W is the same for the whole sum, so it waits until then.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from tokenworks.kernels.naive import Precision
from tokenworks.quantization.int8_products import activation_codes
from tokenworks.quantization.integer_grid import Grid, round_to_nearest

CODES = {"int8": jnp.int8, "int4": jnp.int4, "fp8": jnp.float8_e4m3fn}
LARGEST_FP8 = float(jnp.finfo(jnp.float8_e4m3fn).max)


class RowScaled(NamedTuple):
    """A matrix of 8 or 4-bit integers, or 8-bit floats: w = scale of the row · code."""

    codes: Any  # Int8, Int4 or Float8 "out in"
    scales: Any  # Float " out"

    def product(self, x: Any, precision: Precision) -> Any:
        """Return x · Wᵀ: the codes' product, each output times its row's scale."""
        product = jnp.einsum("bti,oi->bto", x, self.codes.astype(x.dtype), precision=precision)
        return product * self.scales


class Int8Heads(NamedTuple):
    """Keys or values as 8-bit integers, each head of a token with a scale of its own."""

    codes: Any  # Int8 "*L B K S D"
    scales: Any  # Float "*L B K S"

    def rounded(self, heads: Any) -> Int8Heads:
        """Return new heads in the same format."""
        return int8_heads(heads, self.scales.dtype)


def row_scaled(weights: Float[np.ndarray, "out in"], stored: str, dtype: Any) -> RowScaled:
    """Round a matrix to "int8", "int4" or "fp8"; scales are of the activations' dtype.

    Another format raises ValueError.
    """
    if stored == "fp8":
        largest = np.abs(weights).max(axis=1, keepdims=True)
        rows = np.where(largest == 0, 1, largest) / LARGEST_FP8
        found = jnp.asarray(weights / rows, CODES[stored])
        return RowScaled(found, jnp.asarray(rows[:, 0], dtype))
    if stored not in CODES:
        raise ValueError(f"a matrix is stored in {', '.join(CODES)}, not {stored!r}")
    matrix = round_to_nearest(weights, Grid(int(stored[3:]), symmetric=True, scale_bits=32))
    return RowScaled(
        jnp.asarray(matrix.codes, CODES[stored]), jnp.asarray(matrix.scales[:, 0], dtype)
    )


def int8_heads(heads: Float[Array, "*L B K S D"], dtype: Any) -> Int8Heads:
    """Round keys or values to 8 bits, a scale for each head of a token."""
    found, steps = activation_codes(heads)
    return Int8Heads(found, steps[..., 0].astype(dtype))
