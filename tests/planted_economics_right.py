"""Right answers about prices, caches and accepted results in the styles that learners have."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def by_tokens(weights, cache, batch, rate, usd):
    second = usd / 3600
    tokens_per_s = batch / ((weights + cache * batch) / rate)
    return second / tokens_per_s * 1e6


def by_sum(weights, cache, batch, rate, usd):
    read = weights + sum(cache for _ in range(batch))
    return 1e6 * read / rate * usd / (3600 * batch)


def by_rates(prompt, tokens, step, batch):
    return (tokens / prompt) / (batch / step)


def by_counting(write, read, rent, answers):
    with_cache, without, count = write + rent, 0, 0
    while True:
        count += 1
        without += 1
        if not (answers and count == 1):
            with_cache += read
        if without - with_cache > 1e-9:
            return count


def by_fractions(write, read, rent, answers):
    w, r, keep = (Fraction(str(value)) for value in (write, read, rent))
    n = (w - (r if answers else 0) + keep) / (1 - r)
    return int(n // 1) + 1


def by_attempts(usd, share, most, lost):
    spent, waiting, accepted = 0.0, 1.0, 0.0
    for _ in range(most):
        spent += waiting * usd
        accepted += waiting * share
        waiting -= waiting * share
    return (spent + waiting * lost) / accepted


def by_powers(usd, share, most, lost):
    failed = math.pow(1 - share, most)
    return usd / share + failed * lost / (1 - failed)


def by_loop(log, ttft_bound, tpot_bound, window):
    good, usd = 0, 0.0
    for ttft, tpot, passed, cost in log:
        usd += cost
        if ttft > ttft_bound or tpot > tpot_bound or not passed:
            continue
        good += 1
    return good / window, usd / good


def by_arrays(log, ttft_bound, tpot_bound, window):
    table = np.array([[float(value) for value in row] for row in log])
    kept = (table[:, 0] <= ttft_bound) & (table[:, 1] <= tpot_bound) & (table[:, 2] > 0)
    return np.array([kept.sum() / window, table[:, 3].sum() / kept.sum()])


def by_first_break(tails, bound):
    broken = [batch for batch, seconds in tails if seconds > bound]
    limit = min(broken, default=math.inf)
    return max((batch for batch, _ in tails if batch < limit), default=0)


def by_index(tails, bound):
    ordered = sorted(tails, key=lambda pair: pair[0])
    kept = 0
    while kept < len(ordered) and ordered[kept][1] <= bound:
        kept += 1
    return ordered[kept - 1][0] if kept else 0


RIGHT = {
    "14.1": [("tokens a second", by_tokens), ("a sum", by_sum)],
    "14.2": [
        ("rates", by_rates),
        ("fractions", lambda p, n, s, b: float(Fraction(s) * n / (Fraction(p) * b))),
    ],
    "14.3": [("counting", by_counting), ("fractions", by_fractions)],
    "14.4": [("attempt by attempt", by_attempts), ("powers", by_powers)],
    "14.5": [("a loop", by_loop), ("NumPy", by_arrays)],
    "14.6": [("the first break", by_first_break), ("an index", by_index)],
}
