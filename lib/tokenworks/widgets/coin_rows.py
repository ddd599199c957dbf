"""Guesses that stand by chance alone: the same numbers for every acceptance, so that more stand."""

from __future__ import annotations

import random
from functools import cache
from itertools import takewhile

from tokenworks.data.speculation_trace import LENGTH, LONGEST
from tokenworks.number import Number

SEED = 11


@cache
def _numbers() -> list[list[float]]:
    drawn = random.Random(SEED)
    return [[drawn.random() for _ in range(LONGEST)] for _ in range(LENGTH)]


def coin_runs(alpha: Number) -> list[int]:
    """Return from each place how many guesses stand before the first that does not."""
    return [len(list(takewhile(lambda u: u < alpha, row))) for row in _numbers()]
