"""How many experts a batch reads."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _routing(rng: Random) -> Case:
    experts, active = rng.choice([(8, 2), (16, 4), (64, 6), (128, 8), (256, 8), (160, 6)])
    return (experts, active, rng.choice([2, 3, 4, 8, 16, 32, 64]))


@exercise(
    5,
    examples=(Example((8, 2, 2), "3.5 experts"),),
    cases=((8, 2, 4), (256, 8, 32), (128, 8, 16), (64, 6, 1), (16, 4, 64)),
    draw=_routing,
    mistakes=(
        Mistake(
            "as if no two tokens chose the same",
            (
                "experts * (1 - missed_by_one**tokens)",
                "min(experts, active * tokens)",
            ),
            "Two tokens may choose the same expert, and it is read once for both.",
        ),
        Mistake(
            "one token's experts",
            ("missed_by_one**tokens", "missed_by_one"),
            "Every token of the batch chooses, and an expert is read if any of them chose it.",
        ),
        Mistake(
            "the experts that nobody chose",
            ("(1 - missed_by_one**tokens)", "missed_by_one**tokens"),
            "That is how many are missed by all. The others are read.",
        ),
        Mistake(
            "one expert a token",
            ("active / experts", "1 / experts"),
            "A token chooses `active` experts.",
        ),
        Mistake(
            "a token may choose an expert twice",
            ("(1 - missed_by_one**tokens)", "(1 - (1 - 1 / experts) ** (active * tokens))"),
            "The experts of one token are distinct: it misses a given one with probability "
            "1 - active / experts.",
        ),
        Mistake(
            "a share for a number",
            ("experts * (1", "(1"),
            "This is the share of the experts that is read. Asked for is their number.",
        ),
    ),
    unit="experts",
)
def experts_read(experts, active, tokens):
    """Experts that a batch reads.

    A layer has `experts` experts, and its router sends each token to `active` different ones, all
    equally likely. A step has `tokens` tokens, which choose independently. An expert that at least
    one of them chose has to be read. Return how many that are on average.

    Example: 8 experts, 2 of them for a token, 2 tokens: 3.5 experts.
    """
    missed_by_one = 1 - active / experts
    return experts * (1 - missed_by_one**tokens)
