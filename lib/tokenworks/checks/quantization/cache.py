"""What a narrow cache saves."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _caches(rng: Random) -> Case:
    tokens, layers = rng.randrange(100, 9000), rng.randrange(16, 100)
    heads, d_head = rng.choice([2, 3, 4, 8, 16]), rng.choice([64, 96, 128])
    return (tokens, layers, heads, d_head, rng.choice([4, 8]))


VECTORS = "2 * tokens * n_layers * n_kv_heads"
NARROW = "bits * d_head + 16 + 16"


@exercise(
    5,
    examples=(Example((1, 1, 1, 64, 4), "184"),),
    cases=(
        (4096, 80, 8, 128, 8),
        (4096, 80, 8, 128, 4),
        (1000, 30, 3, 64, 8),
        (777, 32, 32, 128, 4),
        (131072, 46, 16, 128, 4),
    ),
    draw=_caches,
    mistakes=(
        Mistake(
            "keys or values",
            (VECTORS, "tokens * n_layers * n_kv_heads"),
            "The cache holds keys and values.",
        ),
        Mistake(
            "scales are free",
            (NARROW, "bits * d_head"),
            "Each vector has a scale and a zero point, which take a part of what is saved.",
        ),
        Mistake(
            "no zero points",
            (NARROW, "bits * d_head + 16"),
            "Each vector has a zero point of 16 bits as well.",
        ),
        Mistake(
            "a scale for every value",
            (NARROW, "(bits + 16 + 16) * d_head"),
            "The values of one head share a scale and a zero point.",
        ),
        Mistake(
            "one scale for all heads",
            (NARROW, "bits * d_head + 32 / n_kv_heads"),
            "Every head of a token has its own.",
        ),
        Mistake(
            "bits for bytes",
            (" // 8", ""),
            "A byte is 8 bits.",
        ),
        Mistake(
            "what is left",
            ("(16 * d_head - narrow)", "narrow"),
            "That is what the narrow cache takes. Asked is what it saves.",
        ),
        Mistake(
            "from 32 bits",
            ("16 * d_head - narrow", "32 * d_head - narrow"),
            "The cache was in 16 bits before.",
        ),
        Mistake(
            "one layer",
            (VECTORS, "2 * tokens * n_kv_heads"),
            "Every layer has a cache of its own.",
        ),
    ),
    unit="bytes",
)
def cache_bytes_saved(tokens, n_layers, n_kv_heads, d_head, bits):
    """What a narrow cache saves.

    A cache holds keys and values of `tokens` tokens in 16 bits. It is stored in `bits` bits
    instead, and the `d_head` values of each key and of each value vector get a scale and a zero
    point of 16 bits each. Return the bytes that this saves.

    Example: one token, one layer, one KV head of 64 values, 4 bits: 184 bytes.
    """
    narrow = bits * d_head + 16 + 16
    return 2 * tokens * n_layers * n_kv_heads * (16 * d_head - narrow) // 8
