"""Questions of chapter 04 about the batch that fills a chip, and what a dollar buys of it."""

from __future__ import annotations

import random
from typing import Any

from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.checks.roofline_layer import CHIPS
from tokenworks.cost.roofline import critical_batch, ridge_intensity


def _critical_case(rng: random.Random) -> Case:
    return (rng.choice([3, 4, 6, 8, 12, 16]), *rng.choice(CHIPS))


CRITICAL = Question(
    id="04.4",
    title="The critical batch of a precision",
    size_hint="about 2 lines",
    oracle=lambda bits, flops_per_s, bytes_per_s: critical_batch(
        bits / 8, flops_per_s, bytes_per_s
    ),
    cases=(
        (16, 989e12, 3.35e12),
        (8, 197e12, 0.819e12),
        (8, 394e12, 0.819e12),
        (4, 312e12, 2.039e12),
    ),
    fresh_case=_critical_case,
    misconceptions=(
        Misconception(
            "the ridge for every width",
            lambda bits, peak, bandwidth: peak / bandwidth,
            "Ridge and critical batch agree only at two bytes a weight; use the width you get.",
        ),
        Misconception(
            "a multiply-add counted once",
            lambda bits, peak, bandwidth: bits / 8 * peak / bandwidth,
            "Each row does two operations with every weight: a multiplication and an addition.",
        ),
        Misconception(
            "bits for bytes",
            lambda bits, peak, bandwidth: bits * peak / (2 * bandwidth),
            "The width is in bits and the bandwidth in bytes.",
        ),
        Misconception(
            "narrow weights need more rows",
            lambda bits, peak, bandwidth: 16 / bits * peak / bandwidth,
            "Narrow weights arrive sooner, so fewer rows keep the arithmetic busy.",
        ),
    ),
    distance=apart,
    unit="rows",
)


def _with_cache(*case: Any) -> float:
    params, bytes_per_param, kv_bytes, flops_per_s, bytes_per_s = case
    alone = critical_batch(bytes_per_param, flops_per_s, bytes_per_s)
    share = ridge_intensity(flops_per_s, bytes_per_s) / (2 * params / kv_bytes)
    return alone / (1 - share) if share < 1 else 0.0


def _cache_case(rng: random.Random) -> Case:
    params, width = rng.randrange(1, 90) * 1e9, rng.choice([0.5, 1, 2])
    flops_per_s, bytes_per_s = rng.choice(CHIPS)
    turning = 2 * params * bytes_per_s / flops_per_s  # the cache that just keeps memory busy
    share = rng.choice([0.05, 0.4, 0.9, 1.6, 5.0])
    return (params, width, share * turning, flops_per_s, bytes_per_s)


def _shared(*case: Any) -> float:
    params, width, kv_bytes, peak, bandwidth = case
    return (params * width + kv_bytes) * peak / (2 * params * bandwidth)


def _negative(*case: Any) -> float:
    params, width, kv_bytes, peak, bandwidth = case
    return params * width / bandwidth / (2 * params / peak - kv_bytes / bandwidth)


def _half(*case: Any) -> float:
    params, width, kv_bytes, peak, bandwidth = case
    gap = params / peak - kv_bytes / bandwidth
    return params * width / bandwidth / gap if gap > 0 else 0.0


def _wrong_way(*case: Any) -> float:
    params, width, kv_bytes, peak, bandwidth = case
    return params * width / bandwidth / (2 * params / peak + kv_bytes / bandwidth)


WITH_CACHE = Question(
    id="04.5",
    title="The critical batch with a cache",
    size_hint="about 5 lines",
    oracle=_with_cache,
    cases=(
        (7e9, 2, 10e6, 989e12, 3.35e12),
        (7e9, 2, 0.5e9, 989e12, 3.35e12),
        (70e9, 1, 0.33e9, 197e12, 0.819e12),
        (70e9, 2, 0.2e9, 312e12, 2.039e12),
        (8e9, 2, 0.27e9, 989e12, 3.35e12),
    ),
    fresh_case=_cache_case,
    misconceptions=(
        Misconception(
            "the cache is free",
            lambda params, width, kv_bytes, peak, bandwidth: width * peak / (2 * bandwidth),
            "Every sequence reads its own cache in every step, on top of the weights.",
        ),
        Misconception(
            "one cache for all",
            _shared,
            "The weights are shared, the caches are not: B sequences read B caches.",
        ),
        Misconception(
            "a negative batch",
            _negative,
            "A cache that takes longer to read than its token to compute defeats any batch: 0.",
        ),
        Misconception(
            "a multiply-add counted once",
            _half,
            "A token costs two operations for each parameter.",
        ),
        Misconception(
            "the cache lowers the batch",
            _wrong_way,
            "More reading needs more rows to balance it, not fewer: look at the sign.",
        ),
    ),
    distance=apart,
    unit="rows",
)


def _bytes_per_usd(*case: Any) -> float:
    bytes_per_s, usd_per_hour, chips = case
    return 3600 * chips * bytes_per_s / usd_per_hour


def _usd_case(rng: random.Random) -> Case:
    _, bytes_per_s = rng.choice(CHIPS)
    chips = rng.choice([2, 4, 8, 16])
    return (bytes_per_s, chips * rng.randrange(30, 900) / 100, chips)


PER_USD = Question(
    id="04.6",
    title="Bandwidth per dollar",
    size_hint="about 1 line",
    oracle=_bytes_per_usd,
    cases=((3.35e12, 31.92, 8), (0.819e12, 1.2, 1), (2.039e12, 5.58, 2), (8e12, 44.0, 8)),
    fresh_case=_usd_case,
    misconceptions=(
        Misconception(
            "an hour taken for a second",
            lambda bytes_per_s, usd, chips: chips * bytes_per_s / usd,
            "The price is for an hour, the bandwidth for a second.",
        ),
        Misconception(
            "one chip for the server's price",
            lambda bytes_per_s, usd, chips: 3600 * bytes_per_s / usd,
            "The price buys the whole server, so all of its chips read for it.",
        ),
        Misconception(
            "the price taken as one chip's",
            lambda bytes_per_s, usd, chips: 3600 * bytes_per_s / (usd * chips),
            "The price is the server's already; multiplying it by the chips pays twice.",
        ),
        Misconception(
            "dollars per byte",
            lambda bytes_per_s, usd, chips: usd / (3600 * chips * bytes_per_s),
            "The fraction is upside down: bytes over dollars.",
        ),
    ),
    distance=apart,
    unit="bytes",
)

QUESTIONS = (CRITICAL, WITH_CACHE, PER_USD)
