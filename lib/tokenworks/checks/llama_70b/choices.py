"""Ways to serve that nothing beats, and the chips beyond which the links decide."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart

ORDER = "sorted(range(len(steps)), key=lambda i: (steps[i], prices[i]))"


def _ways(rng: Random) -> Case:
    count = rng.randrange(6, 14)
    steps = [rng.randrange(1, 12) for _ in range(count)]
    prices = [rng.randrange(1, 12) for _ in range(count)]
    at, other = rng.sample(range(count), 2)
    steps[other], prices[other] = steps[at], prices[at]
    fast, same = rng.sample(range(count), 2)
    steps[fast], prices[fast] = min(steps), max(prices) - 1
    steps[same], prices[same] = min(steps), max(prices)  # as fast, and dearer
    slow = rng.randrange(count)
    steps[slow], prices[slow] = max(steps) + 1, min(prices)  # as cheap, and slower
    if rng.random() < 0.5:  # one that nothing beats, twice
        best = min(range(count), key=lambda i: (steps[i], prices[i]))
        twin = rng.choice([i for i in range(count) if i not in (best, slow)])
        steps[twin], prices[twin] = steps[best], prices[best]
    return (steps, prices)


def _fastest_and_cheapest(steps: Any, prices: Any) -> list[int]:
    fast = min(range(len(steps)), key=lambda i: (steps[i], prices[i]))
    cheap = min(range(len(steps)), key=lambda i: (prices[i], steps[i]))
    return [fast] if fast == cheap else [fast, cheap]


def _beaten_in_both(steps: Any, prices: Any) -> list[int]:
    ways = list(zip(steps, prices, strict=True))
    kept = [i for i, (t, usd) in enumerate(ways) if not any(s < t and p < usd for s, p in ways)]
    return sorted(kept, key=lambda i: steps[i])


@exercise(
    7,
    examples=(Example(([9, 4, 4, 6, 9], [1, 3, 5, 4, 1]), "[1, 0]"),),
    cases=(
        ([6, 8, 12, 15, 24], [4, 3, 3, 1, 2]),
        ([5, 5, 9, 9, 14, 20], [8, 8, 2, 3, 2, 1]),
        ([20, 10, 5, 1], [1, 2, 3, 4]),
        ([1, 2, 3], [1, 2, 3]),
        ([7, 3, 7, 3, 5, 11], [2, 9, 2, 9, 4, 2]),
        ([4, 4, 6], [7, 5, 5]),
        ([3], [3]),
    ),
    draw=_ways,
    mistakes=(
        Mistake(
            "slower at the same price",
            ("prices[i] < cheapest", "prices[i] <= cheapest"),
            "A way that is as cheap and no faster is beaten; of equal ones the first stays.",
        ),
        Mistake(
            "dearer at the same time",
            ("key=lambda i: (steps[i], prices[i])", "key=lambda i: steps[i]"),
            "Of ways that are equally fast only the cheapest is not beaten: it has to come first.",
        ),
        Mistake(
            "the list's order",
            (ORDER, "range(len(steps))"),
            "A way is beaten by any that is as fast and cheaper, also by one that comes later.",
        ),
        Mistake(
            "the two ends alone",
            _fastest_and_cheapest,
            "Between the fastest and the cheapest lie others that nothing beats.",
        ),
        Mistake(
            "beaten in both alone",
            _beaten_in_both,
            "A way is also beaten by one that is as fast and cheaper, or as cheap and faster; of "
            "equal ones the first stays.",
        ),
        Mistake(
            "places in order",
            ("return best", "return sorted(best)"),
            "The fastest comes first, wherever it stands in the list.",
        ),
        Mistake(
            "cheapest first",
            ("return best", "return best[::-1]"),
            "The fastest comes first.",
        ),
    ),
    unit="places",
    distance=list_apart,
    tolerance=0.0,
)
def unbeaten(steps, prices):
    """Ways that nothing beats.

    Each way to serve a model has a time of a step and a price of a million tokens; way `i` has
    `steps[i]` and `prices[i]`. One way beats another if it is at least as good in both and better
    in one. Return the places of the ways that none beats, the fastest first. Of ways that are equal
    in both, only the first stays.

    Example: steps `[9, 4, 4, 6, 9]` and prices `[1, 3, 5, 4, 1]`: `[1, 0]`.
    """
    best, cheapest = [], float("inf")
    for i in sorted(range(len(steps)), key=lambda i: (steps[i], prices[i])):
        if prices[i] < cheapest:
            best.append(i)
            cheapest = prices[i]
    return best


def _linked(rng: Random) -> Case:
    links = rng.choice([2, 3, 4]) * rng.randrange(20, 100) * 1e9
    width = rng.choice([0.5, 1, 2])
    return (
        rng.randrange(8, 60) * 512,
        rng.randrange(2, 500),
        width,
        rng.randrange(8, 80) * 1e11,
        links,
    )


@exercise(
    8,
    examples=(Example((16, 2, 1, 6.0, 4.0), "4 chips"),),
    cases=(
        (28_672, 32, 1, 819e9, 100e9),
        (28_672, 143, 2, 819e9, 100e9),
        (28_672, 64, 0.5, 819e9, 200e9),
        (53_248, 8, 1, 1.638e12, 200e9),
    ),
    draw=_linked,
    mistakes=(
        Mistake(
            "two matrices",
            ("3 * d_ff", "2 * d_ff"),
            "A gated FFN reads three matrices: gate, up and down.",
        ),
        Mistake(
            "one way round",
            ("2 * 2 * batch", "2 * batch"),
            "A sum goes round twice, and a value has two bytes: four bytes for each sequence.",
        ),
        Mistake(
            "messages as narrow as the weights",
            ("2 * 2 * batch", "2 * bytes_per_weight * batch"),
            "What is sent are activations: two bytes each, however narrow the weights are.",
        ),
        Mistake(
            "one sequence's message",
            ("2 * 2 * batch", "2 * 2"),
            "The message grows with the batch, the weights do not.",
        ),
        Mistake(
            "upside down",
            ("reading / sending", "sending / reading"),
            "More chips shorten the reading: how often does the sending go into it?",
        ),
    ),
    unit="chips",
)
def link_limit(d_ff, batch, bytes_per_weight, hbm_bytes_per_s, link_bytes_per_s):
    """The chips that the links allow.

    A gated FFN has three matrices of D by `d_ff` weights of `bytes_per_weight` bytes. Divided among
    n chips, each reads its part at `hbm_bytes_per_s`. Then the results of `batch` sequences, D
    values of two bytes each, go round all chips twice, at `link_bytes_per_s`, however many chips
    there are. Return the number of chips at which sending takes as long as reading. D drops out.

    Example: a `d_ff` of 16, two sequences, weights of 1 byte, 6 B/s of memory and 4 B/s of links:
    4 chips.
    """
    reading = 3 * d_ff * bytes_per_weight / hbm_bytes_per_s
    sending = 2 * 2 * batch / link_bytes_per_s
    return reading / sending
