"""Which pool gets how much: the cheapest request first, and none beyond what it carries."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import numbered
from tokenworks.checks.plain import Case


def _pools(rng: Random) -> Case:
    pools = [[rng.randrange(2, 20), rng.randrange(4, 60)] for _ in range(rng.randrange(2, 6))]
    if rng.random() < 0.3:
        pools.append([2 * pools[0][0], 2 * pools[0][1]])  # as cheap as the first
    rate = rng.choice([rng.randrange(1, 30), rng.randrange(20, 90), pools[0][0]])
    return (rate, pools, rng.choice([0.5, 0.75, 0.75, 1.0]))


@exercise(
    5,
    examples=(Example((12, [[8, 16], [16, 24]], 0.75), "[0, 12.0]"),),
    cases=(
        (20, [[8, 16], [16, 24], [4, 4]], 0.75),
        (19, [[13, 36], [16, 44], [16, 23]], 0.75),
        (6, [[6, 47], [3, 9]], 0.5),
        (4, [[8, 32], [4, 50]], 1.0),
        (40, [[8, 12], [8, 16]], 0.75),
    ),
    draw=_pools,
    mistakes=(
        Mistake(
            "the lowest rent first",
            ("pools[i][1] / pools[i][0]", "pools[i][1]"),
            "A small pool has a small rent. What counts is the rent for each request it can take.",
        ),
        Mistake(
            "the dearest first",
            ("pools[i][1] / pools[i][0]", "-pools[i][1] / pools[i][0]"),
            "Fill the pool with the cheapest request first.",
        ),
        Mistake(
            "filled to the brim",
            ("filled * pools[i][0]", "pools[i][0]"),
            "A pool that is full has queues without end: it gets `filled` of what it can take.",
        ),
        Mistake(
            "rest not counted",
            ("        rate -= rates[i]\n", ""),
            "What one pool takes the next one need not take.",
        ),
        Mistake(
            "in the order of the list",
            (
                "sorted(range(len(pools)), key=lambda i: pools[i][1] / pools[i][0])",
                "range(len(pools))",
            ),
            "Fill the pool with the cheapest request first, wherever it stands in the list.",
        ),
    ),
    unit="requests/s",
    distance=lambda expected, got: sum(abs(e - g) for e, g in zip(expected, got, strict=True)),
    picture=numbered("pool"),
)
def split(rate, pools, filled):
    """A balancer that looks at the bill.

    Each pool is [requests it can take in a second, its rent in dollars an hour]. `rate` requests
    come in a second. Give them to the pool whose rent per request is the lowest, up to `filled` of
    what it can take; the rest to the next, and so on. Of equals the first in the list comes first.
    What fits nowhere is turned away. Return how many requests a second each pool gets, in the order
    of the list.

    Example: 12 a second, `[[8, 16], [16, 24]]`, filled to 0.75: `[0, 12.0]`.
    """
    rates = [0] * len(pools)
    for i in sorted(range(len(pools)), key=lambda i: pools[i][1] / pools[i][0]):
        rates[i] = min(rate, filled * pools[i][0])
        rate -= rates[i]
    return rates
