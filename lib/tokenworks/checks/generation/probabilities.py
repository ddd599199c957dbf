"""From logits to probabilities."""

from __future__ import annotations

import sys
from math import exp, inf, log, nan
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

LARGEST = log(sys.float_info.max)  # whose exponential is a finite number


def mass_misplaced(expected: list[Any], got: list[Any]) -> float:
    """Return which share of the probability lies on the wrong tokens."""
    return sum(abs(e - g) for e, g in zip(expected, got, strict=True)) / 2


def _sharpened(rng: Random) -> Case:
    logits = [rng.randrange(-20, 21) / 4 for _ in range(rng.randrange(3, 8))]
    kind = rng.random()
    if kind < 0.3:  # greedy, with a tie for the largest
        return (rng.sample([*logits, max(logits)], len(logits) + 1), 0)
    if kind < 0.5:
        return (logits, rng.choice([0.5, 0.7, 1.3, 2.0]))
    # quarters and powers of two are exact in 32 bits too; what is far below is 0 in any precision
    far = rng.choice([-1000, 1000])
    logits = [far + logit for logit in logits] + [far - 4000] * rng.choice([0, 2, 8])
    return (rng.sample(logits, len(logits)), rng.choice([0.25, 0.5, 2.0]))


def _unshifted(logits: list[float], temperature: float) -> list[float]:
    """Do what NumPy does without the shift: inf / inf and 0 / 0 are NaN, and no exception."""
    if temperature == 0:
        return softmax(logits, temperature)
    weights = [
        exp(power) if power < LARGEST else inf for power in (x / temperature for x in logits)
    ]
    total = sum(weights)
    return [weight / total if total else nan for weight in weights]


def _divided(logits: list[float], temperature: float) -> list[float]:
    """Do what NumPy does at temperature 0: 0 / 0 is NaN, and no exception."""
    return softmax(logits, temperature) if temperature else [nan] * len(logits)


OVERFLOW = "Subtract the largest logit first: the ratio is the same and nothing exceeds exp(0)."
GREEDY = "Temperature 0 means greedy: all probability on the largest logit, ties to lower id."


@exercise(
    2,
    examples=(Example(([0.0, 0.0], 1), "[0.5, 0.5]"),),
    cases=(
        ([2.0, 1.0, 0.1], 1.0),
        ([2.0, 1.0, 0.1], 0.5),
        ([8.2, 7.1, 6.9, 6.5, 6.3], 2.0),
        ([1000.0, 999.0, 998.0], 1.0),
        ([-1000.0, -999.0], 1.0),
        ([4000.0, 0.0, 0.0], 2.0),
        ([0.0, 4000.0, 4000.0], 2.0),
        ([0.3, 2.5, 2.5, 1.0], 0),
    ),
    draw=_sharpened,
    mistakes=(
        Mistake(
            "multiplied by the temperature",
            ("/ temperature", "* temperature"),
            "A high temperature flattens: the logits are divided by it.",
        ),
        Mistake(
            "the temperature has no effect",
            (" / temperature", ""),
            "Divide the logits before the exponential; a factor after it cancels in the ratio.",
        ),
        Mistake("large logits overflow", (" - top", ""), OVERFLOW),
        Mistake("large logits overflow", _unshifted, OVERFLOW),
        Mistake(
            "the mean subtracted, not the maximum",
            ("logit - top", "logit - sum(logits) / len(logits)"),
            "One logit far above the mean still overflows: subtract the largest.",
        ),
        Mistake(
            "the first logit subtracted, not the maximum",
            ("logit - top", "logit - logits[0]"),
            "A logit far above the first still overflows: subtract the largest.",
        ),
        Mistake(
            "negative logits vanish",
            ("logit - top", "logit - max(0, top)"),
            "Subtract the largest logit where it is negative too, or every exponential is 0.",
        ),
        Mistake("temperature 0 divides by zero", ("temperature == 0", "False"), GREEDY),
        Mistake("temperature 0 divides by zero", _divided, GREEDY),
        Mistake(
            "greedy ties to the higher id",
            ("logits.index(top)", "len(logits) - 1 - logits[::-1].index(top)"),
            "Of equally large logits the one with the lower id gets it all.",
        ),
        Mistake(
            "greedy ties not broken",
            ("i == logits.index(top)", "logits[i] == top"),
            "Only one token gets the probability 1: of equally large logits the lower id.",
        ),
        Mistake(
            "not normalised",
            ("weight / sum(weights)", "weight"),
            "Probabilities add up to 1: divide by the sum of the exponentials.",
        ),
    ),
    unit="of the probability mass",
    distance=mass_misplaced,
    tolerance=1e-5,
)
def softmax(logits, temperature):
    """Softmax with temperature.

    Turn a list of `logits` into probabilities: `exp(logit / temperature)`, divided by the sum of
    these over all tokens. Two things must hold. Logits of 1,000 must not overflow, nor those of
    -1,000 vanish. Temperature 0 means greedy: all probability on the largest logit; where two are
    equally large, on the lower id.

    Example: `[0.0, 0.0]` at temperature 1 gives `[0.5, 0.5]`.
    """
    from math import exp

    top = max(logits)
    if temperature == 0:
        return [1.0 if i == logits.index(top) else 0.0 for i in range(len(logits))]
    weights = [exp((logit - top) / temperature) for logit in logits]
    return [weight / sum(weights) for weight in weights]
