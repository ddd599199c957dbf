"""An exercise small enough to see through, for the tests of what exercises are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tokenworks.checks.exercise import Example, Exercise, Mistake, exercise


def ceil_div(total, size):
    """Count the blocks.

    A line of `total` tokens is cut into blocks of `size`. Return how many there are.

    Example: 10 tokens in blocks of 4: 3 blocks, of which 2 are full.
    """
    blocks = 0
    while total > 0:
        total -= size
        blocks += 1
    return blocks


def make(solution: Callable[..., Any] = ceil_div, **changed: Any) -> Exercise:
    """Return the exercise with some fields changed, as if it stood in a chapter."""
    fields: dict[str, Any] = {
        "examples": (Example((10, 4), "3 blocks", (("2", lambda total, size: total // size),)),),
        "cases": ((10, 4), (8, 4), (1, 4), (0, 3), (17, 5)),
        "draw": lambda rng: (rng.randrange(0, 40), rng.randrange(1, 9)),
        "mistakes": (
            Mistake("full blocks only", ("total > 0", "total >= size"), "Part of one is one."),
            Mistake("one too many", ("return blocks", "return blocks + 1"), "Count again."),
            Mistake("tokens for blocks", lambda total, size: total, "Blocks, not tokens."),
        ),
        "unit": "blocks",
        "tolerance": 0.0,
    }
    solution.__module__ = "tokenworks.checks.kv_cache.per_token"
    return exercise(1, **(fields | changed))(solution)
