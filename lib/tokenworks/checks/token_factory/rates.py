"""Tokens per second, bytes per answer, dollars per token."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _read(rng: Random) -> Case:
    chips, batch = rng.choice([2, 3, 4, 8]), rng.choice([2, 5, 16, 32])
    return (rng.randrange(1, 400) * 1e9, rng.randrange(400, 8000) * 1e9, chips, batch)


@exercise(
    2,
    examples=(Example((100e9, 1000e9, 1, 1), "10 tokens/s"),),
    cases=(
        (140e9, 2.039e12, 2, 1),
        (140e9, 2.039e12, 1, 1),
        (35e9, 3.35e12, 1, 32),
        (810e9, 4.8e12, 8, 16),
    ),
    draw=_read,
    mistakes=(
        Mistake(
            "per GPU for total",
            (" * chips", ""),
            "Each chip holds only its share of the weights, and all chips read at the same time.",
        ),
        Mistake(
            "more chips read more bytes",
            ("* chips", "/ chips"),
            "The weights are split over the chips, not copied: each chip has less to read.",
        ),
        Mistake(
            "seconds for tokens per second",
            ("batch / step_seconds", "step_seconds / batch"),
            "That is the time of one token; how many of them fit into a second?",
        ),
        Mistake(
            "the batch is forgotten",
            ("batch / step_seconds", "1 / step_seconds"),
            "One step reads the weights once and yields one token for every sequence.",
        ),
        Mistake(
            "the batch slows the step",
            ("batch / step_seconds", "1 / step_seconds / batch"),
            "The weights are read once for the whole batch, so the step takes no longer.",
        ),
        Mistake(
            "FLOPs for bytes",
            ("batch / step_seconds", "batch / step_seconds / 2"),
            "Factor 2 belongs to arithmetic (multiply and add); a byte is read once.",
        ),
    ),
    unit="tokens_per_s",
)
def tokens_per_s(weight_bytes, hbm_bytes_per_s, chips, batch):
    """Tokens per second at the floor.

    To make one token for every sequence of a batch, a decode step reads all weights once. The
    weights are split evenly over `chips` chips, which read their shares at the same time, each at
    `hbm_bytes_per_s`. Reading is all that takes time here. Return the tokens per second of the
    whole batch together.

    Example: 100 GB of weights on one chip at 1,000 GB/s give 10 tokens/s at batch 1.
    """
    step_seconds = weight_bytes / (hbm_bytes_per_s * chips)
    return batch / step_seconds


def _answered(rng: Random) -> Case:
    return (rng.randrange(1, 900) * 1e9, rng.randrange(2, 4000), rng.randrange(2, 4000))


@exercise(
    4,
    examples=(Example((1e9, 10, 3), "3 GB"),),
    cases=((140e9, 7, 200), (140e9, 7, 1), (16e9, 1000, 10), (35e9, 500, 64)),
    draw=_answered,
    mistakes=(
        Mistake(
            "one pass only",
            (" * passes", ""),
            "Every output token needs the one before it, so every one is a pass of its own.",
        ),
        Mistake(
            "the prompt is read token by token",
            ("= output_tokens", "= prompt_tokens + output_tokens"),
            "All prompt tokens are known at once: they go through the model in one pass.",
        ),
        Mistake(
            "an extra pass for the prompt",
            ("= output_tokens", "= 1 + output_tokens"),
            "The pass over the prompt already yields the first output token.",
        ),
        Mistake(
            "one pass per prompt token",
            ("= output_tokens", "= prompt_tokens"),
            "The length of the answer decides, not the length of the question.",
        ),
        Mistake(
            "the last token is free",
            ("= output_tokens", "= output_tokens - 1"),
            "Each output token comes out of a pass, the first and the last one included.",
        ),
    ),
    unit="bytes",
)
def weight_traffic_bytes(weight_bytes, prompt_tokens, output_tokens):
    """Weight traffic of a poem.

    One pass reads all weights once. The first pass takes the whole prompt and yields the first
    output token. Each later pass takes the newest token and yields the next one. Return the bytes
    of weights that are read until `output_tokens` tokens are there.

    Example: 1 GB of weights, a prompt of 10 tokens and 3 output tokens move 3 GB.
    """
    passes = output_tokens  # the pass over the prompt yields the first of them
    return weight_bytes * passes


def _rented(rng: Random) -> Case:
    usd = rng.randrange(20, 1200) / 100
    return (usd, rng.choice([2, 4, 8, 16]), rng.randrange(2, 90) / 1000, rng.choice([2, 8, 32, 64]))


@exercise(
    5,
    examples=(Example((3.60, 1, 0.001, 1), "USD 1.00"),),
    cases=((2.0, 2, 0.035, 1), (2.0, 2, 0.035, 32), (3.6, 1, 0.02, 8), (12.0, 8, 0.01, 64)),
    draw=_rented,
    mistakes=(
        Mistake(
            "per hour taken as per second",
            (" / 3600", ""),
            "The price is for an hour and the step in seconds: an hour has 3,600 of them.",
        ),
        Mistake(
            "per GPU for total",
            (" * chips", ""),
            "The price is for one chip, and all of them are rented.",
        ),
        Mistake(
            "the batch is forgotten",
            (" / batch", ""),
            "Every step yields one token for each sequence of the batch.",
        ),
        Mistake(
            "the price of one token",
            ("1e6 * ", ""),
            "Prices are quoted for a million tokens.",
        ),
        Mistake(
            "a larger batch costs more",
            ("/ batch", "* batch"),
            "The same step serves the whole batch, so each token gets cheaper.",
        ),
        Mistake(
            "tokens per dollar",
            (
                "1e6 * usd_per_second * step_seconds / batch",
                "batch / step_seconds / usd_per_second",
            ),
            "The fraction is upside down: dollars over tokens.",
        ),
    ),
    unit="usd",
)
def usd_per_million_tokens(chip_usd_per_hour, chips, step_seconds, batch):
    """USD per million tokens.

    `chips` chips are rented, each at `chip_usd_per_hour`. Together they make one step in
    `step_seconds`, and a step yields one token for each of `batch` sequences. Return the rent
    behind a million tokens, in USD.

    Example: one chip at USD 3.60 an hour, 0.001 s per step and batch 1 give USD 1.00.
    """
    usd_per_second = chip_usd_per_hour * chips / 3600
    return 1e6 * usd_per_second * step_seconds / batch
