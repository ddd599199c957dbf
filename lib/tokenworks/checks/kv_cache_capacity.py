"""Questions of chapter 05 about room: what a chip holds, and what can be rented to hold it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from tokenworks.checks.kv_cache_token import attention_shape
from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.memory import kv_share
from tokenworks.units import BINARY

GIB = BINARY["Gi"]


def _per_chip(kv_bytes: Number, n_kv_heads: int, tp: int) -> float:
    return kv_bytes * kv_share(attention_shape(1, 16 * n_kv_heads, n_kv_heads), tp)


def _per_chip_case(rng: random.Random) -> Case:
    heads = rng.choice([4, 8, 16])
    tp = rng.choice([heads // 2, heads, 2 * heads, 2 * heads, 4 * heads])
    return (rng.randrange(1, 400) * 163_840_000, heads, tp)


PER_CHIP = Question(
    id="05.5",
    title="Cache of each tensor-parallel chip",
    size_hint="about 1 line",
    oracle=_per_chip,
    cases=((40e9, 8, 4), (40e9, 8, 8), (40e9, 8, 16), (12.5e9, 4, 32), (5e9, 2, 8)),
    fresh_case=_per_chip_case,
    misconceptions=(
        Misconception(
            "heads cut into pieces",
            lambda kv_bytes, heads, tp: kv_bytes / tp,
            "A chip holds whole heads. With more chips than KV heads, chips share a head.",
        ),
        Misconception(
            "total for per-chip",
            lambda kv_bytes, heads, tp: kv_bytes,
            "This is the cache of all chips together; each holds the heads that it was dealt.",
        ),
        Misconception(
            "always one head",
            lambda kv_bytes, heads, tp: kv_bytes / heads,
            "With fewer chips than KV heads, a chip holds several of them.",
        ),
        Misconception(
            "a copy on every chip",
            lambda kv_bytes, heads, tp: kv_bytes if tp > heads else kv_bytes / tp,
            "With more chips than heads each chip still holds one head only, not all of them.",
        ),
        Misconception(
            "copies counted as extra bytes of a chip",
            lambda kv_bytes, heads, tp: kv_bytes / heads * max(1, tp / heads, heads / tp),
            "The copies lie on other chips: this one holds one head.",
        ),
    ),
    distance=apart,
    unit="bytes",
)


def _batch(*case: Number, unit: float = GIB) -> int:
    """Count the sequences beside the weights; `unit` is the size of a GiB, right or mistaken."""
    hbm_gib, chips, weights, reserved_gib, sequence = case
    pool = chips * (hbm_gib - reserved_gib) * unit - weights
    return max(0, math.floor(pool / sequence))


def _batch_case(rng: random.Random) -> Case:
    hbm, chips = rng.choice([16, 32, 80, 141, 192]), rng.choice([2, 4, 8])
    reserved = rng.choice([1, 2, 4])
    share = 1.2 if rng.random() < 0.15 else rng.uniform(0.55, 0.7)
    weights = int(share * chips * hbm * 1e9)
    return (hbm, chips, weights, reserved, rng.randrange(2, 20) * 67_108_864)


MAX_BATCH = Question(
    id="05.6",
    title="Largest batch in a budget",
    size_hint="about 2 lines",
    oracle=_batch,
    cases=(
        (80, 2, 70_553_706_496, 2, 1_342_177_280),
        (80, 2, 141_107_412_992, 2, 1_342_177_280),
        (80, 2, 200_000_000_000, 2, 1_342_177_280),
        (141, 4, 405_853_388_800, 4, 2_113_929_216),
        (16, 8, 70_553_706_496, 1, 671_088_640),
    ),
    fresh_case=_batch_case,
    misconceptions=(
        Misconception(
            "GB for GiB",
            lambda *case: _batch(*case, unit=1e9),
            "The memory is in GiB, which are 2^30 bytes and not 10^9.",
        ),
        Misconception(
            "reserved once for all chips",
            lambda hbm, chips, weights, reserved, sequence: _batch(
                hbm * chips, 1, weights, reserved, sequence
            ),
            "The runtime takes its part of every chip.",
        ),
        Misconception(
            "nothing reserved",
            lambda hbm, chips, weights, reserved, sequence: _batch(
                hbm, chips, weights, 0, sequence
            ),
            "The runtime takes its part of every chip before the first sequence comes.",
        ),
        Misconception(
            "weights forgotten",
            lambda hbm, chips, weights, reserved, sequence: _batch(
                hbm, chips, 0, reserved, sequence
            ),
            "The weights lie in the same memory; the cache gets what they leave.",
        ),
        Misconception(
            "one chip for all",
            lambda hbm, chips, weights, reserved, sequence: _batch(
                hbm, 1, weights, reserved, sequence
            ),
            "Weights and caches are dealt out over all chips, so all of their memory counts.",
        ),
        Misconception(
            "rounded up",
            lambda hbm, chips, weights, reserved, sequence: (
                _batch(hbm, chips, weights, reserved, sequence) + 1
            ),
            "A sequence that fits in part does not fit.",
        ),
        Misconception(
            "fewer than no sequences",
            lambda hbm, chips, weights, reserved, sequence: math.floor(
                (chips * (hbm - reserved) * GIB - weights) / sequence
            ),
            "Where not even the weights fit, the answer is 0.",
        ),
    ),
    distance=apart,
    unit="sequences",
    tolerance=0.0,
)


def _slice(needed: Number, usable: Number, slices: Sequence[int]) -> int:
    return min((chips for chips in slices if chips * usable >= needed), default=0)


def _slice_case(rng: random.Random) -> Case:
    slices, usable = rng.choice([[1, 4, 8, 16, 32], [1, 8], [4, 8, 16]]), 14e9
    slices = rng.sample(slices, len(slices))
    kind = rng.random()
    if kind < 0.25:  # exactly full
        return (rng.choice(slices) * usable, usable, slices)
    if kind < 0.4:  # nothing is large enough
        return (max(slices) * usable + 1e9, usable, slices)
    return (rng.uniform(0.02, 0.6) ** 2 * max(slices) * usable, usable, slices)


SLICE = Question(
    id="05.7",
    title="Smallest slice that can be rented",
    size_hint="about 2 lines",
    oracle=_slice,
    cases=(
        (20e9, 14e9, [8, 1, 4, 16]),
        (56e9, 14e9, [1, 4, 8, 16]),
        (57e9, 14e9, [1, 4, 8, 16]),
        (13e9, 14e9, [4, 8]),
        (300e9, 14e9, [16, 8, 4, 1]),
        (80e9, 14e9, [1, 4, 8, 16]),
    ),
    fresh_case=_slice_case,
    misconceptions=(
        Misconception(
            "chips that are not for rent",
            lambda needed, usable, slices: math.ceil(needed / usable),
            "Only the listed sizes exist: a slice of two chips cannot be rented.",
        ),
        Misconception(
            "rounded up to a power of two",
            lambda needed, usable, slices: 1 << (math.ceil(needed / usable) - 1).bit_length(),
            "Not every power of two is for rent: take the sizes from the list.",
        ),
        Misconception(
            "exactly full does not count",
            lambda needed, usable, slices: min(
                (chips for chips in slices if chips * usable > needed), default=0
            ),
            "A slice that is full to the last byte holds it all.",
        ),
        Misconception(
            "the first in the list",
            lambda needed, usable, slices: next(
                (chips for chips in slices if chips * usable >= needed), 0
            ),
            "The list need not be sorted: look for the smallest that is large enough.",
        ),
        Misconception(
            "the largest slice where none fits",
            lambda needed, usable, slices: _slice(needed, usable, slices) or max(slices),
            "Where no slice is large enough, the answer is 0.",
        ),
    ),
    distance=apart,
    unit="chips",
    tolerance=0.0,
)

QUESTIONS = (PER_CHIP, MAX_BATCH, SLICE)
