"""Right answers about quantization in the styles that learners have: loops, NumPy, fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def by_arrays(weights, bits):
    ends = np.array([*weights, 0.0])
    step = np.ptp(ends) / (2**bits - 1)
    return np.array([step, np.rint(-ends.min() / step)])


def by_ordering(weights, bits):
    ordered = sorted([0, *weights])
    step = (ordered[-1] - ordered[0]) / ((1 << bits) - 1)
    return (step, int(0.5 - ordered[0] / step))


def group_by_group(inputs, bits, group, scale, zero):
    total, left = 0, inputs
    while left > 0:
        total += min(group, left) * bits + scale + zero
        left -= group
    return total / inputs


def by_fractions(inputs, bits, group, scale, zero):
    return float(bits + Fraction(math.ceil(inputs / group) * (scale + zero), inputs))


def by_a_loop(weights, inverse, column, value):
    row = list(weights)
    for j in range(column + 1, len(row)):
        row[j] += inverse[column][j] / inverse[column][column] * (value - weights[column])
    row[column] = value
    return row


def by_least_squares(weights, inverse, column, value):
    """Minimise the error over the columns to come, with the Hessian itself."""
    hessian = np.linalg.inv(np.array(inverse)[column:, column:])
    off = value - weights[column]
    rest = np.linalg.solve(hessian[1:, 1:], -hessian[1:, 0] * off)
    return [*weights[:column], value, *(np.array(weights[column + 1 :]) + rest)]


def all_at_once(weights, scales, bits):
    x = np.multiply(weights, scales)
    step = np.abs(x).max() / (2 ** (bits - 1) - 1)
    return np.rint(x / step) * step / np.array(scales)


def half_up(weights, scales, bits):
    most = max(abs(w * s) for w, s in zip(weights, scales, strict=True))
    step, row = most / (2 ** (bits - 1) - 1), []
    for w, s in zip(weights, scales, strict=True):
        row.append(math.floor(w * s / step + 0.5) * (step / s))
    return tuple(row)


def before_less_after(tokens, layers, heads, d_head, bits):
    values = 2 * tokens * layers * heads * d_head
    after = values * bits / 8 + values / d_head * 4
    return 2 * values - after


def token_by_token(tokens, layers, heads, d_head, bits):
    one = 2 * layers * heads * (2 * d_head - (d_head * bits + 32) // 8)
    return np.int64(one) * tokens


RIGHT = {
    "11.1": [("NumPy", by_arrays), ("sorted", by_ordering)],
    "11.2": [("a loop", group_by_group), ("fractions", by_fractions)],
    "11.3": [("a loop", by_a_loop), ("least squares", by_least_squares)],
    "11.4": [("NumPy", all_at_once), ("half up", half_up)],
    "11.5": [("before less after", before_less_after), ("token by token", token_by_token)],
}
