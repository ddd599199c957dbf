"""From probabilities to a token: filter, and draw."""

from __future__ import annotations

from itertools import accumulate, pairwise
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.generation.probabilities import mass_misplaced
from tokenworks.checks.picture import stack
from tokenworks.checks.plain import Case


def _random_probs(rng: Random) -> list[float]:
    """Cut 1 into multiples of 1/64, whose sums are exact in floating point."""
    cuts = sorted(rng.sample(range(1, 64), k=rng.randrange(2, 7)))
    return [(b - a) / 64 for a, b in pairwise([0, *cuts, 64])]


def _nucleus(rng: Random) -> Case:
    """Draw a filter whose set is the only one: at its edge no two are equally probable."""
    while True:
        probs = _random_probs(rng)
        ranked = sorted(probs, reverse=True)
        kept = rng.randrange(1, len(probs))
        if ranked[kept - 1] > ranked[kept]:
            reached = sum(ranked[:kept])
            return (probs, reached - rng.choice([0, 0.25, 0.5]) * ranked[kept - 1])


CROSSING = "The set must reach top_p: the token that crosses it still belongs to it."


@exercise(
    3,
    examples=(Example(([0.25, 0.625, 0.125], 0.7), "[0.2857, 0.7143, 0.0]"),),
    cases=(
        ([0.1, 0.4, 0.2, 0.3], 0.6),
        ([0.42, 0.15, 0.12, 0.08, 0.06, 0.17], 0.7),
        ([0.05, 0.9, 0.05], 0.5),
        ([0.25, 0.5, 0.25], 0.5),
        ([0.2, 0.3, 0.4, 0.1], 0.95),
    ),
    draw=_nucleus,
    mistakes=(
        Mistake(
            "the crossing token is left out",
            ("total >= top_p", "total + probabilities[i] > top_p"),
            CROSSING,
        ),
        Mistake(
            "the crossing token is left out",
            (
                ("total >= top_p", "total + probabilities[i] > top_p"),
                ("p / total if i in kept else 0.0", "(p if i in kept else 0.0) / total"),
            ),
            CROSSING,
        ),
        Mistake(
            "not renormalised",
            ("p / total if", "p if"),
            "What is left must add up to 1 again.",
        ),
        Mistake(
            "not sorted",
            (
                "sorted(range(len(probabilities)), key=lambda i: -probabilities[i])",
                "range(len(probabilities))",
            ),
            "Start with the most probable token, whatever its id.",
        ),
        Mistake(
            "nothing is filtered",
            ("p / total if i in kept else 0.0", "p"),
            "Tokens outside the set get probability 0.",
        ),
        Mistake(
            "one token too many at the boundary",
            ("total >= top_p", "total > top_p"),
            "A set that reaches top_p exactly is large enough.",
        ),
        Mistake(
            "probabilities in sorted order",
            (("return [", "return sorted(["), ("(probabilities)]", "(probabilities)])[::-1]")),
            "Entry i of the answer belongs to token i: put the kept values back in their places.",
        ),
        Mistake(
            "top_p taken as a threshold for single tokens",
            ("total >= top_p", "probabilities[i] < 1 - top_p"),
            "top_p bounds the sum of the kept tokens, not each of them (that is closer to min-p).",
        ),
    ),
    unit="of the probability mass",
    distance=mass_misplaced,
)
def filter_top_p(probabilities, top_p):
    """The top-p filter.

    Keep the smallest set of most probable tokens whose probabilities add up to at least `top_p`.
    Tokens outside the set get probability 0, and the kept ones are renormalised so that they add up
    to 1. Entry i of the answer belongs to token i. No token outside the set is as probable as one
    inside it.

    Example: `[0.25, 0.625, 0.125]` with `top_p` 0.7 keeps two tokens: `[0.2857, 0.7143, 0.0]`.
    """
    kept, total = set(), 0.0
    for i in sorted(range(len(probabilities)), key=lambda i: -probabilities[i]):
        if total >= top_p:
            break
        kept.add(i)
        total += probabilities[i]
    return [p / total if i in kept else 0.0 for i, p in enumerate(probabilities)]


def _drawn(rng: Random) -> Case:
    probs = _random_probs(rng)
    if rng.random() < 0.3:  # each of them twice
        probs = rng.sample([prob / 2 for prob in probs] * 2, 2 * len(probs))
    sums = list(accumulate(sorted(probs, reverse=True)))
    return (probs, rng.choice([rng.randrange(64) / 64, rng.choice(sums[:-1])]))


def _shares(case: Case, expected: Any, got: Any) -> str:
    probs, u = case
    return stack(sorted(enumerate(probs), key=lambda p: -p[1]), u, chosen=(expected, got))


DOWN = "Walk from the most probable candidate down."


@exercise(
    4,
    examples=(Example(([0.25, 0.75], 0.5), "1"), Example(([0.25, 0.75], 0.8), "0")),
    cases=(
        ([0.125, 0.625, 0.25], 0.0),
        ([0.125, 0.625, 0.25], 0.15625),
        ([0.125, 0.625, 0.25], 0.625),
        ([0.125, 0.625, 0.25], 0.75),
        ([0.125, 0.625, 0.25], 0.9375),
        ([0.25, 0.25, 0.5], 0.75),
        ([0.0625, 0.3125, 0.125, 0.5], 0.25),
    ),
    draw=_drawn,
    mistakes=(
        Mistake(
            "candidates in the order of their ids",
            (
                "sorted(range(len(probabilities)), key=lambda i: -probabilities[i])",
                "range(len(probabilities))",
            ),
            DOWN,
        ),
        Mistake(
            "candidates from the least probable up", ("-probabilities[i]", "probabilities[i]"), DOWN
        ),
        Mistake(
            "ties to the higher id",
            ("-probabilities[i]", "(-probabilities[i], -i)"),
            "Of equally probable candidates the one with the lower id comes first.",
        ),
        Mistake(
            "reaching u counts as exceeding it",
            ("total > u", "total >= u"),
            "The cumulative probability must exceed u: > and not >=.",
        ),
        Mistake(
            "the rank for the id",
            ("return i", "return order.index(i)"),
            "The answer is the token's id, its place in the list you were given.",
        ),
        Mistake(
            "always the most probable",
            ("total > u", "total > 0"),
            "That is greedy decoding; u decides how far to walk.",
        ),
        Mistake(
            "one candidate too far",
            ("return i", "return order[min(order.index(i) + 1, len(order) - 1)]"),
            "Take the candidate whose own share exceeds u, not the one behind it.",
        ),
        Mistake(
            "one candidate too early",
            ("return i", "return order[max(order.index(i) - 1, 0)]"),
            "Take the candidate whose own share exceeds u, not the one before it.",
        ),
    ),
    unit="wrong draws",
    distance=lambda expected, got: float(expected != got),
    tolerance=0.0,
    answer_unit="",
    picture=_shares,
)
def draw_token(probabilities, u):
    """The draw.

    `u` is a random number, at least 0 and below 1. Walk the tokens from the most probable down
    (equally probable ones by lower id) and add up their probabilities. Return the id of the first
    token at which the sum exceeds `u`. The same `u` always gives the same token: this is all that a
    seed fixes.

    Example: `[0.25, 0.75]` with `u` 0.5 gives id 1, and with `u` 0.8 id 0.
    """
    total = 0.0
    order = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])
    for i in order:
        total += probabilities[i]
        if total > u:
            return i
    return order[-1]
