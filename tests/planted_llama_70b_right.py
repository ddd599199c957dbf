"""Right answers about slices of TPUs in the styles that learners have: loops, NumPy, fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def by_arrays(ways, bw):
    table = np.array(ways, dtype=float)
    return table[:, 0] / bw / (2 / table[:, 1])


def by_times(ways, bw):
    found = []
    for width, peak in ways:
        read, work = width / bw, 2 / peak
        found.append(read / work)
    return found


def one_by_one(weights, kv, batch, chips, heads):
    mine = max(heads // chips, 1)
    return weights / chips + sum(kv / heads * mine for _ in range(batch))


def by_filter(shapes, chip, weights, kv, batch):
    sizes = [rows * columns for rows, columns in shapes]
    enough = [size for size in sizes if size * chip - weights - batch * kv >= 0]
    return min(enough, default=0)


def one_chip_each(shapes, chip, weights, kv, batch):
    for rows, columns in shapes:
        chips = rows * columns
        if Fraction(weights + batch * kv, chips) <= chip:
            return chips
    return 0


def by_seconds(rate, prompt, step, output, batch, busy):
    """Count the slice-seconds that a second brings."""
    answers = [output * step / batch] * int(rate)
    return (math.ceil(rate * prompt / busy), math.ceil(sum(answers) / busy))


def by_arrays_of_slices(rate, prompt, step, output, batch, busy):
    work = np.array([prompt, output * step / batch]) * rate / busy
    return np.ceil(work).astype(int)


RIGHT = {
    "15.1": [("arrays", by_arrays), ("times", by_times)],
    "15.2": [
        ("one by one", one_by_one),
        ("copies", lambda w, kv, b, n, k: (w + b * kv * max(1, n // k)) / n),
    ],
    "15.3": [("filter", by_filter), ("one chip", one_chip_each)],
    "15.5": [
        ("answers a second", lambda p, s, n, b: p * (b / s / n)),
        ("fractions", lambda p, s, n, b: float(Fraction(p) * b / (Fraction(s) * n))),
    ],
    "15.6": [("slice-seconds", by_seconds), ("arrays", by_arrays_of_slices)],
    "15.8": [
        ("times", lambda f, b, w, hbm, links: 3 * f * w / hbm / (4 * b / links)),
        ("bytes", lambda f, b, w, hbm, links: (3 * f * w) * links / (hbm * 4 * b)),
    ],
}
