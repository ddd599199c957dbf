"""A pipeline whose stages are not alike."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _pipeline(rng: Random) -> Case:
    stages = [rng.choice([1, 2, 2, 3, 4, 6]) for _ in range(rng.randrange(2, 7))]
    return (stages, rng.choice([1, 2, 3, 4, 8, 16]))


PASSED = "sum(stage_ms) + (micro_batches - 1) * max(stage_ms)"


@exercise(
    3,
    examples=(
        Example(
            ([2, 1, 1], 3),
            "0.5",
            shows=(
                ("4", lambda stages, m: sum(stages)),
                ("8", lambda stages, m: sum(stages) + (m - 1) * max(stages)),
                ("12", lambda stages, m: m * sum(stages)),
                ("24", lambda stages, m: len(stages) * (sum(stages) + (m - 1) * max(stages))),
            ),
        ),
    ),
    cases=(
        ([1, 1, 1, 1], 4),
        ([3, 1, 2], 5),
        ([1, 4], 8),
        ([2, 2, 2, 3, 1], 1),
        ([5, 5, 6], 16),
    ),
    draw=_pipeline,
    mistakes=(
        Mistake(
            "as if all stages were alike",
            (
                PASSED,
                "(len(stage_ms) + micro_batches - 1) * sum(stage_ms) / len(stage_ms)",
            ),
            "(p - 1) / (m + p - 1) holds where all stages take as long. Here the slowest sets the "
            "pace.",
        ),
        Mistake(
            "all stages are as slow as the slowest",
            (
                PASSED,
                "(len(stage_ms) + micro_batches - 1) * max(stage_ms)",
            ),
            "The first micro-batch passes each stage in that stage's own time. Only those behind "
            "it queue for the slowest.",
        ),
        Mistake(
            "one micro-batch after the other",
            (
                PASSED,
                "micro_batches * sum(stage_ms)",
            ),
            "A stage takes the next micro-batch as soon as it has handed the last one on.",
        ),
        Mistake(
            "one micro-batch too many",
            ("(micro_batches - 1)", "micro_batches"),
            "The first is through after one pass. The others follow it, each one slowest stage "
            "later.",
        ),
        Mistake(
            "the share that works",
            ("1 - busy / (len(stage_ms) * total)", "busy / (len(stage_ms) * total)"),
            "Asked for is the share that stands idle.",
        ),
        Mistake(
            "one stage's time for all",
            ("(len(stage_ms) * total)", "total"),
            "All stages are there from the first to the last moment: their time is the whole.",
        ),
        Mistake(
            "one micro-batch works",
            ("busy = micro_batches * ", "busy = "),
            "Each stage works on every micro-batch.",
        ),
    ),
    unit="of the time",
    answer_unit="",
)
def idle_share(stage_ms, micro_batches):
    """The bubble of an uneven pipeline.

    `stage_ms` has for each stage of a pipeline the milliseconds it takes for one micro-batch. A
    batch of `micro_batches` passes once: a stage begins with a micro-batch as soon as it is free
    and the stage before has handed it on. The time runs from the first stage's start to the last
    stage's end. Return the share of all stages' time in which they stand idle.

    Example: stages of 2, 1 and 1 ms, and 3 micro-batches. The first is through after 4 ms, the last
    after 8. The three stages work 12 of their 24 ms: 0.5.
    """
    total = sum(stage_ms) + (micro_batches - 1) * max(stage_ms)
    busy = micro_batches * sum(stage_ms)
    return 1 - busy / (len(stage_ms) * total)
