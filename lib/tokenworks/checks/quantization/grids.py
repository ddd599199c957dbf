"""The grid of a group: how far apart its levels are, which one is zero, and what it costs."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart

MARGIN = 0.05  # between a zero point and where rounding would turn it


def _groups(rng: Random) -> Case:
    while True:
        shift = rng.choice([-0.8, -0.3, 0.0, 0.0, 0.3, 0.8])
        weights = [round(rng.gauss(shift, 0.4), 3) for _ in range(rng.randrange(3, 9))]
        bits = rng.choice([2, 3, 4, 4, 8])
        low, high = min(0.0, *weights), max(0.0, *weights)
        share = -low / (high - low) * (2**bits - 1)
        if len(set(weights)) > 1 and abs(share % 1 - 0.5) > MARGIN:
            return (weights, bits)


ENDS = "min(0.0, *weights), max(0.0, *weights)"


@exercise(
    1,
    examples=(Example(([-0.3, 0.1, 1.2], 4), "[0.1, 3]"),),
    cases=(
        ([-0.31, 0.22, 0.74, 1.18, -0.05], 4),
        ([-1.4, 0.3, 0.2, -0.7], 4),
        ([0.9, 0.2, 0.5, 1.3], 3),
        ([-0.6, -0.2, -1.1, -0.4], 4),
        ([0.13, -0.08, 0.02, 0.3, -0.21, 0.11], 8),
        ([-0.5, 1.25, 0.4], 2),
    ),
    draw=_groups,
    mistakes=(
        Mistake(
            "a step too many",
            ("2**bits - 1", "2**bits"),
            "There is one step less than there are levels: the last level has none behind it.",
        ),
        Mistake(
            "a symmetric grid",
            (
                ("(high - low) / (2**bits - 1)", "max(high, -low) / (2 ** (bits - 1) - 1)"),
                ("round(-low / scale)", "0"),
            ),
            "Here the grid need not reach as far down as up: it goes from the smallest weight to "
            "the largest.",
        ),
        Mistake(
            "zero may be off the grid",
            (ENDS, "min(weights), max(weights)"),
            "If all weights are above 0, or all below, the range has to be extended to 0: no level "
            "stands for it else.",
        ),
        Mistake(
            "a zero point between two levels",
            ("round(-low / scale)", "-low / scale"),
            "The zero point is a level, a whole number.",
        ),
        Mistake(
            "a zero point of the wrong sign",
            ("-low / scale", "low / scale"),
            "Level 0 is the smallest weight. Zero stands as many levels above it as the smallest "
            "weight is steps below 0.",
        ),
        Mistake(
            "a zero point cut off",
            ("round(-low / scale)", "int(-low / scale)"),
            "The nearest level is wanted, not the one below.",
        ),
        Mistake(
            "the smallest weight for the zero point",
            ("round(-low / scale)", "low"),
            "The zero point counts levels. Some files hold the smallest weight itself, and call it "
            "the minimum.",
        ),
    ),
    unit="",
    distance=list_apart,
    length=2,
)
def scale_and_zero(weights, bits):
    """Scale and zero point.

    A group of `weights` is rounded to levels, which are numbered from 0 to 2^bits - 1. The first
    level is the smallest weight and the last one the largest, but the range always holds 0. Return
    `[scale, zero]`: how far apart two levels are, and the number of the level that stands for 0,
    rounded to the nearest. Some weight is not 0.

    Example: the weights -0.3, 0.1 and 1.2 in 4 bits give `[0.1, 3]`.
    """
    low, high = min(0.0, *weights), max(0.0, *weights)
    scale = (high - low) / (2**bits - 1)
    return [scale, round(-low / scale)]


def _rows(rng: Random) -> Case:
    bits, group = rng.choice([2, 3, 4, 8]), rng.choice([16, 32, 64, 128])
    even = rng.random() < 0.3
    inputs = group * rng.randrange(2, 30) + (0 if even else rng.randrange(1, group))
    scale_bits = rng.choice([8, 16, 32])
    return (inputs, bits, group, scale_bits, rng.choice([0, bits, bits, 16]))


GROUPS, ALL = "groups = -(-inputs // group)", "groups * (scale_bits + zero_bits)"


@exercise(
    2,
    examples=(Example((100, 4, 64, 16, 4), "4.4"),),
    cases=(
        (576, 4, 128, 16, 4),
        (4096, 4, 128, 16, 4),
        (576, 3, 64, 16, 0),
        (1536, 8, 32, 16, 16),
        (100, 2, 64, 32, 2),
        (200, 4, 16, 8, 4),
    ),
    draw=_rows,
    mistakes=(
        Mistake(
            "the codes alone",
            (f" + {ALL} / inputs", ""),
            "Without scale and zero point a code says nothing. They are in the file too.",
        ),
        Mistake(
            "no zero points",
            ("scale_bits + zero_bits", "scale_bits"),
            "Each group has a zero point beside its scale.",
        ),
        Mistake(
            "a scale for every weight",
            (ALL, "inputs * (scale_bits + zero_bits)"),
            "A group shares one scale and one zero point.",
        ),
        Mistake(
            "one scale for the row",
            (GROUPS, "groups = 1"),
            "Every group of the row has a scale of its own.",
        ),
        Mistake(
            "the last group forgotten",
            (GROUPS, "groups = inputs // group"),
            "What is left over at the end of the row is a group too, with a scale of its own.",
        ),
        Mistake(
            "as if the groups came out even",
            (GROUPS, "groups = inputs / group"),
            "A shorter group has a whole scale as well.",
        ),
        Mistake(
            "the whole row",
            (
                "bits + groups * (scale_bits + zero_bits) / inputs",
                "bits * inputs + groups * (scale_bits + zero_bits)",
            ),
            "These are the bits of the row. Divide them by its weights.",
        ),
        Mistake(
            "bytes for bits",
            (
                "return bits + groups * (scale_bits + zero_bits) / inputs",
                "return (bits + groups * (scale_bits + zero_bits) / inputs) / 8",
            ),
            "That is in bytes.",
        ),
    ),
    unit="bits",
)
def bits_a_weight(inputs, bits, group, scale_bits, zero_bits):
    """What the scales add.

    A row of `inputs` weights is stored in groups of `group`, each weight in `bits` bits. What is
    left over at the end is a shorter group. Each group has a scale of `scale_bits` and a zero point
    of `zero_bits`. Return the bits a weight takes on average, with all of it.

    Example: 100 weights of 4 bits in groups of 64, with scales of 16 bits and zero points of 4,
    take 4.4 bits a weight.
    """
    groups = -(-inputs // group)
    return bits + groups * (scale_bits + zero_bits) / inputs
