"""Wrong answers to chapter 02 as learners write them, with the mistake that the grader must name.

Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

# ruff: noqa: B905, RUF005, RUF007


def first_hit_only(ids, new_id):
    pair, _ = Counter(zip(ids, ids[1:])).most_common(1)[0]
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return ids[:i] + [new_id] + ids[i + 2 :]
    return ids


def largest_of_ties(ids, new_id):
    counts = Counter(zip(ids, ids[1:]))
    pair = sorted(counts, key=lambda p: (counts[p], p))[-1]
    out, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) == pair:
            out, i = [*out, new_id], i + 2
        else:
            out, i = [*out, ids[i]], i + 1
    return out


def tokens_used_twice(ids, new_id):
    a, b = Counter(zip(ids, ids[1:])).most_common(1)[0][0]
    out = []
    for i, token in enumerate(ids):
        out.append(new_id if token == a and ids[i + 1 : i + 2] == [b] else token)
    return out


def from_the_right(ids, new_id):
    a, b = Counter(zip(ids, ids[1:])).most_common(1)[0][0]
    out, i = [], len(ids) - 1
    while i >= 0:
        if i and ids[i - 1] == a and ids[i] == b:
            out.insert(0, new_id)
            i -= 2
        else:
            out.insert(0, ids[i])
            i -= 1
    return out


def times_temperature(logits, temperature):
    if temperature == 0:
        best = int(np.argmax(logits))
        return [int(i == best) for i in range(len(logits))]
    scores = np.array(logits) * temperature
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def unshifted(logits, temperature):
    if temperature == 0:
        best = logits.index(max(logits))
        return [float(i == best) for i in range(len(logits))]
    weights = [math.exp(x / temperature) for x in logits]
    return [w / sum(weights) for w in weights]


def unshifted_numpy(logits, temperature):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    weights = np.exp(np.array(logits) / temperature)
    return weights / np.sum(weights)


def divides_by_zero(logits, temperature):
    top = max(logits)
    weights = [math.exp((x - top) / temperature) for x in logits]
    return [w / sum(weights) for w in weights]


def temperature_too_late(logits, temperature):
    weights = np.exp(np.array(logits) - max(logits))
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    scaled = weights / weights.sum() / temperature
    return scaled / scaled.sum()


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
    out, total = [], 0.0
    for q in sorted(probs)[::-1]:
        out.append(q if total < p else 0.0)
        total += q
    return [q / sum(out) for q in out]


def by_id(probs, u):
    return int(np.argmax(np.cumsum(probs) > u))


def at_least(probs, u):
    total = 0.0
    for i in sorted(range(len(probs)), key=lambda i: (-probs[i], i)):
        total += probs[i]
        if u <= total:
            return i
    return None


def rank_not_id(probs, u):
    return int(np.searchsorted(np.cumsum(sorted(probs, reverse=True)), u, side="right"))


def greedy(probs, u):
    return probs.index(max(probs))


def piecewise_stop(pieces, stops):
    out = ""
    for piece in pieces:
        for stop in stops:
            if stop in piece:
                return out + piece.split(stop)[0]
        out += piece
    return out


def stop_included(pieces, stops):
    out = ""
    for piece in pieces:
        out += piece
        ends = [(out.index(s), len(s)) for s in stops if s in out]
        if ends:
            at, length = min(ends)
            return out[: at + length]
    return out


def endswith_only(pieces, stops):
    out = ""
    for piece in pieces:
        out += piece
        for stop in stops:
            if out.endswith(stop):
                return out.removesuffix(stop)
    return out


def last_piece_dropped(pieces, stops):
    out = ""
    for piece in pieces:
        if any(stop in out + piece for stop in stops):
            break
        out += piece
    return out


def positions_all_fed(p, n, cached):
    return p + n if cached else sum(p + i + 1 for i in range(n))


PLANTED = {
    "02.1": [
        ("only the first occurrence", first_hit_only),
        ("ties go to the largest pair", largest_of_ties),
        ("merged tokens used twice", tokens_used_twice),
        ("overlapping pairs merged from the right", from_the_right),
    ],
    "02.2": [
        ("multiplied by the temperature", times_temperature),
        ("large logits overflow", unshifted),
        ("large logits overflow", unshifted_numpy),
        ("temperature 0 divides by zero", divides_by_zero),
        ("the temperature has no effect", temperature_too_late),
    ],
    "02.3": [
        ("the crossing token is left out", crossing_left_out),
        ("not renormalised", not_renormalised),
        ("not sorted", not_sorted),
        ("probabilities in sorted order", sorted_answer),
        ("nothing is filtered", lambda probs, p: probs),
    ],
    "02.4": [
        ("candidates in the order of their ids", by_id),
        ("reaching u counts as exceeding it", at_least),
        ("the rank for the id", rank_not_id),
        ("always the most probable", greedy),
    ],
    "02.5": [
        ("each token checked alone", piecewise_stop),
        ("the stop string is sent", stop_included),
        ("only the end of the text is searched", endswith_only),
        ("text before the stop is lost", last_piece_dropped),
        ("stop strings are ignored", lambda pieces, stops: "".join(pieces)),
    ],
    "02.6": [
        ("the last token is fed too", positions_all_fed),
        ("the square of the whole", lambda p, n, c: p + n if c else (p + n) * (p + n)),
        ("every pass as long", lambda p, n, c: p + n - 1 if c else n * p),
        ("the cache saves nothing", lambda p, n, c: sum(range(p, p + n))),
        ("the prompt is forgotten", lambda p, n, c: n if c else sum(range(1, n + 1))),
    ],
}
