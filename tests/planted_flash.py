"""Wrong answers about the online softmax as learners write them, with the mistake to be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def sum_not_rescaled(m, l, o, scores, values):
    m_new = max([m, *scores])
    if m_new == -math.inf:
        return m, l, o
    p = np.exp(np.array(scores) - m_new)
    return m_new, l + p.sum(), np.exp(m - m_new) * np.array(o) + p @ np.array(values)


def only_the_sum_rescaled(m, l, o, scores, values):
    m_new = max([m, *scores])
    if m_new == -math.inf:
        return m, l, o
    p = np.exp(np.array(scores) - m_new)
    return m_new, np.exp(m - m_new) * l + p.sum(), np.array(o) + p @ np.array(values)


def added_up(m, l, o, scores, values):
    new = max(m, *scores)
    if new == -math.inf:
        return [m, l, o]
    for score, row in zip(scores, values, strict=True):
        l += math.exp(score - new)
        o = [old + math.exp(score - new) * v for old, v in zip(o, row, strict=True)]
    return [new, l, o]


def new_minus_old(m, l, o, scores, values):
    new = max(m, *scores)
    if new == -math.inf:
        return [m, l, o]
    scale = math.exp(new - m)
    l *= scale
    o = [scale * old for old in o]
    for score, row in zip(scores, values, strict=True):
        p = math.exp(score - new)
        l += p
        o = [old + p * v for old, v in zip(o, row, strict=True)]
    return [new, l, o]


def paper_one(m, l, o, scores, values):
    """Keep O divided by l, as algorithm 1 of the first FlashAttention does."""
    new = max(m, *scores)
    if new == -math.inf:
        return [m, l, o]
    p = np.exp(np.array(scores) - new)
    l_new = math.exp(m - new) * l + p.sum()
    return [new, l_new, (math.exp(m - new) * l * np.array(o) + p @ np.array(values)) / l_new]


def divided(m, l, o, scores, values):
    new = max(m, *scores)
    if new == -math.inf:
        return [m, l, o]
    p, old = np.exp(np.array(scores) - new), math.exp(m - new)
    l_new = old * l + p.sum()
    return [new, l_new, (old * np.array(o) + p @ np.array(values)) / l_new]


def tile_maximum(m, l, o, scores, values):
    top = max(scores)
    if top == -math.inf:
        return [m, l, o]
    p, old = np.exp(np.array(scores) - top), np.exp(m - top)
    return [top, old * l + p.sum(), old * np.array(o) + p @ np.array(values)]


def no_guard(m, l, o, scores, values):
    top = max(m, *scores)
    p = [math.exp(score - top) for score in scores]
    old = math.exp(m - top)
    columns = zip(o, *values, strict=True)
    o = [old * c[0] + sum(w * v for w, v in zip(p, c[1:], strict=True)) for c in columns]
    return [top, old * l + sum(p), o]


def naive_exponentials(m, l, o, scores, values):
    p = np.array([math.exp(score) for score in scores])
    return [max(m, *scores), l + sum(p), np.array(o) + p @ np.array(values)]


def powers_of_two(m, l, o, scores, values):
    """Take exponentials to the base 2, as kernels do, and forget the factor."""
    new = max(m, *scores)
    if new == -math.inf:
        return [m, l, o]
    p, old = np.exp2(np.array(scores) - new), 2.0 ** (m - new)
    return [new, old * l + p.sum(), old * np.array(o) + p @ np.array(values)]


def last_score_only(m, l, o, scores, values):
    """Rescale for each score of the tile, and keep the values of the last."""
    for score in scores:
        new = max(m, score)
        if new == -math.inf:
            continue
        l = math.exp(m - new) * l + math.exp(score - new)
        row = [math.exp(score - new) * v for v in values[-1]]
        o = [math.exp(m - new) * old + v for old, v in zip(o, row, strict=True)]
        m = new
    return [m, l, o]


PLANTED = {
    "08.1": [
        ("the old sum is not rescaled", sum_not_rescaled),
        ("the old output is not rescaled", only_the_sum_rescaled),
        ("nothing old is rescaled", added_up),
        ("the rescaling has the wrong sign", new_minus_old),
        ("the output is divided in every tile", paper_one),
        ("the output is divided in every tile", divided),
        ("the maximum of this tile alone", tile_maximum),
        ("NaN where all is masked", no_guard),
        ("no maximum is subtracted", naive_exponentials),
        ("", powers_of_two),
        ("", last_score_only),
    ],
}
