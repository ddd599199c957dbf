"""How often the loop runs the model, and over how much."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _passed(rng: Random) -> Case:
    return (rng.randrange(2, 4000), rng.randrange(2, 2000), rng.random() < 0.5)


FED = "The last token is drawn and sent; nothing is computed from it."


@exercise(
    6,
    examples=(Example((3, 2, False), "7 positions"), Example((3, 2, True), "4")),
    cases=(
        (500, 200, False),
        (500, 200, True),
        (7, 1, False),
        (7, 1, True),
        (1, 10, False),
        (32, 100, True),
    ),
    draw=_passed,
    mistakes=(
        Mistake(
            "the last token is fed too",
            ((" - 1", ""), ("range(output_tokens)", "range(1, output_tokens + 1)")),
            FED,
        ),
        Mistake(
            "the last token is fed too",
            ((" - 1", ""), ("range(output_tokens)", "range(output_tokens + 1)")),
            FED,
        ),
        Mistake(
            "the prompt is forgotten",
            (
                ("prompt_tokens + output_tokens - 1", "output_tokens"),
                ("prompt_tokens + made", "made + 1"),
            ),
            "The first pass goes over the whole prompt.",
        ),
        Mistake(
            "the square of the whole length",
            (
                (" - 1", ""),
                (
                    "sum(prompt_tokens + made for made in range(output_tokens))",
                    "(prompt_tokens + output_tokens) ** 2",
                ),
            ),
            "Add up the passes: the first sees the prompt, each later one a token more.",
        ),
        Mistake(
            "every pass as long as the prompt",
            ("prompt_tokens + made", "prompt_tokens"),
            "Without a cache each pass is one token longer than the one before.",
        ),
        Mistake(
            "the cache saves nothing",
            ("if cached", "if False"),
            "With a cache a later pass computes only the one new position.",
        ),
        Mistake(
            "a cache is assumed",
            ("if cached", "if True"),
            "Without a cache every pass computes all positions again.",
        ),
    ),
    unit="positions",
    tolerance=0.0,
)
def positions_computed(prompt_tokens, output_tokens, cached):
    """Positions that the loop computes.

    A position is one token that goes through the model in one pass. Without a cache (`cached` is
    False) each pass takes all tokens so far: first the prompt, then prompt and one new token, and
    so on. With a cache the first pass takes the prompt and each later one only the newest token.
    Each pass yields one output token. Return the positions of all passes together.

    Example: a prompt of 3 tokens and 2 output tokens take 7 positions without a cache, 4 with one.
    """
    if cached:
        return prompt_tokens + output_tokens - 1
    return sum(prompt_tokens + made for made in range(output_tokens))
