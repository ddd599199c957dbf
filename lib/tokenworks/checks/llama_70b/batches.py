"""The batch that fills the arithmetic, for each way to store and to multiply weights."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart

FORMULA = "bytes_per_weight * flops_per_s / (2 * bytes_per_s)"


def _ways(rng: Random) -> Case:
    peak = rng.randrange(100, 1000) * 1e12
    ways = [[2, peak], [1, peak], [1, 2 * peak], [0.5, peak], [0.5, 2 * peak]]
    return (rng.sample(ways, rng.randrange(3, 6)), rng.randrange(400, 8000) * 1e9)


@exercise(
    1,
    examples=(Example(([[2, 60.0], [1, 60.0], [1, 120.0]], 3.0), "[20, 10, 20]"),),
    cases=(
        ([[2, 197e12], [1, 197e12], [1, 393e12]], 819e9),
        ([[0.5, 197e12], [1, 197e12], [2, 197e12]], 819e9),
        ([[2, 459e12], [1, 459e12], [1, 918e12], [0.5, 459e12]], 2.765e12),
        ([[2, 918e12]], 1.638e12),
    ),
    draw=_ways,
    mistakes=(
        Mistake(
            "the same for every width",
            (FORMULA, "flops_per_s / bytes_per_s"),
            "Half the bytes arrive in half the time: the width of a weight is in the answer.",
        ),
        Mistake(
            "a multiply-add counted once",
            ("(2 * bytes_per_s)", "bytes_per_s"),
            "Each sequence does two operations with every weight: it multiplies and adds.",
        ),
        Mistake(
            "narrow weights need more sequences",
            (FORMULA, "flops_per_s / (2 * bytes_per_s * bytes_per_weight)"),
            "Narrow weights arrive sooner, so fewer sequences keep the arithmetic busy.",
        ),
        Mistake(
            "upside down",
            (FORMULA, "bytes_per_weight * bytes_per_s / (2 * flops_per_s)"),
            "Time to read a weight over the time of one sequence's work with it.",
        ),
    ),
    unit="sequences",
    distance=list_apart,
)
def critical_batches(ways, bytes_per_s):
    """Critical batches.

    `ways` is a list of pairs: the bytes of a stored weight, and the FLOP/s at which a chip
    multiplies with it. The memory brings `bytes_per_s`. For each way return the batch at which
    multiplying takes as long as reading the weights; a multiplication and an addition are two
    operations. Caches are left out.

    Example: `[[2, 60.0], [1, 60.0], [1, 120.0]]` and 3 B/s: `[20, 10, 20]`.
    """
    return [
        bytes_per_weight * flops_per_s / (2 * bytes_per_s) for bytes_per_weight, flops_per_s in ways
    ]
