"""Right answers about metrics in the styles that learners have: loops, NumPy, floats, tuples."""

from __future__ import annotations

import statistics
from itertools import takewhile

import numpy as np


def by_statistics(values, q):
    if len(values) == 1 or q in (0, 100):
        return min(values) if q == 0 else max(values)
    return statistics.quantiles(values, n=100, method="inclusive")[q - 1]


def by_events(interval, service):
    """Let a queue run: each request starts when it is planned or when the last one ends."""
    free, out = 0, []
    for number, seconds in enumerate(service):
        start = number * interval
        if free > start:
            start = free
        free = start + seconds
        out.append(free - number * interval)
    return tuple(out)


def by_waits(interval, service):
    waits = np.zeros(len(service))
    for i in range(1, len(service)):
        waits[i] = max(0.0, waits[i - 1] + service[i - 1] - interval)
    return waits + np.array(service)


def by_counts(arrival, tokens):
    first, *later = tokens
    whole = max(tokens) - arrival
    tpot = float(np.mean(np.diff(tokens))) if later else None
    return (first - arrival, tpot, whole)


def by_difference(arrival, tokens):
    ttft, e2el = tokens[0] - arrival, tokens[-1] - arrival
    return [ttft, None if len(tokens) < 2 else (e2el - ttft) / (len(tokens) - 1), e2el]


def by_hand(requests):
    total = count = votes = voters = 0
    for _, tokens in requests:
        if len(tokens) < 2:
            continue
        votes += (tokens[-1] - tokens[0]) / (len(tokens) - 1)
        voters += 1
        total += tokens[-1] - tokens[0]
        count += len(tokens) - 1
    return votes / voters, total / count


def by_numpy(requests):
    gaps = [np.diff(tokens) for _, tokens in requests if len(tokens) > 1]
    return np.array([np.mean([own.mean() for own in gaps]), np.concatenate(gaps).mean()])


def by_masks(requests, begin, end):
    ends = np.array([tokens[-1] for _, tokens, _ in requests])
    sizes = np.array([[1, prompt, len(tokens)] for _, tokens, prompt in requests])
    return sizes[(ends >= begin) & (ends < end)].sum(axis=0) / (end - begin)


def added_up(requests, begin, end):
    count = prompts = written = 0
    for request in requests:
        last = request[1][-1]
        if last < begin or last >= end:
            continue
        count, prompts, written = count + 1, prompts + request[2], written + len(request[1])
    return tuple(part / (end - begin) for part in (count, prompts, written))


def by_mean_gap(requests, *limits):
    ttft, tpot, window = limits
    good = 0.0
    for arrival, tokens in requests:
        if tokens[0] - arrival > ttft:
            continue
        if len(tokens) > 1 and np.mean(np.diff(tokens)) > tpot:
            continue
        good += 1.0
    return good / window


def kept_first(points, share):
    passing = takewhile(lambda point: point[1] >= share * point[0], sorted(map(tuple, points)))
    return max((offered for offered, _ in passing), default=0.0)


def below_the_first_failure(points, share):
    fails = min((x for x, y in points if y / x < share), default=float("inf"))
    return float(max([x for x, _ in points if x < fails] or [0]))


def by_products(requests, *limits):
    ttft, tpot, window = limits
    fast = [t for arrival, t in requests if t[0] <= arrival + ttft]
    return len([1 for t in fast if t[-1] - t[0] <= tpot * (len(t) - 1)]) / window


RIGHT = {
    "06.1": [("NumPy, a tuple", by_counts), ("E2EL less TTFT", by_difference)],
    "06.2": [("one loop, a tuple", by_hand), ("NumPy arrays", by_numpy)],
    "06.3": [
        ("NumPy", lambda values, q: np.percentile(values, q)),
        ("the standard library", by_statistics),
    ],
    "06.7": [("a loop, a tuple", by_events), ("Lindley's recursion in NumPy", by_waits)],
    "06.4": [("NumPy masks", by_masks), ("one loop, a tuple", added_up)],
    "06.5": [
        ("a mean of gaps", by_mean_gap),
        ("the limits as products", by_products),
    ],
    "06.6": [("takewhile", kept_first), ("below the first failure", below_the_first_failure)],
}
