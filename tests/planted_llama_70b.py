"""Wrong answers about serving a model on slices of TPUs.

The name is that of the mistake that must be named, "" where no listed one fits. Written without the
package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def each(rule):
    """Answer the first exercise by a rule for one way."""
    return lambda ways, bw: [rule(width, peak, bw) for width, peak in ways]


def slices_by(needed):
    """Answer the third exercise by what is needed of all chips together."""

    def answer(shapes, chip, weights, kv, batch):
        for rows, columns in shapes:
            if rows * columns * chip >= needed(weights, kv, batch):
                return rows * columns
        return 0

    return answer


def strictly(shapes, chip, weights, kv, batch):
    return next((r * c for r, c in shapes if r * c * chip > weights + batch * kv), 0)


def edges(shapes, chip, weights, kv, batch):
    for rows, columns in shapes:
        if (rows + columns) * chip >= weights + batch * kv:
            return rows * columns
    return 0


def up(number):
    return math.ceil(number)


def pools(rounded, *, share=True, many=True, tokens=True, prompts=True):
    """Answer the sixth exercise with a part of it left out."""

    def answer(rate, prompt, step, output, batch, busy):
        paid = rate / busy if share else rate
        write = paid * step * (output if tokens else 1) / (batch if many else 1)
        return [rounded(paid * prompt) if prompts else 0, rounded(write)]

    return answer


def worse_in_both(steps, prices):
    kept = []
    for i, way in enumerate(zip(steps, prices, strict=True)):
        if all(s >= way[0] or p >= way[1] for s, p in zip(steps, prices, strict=True)):
            kept.append(i)
    return sorted(kept, key=lambda i: steps[i])


def with_twins(steps, prices):
    ways = list(zip(steps, prices, strict=True))
    kept = [
        i
        for i, (a, b) in enumerate(ways)
        if not any(s <= a and p <= b and (s, p) != (a, b) for s, p in ways)
    ]
    return sorted(kept, key=lambda i: ways[i])


def as_cheap_as_before(steps, prices):
    kept, least = [], math.inf
    for i in sorted(range(len(steps)), key=lambda i: (steps[i], prices[i])):
        if prices[i] <= least:
            kept, least = [*kept, i], prices[i]
    return kept


def by_step_alone(steps, prices):
    kept, least = [], math.inf
    for i in sorted(range(len(steps)), key=steps.__getitem__):
        if prices[i] < least:
            kept, least = [*kept, i], prices[i]
    return kept


def as_they_come(steps, prices):
    kept = []
    for i, cost in enumerate(prices):
        if not kept or cost < prices[kept[-1]]:
            kept.append(i)
    return kept


def ends(steps, prices):
    ways = sorted(range(len(steps)), key=lambda i: (steps[i], prices[i]))
    cheap = min(ways, key=lambda i: (prices[i], steps[i]))
    return list(dict.fromkeys([ways[0], cheap]))


def limit(matrices=3, passes=2, width=2):
    """Answer the eighth exercise with other constants."""

    def answer(d_ff, batch, weight, hbm, links):
        return matrices * d_ff * weight / hbm * links / (passes * width * batch)

    return answer


def price(step, batch, chips, usd, busy):
    return step / batch * chips * usd / 3600 / busy * 1e6


def pairwise(steps, prices):
    ways = list(zip(steps, prices, strict=True))

    def beaten(i):
        for j, (step, cost) in enumerate(ways):
            if step <= ways[i][0] and cost <= ways[i][1] and (ways[j] != ways[i] or j < i):
                return True
        return False

    return sorted((i for i in range(len(ways)) if not beaten(i)), key=lambda i: ways[i])


def running_minimum(steps, prices):
    order = np.lexsort((np.array(prices), np.array(steps)))
    costs = np.array(prices)[order]
    before = np.concatenate([[np.inf], np.minimum.accumulate(costs)[:-1]])
    return order[costs < before]


PLANTED = {
    "15.1": [
        ("the same for every width", each(lambda width, peak, bw: peak / bw)),
        ("a multiply-add", each(lambda width, peak, bw: width / bw * peak)),
        ("narrow weights need more", each(lambda width, peak, bw: peak / bw / width / 2)),
        ("upside down", each(lambda width, peak, bw: bw * width / peak / 2)),
        ("", each(lambda width, peak, bw: round(width * peak / bw / 2))),
        ("", each(lambda width, peak, bw: 8 * width * peak / bw / 2)),
    ],
    "15.2": [
        ("all weights on every chip", lambda w, kv, b, n, k: w + b * kv / min(n, k)),
        ("the cache cut further", lambda w, kv, b, n, k: (w + b * kv) / n),
        ("one head on every chip", lambda w, kv, b, n, k: w / n + b * kv / k),
        ("one sequence", lambda w, kv, b, n, k: w / n + kv / min(k, n)),
        ("the whole cache", lambda w, kv, b, n, k: w / n + b * kv),
        ("bytes of all chips", lambda w, kv, b, n, k: w + b * kv),
        ("", lambda w, kv, b, n, k: w / n + b * kv / max(n, k)),
        ("", lambda w, kv, b, n, k: 8 * (w / n + b * kv / min(n, k))),
    ],
    "15.3": [
        ("weights alone", slices_by(lambda weights, kv, batch: weights)),
        ("one sequence", slices_by(lambda weights, kv, batch: weights + kv)),
        (
            "chips that nobody rents out",
            lambda shapes, chip, w, kv, b: math.ceil(Fraction(w + b * kv, chip)),
        ),
        ("exactly full", strictly),
        ("the edges added", edges),
        ("", slices_by(lambda weights, kv, batch: 1.25 * (weights + batch * kv))),
        ("", lambda shapes, *_: shapes[-1][0] * shapes[-1][1]),
    ],
    "15.4": [
        ("an hour taken for a second", lambda *case: 3600 * price(*case)),
        ("one chip for", lambda s, b, n, usd, busy: price(s, b, 1, usd, busy)),
        ("one sequence's tokens", lambda s, b, n, usd, busy: price(s, 1, n, usd, busy)),
        ("idle time is free", lambda s, b, n, usd, busy: price(s, b, n, usd, 1)),
        ("idle time makes it cheaper", lambda s, b, n, usd, busy: price(s, b, n, usd, 1 / busy)),
        ("one token", lambda *case: price(*case) / 1e6),
        ("", lambda s, b, n, usd, busy: price(s, b, n, usd, 1 - busy)),
        ("", lambda *case: 100 * price(*case)),
    ],
    "15.5": [
        ("one sequence at a time", lambda p, s, n, b: p / (n * s)),
        ("one step", lambda p, s, n, b: p * b / s),
        ("decode slices for", lambda p, s, n, b: n * s / b / p),
        ("sequences one after", lambda p, s, n, b: p / (n * s * b)),
        ("", lambda p, s, n, b: math.ceil(p * b / (n * s))),
        ("", lambda p, s, n, b: p * b / ((n - 1) * s)),
    ],
    "15.6": [
        ("rounded down", pools(math.floor)),
        ("rounded to the nearest", pools(round)),
        ("a slice too many", pools(lambda number: math.floor(number) + 1)),
        ("no room for bursts", pools(up, share=False)),
        ("one sequence at a time", pools(up, many=False)),
        ("one step", pools(up, tokens=False)),
        ("prompts left out", pools(up, prompts=False)),
        ("", lambda *case: pools(up)(*case)[::-1]),
        ("", lambda *case: sum(pools(up)(*case))),
    ],
    "15.7": [
        ("slower at the same price", as_cheap_as_before),
        ("dearer at the same time", by_step_alone),
        ("the list's order", as_they_come),
        ("the two ends", ends),
        ("cheapest first", lambda *case: pairwise(*case)[::-1]),
        ("", with_twins),
        ("beaten in both alone", worse_in_both),
        ("places in order", lambda *case: sorted(pairwise(*case))),
        ("", lambda steps, prices: [steps[i] for i in pairwise(steps, prices)]),
    ],
    "15.8": [
        ("two matrices", limit(matrices=2)),
        ("one way round", limit(passes=1)),
        ("messages as narrow", lambda f, b, w, hbm, links: limit(width=w)(f, b, w, hbm, links)),
        ("one sequence's message", lambda f, b, w, hbm, links: limit()(f, 1, w, hbm, links)),
        ("upside down", lambda *case: 1 / limit()(*case)),
        ("", lambda *case: math.floor(limit()(*case))),
        ("", limit(width=4)),
    ],
}
RIGHT = {
    "15.4": [
        ("a token's rent", price),
        ("hours", lambda s, b, n, usd, busy: n * usd * (1e6 / b * s / 3600) / busy),
    ],
    "15.7": [("pairwise", pairwise), ("running minimum", running_minimum)],
}
