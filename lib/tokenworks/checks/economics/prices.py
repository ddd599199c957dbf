"""What a batch does to the price of a token, and what an answer costs beside a prompt."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _batch(rng: Random) -> Case:
    weights, one = rng.randrange(2, 200) * 10**9, rng.randrange(1, 300) * 10**7
    return (weights, one, rng.randrange(2, 200), rng.choice([2.0e12, 3.3e12, 4.8e12]), 1.79)


@exercise(
    1,
    examples=(Example((10**9, 10**9, 4, 10**9, 36.0), "USD 12,500"),),
    cases=(
        (13_476_831_232, 1_073_741_824, 8, 2.039e12, 1.79),
        (13_476_831_232, 1_073_741_824, 64, 2.039e12, 1.79),
        (16_060_522_496, 268_435_456, 128, 3.35e12, 3.99),
        (13_476_831_232, 1_073_741_824, 2, 2.039e12, 1.79),
    ),
    draw=_batch,
    mistakes=(
        Mistake(
            "caches shared, too",
            ("batch * cache_bytes", "cache_bytes"),
            "The weights are read once for all sequences; each sequence has a cache of its own.",
        ),
        Mistake(
            "weights for every sequence",
            ("weight_bytes + batch", "batch * weight_bytes + batch"),
            "One reading of the weights serves the whole batch: that is what a batch is for.",
        ),
        Mistake(
            "caches left out",
            (" + batch * cache_bytes", ""),
            "A step reads the cache of every sequence as well.",
        ),
        Mistake(
            "one token a step",
            (" / batch * step", " * step"),
            "A step gives one token to each sequence of the batch.",
        ),
        Mistake(
            "an hour taken for a second",
            (" / 3600", ""),
            "The rent is for an hour, the step in seconds.",
        ),
        Mistake("one token", ("10**6 / batch", "1 / batch"), "The price is for a million tokens."),
    ),
    unit="USD",
)
def price_of_a_batch(weight_bytes, cache_bytes, batch, bytes_per_s, usd_per_hour):
    """A million tokens at a batch.

    A chip is rented for `usd_per_hour` and reads `bytes_per_s` from its memory. A step reads the
    weights once, and the cache of each of `batch` sequences, `cache_bytes` each; it gives one token
    to every sequence. Return the least that a million tokens can cost, in USD.

    Example: 1 GB of weights, caches of 1 GB, 4 sequences, a memory that reads 1 GB a second, a chip
    of USD 36 an hour: USD 12,500.
    """
    step_seconds = (weight_bytes + batch * cache_bytes) / bytes_per_s
    return 10**6 / batch * step_seconds * usd_per_hour / 3600


def _phases(rng: Random) -> Case:
    return (
        rng.randrange(2, 300) / 100,
        rng.randrange(200, 20_000),
        rng.randrange(4, 90) / 1000,
        rng.randrange(2, 256),
    )


@exercise(
    2,
    examples=(Example((1.0, 1000, 0.02, 4), "5"),),
    cases=(
        (0.0397, 1000, 0.0157, 128),
        (0.0397, 1000, 0.0118, 1),
        (0.4051, 8500, 0.0123, 32),
        (1.0, 1000, 0.02, 2),
    ),
    draw=_phases,
    mistakes=(
        Mistake(
            "one sequence at a time",
            (" / batch", ""),
            "A step gives a token to every sequence of the batch, so that they share its cost.",
        ),
        Mistake(
            "the whole prompt",
            (" / prompt_tokens", ""),
            "Prices are for one token: the prompt's time is that of all of its tokens.",
        ),
        Mistake(
            "upside down",
            ("return written / read", "return read / written"),
            "The question is what a token of the answer costs in tokens of the prompt.",
        ),
        Mistake(
            "batches multiply the cost",
            (" / batch", " * batch"),
            "A larger batch makes a token of the answer cheaper.",
        ),
    ),
    unit="tokens of a prompt",
)
def output_ratio(prompt_seconds, prompt_tokens, step_seconds, batch):
    """A token of the answer in tokens of the prompt.

    A chip reads a prompt of `prompt_tokens` tokens in `prompt_seconds`, alone. A step takes
    `step_seconds` and gives one token to each of `batch` sequences. Both are paid for by time.
    Return how many tokens of a prompt cost as much as one token of an answer.

    Example: 1,000 tokens in 1 s, steps of 0.02 s, 4 sequences: 5 tokens of a prompt.
    """
    read = prompt_seconds / prompt_tokens
    written = step_seconds / batch
    return written / read
