"""Right answers about measurements in the styles that learners have: loops, NumPy, floats."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def by_labels(rows, weights, memory):
    """Collect the labels of each run first."""
    labels = {}
    for row in rows:
        labels.setdefault(tuple(row[1:]), set()).add(row[0])
    found = []
    for place in range(len(rows)):
        chips = rows[place][0]
        if chips * memory < weights or len(labels[tuple(rows[place][1:])]) >= 2:
            found += [place]
    return found


def by_broadcasting(rows, weights, memory):
    table = np.array(rows, dtype=float)
    runs, chips = table[:, 1:], table[:, 0]
    same = (runs[:, None] == runs[None]).all(axis=2)
    twin = (same & (chips[:, None] != chips[None])).any(axis=1)
    return np.flatnonzero(twin | (chips * memory < weights))


def as_floats(rows, weights, memory):
    return tuple(float(i) for i in by_labels(rows, weights, memory))


def by_columns(rows, rate):
    chips, weights, users, cache, tpot = np.array(rows).T
    return np.where(tpot * 1e-3 * chips * rate < weights + users * cache)[0]


def user_after_user(rows, rate):
    out = []
    for place in range(len(rows)):
        chips, weights, users, cache, tpot = rows[place]
        left = tpot / 1000 * rate * chips - weights
        for _ in range(users):
            left -= cache
        if left < 0:
            out.append(place)
    return out


def exactly(rows, rate):
    return [
        i
        for i, (n, w, u, c, t) in enumerate(rows)
        if Fraction(t) * n * Fraction(rate) < 1000 * (Fraction(w) + u * Fraction(c))
    ]


def by_search(kernels, rate, out):
    """Try every share that a kernel reaches, and keep the one with the smallest sum."""
    train = [(b, s) for m, b, s in kernels if m != out]
    tried = [b / rate / s for b, s in train]
    best = min(tried, key=lambda x: sum(abs(math.log(b / (x * rate) / s)) for b, s in train))
    errors = sorted(abs(b / (best * rate) - s) / s for m, b, s in kernels if m == out)
    middle = len(errors) // 2
    return errors[middle] if len(errors) % 2 else (errors[middle - 1] + errors[middle]) / 2


def by_masks(kernels, rate, out):
    own = np.array([model == out for model, _, _ in kernels])
    moved, seconds = np.array([kernel[1:] for kernel in kernels]).T
    reached = moved / seconds / rate
    return np.median(np.abs(reached[own] / np.median(reached[~own]) - 1))


def by_equations(chips, bits, small, large):
    """Solve t = alpha + x / beta for the two points."""
    share = 2 - 2 / chips
    x = np.array([small[0], large[0]]) * share * (bits // 8)
    alpha, inverse = np.linalg.solve(np.column_stack([np.ones(2), x]), [small[1], large[1]])
    return np.array([alpha, 1 / inverse])


def from_the_large_one(chips, bits, small, large):
    width = Fraction(bits, 8)
    more = Fraction(2 * (chips - 1), chips) * width * (large[0] - small[0])
    beta = float(more) / (large[1] - small[1])
    sent = 2 * (chips - 1) * float(width) * large[0] / chips
    return (large[1] - sent / beta, beta)


def kernel_after_kernel(kernels, peak, rate, users, prompt, tokens):
    total = 0.0
    for calls, flops, moved, compute, memory, launch in kernels:
        for _ in range(calls):
            a, b = flops / compute / peak, moved / memory / rate
            total += (a if a > b else b) + launch
    for _ in range(users - 1):
        total += prompt / tokens
    return total


def by_arrays(kernels, peak, rate, users, prompt, tokens):
    table = np.asarray(kernels, dtype=np.float64)
    times = np.maximum(table[:, 1] / peak / table[:, 3], table[:, 2] / rate / table[:, 4])
    return np.sum(table[:, 0] * (times + table[:, 5])) + np.float64(prompt) / tokens * (users - 1)


def by_answers(kernels, peak, rate, users, prompt, tokens):
    """Take the time of a whole answer, and divide it by its tokens."""
    step = sum(n * t + max(n * f / (peak * c), n * b / (rate * m)) for n, f, b, c, m, t in kernels)
    return (tokens * step + users * prompt - prompt) / tokens


def by_percentiles(rows):
    errors = np.array([abs(p / m - 1) for p, m, _ in rows])
    ok = np.array([flag == "ok" for *_, flag in rows])
    return np.concatenate([np.percentile(part, [50, 90]) for part in (errors[ok], errors)])


def by_hand(rows):
    def at(errors, tenths):
        whole, rest = divmod((len(errors) - 1) * tenths, 10)
        after = errors[whole + 1] if rest else errors[whole]
        return errors[whole] * (10 - rest) / 10 + after * rest / 10

    everything = sorted(abs(p - m) / m for p, m, _ in rows)
    kept = sorted(abs(row[0] - row[1]) / row[1] for row in rows if row[-1] == "ok")
    return at(kept, 5), at(kept, 9), at(everything, 5), at(everything, 9)


RIGHT = {
    "17.1": [
        ("labels of each run", by_labels),
        ("broadcasting", by_broadcasting),
        ("floats, a tuple", as_floats),
    ],
    "17.2": [
        ("NumPy columns", by_columns),
        ("user after user", user_after_user),
        ("fractions", exactly),
    ],
    "17.3": [("a search", by_search), ("masks", by_masks)],
    "17.4": [("two equations", by_equations), ("fractions, the large one", from_the_large_one)],
    "17.5": [
        ("one loop after the other", kernel_after_kernel),
        ("arrays", by_arrays),
        ("a whole answer", by_answers),
    ],
    "17.6": [("NumPy", by_percentiles), ("tenths, a tuple", by_hand)],
}
