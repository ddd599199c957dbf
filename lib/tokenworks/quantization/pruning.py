"""Pruning: weights set to zero instead of rounded, for comparison with fewer bits.

Zeros save nothing by themselves: a matrix with zeros anywhere is as large and as slow as before.
Two zeros in every four are a pattern that sparse tensor cores skip and that is stored in less.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float

from tokenworks.number import Number, bounded, whole

FOUR, KEPT = 4, 2
INDEX_BITS = 2  # where in its four a kept weight stands


def prune_magnitude(weights: Float[Any, "out in"], share: Number) -> Float[np.ndarray, "out in"]:
    """Return the matrix without the given share of its weights, the smallest by |w|.

    Of equal ones those that come first stay. A share below 0 or not below 1 raises ValueError.
    Source: https://arxiv.org/abs/1506.02626 (magnitude pruning, here a matrix at a time).
    """
    bounded(share, "share", below=True, most=1)
    found = np.array(weights)
    order = np.argsort(-np.abs(found), axis=None, kind="stable")
    found.reshape(-1)[order[found.size - math.floor(share * found.size) :]] = 0
    return found


def prune_two_of_four(weights: Float[Any, "out in"]) -> Float[np.ndarray, "out in"]:
    """Return the matrix with the two largest weights of every four of a row, the others 0.

    A row that is no whole number of fours raises ValueError.
    Source: https://arxiv.org/abs/2104.08378 (2:4 sparsity of NVIDIA's tensor cores).
    """
    found = np.array(weights)
    _fours(found.shape[1])
    fours = found.reshape(-1, FOUR)
    smallest = np.argsort(-np.abs(fours), axis=1, kind="stable")[:, KEPT:]
    np.put_along_axis(fours, smallest, 0, axis=1)
    return found


def two_of_four_bytes(out: int, inputs: int, *, bits: int = 16) -> float:
    """Return the bytes of a 2:4 matrix: two weights of every four, with 2 bits each for its place.

    Of 16-bit weights that is 9/16 of the dense matrix, of 8-bit ones 5/8.
    Source: https://arxiv.org/abs/2104.08378 (section 3: the compressed format).
    """
    fours = whole(out, "out") * _fours(whole(inputs, "inputs"))
    return fours * KEPT * (whole(bits, "bits") + INDEX_BITS) / 8


def _fours(inputs: int) -> int:
    if inputs % FOUR:
        raise ValueError(f"2:4 wants rows of whole fours, got {inputs} weights a row")
    return inputs // FOUR
