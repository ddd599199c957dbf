"""Questions of chapter 03 about cost: what an output token costs, a stall, a request's bill."""

from __future__ import annotations

import random
from typing import Any

from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.step_time import compute_seconds, decode_step_seconds


def _output_seconds(*case: Any, kv: str = "each", batch: bool = True, limit: Any = max) -> float:
    """Return the chip's time for one output token, with a switch for each mistake."""
    weights, cache, bytes_per_s, flops, flops_per_s, users = case
    caches = {"each": users * cache, "shared": cache, "none": 0.0}[kv]
    read = decode_step_seconds(weights + caches, bytes_per_s)
    multiply = compute_seconds(users * flops, flops_per_s)
    return limit(read, multiply) / (users if batch else 1)


def _input_seconds(*case: Any) -> float:
    return compute_seconds(case[3], case[4])


def _ratio(*case: Any, **switches: Any) -> float:
    return _output_seconds(*case, **switches) / _input_seconds(*case)


def _ratio_case(rng: random.Random) -> Case:
    weights = rng.randrange(14, 200) * 1e9
    bytes_per_s, flops_per_s = rng.choice([(4.1e12, 624e12), (26.8e12, 7915e12), (13e12, 3150e12)])
    cache = rng.randrange(1, 40) * 1e8
    return (weights, cache, bytes_per_s, weights, flops_per_s, rng.choice([2, 8, 32, 64, 128]))


RATIO = Question(
    id="03.4",
    title="An output token, in input tokens",
    size_hint="about 4 lines",
    oracle=_ratio,
    cases=(
        (139e9, 0.34e9, 4.078e12, 139e9, 624e12, 1),
        (139e9, 0.34e9, 26.8e12, 139e9, 7915e12, 32),
        (139e9, 2.7e9, 26.8e12, 139e9, 7915e12, 64),
        (15e9, 0.001e9, 3.35e12, 15e9, 989e12, 600),
        (70e9, 1.3e9, 26.8e12, 139e9, 7915e12, 256),
    ),
    fresh_case=_ratio_case,
    misconceptions=(
        Misconception(
            "the caches are forgotten",
            lambda *case: _ratio(*case, kv="none"),
            "A step reads the weights once and the cache of every user.",
        ),
        Misconception(
            "the cache is shared",
            lambda *case: _ratio(*case, kv="shared"),
            "The weights are shared by the batch, a cache is not: every user brings one.",
        ),
        Misconception(
            "the batch is not shared",
            lambda *case: _ratio(*case, batch=False),
            "One step yields a token for every user, so its time is divided by the batch.",
        ),
        Misconception(
            "reading and multiplying are added",
            lambda *case: _ratio(*case, limit=lambda read, multiply: read + multiply),
            "They overlap: the slower of the two sets the time of the step.",
        ),
        Misconception(
            "arithmetic has no limit",
            lambda *case: _ratio(*case, limit=lambda read, multiply: read),
            "At a large batch the arithmetic of all users takes longer than the reading.",
        ),
        Misconception(
            "operations compared, not time",
            lambda *case: 1 / case[5],
            "The operations of a token are the same in both phases. What differs is the time.",
        ),
        Misconception(
            "an input token, in output tokens",
            lambda *case: 1 / _ratio(*case),
            "The fraction is upside down: output over input.",
        ),
    ),
    distance=apart,
    unit="ratio",
    answer_unit="",
)


def _gap(*case: Any) -> float:
    prefill, prompt_tokens, chunk_tokens, step = case
    return prefill * min(chunk_tokens, prompt_tokens) / prompt_tokens + step


def _gap_case(rng: random.Random) -> Case:
    prompt = rng.randrange(1000, 40_000)
    chunk = rng.choice([256, 512, 2048, 65_536])
    return (rng.randrange(100, 9000) / 1000, prompt, chunk, rng.randrange(3, 90) / 1000)


