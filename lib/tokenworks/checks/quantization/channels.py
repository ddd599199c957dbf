"""How a channel with large activations is spared: scaled before rounding, and back after it."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart

MARGIN = 0.05  # of a step, from where rounding would turn


def _channels(rng: Random) -> Case:
    while True:
        size, bits = rng.randrange(3, 8), rng.choice([2, 3, 4])
        weights = [round(rng.gauss(0, 1), 2) for _ in range(size)]
        scales = [rng.choice([0.5, 1.0, 1.0, 1.5, 2.0, 3.0]) for _ in range(size)]
        if len(set(scales)) > 1 and _apart(weights, scales, bits):
            return (weights, scales, bits)


def _apart(weights: list[float], scales: list[float], bits: int) -> bool:
    """Tell whether no weight is near where two levels are equally far, in any of two ways."""
    for rows in ([w * s for w, s in zip(weights, scales, strict=True)], weights):
        step = max(map(abs, rows)) / (2 ** (bits - 1) - 1)
        if not step or any(abs(abs(x) / step % 1 - 0.5) < MARGIN for x in rows):
            return False
    return True


STEP = "max(map(abs, scaled)) / (2 ** (bits - 1) - 1)"
BACK = "round(x / step) * step / s"


@exercise(
    4,
    examples=(
        Example(
            ([0.4, 2.1], [2, 1], 3),
            "[0.35, 2.1]",
            shows=(("0.7", lambda weights, scales, bits: max(weights) / (2 ** (bits - 1) - 1)),),
        ),
    ),
    cases=(
        ([0.4, 2.1, -0.9], [2.0, 1.0, 1.0], 3),
        ([0.22, -0.61, 1.4, 0.35], [3.0, 1.0, 1.0, 1.0], 4),
        ([0.9, -0.33, 0.14, -1.2, 0.5], [1.0, 2.0, 0.5, 1.0, 1.0], 4),
        ([1.6, 0.7, -0.25], [2.0, 1.0, 1.0], 3),
        ([0.31, -0.84, 0.55, 0.13], [1.0, 1.0, 2.0, 1.5], 2),
    ),
    draw=_channels,
    mistakes=(
        Mistake(
            "not divided back",
            (BACK, "round(x / step) * step"),
            "The activations are divided by the scales. What stands for the weights themselves is "
            "the rounded number, divided by the scale again.",
        ),
        Mistake(
            "the step of the weights as they were",
            (STEP, "max(map(abs, weights)) / (2 ** (bits - 1) - 1)"),
            "The scaled weights are what is rounded: their largest one decides the step.",
        ),
        Mistake(
            "the wrong way round",
            (("w * s for", "w / s for"), (BACK, "round(x / step) * step * s")),
            "A weight that matters is made larger before rounding, so that the step is smaller "
            "beside it.",
        ),
        Mistake(
            "not rounded",
            (BACK, "x / s"),
            "Scaling and dividing back changes nothing. Between the two the numbers are rounded.",
        ),
        Mistake(
            "scaled after rounding",
            ("w * s for w, s in zip(weights, scales, strict=True)", "w for w in weights"),
            "Scaled first, rounded next, divided last.",
        ),
        Mistake(
            "without the scales",
            (
                ("w * s for w, s in zip(weights, scales, strict=True)", "w for w in weights"),
                (BACK, "round(x / step) * step"),
            ),
            "That is rounding to nearest. The scales make the step smaller beside some weights.",
        ),
        Mistake(
            "as many levels as a grid from 0",
            ("2 ** (bits - 1) - 1", "2**bits - 1"),
            "Half of the levels are below 0: from 0 up there are 2^(bits - 1) - 1 steps.",
        ),
        Mistake(
            "a step too many",
            ("(2 ** (bits - 1) - 1)", "2 ** (bits - 1)"),
            "The grid is symmetric, with 2^(bits - 1) - 1 steps to each side of 0.",
        ),
        Mistake(
            "the codes",
            (BACK, "round(x / step)"),
            "These are the codes. Multiply by the step, and divide by the scale.",
        ),
    ),
    unit="",
    distance=list_apart,
)
def spared(weights, scales, bits):
    """A channel is spared.

    A row of `weights` is rounded to a symmetric grid: its step is the largest magnitude divided by
    2^(bits - 1) - 1. Before that each weight is multiplied by the scale of its input channel; the
    activations of the channel are divided by it, so that the product stays. Return the row as the
    model then sees it: rounded, times the step, and divided by the scales again.

    Example: 0.4 and 2.1 with scales of 2 and 1 in 3 bits. The step is 0.7, and the row becomes
    `[0.35, 2.1]`; without scales it would be `[0.7, 2.1]`.
    """
    scaled = [w * s for w, s in zip(weights, scales, strict=True)]
    step = max(map(abs, scaled)) / (2 ** (bits - 1) - 1)
    return [round(x / step) * step / s for x, s in zip(scaled, scales, strict=True)]
