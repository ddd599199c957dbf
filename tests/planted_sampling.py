"""Answers about nucleus and drawing as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import numpy as np


def cut_at(probs, p, *, order=None, side="left", more=1):
    order = np.argsort(-np.array(probs), kind="stable") if order is None else order
    sums = np.cumsum(np.array(probs)[order])
    kept = order[: int(np.searchsorted(sums, p, side=side)) + more]
    out = np.zeros(len(probs))
    out[kept] = np.array(probs)[kept]
    return out / out.sum() if out.sum() else out


def descending(probs, p):
    return cut_at(probs, p, order=np.argsort(probs)[::-1])


def largest_one_by_one(probs, p):
    left, kept = dict(enumerate(probs)), {}
    while sum(kept.values()) < p:
        best = max(left, key=left.get)
        kept[best] = left.pop(best)
    return tuple(kept.get(i, 0) / sum(kept.values()) for i in range(len(probs)))


def smallest_dropped(probs, p):
    out = list(probs)
    for i in sorted(range(len(probs)), key=lambda i: probs[i]):
        if sum(out) - probs[i] < p:
            break
        out[i] = 0.0
    return [q / sum(out) for q in out]


def crossing_left_out(probs, p):
    kept, total = [], 0
    for i in np.argsort(-np.array(probs), kind="stable"):
        if total + probs[i] > p:
            break
        kept.append(i)
        total += probs[i]
    return [probs[i] / total if i in kept else 0.0 for i in range(len(probs))]


def not_renormalised(probs, p):
    out, total = [0.0] * len(probs), 0.0
    for q, i in sorted(((q, -i) for i, q in enumerate(probs)), reverse=True):
        if total >= p:
            break
        out[-i] = q
        total += q
    return out


def not_sorted(probs, p):
    out, total = [], 0.0
    for q in probs:
        out.append(q if total < p else 0.0)
        total += q
    return [q / sum(out) for q in out]


def sorted_answer(probs, p):
    return not_sorted(sorted(probs)[::-1], p)


def divided_by_top_p(probs, p):
    return [q / p for q in not_renormalised(probs, p)]


def by_id(probs, u):
    return int(np.argmax(np.cumsum(probs) > u))


def at_least(probs, u):
    total = 0.0
    for i in sorted(range(len(probs)), key=lambda i: (-probs[i], i)):
        total += probs[i]
        if u <= total:
            return i
    return None


def counted_down(probs, u):
    for prob, i in sorted(zip(probs, range(0, -len(probs), -1), strict=True), reverse=True):
        if u < prob:
            return -i
        u -= prob
    raise AssertionError


def rank_not_id(probs, u):
    return int(np.searchsorted(np.cumsum(sorted(probs, reverse=True)), u, side="right"))


def searched(probs, u, *, kind="stable", flip=False):
    order = np.argsort(probs, kind=kind)[::-1] if flip else np.argsort(-np.array(probs), kind=kind)
    return order[np.searchsorted(np.cumsum(np.array(probs)[order]), u, side="right")]


RIGHT = {
    "02.3": [
        ("argsort descending", descending),
        ("searchsorted", cut_at),
        ("one by one", largest_one_by_one),
        ("smallest dropped", smallest_dropped),
    ],
    "02.4": [
        ("searchsorted", searched),
        ("counted down", counted_down),
        ("float", lambda probs, u: float(searched(probs, u))),
    ],
}

PLANTED = {
    "02.3": [
        ("the crossing token is left out", crossing_left_out),
        ("not renormalised", not_renormalised),
        ("not sorted", not_sorted),
        ("probabilities in sorted order", sorted_answer),
        ("nothing is filtered", lambda probs, p: probs),
        ("one token too many", lambda probs, p: cut_at(probs, p, side="right")),
        ("", lambda probs, p: cut_at(probs, p, order=np.argsort(probs))),
        ("", lambda probs, p: cut_at(probs, p, more=2)),
        ("", lambda probs, p: [q if q >= p else 0.0 for q in probs]),
        ("", divided_by_top_p),
    ],
    "02.4": [
        ("candidates in the order of their ids", by_id),
        ("reaching u counts as exceeding it", at_least),
        ("the rank for the id", rank_not_id),
        ("always the most probable", lambda probs, u: probs.index(max(probs))),
        ("ties to the higher id", lambda probs, u: searched(probs, u, flip=True)),
        ("", lambda probs, u: searched(probs, 1 - u)),
        ("", lambda probs, u: int(np.argmin(np.abs(np.array(probs) - u)))),
        ("", lambda probs, u: next((i for i, p in enumerate(probs) if p > u), len(probs) - 1)),
    ],
}
