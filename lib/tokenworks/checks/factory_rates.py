"""Questions of chapter 01 about rates: tokens per second, bytes per poem, dollars per token."""

from __future__ import annotations

import random
from typing import Any

from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.step_time import decode_step_seconds, decode_tokens_per_s


def _rate(*case: Any) -> float:
    weight_bytes, hbm_bytes_per_s, chips, batch = case
    seconds = decode_step_seconds(weight_bytes, hbm_bytes_per_s * chips)
    return decode_tokens_per_s(seconds, batch)


def _rate_case(rng: random.Random) -> Case:
    chips, batch = rng.choice([2, 3, 4, 8]), rng.choice([2, 5, 16, 32])
    return (rng.randrange(1, 400) * 1e9, rng.randrange(400, 8000) * 1e9, chips, batch)


DECODE_RATE = Question(
    id="01.2",
    title="Tokens per second at the floor",
    size_hint="about 2 lines",
    oracle=_rate,
    cases=(
        (140e9, 2.039e12, 2, 1),
        (140e9, 2.039e12, 1, 1),
        (35e9, 3.35e12, 1, 32),
        (810e9, 4.8e12, 8, 16),
    ),
    fresh_case=_rate_case,
    misconceptions=(
        Misconception(
            "per GPU for total",
            lambda weights, bandwidth, chips, batch: batch * bandwidth / weights,
            "Each chip holds only its share of the weights, and all chips read at the same time.",
        ),
        Misconception(
            "more chips read more bytes",
            lambda weights, bandwidth, chips, batch: batch * bandwidth / (weights * chips),
            "The weights are split over the chips, not copied: each chip has less to read.",
        ),
        Misconception(
            "seconds for tokens per second",
            lambda weights, bandwidth, chips, batch: weights / (bandwidth * chips) / batch,
            "That is the time of one token; how many of them fit into a second?",
        ),
        Misconception(
            "the batch is forgotten",
            lambda weights, bandwidth, chips, batch: bandwidth * chips / weights,
            "One step reads the weights once and yields one token for every sequence.",
        ),
        Misconception(
            "the batch slows the step",
            lambda weights, bandwidth, chips, batch: bandwidth * chips / (weights * batch),
            "The weights are read once for the whole batch, so the step takes no longer.",
        ),
        Misconception(
            "FLOPs for bytes",
            lambda weights, bandwidth, chips, batch: batch * bandwidth * chips / (2 * weights),
            "Factor 2 belongs to arithmetic (multiply and add); a byte is read once.",
        ),
    ),
    distance=apart,
    unit="tokens_per_s",
)


def _traffic_case(rng: random.Random) -> Case:
    return (rng.randrange(1, 900) * 1e9, rng.randrange(2, 4000), rng.randrange(2, 4000))


TRAFFIC = Question(
    id="01.4",
    title="Weight traffic of a poem",
    size_hint="about 2 lines",
    oracle=lambda weight_bytes, prompt_tokens, output_tokens: weight_bytes * output_tokens,
    cases=((140e9, 7, 200), (140e9, 7, 1), (16e9, 1000, 10), (35e9, 500, 64)),
    fresh_case=_traffic_case,
    misconceptions=(
        Misconception(
            "one pass only",
            lambda weights, prompt, output: weights,
            "Every output token needs the one before it, so every one is a pass of its own.",
        ),
        Misconception(
            "the prompt is read token by token",
            lambda weights, prompt, output: weights * (prompt + output),
            "All prompt tokens are known at once: they go through the model in one pass.",
        ),
        Misconception(
            "an extra pass for the prompt",
            lambda weights, prompt, output: weights * (output + 1),
            "The pass over the prompt already yields the first output token.",
        ),
        Misconception(
            "one pass per prompt token",
            lambda weights, prompt, output: weights * prompt,
            "The length of the answer decides, not the length of the question.",
        ),
        Misconception(
            "the last token is free",
            lambda weights, prompt, output: weights * (output - 1),
            "Each output token comes out of a pass, the first and the last one included.",
        ),
    ),
    distance=apart,
    unit="bytes",
)


def _dollars(*case: Any) -> float:
    chip_usd_per_hour, chips, step_seconds, batch = case
    rate = decode_tokens_per_s(step_seconds, batch)
    return usd_per_million_tokens(chip_usd_per_hour, chips, rate)


def _dollars_case(rng: random.Random) -> Case:
    usd = rng.randrange(20, 1200) / 100
    return (usd, rng.choice([2, 4, 8, 16]), rng.randrange(2, 90) / 1000, rng.choice([2, 8, 32, 64]))


DOLLARS = Question(
    id="01.5",
    title="USD per million tokens",
    size_hint="about 2 lines",
    oracle=_dollars,
    cases=((2.0, 2, 0.035, 1), (2.0, 2, 0.035, 32), (3.6, 1, 0.02, 8), (12.0, 8, 0.01, 64)),
    fresh_case=_dollars_case,
    misconceptions=(
        Misconception(
            "per hour taken as per second",
            lambda usd, chips, seconds, batch: 1e6 * usd * chips * seconds / batch,
            "The price is for an hour and the step in seconds: an hour has 3600 of them.",
        ),
        Misconception(
            "per GPU for total",
            lambda usd, chips, seconds, batch: 1e6 * usd * seconds / batch / 3600,
            "The price is for one chip, and all of them are rented.",
        ),
        Misconception(
            "the batch is forgotten",
            lambda usd, chips, seconds, batch: 1e6 * usd * chips * seconds / 3600,
            "Every step yields one token for each sequence of the batch.",
        ),
        Misconception(
            "the price of one token",
            lambda usd, chips, seconds, batch: usd * chips * seconds / batch / 3600,
            "Prices are quoted for a million tokens.",
        ),
        Misconception(
            "a larger batch costs more",
            lambda usd, chips, seconds, batch: 1e6 * usd * chips * seconds * batch / 3600,
            "The same step serves the whole batch, so each token gets cheaper.",
        ),
        Misconception(
            "tokens per dollar",
            lambda usd, chips, seconds, batch: batch / seconds * 3600 / (usd * chips),
            "The fraction is upside down: dollars over tokens.",
        ),
    ),
    distance=apart,
    unit="usd",
)

QUESTIONS = (DECODE_RATE, TRAFFIC, DOLLARS)
