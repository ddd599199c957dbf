"""What replaces a token that the model rejects."""

from __future__ import annotations

from math import nan
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.generation.probabilities import mass_misplaced
from tokenworks.checks.plain import Case

PARTS = 64  # of 1, so that sums and differences are exact


def shares(rng: Random, count: int) -> list[float]:
    """Draw a distribution whose probabilities are multiples of 1/64, some of them perhaps 0."""
    cuts = sorted(rng.choices(range(PARTS + 1), k=count - 1))
    return [(b - a) / PARTS for a, b in zip([0, *cuts], [*cuts, PARTS], strict=True)]


def _rejected(rng: Random) -> Case:
    while True:
        count = rng.randrange(3, 7)
        q = shares(rng, count)
        kind = rng.random()
        if kind < 0.15:  # nothing is left: equal, or rounded down
            p = [x - rng.choice([0, 1, 3]) * 1e-8 if x else x for x in q]
            return (p if kind < 0.1 else list(q), q, q.index(max(q)))
        p = shares(rng, count)
        over = [i for i in range(count) if q[i] > p[i]]
        if over:
            return (p, q, rng.choice(over))


def _divided(p: list[float], q: list[float], rejected: int) -> list[float]:
    """Do what NumPy does where nothing is left: 0 / 0 is NaN, and no exception."""
    some = any(a > b for a, b in zip(p, q, strict=True))
    return residual.solution(p, q, rejected) if some else [nan] * len(p)


POSITIVE = "max(a - b, 0.0)"
LEFT = f"[{POSITIVE} for a, b in zip(p, q, strict=True)]"
ONE_NUMBER = (
    "Each token has its own q, and its own p - q. Subtract the lists, entry by entry; the q of the "
    "rejected token is right for that token alone."
)
NOTHING = "Where p is nowhere above q the positive parts add up to 0. Return p then."


@exercise(
    1,
    examples=(Example(([0.5, 0.375, 0.125], [0.25, 0.25, 0.5], 2), "[0.6667, 0.3333, 0.0]"),),
    cases=(
        ([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], 0),
        ([0.55, 0.05, 0.25, 0.15], [0.3, 0.4, 0.1, 0.2], 1),
        ([0.0, 0.7, 0.1, 0.2], [0.6, 0.2, 0.1, 0.1], 0),
        ([0.125, 0.375, 0.5], [0.25, 0.25, 0.5], 0),
        ([0.3, 0.45, 0.25], [0.3, 0.45, 0.25], 1),
        ([0.25, 0.4999999, 0.25], [0.25, 0.5, 0.25], 1),
        ([0.0, 0.0, 1.0, 0.0], [0.25, 0.5, 0.25, 0.0], 1),
    ),
    draw=_rejected,
    mistakes=(
        Mistake("one number of q for all tokens", ("a - b", "a - q[rejected]"), ONE_NUMBER),
        Mistake(
            "one number of q for all tokens",
            (("a - b", "a - q[rejected]"), (" if total else p", "")),
            ONE_NUMBER,
        ),
        Mistake(
            "drawn from p",
            (POSITIVE, "a"),
            "Tokens that the draft proposes more often than the model would have their share "
            "already. From p they get it twice.",
        ),
        Mistake(
            "p without the rejected token",
            (LEFT, "[0.0 if i == rejected else a for i, a in enumerate(p)]"),
            "The rejected token is not the only one that the draft proposes too often: what the "
            "draft brings in excess is missing elsewhere, and just that is left.",
        ),
        Mistake(
            "not scaled",
            ("value / total", "value"),
            "What is left of p adds up to less than 1: divide by its sum.",
        ),
        Mistake(
            "too much counted as too little",
            (POSITIVE, "abs(a - b)"),
            "Where q is above p nothing is left to make up for: that is 0, not q - p.",
        ),
        Mistake(
            "q - p",
            (POSITIVE, "max(b - a, 0.0)"),
            "The model's p is what has to come out: what is missing is p - q where it is positive.",
        ),
        Mistake(
            "what p and q share",
            (POSITIVE, "min(a, b)"),
            "What both have is what is accepted. A rejected token is replaced out of the rest of "
            "p, which is p less that.",
        ),
        Mistake("nothing left gives zeros", ("total else p", "total else left"), NOTHING),
        Mistake("nothing left divides by 0", (" if total else p", ""), NOTHING),
        Mistake("nothing left divides by 0", _divided, NOTHING),
    ),
    unit="of the probability mass",
    distance=mass_misplaced,
)
def residual(p, q, rejected):
    """The residual.

    The draft drew the token with the id `rejected` from its probabilities `q`. The model, whose
    own are `p`, turned it down, and another token takes its place. Return the distribution that the
    other one is drawn from, an entry for each token of the vocabulary: the positive part of p - q,
    divided by its sum. Only then does the text come out as the model alone would write it. If p is
    nowhere above q, they are equal but for rounding. Return `p` then.

    Example: `p` is `[0.5, 0.375, 0.125]` and `q` `[0.25, 0.25, 0.5]`. The draft proposes token 2
    too often, and the others too seldom: `[0.6667, 0.3333, 0.0]`.
    """
    left = [max(a - b, 0.0) for a, b in zip(p, q, strict=True)]
    total = sum(left)
    return [value / total for value in left] if total else p
