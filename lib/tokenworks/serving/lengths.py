"""How long prompts and answers are: distributions to draw from with a seed.

A length that is no whole number from 1, and an impossible parameter, raise ValueError.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from tokenworks.number import Number, bounded, whole

Draw = Callable[[Random], int]


@dataclass(frozen=True)
class Lengths:
    """Where a request's two lengths come from, each drawn by itself."""

    prompt_tokens: Draw
    output_tokens: Draw

    def draw(self, random: Random) -> tuple[int, int]:
        """Return the lengths of one request: prompt and output."""
        return self.prompt_tokens(random), self.output_tokens(random)


@dataclass(frozen=True)
class Samples:
    """Pairs of prompt and output lengths that occurred together, drawn with equal chances."""

    pairs: Sequence[tuple[int, int]]

    def __post_init__(self) -> None:
        if not self.pairs:
            raise ValueError("samples need at least one pair of lengths")
        for prompt, output in self.pairs:
            whole(prompt, "prompt tokens")
            whole(output, "output tokens")

    def draw(self, random: Random) -> tuple[int, int]:
        """Return the lengths of one request: prompt and output."""
        return random.choice(self.pairs)


def fixed(tokens: int) -> Draw:
    """Return the same length every time."""
    tokens = whole(tokens, "tokens")
    return lambda random: tokens


def uniform(least: int, most: int) -> Draw:
    """Return a length from `least` to `most`, both included, each as likely."""
    most = whole(most, "most")
    least = whole(least, "least", most=most)
    return lambda random: random.randint(least, most)


def geometric(mean_tokens: Number) -> Draw:
    """Return a length that ends after each token with the same chance: the memoryless answer.

    The steps of a request are then a discrete exponential service time.
    """
    mean_tokens = bounded(mean_tokens, "mean_tokens", least=1)
    if mean_tokens == 1:
        return fixed(1)
    scale = math.log1p(-1 / mean_tokens)
    return lambda random: 1 + int(math.log(1.0 - random.random()) / scale)


def lognormal(
    *,
    sigma: Number,
    mean_tokens: Number | None = None,
    median_tokens: Number | None = None,
    most: int | None = None,
) -> Draw:
    """Return a length whose logarithm is normal with deviation `sigma`: a heavy tail.

    Give the mean (exp(μ + σ²/2)) or the median (exp μ), not both. It is rounded to whole tokens,
    at least 1; above `most` it is cut to it, which lowers the mean.
    """
    sigma = bounded(sigma, "sigma")
    given = [x for x in (mean_tokens, median_tokens) if x is not None]
    if len(given) != 1:
        raise ValueError(f"give mean_tokens or median_tokens, one of them; got {given}")
    middle = bounded(given[0], "mean_tokens" if median_tokens is None else "median_tokens", least=1)
    mu = math.log(middle) - (sigma * sigma / 2 if median_tokens is None else 0.0)
    cap = math.inf if most is None else whole(most, "most")
    return lambda random: max(1, round(min(cap, math.exp(random.gauss(mu, sigma)))))


def weighted(tokens: Sequence[int], weights: Sequence[Number]) -> Draw:
    """Return one of these lengths with chances in proportion to its weight."""
    tokens = [whole(each, "tokens") for each in tokens]
    weights = [bounded(weight, "a weight") for weight in weights]
    if len(tokens) != len(weights) or not any(weights):
        raise ValueError("give as many weights as lengths, not all 0")
    sums = list(accumulate(weights))
    return lambda random: tokens[bisect(sums, random.random() * sums[-1])]
