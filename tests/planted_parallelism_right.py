"""Right answers about parallelism in the styles that learners have: loops, NumPy, searches."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product

import numpy as np


def share_by_share(size, n):
    sent = 0.0
    for _ in range(2):
        for _ in range(n - 1):
            sent += size / n
    return sent


def by_fractions(size, n):
    return float(2 * Fraction(n - 1, n) * size)


def sum_by_sum(layers, d_model, batch, n, bits):
    sums = ["embedding"]
    for _ in range(layers):
        sums += ["attention", "feed-forward"]
    return sum(share_by_share(batch * d_model * bits / 8, n) for _ in sums)


def as_one_product(layers, d_model, batch, n, bits):
    return np.prod([1 + 2 * layers, n - 1, batch, d_model, bits / 4]) / n


def by_the_clock(stages, m):
    ends = np.zeros(len(stages))
    for _ in range(m):
        ready = 0
        for i, took in enumerate(stages):
            ready = ends[i] = max(ready, ends[i]) + took
    return 1 - m * sum(stages) / (len(stages) * ends[-1])


def waits(stages, m):
    total = sum(stages) + (m - 1) * max(stages)
    return sum(total - m * took for took in stages) / (total * len(stages))


def token_by_token(layers, heads, d_head, tokens, bits, n, kv_cut):
    share = max(1, n // heads)
    held = [t for t in range(tokens) if kv_cut == "copies" or t % share == 0]
    return len(held) * layers * max(1, heads // n) * d_head * bits / 4


def by_ceilings(layers, heads, d_head, tokens, bits, n, kv_cut):
    if n > heads and kv_cut != "copies":
        tokens = math.ceil(tokens * heads / n)
    return np.float64(layers * math.ceil(heads / n) * d_head * 2) * tokens * bits / 8


def token_after_token(experts, active, tokens):
    read = 0.0
    for _ in range(tokens):
        read += (experts - read) * active / experts
    return read


def by_power(experts, active, tokens):
    return experts - experts * np.power((experts - active) / experts, tokens)


def by_sorting(devices, layers, weights, cache, memory, rate, sums):
    found = []
    for (tensor, took), stages in product(sums, range(1, devices + 1)):
        whole = devices % (tensor * stages) == 0 and layers % stages == 0
        if whole and weights / (tensor * stages) + cache / devices <= memory:
            seconds = weights / tensor / rate + 2 * layers * took
            found.append((seconds, stages, tensor))
    if not found:
        return []
    _, stages, tensor = sorted(found)[0]
    return (tensor, stages, devices // (tensor * stages))


def by_copies(devices, layers, weights, cache, memory, rate, sums):
    """Go through the numbers of copies and of tensor-parallel devices."""
    best = None
    for copies in range(1, devices + 1):
        for tensor, took in sums:
            stages, left = divmod(devices, copies * tensor)
            if left or not stages or layers % stages:
                continue
            if weights * copies / devices + cache / devices > memory:
                continue
            key = (weights / tensor / rate + 2 * took * layers, stages)
            if best is None or key < best[0]:
                best = (key, [tensor, stages, copies])
    return best[1] if best else []


def of_all_ways(widths):
    def moved(cuts):
        total, split = 0, False
        for cut, (before, after) in zip(cuts, pairwise(widths), strict=True):
            if cut == "row":
                total, split = total + 2 * after, False
            else:
                total, split = total + (before if split else 0), True
        return total + split * widths[-1]

    return list(min(product(["row", "column"], repeat=len(widths) - 1), key=moved))


def from_the_end(widths):
    def best(at, split):
        """Return the least cost from a matrix on, and its cuts."""
        if at == len(widths) - 1:
            return (widths[at] if split else 0, ())
        cost, cuts = best(at + 1, True)
        columns = (cost + (widths[at] if split else 0), ("column", *cuts))
        cost, cuts = best(at + 1, False)
        return min(columns, (cost + 2 * widths[at + 1], ("row", *cuts)))

    return best(0, False)[1]


def every_order(tokens, experts, devices):
    each, least = experts // devices, None
    for order in permutations(range(experts)):
        where = [0] * experts
        for place, expert in enumerate(order):
            where[expert] = place // each
        sent = sum(len({where[e] for e in c} - {home}) for home, c in tokens)
        if least is None or sent < least[0]:
            least = (sent, where)
    return least[1]


def device_by_device(tokens, experts, devices):
    """Choose the experts of the last device, then those of the one before from the others."""

    def fill(device, left):
        if device == 0:
            yield dict.fromkeys(left, 0)
            return
        for mine in combinations(left, experts // devices):
            rest = [e for e in left if e not in mine]
            for others in fill(device - 1, rest):
                yield others | dict.fromkeys(mine, device)

    def cost(where):
        return sum(len({where[e] for e in c if where[e] != home}) for home, c in tokens)

    best = min(fill(devices - 1, range(experts)), key=cost)
    return np.array([best[e] for e in range(experts)])


RIGHT = {
    "12.1": [("share by share", share_by_share), ("fractions", by_fractions)],
    "12.2": [("sum by sum", sum_by_sum), ("NumPy", as_one_product)],
    "12.3": [("by the clock", by_the_clock), ("added waits", waits)],
    "12.4": [("token by token", token_by_token), ("ceilings", by_ceilings)],
    "12.5": [("token after token", token_after_token), ("NumPy", by_power)],
    "12.6": [("sorted", by_sorting), ("by copies", by_copies)],
    "12.7": [("all ways", of_all_ways), ("recursion", from_the_end)],
    "12.8": [("every order", every_order), ("device by device", device_by_device)],
}
