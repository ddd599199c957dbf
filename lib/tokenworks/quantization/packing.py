"""Codes in the bytes that a model multiplies from: two of 4 bits in one, or one of 8."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Integer

from tokenworks.model.matrices import NIBBLE, Packed, converted
from tokenworks.model.weights import Weights
from tokenworks.quantization.integer_grid import Grid, Quantized, round_to_nearest


def pack(matrix: Quantized) -> Packed:
    """Return the matrix as `model` runs it; other widths than 8 and 4 bits, an odd row: ValueError.

    Scales and minimums stay as wide as the weights were: the bytes of a file, with 16-bit scales,
    are `matrix.bytes`.
    """
    bits = matrix.grid.bits
    if bits not in (8, NIBBLE):
        raise ValueError(f"a byte holds one weight of 8 or two of 4 bits, got {bits} bits")
    codes = packed_codes(matrix.codes) if bits == NIBBLE else matrix.codes
    minimums = None if matrix.minimums is None else jnp.asarray(matrix.minimums)
    return Packed(jnp.asarray(codes), jnp.asarray(matrix.scales), minimums)


def packed_codes(codes: Integer[np.ndarray, "out in"]) -> Integer[np.ndarray, "out half"]:
    """Put two codes of 4 bits in a byte: the row's first half low, its second half high."""
    if codes.shape[1] % 2:
        raise ValueError(f"two 4-bit codes share a byte: a row of {codes.shape[1]} is odd")
    low, high = np.split(codes, 2, axis=1)
    return (low & 15) | (high << NIBBLE)


def quantize_weights(weights: Weights, grid: Grid) -> Weights:
    """Return the tree with every matrix rounded to the grid, norms and embedding as they are."""
    return converted(weights, lambda weight: pack(round_to_nearest(weight, grid)))
