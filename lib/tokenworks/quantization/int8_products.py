"""W8A8: activations rounded to 8 bits as well, so that integers are multiplied, and summed exactly.

The scale of a sum is the product of both scales, so a scale may belong to a row of the activations
(a token) and to a row of the matrix (an output), and to no column: that would change inside a sum.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int8, Int32

from tokenworks.kernels.naive import Precision
from tokenworks.number import Number, bounded
from tokenworks.quantization.integer_grid import Grid, round_to_nearest

GRID = Grid(8, "channel", symmetric=True, scale_bits=32)
MOST = GRID.most


class Int8Matrix(NamedTuple):
    """A matrix of 8-bit integers that rounds what it reads to 8 bits too.

    With an `input_scale`, found beforehand, all tokens share it (static); without, each has the one
    of its own largest value (dynamic).
    """

    codes: Any  # Int8 "out in"
    scales: Any  # Float " out"
    input_scale: Any = None  # Float "" or None

    def product(self, x: Any, precision: Precision) -> Any:
        """Return x · Wᵀ of the rounded numbers; the sums of integers are exact."""
        codes, scales = activation_codes(x, self.input_scale)
        sums = int8_matmul(codes, self.codes).astype(jnp.float32)
        return (sums * scales * self.scales).astype(x.dtype)


class OutlierMatrix(NamedTuple):
    """An Int8Matrix beside the few columns that stay floats, with what they read."""

    rest: Int8Matrix  # with zeros in those columns
    channels: Any  # Int " outliers"
    columns: Any  # Float "out outliers"

    def product(self, x: Any, precision: Precision) -> Any:
        """Return x · Wᵀ: the outlier channels in floats, the others in 8 bits."""
        exact = jnp.einsum("bti,oi->bto", x[..., self.channels], self.columns, precision=precision)
        return exact + self.rest.product(x.at[..., self.channels].set(0), precision)


def int8_matrix(
    weights: Float[Any, "out in"], input_scale: Float[Any, ""] | Number | None = None
) -> Int8Matrix:
    """Round a matrix to 8 bits, a scale a row; an `input_scale` of 0 or less raises ValueError.

    Source: https://arxiv.org/abs/2211.10438 (section 3: per-token and per-tensor activations).
    """
    matrix = round_to_nearest(weights, GRID)
    if input_scale is not None:
        scale = bounded(float(input_scale), "input_scale", above=True)
        input_scale = jnp.float32(scale)
    return Int8Matrix(jnp.asarray(matrix.codes), jnp.asarray(matrix.scales[:, 0]), input_scale)


def outlier_matrix(
    weights: Float[Any, "out in"], largest: Float[np.ndarray, " in"], *, threshold: Number = 6.0
) -> OutlierMatrix:
    """Keep the columns whose channel reaches the threshold in floats, round the others to 8 bits.

    `largest` is each channel's largest |x| on calibration texts; LLM.int8() itself looks again in
    every batch. A threshold of 0 or less raises ValueError.
    Source: https://arxiv.org/abs/2208.07339 (section 3.2; threshold 6.0).
    """
    exact = np.asarray(weights)
    channels = np.flatnonzero(largest >= bounded(threshold, "threshold", above=True))
    rest = exact.copy()
    rest[:, channels] = 0
    columns = jnp.asarray(exact[:, channels])
    return OutlierMatrix(int8_matrix(rest), jnp.asarray(channels, jnp.int32), columns)


def activation_codes(
    x: Float[Array, "*rows in"], scale: Float[Array, ""] | None = None
) -> tuple[Int8[Array, "*rows in"], Float[Array, ...]]:
    """Round activations to 8 bits: with one scale for all, or with each row's own; return both.

    What is beyond 127 steps of a given scale becomes 127 steps.
    """
    if scale is None:
        largest = jnp.abs(x).max(axis=-1, keepdims=True).astype(jnp.float32)
        scale = jnp.maximum(largest, jnp.finfo(jnp.float32).tiny) / MOST
    codes = jnp.clip(jnp.round(x / scale), -MOST, MOST).astype(jnp.int8)
    return codes, jnp.asarray(scale, jnp.float32)


def int8_matmul(
    left: Int8[Array, "*rows in"], right: Int8[Array, "out in"]
) -> Int32[Array, "*rows out"]:
    """Multiply 8-bit integers and add them up in 32 bits: exact for rows of up to 133,144.

    A single row gets a second one, of zeros: XLA's product for one runs at a quarter of the speed
    on a CPU.
    """
    rows = left.reshape(-1, left.shape[-1])
    padded = jnp.pad(rows, ((0, 1), (0, 0))) if len(rows) == 1 else rows
    across = (((1,), (1,)), ((), ()))
    sums = jax.lax.dot_general(padded, right, across, preferred_element_type=jnp.int32)
    return sums[: len(rows)].reshape(*left.shape[:-1], -1)


def rounded_product(
    x: Float[np.ndarray, "*rows in"], matrix: Int8Matrix
) -> Float[np.ndarray, "*rows out"]:
    """Return the same product in float64 of the numbers that the codes stand for: the oracle."""
    scale = matrix.input_scale
    codes, scales = activation_codes(jnp.asarray(x), scale)
    wide = np.asarray(codes, np.float64) * np.asarray(scales, np.float64)
    values = np.asarray(matrix.codes, np.float64) * np.asarray(matrix.scales, np.float64)[:, None]
    return wide @ values.T
