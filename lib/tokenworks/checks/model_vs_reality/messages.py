"""The two constants of a message between chips, from two that were timed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case


def percent_apart(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Return how far the numbers of two lists are apart in all, in percent of the expected."""
    return 100 * sum(abs(g / e - 1) for e, g in zip(expected, got, strict=True))


def _two(rng: Random) -> Case:
    chips, bits = rng.choice([2, 4, 8, 16, 32]), rng.choice([8, 16, 32])
    alpha, beta = rng.uniform(4e-6, 60e-6), rng.choice([25e9, 60e9, 300e9, 480e9])
    points = []
    for values in (2 ** rng.randrange(11, 15), 2 ** rng.randrange(21, 28)):
        sent = 2 * (chips - 1) / chips * values * bits / 8
        points.append([values, float(f"{alpha + sent / beta:.6g}")])
    return (chips, bits, *points)


RING, ALPHA = "2 * (chips - 1) / chips * bits / 8", "small[1] - small_bytes / beta"
SLOPE = "(large_bytes - small_bytes) / (large[1] - small[1])"
RATE = (
    "A quotient of one message counts its latency as sending. What the large one takes longer than "
    "the small one was spent on the bytes that it has more."
)


@exercise(
    4,
    examples=(
        Example(
            (2, 8, [100, 7.0], [500, 15.0]),
            "[5, 50]",
            shows=(
                ("400 bytes", lambda chips, bits, small, large: large[0] - small[0]),
                ("8 s", lambda chips, bits, small, large: large[1] - small[1]),
                ("2 s", lambda chips, bits, small, large: small[0] / 50),
            ),
        ),
    ),
    cases=(
        (8, 16, [4096, 21.3e-6], [134_217_728, 1128e-6]),
        (4, 16, [8192, 16.28e-6], [33_554_432, 544.3e-6]),
        (2, 8, [1024, 10.05e-6], [268_435_456, 1430e-6]),
        (8, 32, [2048, 8.4e-6], [4_194_304, 92.6e-6]),
        (16, 8, [16_384, 35.5e-6], [67_108_864, 5310e-6]),
    ),
    draw=_two,
    mistakes=(
        Mistake(
            "the ring is forgotten",
            (RING, "bits / 8"),
            "A message goes round twice, less one chip's part: 2 (n - 1) / n of its bytes are sent "
            "by each chip.",
        ),
        Mistake(
            "half of the ring",
            ("2 * (chips", "(chips"),
            "First the sums are made, then they are handed on: the ring is walked twice.",
        ),
        Mistake(
            "the whole message at every hop",
            ("(chips - 1) / chips", "(chips - 1)"),
            "In a ring each hop carries one part of n of the message.",
        ),
        Mistake(
            "a part too many",
            ("(chips - 1) / chips", "chips / chips"),
            "A part needs n - 1 hops to reach all n chips, because it is on one already.",
        ),
        Mistake(
            "bits for bytes",
            (" / 8", ""),
            "Links are sold in bits a second. Beta is asked in bytes, and a byte has eight bits.",
        ),
        Mistake(
            "values for bytes",
            (" * bits / 8", ""),
            "The table counts values. How many bytes are they?",
        ),
        Mistake(
            "alpha from the large message",
            (ALPHA, "large[1] - small_bytes / beta"),
            "Take time and bytes of the same message; which one is the same to a straight line.",
        ),
        Mistake(
            "alpha is all of the small message",
            (ALPHA, "small[1]"),
            "The small message has bytes, too: take away the time that they need.",
        ),
        Mistake(
            "alpha is in the rate",
            (SLOPE, "large_bytes / large[1]"),
            RATE,
        ),
        Mistake(
            "alpha is in the rate",
            (SLOPE, "(large_bytes / large[1] + small_bytes / small[1]) / 2"),
            RATE,
        ),
        Mistake(
            "seconds for a byte",
            ("[alpha, beta]", "[alpha, 1 / beta]"),
            "Beta is a rate here: bytes over seconds.",
        ),
        Mistake(
            "the rate first",
            ("[alpha, beta]", "[beta, alpha]"),
            "First the latency, then the rate.",
        ),
    ),
    unit="%",
    answer_unit="",
    distance=percent_apart,
    length=2,
    picture=named_bars(("alpha, s", "beta, B/s"), ""),
)
def alpha_and_beta(chips, bits, small, large):
    """Alpha and beta from two points.

    Each of `chips` chips has a vector, and all want the sum: an all-reduce. In a ring of n chips
    each sends 2 (n - 1) / n of the vector's bytes. The time is alpha, the latency, and these bytes
    over beta, the rate. Two were timed: `small` and `large` are `[values, seconds]`, a value has
    `bits` bits. Return a list of two: alpha in seconds, and beta in bytes a second, of the bytes
    that one chip sends.

    Example: two chips send just the vector. With 8 bits a value, `[100, 7.0]` and `[500, 15.0]`,
    400 bytes more take 8 s more: 50 B/s. Of the 7 s the small one sends for 2 s: `[5, 50]`.
    """
    sent = 2 * (chips - 1) / chips * bits / 8
    small_bytes, large_bytes = sent * small[0], sent * large[0]
    beta = (large_bytes - small_bytes) / (large[1] - small[1])
    alpha = small[1] - small_bytes / beta
    return [alpha, beta]
