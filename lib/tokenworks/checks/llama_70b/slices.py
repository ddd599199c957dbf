"""What one chip of a slice holds, and the smallest slice that is enough."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _dealt(rng: Random) -> Case:
    kv_heads = rng.choice([4, 8])
    chips = rng.choice([2, 4, 8, 16, 32])
    weights, kv = rng.randrange(10, 400) * 1e9, rng.randrange(20, 3000) * 1e6
    return (weights, kv, rng.randrange(2, 120), chips, kv_heads)


@exercise(
    2,
    examples=(Example((800, 40, 2, 16, 8), "60 bytes"),),
    cases=(
        (70e9, 1.34e9, 32, 8, 8),
        (70e9, 1.34e9, 32, 16, 8),
        (141e9, 2.68e9, 8, 4, 8),
        (35e9, 1.34e9, 120, 32, 8),
        (16e9, 0.5e9, 4, 2, 4),
    ),
    draw=_dealt,
    mistakes=(
        Mistake(
            "all weights on every chip",
            ("weight_bytes / chips", "weight_bytes"),
            "Each matrix is cut: a chip holds its part of the weights.",
        ),
        Mistake(
            "the cache cut further than its heads",
            ("min(chips, kv_heads)", "chips"),
            "Where there are more chips than KV heads, several chips hold the same head.",
        ),
        Mistake(
            "one head on every chip",
            ("min(chips, kv_heads)", "kv_heads"),
            "With fewer chips than KV heads a chip holds several heads.",
        ),
        Mistake(
            "one sequence",
            ("batch * kv_bytes", "kv_bytes"),
            "Every sequence of the batch has a cache of its own.",
        ),
        Mistake(
            "the whole cache on every chip",
            (" / min(chips, kv_heads)", ""),
            "The heads of the cache are dealt out among the chips, too.",
        ),
        Mistake(
            "bytes of all chips",
            (
                "weight_bytes / chips + batch * kv_bytes / min(chips, kv_heads)",
                "weight_bytes + batch * kv_bytes",
            ),
            "The question is what one chip holds.",
        ),
    ),
    unit="bytes",
)
def bytes_on_a_chip(weight_bytes, kv_bytes, batch, chips, kv_heads):
    """Bytes on one chip.

    A model is divided among `chips` chips. Its weights take `weight_bytes`, the cache of one
    sequence `kv_bytes`, and `batch` sequences are served at once. Each chip holds an equal part of
    the weights. The cache has `kv_heads` heads, which are dealt out among the chips; where there
    are more chips than heads, each chip holds one head, and several chips hold the same one.
    (Number of chips and of heads divide each other.) Return the bytes that one chip holds.

    Example: 800 bytes of weights, two caches of 40, 16 chips and 8 heads: 60 bytes.
    """
    return weight_bytes / chips + batch * kv_bytes / min(chips, kv_heads)


SHAPES = [[1, 1], [2, 2], [2, 4], [4, 4], [4, 8], [8, 8]]
HELD = "weight_bytes + batch * kv_bytes"


def _asked(rng: Random) -> Case:
    shapes = SHAPES[rng.choice([0, 0, 1]) : rng.choice([4, 5, 6])]
    if rng.random() < 0.3:  # exactly full
        rows, columns = rng.choice(shapes[1:])
        chip, batch = 2**34, 2 ** rng.randrange(1, 5)
        cache = 2**30
        return (shapes, chip, rows * columns * chip - batch * cache, cache, batch)
    largest = shapes[-1][0] * shapes[-1][1]
    all_bytes = rng.randrange(1, 14 * largest) * 10**9
    batch = rng.randrange(2, 60)
    kv = max(1, round(rng.choice([0.2, 0.5, 0.7]) * all_bytes / batch))
    if rng.random() < 0.2:
        all_bytes = 40 * largest * 10**9  # none is enough
    return (shapes, 16_911_433_728, max(1, all_bytes - batch * kv), kv, batch)


def _chips_needed(_: Any, chip_bytes: Any, weights: Any, kv: Any, batch: Any) -> int:
    return -(-(weights + batch * kv) // chip_bytes)


@exercise(
    3,
    examples=(Example(([[1, 1], [2, 2], [2, 4]], 10, 30, 2, 8), "8"),),
    cases=(
        (SHAPES, 16_911_433_728, 70_600_000_000, 1_342_177_280, 32),
        (SHAPES, 16_911_433_728, 141_200_000_000, 2_684_354_560, 8),
        (SHAPES, 16_911_433_728, 35_300_000_000, 1_342_177_280, 16),
        (SHAPES, 16_911_433_728, 8_000_000_000, 536_870_912, 4),
        (SHAPES[1:4], 16_911_433_728, 405_000_000_000, 2_000_000_000, 8),
        (SHAPES, 16_000, 48_000, 2_000, 8),
        (SHAPES, 16_000, 60_000, 1_000, 5),
        (SHAPES, 16_000, 40_000, 40_000, 3),
    ),
    draw=_asked,
    mistakes=(
        Mistake(
            "weights alone",
            (HELD, "weight_bytes"),
            "The caches of all sequences have to be held, too.",
        ),
        Mistake(
            "one sequence",
            ("batch * kv_bytes", "kv_bytes"),
            "Every sequence of the batch has a cache of its own.",
        ),
        Mistake(
            "chips that nobody rents out",
            _chips_needed,
            "Chips come in slices: take the smallest that is listed.",
        ),
        Mistake(
            "exactly full does not fit",
            ("<= rows * columns", "< rows * columns"),
            "What fills the memory to the last byte still fits.",
        ),
        Mistake(
            "the edges added",
            ("rows * columns * chip_bytes", "(rows + columns) * chip_bytes"),
            "A slice of 2 by 4 has eight chips.",
        ),
    ),
    unit="chips",
    tolerance=0.0,
)
def smallest_slice(shapes, chip_bytes, weight_bytes, kv_bytes, batch):
    """The smallest slice.

    `shapes` lists the slices that can be rented, smallest first, each as its rows and columns of
    chips. A chip has `chip_bytes` that can be used. Weights take `weight_bytes`, the cache of one
    sequence `kv_bytes`; there are `batch` sequences, and all is divided evenly. Return the number
    of chips of the smallest slice that holds it, 0 if none does.

    Example: slices `[[1, 1], [2, 2], [2, 4]]` of chips with 10 bytes; 30 bytes of weights and eight
    caches of 2 bytes take 8 chips.
    """
    for rows, columns in shapes:
        if weight_bytes + batch * kv_bytes <= rows * columns * chip_bytes:
            return rows * columns
    return 0
