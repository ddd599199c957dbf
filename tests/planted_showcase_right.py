"""Right answers about rules that decide while a server runs, in other styles."""

from __future__ import annotations

import math

import numpy as np


def by_loop(unread, found, sent, seats):
    any_free = any(count < seats for count in sent)
    best = None
    for place, count in enumerate(sent):
        if any_free and count >= seats:
            continue
        rank = (unread[place] - found[place], count)
        if best is None or rank < best[0]:
            best = (rank, place)
    return best[1]


def by_array(unread, found, sent, seats):
    work, sent = np.array(unread) - np.array(found), np.array(sent)
    full = (sent >= seats) & (sent.min() < seats)
    return np.lexsort((sent, work, full))[0]


def by_rest(unread, prompt, paid, rate, limit):
    left = limit * rate - unread - prompt
    return left >= 0 if paid else left >= limit * rate / 2


def by_cases(unread, prompt, paid, rate, limit):
    if not paid:
        limit /= 2
    return 1 if unread + prompt <= limit * rate else 0


def counted_up(inside, before, target, least, most):
    coming = inside - before if inside > before else 0
    replicas = least
    while replicas < most and replicas * target < inside + coming:
        replicas += 1
    return replicas


def by_ceil(inside, before, target, least, most):
    return float(np.clip(math.ceil(max(inside, 2 * inside - before) / target), least, most))


def by_state(requests, most, pause):
    told, state, row, until = [], "closed", 0, 0
    for now, well in requests:
        if state == "open" and now >= until:
            state = "trying"
        told.append(state != "open")
        if state == "open":
            continue
        if well:
            state, row = "closed", 0
            continue
        row += 1
        if state == "trying" or row >= most:
            state, until = "open", now + pause
    return [int(each) for each in told]


def by_time(requests, most, pause):
    told, failures, opens = np.zeros(len(requests)), 0, -1.0
    for at, (now, well) in enumerate(requests):
        if now < opens:
            continue
        told[at] = 1
        failures = 0 if well else failures + 1
        opens = now + pause if failures >= most else -1.0
    return told


def by_taking(rate, pools, filled):
    left = {i: filled * most for i, (most, _) in enumerate(pools)}
    given = [0.0] * len(pools)
    while left and rate > 0:
        cheapest = min(left, key=lambda i: (pools[i][1] / pools[i][0], i))
        given[cheapest] = min(rate, left.pop(cheapest))
        rate -= given[cheapest]
    return given


def by_sums(rate, pools, filled):
    order = np.argsort([rent / most for most, rent in pools], kind="stable")
    ends = np.cumsum([filled * pools[i][0] for i in order])
    given = np.zeros(len(pools))
    given[order] = np.diff(np.minimum(ends, rate), prepend=0)
    return given


RIGHT = {
    "16.1": [("loop", by_loop), ("arrays", by_array)],
    "16.2": [("what is left", by_rest), ("cases", by_cases)],
    "16.3": [("counted up", counted_up), ("ceil", by_ceil)],
    "16.4": [("states", by_state), ("until when", by_time)],
    "16.5": [("the cheapest each time", by_taking), ("sums", by_sums)],
}
