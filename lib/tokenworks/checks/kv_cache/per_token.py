"""What one token leaves in the cache, with grouped heads and with a latent."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

BYTES = "The width is in bits and the answer in bytes: how many bits does a byte have?"


def _grouped(rng: Random) -> Case:
    n_kv_heads = rng.choice([2, 4, 8, 16])
    n_heads = n_kv_heads * rng.choice([2, 3, 4, 8])
    width = rng.choice([64, 80, 96, 128, 256])
    return (rng.randrange(12, 127), n_heads, n_kv_heads, width, rng.choice([4, 6, 8, 16, 32]))


@exercise(
    1,
    examples=(Example((2, 4, 1, 8, 16), "64 bytes"),),
    cases=((80, 64, 8, 128, 16), (32, 32, 8, 128, 8), (30, 9, 3, 64, 32), (126, 128, 8, 128, 4)),
    draw=_grouped,
    mistakes=(
        Mistake(
            "all query heads (8x GQA)",
            ("n_kv_heads", "n_heads"),
            "Several query heads share one key and value head: only the KV heads are stored.",
        ),
        Mistake(
            "keys without values",
            ("2 * ", ""),
            "A token leaves a key and a value, two vectors of the same width.",
        ),
        Mistake("bits for bytes", (" / 8", ""), BYTES),
        Mistake("one layer only", ("n_layers * ", ""), "Every layer keeps keys and values."),
        Mistake(
            "whole bytes per value",
            ("bits_per_value / 8", "(bits_per_value // 8)"),
            "A value may take half a byte: divide by 8 at the end, and not with //.",
        ),
    ),
    unit="bytes",
)
def kv_bytes_per_token(n_layers, n_heads, n_kv_heads, d_head, bits_per_value):
    """Cache bytes of one token.

    In each of its `n_layers` layers a model with grouped-query attention keeps, for every token,
    one key and one value for each KV head. Keys and values have `d_head` elements, each of
    `bits_per_value` bits. Return the bytes that one more token adds to the cache.

    Example: 2 layers, 4 query heads, 1 KV head of 8 elements, 16 bits: 64 bytes.
    """
    return 2 * n_layers * n_kv_heads * d_head * bits_per_value / 8


def _latent(rng: Random) -> Case:
    heads, rank = rng.choice([16, 32, 64, 128]), rng.choice([256, 384, 512, 768])
    return (rng.randrange(20, 90), heads, rank, rng.choice([32, 64, 96]), rng.choice([8, 16, 32]))


@exercise(
    4,
    examples=(Example((2, 4, 8, 2, 16), "40 bytes"),),
    cases=(
        (61, 128, 512, 64, 16),
        (27, 16, 512, 64, 16),
        (60, 128, 512, 64, 8),
        (40, 32, 256, 96, 32),  # not 8 times the rotated key: tells two mistakes apart
    ),
    draw=_latent,
    mistakes=(
        Mistake(
            "a latent for keys and one for values",
            ("return n_layers", "return 2 * n_layers"),
            "Keys and values are both rebuilt from the same latent: there is no factor of 2.",
        ),
        Mistake(
            "a latent for every head",
            ("return n_layers", "return n_heads * n_layers"),
            "All heads share the latent and the rotated key. That is the point of MLA.",
        ),
        Mistake(
            "the rotated key forgotten",
            (" + d_head_rope", ""),
            "The part of the key that carries the position cannot be in the latent: add it.",
        ),
        Mistake(
            "a rotated key for every head",
            ("d_head_rope", "n_heads * d_head_rope"),
            "One rotated key serves all heads.",
        ),
        Mistake("bits for bytes", (" / 8", ""), BYTES),
    ),
    unit="bytes",
)
def mla_bytes_per_token(n_layers, n_heads, kv_lora_rank, d_head_rope, bits_per_value):
    """Cache bytes of one token with MLA.

    Multi-head latent attention keeps, in each layer and for each token, one latent vector of
    `kv_lora_rank` elements, from which keys and values of all `n_heads` heads are rebuilt, and one
    rotated key of `d_head_rope` elements for all heads. Each element has `bits_per_value` bits.
    Return the cache bytes of one token.

    Example: 2 layers, 4 heads, rank 8, rotated key of 2, 16 bits: 40 bytes.
    """
    return n_layers * (kv_lora_rank + d_head_rope) * bits_per_value / 8