STALL = Question(
    id="03.5",
    title="The gap that a long prompt tears",
    size_hint="about 2 lines",
    oracle=_gap,
    cases=(
        (0.75, 32768, 512, 0.006),
        (9.4, 32768, 32768, 0.04),
        (0.2, 500, 2048, 0.034),
        (2.0, 9000, 2000, 0.05),
        (0.6, 8192, 256, 0.06),
    ),
    fresh_case=_gap_case,
    misconceptions=(
        Misconception(
            "the whole prompt at once",
            lambda prefill, prompt, chunk, step: prefill + step,
            "Only one chunk runs between two decode steps.",
        ),
        Misconception(
            "the decode step is forgotten",
            lambda prefill, prompt, chunk, step: prefill * min(chunk, prompt) / prompt,
            "After the chunk the decode step itself still takes its time.",
        ),
        Misconception(
            "a chunk longer than the prompt",
            lambda prefill, prompt, chunk, step: prefill * chunk / prompt + step,
            "A prompt shorter than a chunk is one short chunk.",
        ),
        Misconception(
            "chunks of equal length",
            lambda prefill, prompt, chunk, step: prefill / -(-prompt // chunk) + step,
            "Chunks are full but for the last, and the longest gap holds a full one.",
        ),
        Misconception(
            "the longer of the two",
            lambda prefill, prompt, chunk, step: max(prefill * min(chunk, prompt) / prompt, step),
            "Here they run one after the other, so their times add up.",
        ),
        Misconception(
            "the gaps of all chunks together",
            lambda prefill, prompt, chunk, step: prefill + step * -(-prompt // chunk),
            "That is the time until the whole prompt is read. One gap holds one chunk.",
        ),
    ),
    distance=apart,
    unit="seconds",
)


def _bill(*case: Any, cached: Number | None = None, output: Number | None = None) -> Number:
    """Return what a request costs, in input tokens, with rates that a mistake may change."""
    new_tokens, cached_tokens, output_tokens, cached_rate, output_rate = case
    first = cached_rate if cached is None else cached
    second = output_rate if output is None else output
    return new_tokens + first * cached_tokens + second * output_tokens


def _share(*case: Any, **rates: Any) -> float:
    output_rate = rates.get("output", case[4])
    return output_rate * case[2] / _bill(*case, **rates)


def _share_case(rng: random.Random) -> Case:
    tokens = (rng.randrange(100, 9000), rng.randrange(100, 9000), rng.randrange(20, 2000))
    return (*tokens, rng.choice([0.1, 0.25, 0.5]), rng.choice([1.5, 2, 3, 4, 5, 8]))


SHARE = Question(
    id="03.6",
    title="The output's share of the bill",
    size_hint="about 3 lines",
    oracle=_share,
    cases=(
        (3000, 5500, 250, 0.1, 5),
        (8500, 0, 250, 0.1, 5),
        (200, 1000, 800, 0.5, 4),
        (0, 6000, 100, 0.25, 3),
    ),
    fresh_case=_share_case,
    misconceptions=(
        Misconception(
            "tokens counted, not their price",
            lambda *case: _share(*case, cached=1, output=1),
            "Weigh each kind of token by its rate before you compare.",
        ),
        Misconception(
            "cached tokens at full price",
            lambda *case: _share(*case, cached=1),
            "A cached input token costs cached_rate of a new one.",
        ),
        Misconception(
            "cached tokens are free",
            lambda *case: _share(*case, cached=0),
            "A cached input token is cheap, not free: it costs cached_rate of a new one.",
        ),
        Misconception(
            "output over input",
            lambda *case: case[4] * case[2] / (_bill(*case) - case[4] * case[2]),
            "A share is a part of the whole: divide by the whole bill.",
        ),
        Misconception(
            "the input's share",
            lambda *case: 1 - _share(*case),
            "That is what the input costs; the rest is the output.",
        ),
        Misconception(
            "percent for a share",
            lambda *case: 100 * _share(*case),
            "Return a number between 0 and 1.",
        ),
        Misconception(
            "the cost for the share",
            lambda *case: case[4] * case[2],
            "That is what the output costs; divide it by the whole bill.",
        ),
    ),
    distance=apart,
    unit="ratio",
    answer_unit="",
)

QUESTIONS = (RATIO, STALL, SHARE)
