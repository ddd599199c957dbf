"""What a million tokens cost on a slice that does not always work."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _rented(rng: Random) -> Case:
    step, batch = rng.randrange(4, 80) / 1000, rng.randrange(2, 200)
    chips, usd = rng.choice([4, 8, 16, 32]), rng.randrange(30, 600) / 100
    return (step, batch, chips, usd, rng.choice([0.3, 0.5, 0.6, 0.8, 0.9]))


@exercise(
    4,
    examples=(Example((0.5, 10, 2, 36.0, 0.5), "USD 2,000"),),
    cases=(
        (0.0117, 32, 16, 1.2, 0.7),
        (0.0148, 32, 8, 1.2, 0.9),
        (0.0262, 68, 4, 0.3422, 0.6),
        (0.0055, 1, 16, 1.2, 0.5),
    ),
    draw=_rented,
    mistakes=(
        Mistake(
            "an hour taken for a second",
            (" / 3600", ""),
            "The price is for an hour, the step in seconds.",
        ),
        Mistake(
            "one chip for the slice's tokens",
            ("chips * ", ""),
            "All chips of the slice work on the step, and all are paid for.",
        ),
        Mistake(
            "one sequence's tokens",
            ("batch / step_seconds", "1 / step_seconds"),
            "A step gives one token to each sequence of the batch.",
        ),
        Mistake(
            "idle time is free",
            (" * busy_share", ""),
            "The slice is paid for all the time and yields tokens only while it works.",
        ),
        Mistake(
            "idle time makes it cheaper",
            (" * busy_share", " / busy_share"),
            "Fewer tokens for the same rent: each is dearer.",
        ),
        Mistake(
            "one token",
            ("10**6 * ", ""),
            "Prices are for a million tokens.",
        ),
    ),
    unit="USD",
)
def usd_per_million_tokens(step_seconds, batch, chips, usd_per_chip_hour, busy_share):
    """A million tokens.

    A slice of `chips` chips is rented round the clock, each for `usd_per_chip_hour`. A step takes
    `step_seconds` and gives one token to each of `batch` sequences. The slice works for
    `busy_share` of the time (0.5 is half of it) and waits for requests for the rest. Return what a
    million tokens cost in USD.

    Example: steps of 0.5 s with 10 sequences on two chips of USD 36 an hour that work half of the
    time: USD 2,000.
    """
    usd_per_s = chips * usd_per_chip_hour / 3600
    tokens_per_s = batch / step_seconds * busy_share
    return 10**6 * usd_per_s / tokens_per_s
