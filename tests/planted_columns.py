"""Wrong answers about what is rounded column by column, with the mistake that must be named.

As in planted_quantization.
"""

from __future__ import annotations

import numpy as np


def moved(weights, inverse, c, value, part):
    """Return the row with each later weight moved by `part(j)` of the error."""
    off = weights[c] - value
    later = [weights[j] - off * part(j) for j in range(c + 1, len(weights))]
    return [*weights[:c], value, *later]


def other_sign(weights, inverse, c, value):
    return moved(weights, inverse, c, value, lambda j: -inverse[c][j] / inverse[c][c])


def undivided(weights, inverse, c, value):
    return moved(weights, inverse, c, value, lambda j: inverse[c][j])


def own_diagonal(weights, inverse, c, value):
    return moved(weights, inverse, c, value, lambda j: inverse[c][j] / inverse[j][j])


def all_columns(weights, inverse, c, value):
    row = np.array(weights) - (weights[c] - value) * np.array(inverse[c]) / inverse[c][c]
    row[c] = value
    return row


def neighbour(weights, inverse, c, value):
    row = list(weights)
    row[c] = value
    row[c + 1] -= (weights[c] - value) * inverse[c][c + 1] / inverse[c][c]
    return row


def nearest(weights, inverse, c, value):
    return [value if j == c else w for j, w in enumerate(weights)]


def unrounded(weights, inverse, c, value):
    row = moved(weights, inverse, c, value, lambda j: inverse[c][j] / inverse[c][c])
    row[c] = weights[c]
    return row


def evenly(weights, inverse, c, value):
    """Give every later column the same part of the error."""
    later = len(weights) - c - 1
    return moved(weights, inverse, c, value, lambda j: -1 / later)


def grid(rows, bits):
    return max(abs(x) for x in rows) / (2 ** (bits - 1) - 1)


def still_scaled(weights, scales, bits):
    x = np.multiply(weights, scales)
    return np.rint(x / grid(x, bits)) * grid(x, bits)


def old_step(weights, scales, bits):
    x, step = np.multiply(weights, scales), grid(weights, bits)
    return np.rint(x / step) * step / scales


def inverted(weights, scales, bits):
    x = np.divide(weights, scales)
    return np.rint(x / grid(x, bits)) * grid(x, bits) * scales


def exact(weights, scales, bits):
    return [w * s / s for w, s in zip(weights, scales, strict=True)]


def rounded_too_soon(weights, scales, bits):
    step = grid(weights, bits)
    return [round(w / step) * step / s for w, s in zip(weights, scales, strict=True)]


def unsigned_levels(weights, scales, bits):
    x = np.multiply(weights, scales)
    step = max(abs(x)) / (2**bits - 1)
    return np.rint(x / step) * step / scales


def one_step_more(weights, scales, bits):
    x = np.multiply(weights, scales)
    step = max(abs(x)) / 2 ** (bits - 1)
    return np.rint(x / step) * step / scales


def codes(weights, scales, bits):
    x = np.multiply(weights, scales)
    return np.rint(x / grid(x, bits))


def without_scales(weights, scales, bits):
    step = grid(weights, bits)
    return [round(w / step) * step for w in weights]


PLANTED = {
    "11.3": [
        ("the other direction", other_sign),
        ("not divided by the diagonal", undivided),
        ("each column's own diagonal", own_diagonal),
        ("columns that are done move too", all_columns),
        ("only the next column moves", neighbour),
        ("rounded and no more", nearest),
        ("the column is not rounded", unrounded),
        ("", evenly),
    ],
    "11.4": [
        ("not divided back", still_scaled),
        ("the step of the weights as they were", old_step),
        ("the wrong way round", inverted),
        ("not rounded", exact),
        ("scaled after rounding", rounded_too_soon),
        ("as many levels as a grid from 0", unsigned_levels),
        ("a step too many", one_step_more),
        ("the codes", codes),
        ("without the scales", without_scales),
    ],
}
