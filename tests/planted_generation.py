"""Answers about probabilities and passes as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def in_single_precision(logits, temperature):
    scores = np.array(logits, np.float32)
    if temperature == 0:
        return np.eye(len(logits), dtype=np.float32)[scores.argmax()]
    scores = scores / np.float32(temperature)
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def by_the_log_of_the_sum(logits, temperature):
    if not temperature:
        return tuple(int(i == np.argmax(logits)) for i in range(len(logits)))
    scaled = [x / temperature for x in logits]
    norm = max(scaled) + math.log(sum(math.exp(x - max(scaled)) for x in scaled))
    return tuple(math.exp(x - norm) for x in scaled)


def against_each_other(logits, temperature):
    if temperature == 0:
        best = max(range(len(logits)), key=lambda i: (logits[i], -i))
        return [float(i == best) for i in range(len(logits))]
    probs = []
    for mine in logits:
        apart = [(other - mine) / temperature for other in logits]
        probs.append(0.0 if max(apart) > 700 else 1 / sum(map(math.exp, apart)))
    return probs


def scaled_by(logits, temperature, shift, *, greedy=np.argmax):
    if temperature == 0:
        return np.eye(len(logits))[greedy(np.array(logits))]
    with np.errstate(all="ignore"):
        weights = np.exp((np.array(logits) - shift) / temperature)
        return weights / weights.sum()


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


def greedy_shared(logits, temperature):
    best = np.array(logits) == max(logits)
    return best / best.sum() if temperature == 0 else in_single_precision(logits, temperature)


def last_of_the_largest(scores):
    return np.argsort(scores, kind="stable")[-1]


RIGHT = {
    "02.2": [
        ("single precision", in_single_precision),
        ("log of the sum", by_the_log_of_the_sum),
        ("pairwise", against_each_other),
        ("numpy", lambda logits, t: scaled_by(logits, t, max(logits))),
    ],
    "02.6": [
        ("triangle", lambda p, n, c: p + n - 1 if c else n * p + n * (n - 1) / 2),
        ("numpy", lambda p, n, c: p + np.arange(n).max() if c else (p + np.arange(n)).sum()),
        ("passes", lambda p, n, c: p + sum(1 if c else p + i for i in range(1, n))),
    ],
}

PLANTED = {
    "02.2": [
        ("multiplied by the temperature", times_temperature),
        ("large logits overflow", unshifted),
        ("large logits overflow", unshifted_numpy),
        ("temperature 0 divides by zero", divides_by_zero),
        ("the temperature has no effect", temperature_too_late),
        (
            "greedy ties to the higher",
            lambda x, t: scaled_by(x, t, max(x), greedy=last_of_the_largest),
        ),
        ("", greedy_shared),
        ("", lambda logits, t: scaled_by(logits, t, np.mean(logits))),
        ("", lambda logits, t: scaled_by(logits, t, min(logits))),
        ("", lambda logits, t: scaled_by(logits, t, logits[0])),
        ("", lambda logits, t: scaled_by(logits, t, max(map(abs, logits)))),
        ("", lambda logits, t: scaled_by(logits, t, max(0, *logits))),
        ("", lambda logits, t: scaled_by(np.clip(logits, -700, 700), t, max(logits))),
        ("", lambda logits, t: np.round(in_single_precision(logits, t), 3)),
    ],
    "02.6": [
        ("the last token is fed too", lambda p, n, c: p + n if c else sum(range(p + 1, p + n + 1))),
        ("the last token is fed too", lambda p, n, c: p + n if c else sum(range(p, p + n + 1))),
        ("the square of the whole", lambda p, n, c: p + n if c else (p + n) * (p + n)),
        ("every pass as long", lambda p, n, c: p + n - 1 if c else n * p),
        ("the cache saves nothing", lambda p, n, c: sum(range(p, p + n))),
        ("the prompt is forgotten", lambda p, n, c: n if c else sum(range(1, n + 1))),
        ("", lambda p, n, c: n if c else sum(range(p, p + n))),
        ("", lambda p, n, c: p + n - 1 if c else n * (p + n - 1)),
        ("", lambda p, n, c: p + n - 1 if c else n * p + n * n / 2),
        ("", lambda p, n, c: p + n if c else sum(range(p, p + n))),
    ],
}
