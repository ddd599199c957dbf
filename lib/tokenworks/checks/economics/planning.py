"""With which batch to plan: the last one that keeps the promise."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


def _tails(rng: Random) -> Case:
    times = sorted(rng.randrange(8, 120) for _ in SIZES)
    if rng.random() < 0.5:  # one that is faster again
        at = rng.randrange(3, len(times))
        times[at] = times[rng.randrange(2)]
    rows = [[size, time / 1000] for size, time in zip(SIZES, times, strict=True)]
    if rng.random() < 0.5:
        rng.shuffle(rows)
    bound = min(times) / 2 if rng.random() < 0.3 else times[rng.randrange(len(times))]
    return (rows, bound / 1000)


@exercise(
    6,
    examples=(Example(([[1, 0.01], [8, 0.03], [32, 0.06], [64, 0.04]], 0.05), "8"),),
    cases=(
        ([[1, 0.0125], [8, 0.0232], [16, 0.0309], [32, 0.0488], [48, 0.0657]], 0.05),
        ([[48, 0.0657], [1, 0.0125], [32, 0.0488], [8, 0.0232], [16, 0.0309]], 0.0309),
        ([[1, 0.0125], [8, 0.0232]], 0.01),
        ([[1, 0.02], [4, 0.05], [16, 0.06], [64, 0.05]], 0.05),
        ([[1, 0.02], [4, 0.03]], 0.05),
    ),
    draw=_tails,
    mistakes=(
        Mistake(
            "a larger batch that happens to keep it",
            ("            break\n", "            continue\n"),
            "Where a smaller batch already breaks the promise, a larger one does not win it back.",
        ),
        Mistake(
            "the first that breaks it",
            (
                (
                    "if seconds > bound_seconds:\n            break",
                    "if seconds > bound_seconds:\n            return batch",
                ),
            ),
            "Plan with the last batch that keeps the promise, not with the first that breaks it.",
        ),
        Mistake(
            "the bound itself breaks it",
            ("seconds > bound_seconds", "seconds >= bound_seconds"),
            "What takes exactly as long as promised keeps the promise.",
        ),
        Mistake(
            "the list's order",
            ("sorted(tails)", "tails"),
            "The list may come in any order: look at the batches from small to large.",
        ),
        Mistake(
            "no batch keeps it, and one is planned",
            ("planned = 0", "planned = min(tails)[0]"),
            "If even the smallest batch is too slow, the answer is 0.",
        ),
    ),
    unit="sequences",
    tolerance=0.0,
)
def batch_to_plan_with(tails, bound_seconds):
    """The batch to plan with.

    `tails` has pairs of a batch and the 99th percentile of the time a token that was measured at
    it, in any order. At most `bound_seconds` are promised. Return the largest batch that keeps the
    promise and below which every measured batch keeps it, too; 0 if the smallest one breaks it.

    Example: `[[1, 0.01], [8, 0.03], [32, 0.06], [64, 0.04]]` and 0.05 s: 8 sequences, because 32
    break the promise, whatever 64 do.
    """
    planned = 0
    for batch, seconds in sorted(tails):
        if seconds > bound_seconds:
            break
        planned = batch
    return planned
