"""Rounds in which a draft has drawn its tokens: cases whose mistakes show in how often."""

from __future__ import annotations

from random import Random

from tokenworks.checks.plain import Case
from tokenworks.checks.speculation.replacement import shares


def case_of(seed: Random, q: list[list[float]], p: list[list[float]], rounds: int = 120) -> Case:
    """Draw from q what is drafted in many rounds, and the uniforms that decide about it."""
    ids = range(len(p[0]))
    drafts = [[seed.choices(ids, row)[0] for row in q] for _ in range(rounds)]
    return (drafts, q, p, [[seed.random() for _ in p] for _ in range(rounds)])


def _contrast(rng: Random, count: int) -> tuple[list[float], list[float]]:
    """Draw q and p of a place that rejects much, and has several tokens for what it rejects."""
    while True:
        q, p = shares(rng, count), shares(rng, count)
        left = [max(a - b, 0.0) for a, b in zip(p, q, strict=True)]
        if 0.4 < sum(left) < 0.65 and 0.55 < max(left) / sum(left) < 0.75:
            return q, p


def _mostly_one(rng: Random) -> Case:
    """Draw rounds in which one token is drafted mostly, and what is left is even or is not."""
    even = [[60, 34], [rng.randrange(1, 4), 17], [rng.randrange(1, 3), 13]]
    one = [[61, 33], [1, 27], [1, 2], [1, 2]]
    sides, rounds = rng.choice([(even, 120), (even, 120), (one, 80)])
    last = rng.choices(range(1, 9), k=len(sides))
    columns = rng.sample([[*side, n] for side, n in zip(sides, last, strict=True)], len(sides))
    q, p, bonus = ([n / sum(row) for n in row] for row in zip(*columns, strict=True))
    return case_of(rng, [q], [p, bonus], rounds)


def many_rounds(rng: Random) -> Case:
    """Draw rounds of any kind: with few tokens left, with an uneven rest, greedy."""
    kind = rng.random()
    if kind < 0.3:
        return _mostly_one(rng)
    count, gamma = rng.randrange(3, 6), rng.choice([1, 2])
    pairs = [_contrast(rng, count) for _ in range(gamma + 1)]
    q, p = [q for q, _ in pairs[:-1]], [p for _, p in pairs]
    if kind < 0.4:  # greedy: the model has one token in mind
        best = [rng.randrange(count) for _ in p]
        p = [[float(i == token) for i in range(count)] for token in best]
    return case_of(rng, q, p, 40)
