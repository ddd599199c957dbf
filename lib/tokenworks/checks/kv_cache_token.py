"""Questions of chapter 05 about one token: what it leaves in the cache."""

from __future__ import annotations

import random
from collections.abc import Callable

from tokenworks.architecture import AttentionSpec
from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.memory import kv_bytes_per_token


def attention_shape(
    n_layers: int,
    n_heads: int = 1,
    n_kv_heads: int = 1,
    *,
    d_head: int = 64,
    window_tokens: int | None = None,
    global_layer_period: int | None = None,
    latent: tuple[int, int] = (0, 0),
) -> AttentionSpec:
    """Return a shape without a name; `latent` is MLA's (rank, width of the rotated key)."""
    return AttentionSpec(
        name="exercise",
        label="exercise",
        n_layers=n_layers,
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        d_head=d_head,
        context_tokens=2**20,
        window_tokens=window_tokens,
        global_layer_period=global_layer_period,
        kv_lora_rank=latent[0],
        d_head_rope=latent[1],
    )


def _per_token(*case: Number) -> float:
    n_layers, n_heads, n_kv_heads, d_head, bits_per_value = case
    shape = attention_shape(int(n_layers), int(n_heads), int(n_kv_heads), d_head=int(d_head))
    return kv_bytes_per_token(shape, bits_per_value / 8)


def _per_token_case(rng: random.Random) -> Case:
    n_kv_heads = rng.choice([2, 4, 8, 16])
    n_heads = n_kv_heads * rng.choice([2, 3, 4, 8])
    width = rng.choice([64, 80, 96, 128, 256])
    return (rng.randrange(12, 127), n_heads, n_kv_heads, width, rng.choice([4, 6, 8, 16, 32]))


PER_TOKEN = Question(
    id="05.1",
    title="Cache bytes of one token",
    size_hint="about 1 line",
    oracle=_per_token,
    cases=((80, 64, 8, 128, 16), (32, 32, 8, 128, 8), (30, 9, 3, 64, 32), (126, 128, 8, 128, 4)),
    fresh_case=_per_token_case,
    misconceptions=(
        Misconception(
            "all query heads (8x GQA)",
            lambda layers, heads, kv, width, bits: _per_token(layers, heads, heads, width, bits),
            "Several query heads share one key and value head: only the KV heads are stored.",
        ),
        Misconception(
            "keys without values",
            lambda layers, heads, kv, width, bits: layers * kv * width * bits / 8,
            "A token leaves a key and a value, two vectors of the same width.",
        ),
        Misconception(
            "bits for bytes",
            lambda layers, heads, kv, width, bits: 2 * layers * kv * width * bits,
            "The width is in bits and the answer in bytes: how many bits does a byte have?",
        ),
        Misconception(
            "one layer only",
            lambda layers, heads, kv, width, bits: 2 * kv * width * bits / 8,
            "Every layer has keys and values of its own.",
        ),
        Misconception(
            "whole bytes per value",
            lambda layers, heads, kv, width, bits: 2 * layers * kv * width * (bits // 8),
            "A value may take half a byte: divide by 8 at the end, and not with //.",
        ),
    ),
    distance=apart,
    unit="bytes",
)


def _latent(*case: int) -> float:
    n_layers, n_heads, rank, rotated, bits_per_value = case
    shape = attention_shape(n_layers, n_heads, n_heads, latent=(rank, rotated))
    return kv_bytes_per_token(shape, bits_per_value / 8)


def _mla(times: Callable[[int], int], rotated_times: Callable[[int], int]) -> Callable[..., float]:
    """Make an answer that counts the latent and the rotated key so many times, given the heads."""
    return lambda layers, heads, rank, rotated, bits: (
        layers * (times(heads) * rank + rotated_times(heads) * rotated) * bits / 8
    )


def _latent_case(rng: random.Random) -> Case:
    heads, rank = rng.choice([16, 32, 64, 128]), rng.choice([256, 384, 512, 768])
    return (rng.randrange(20, 90), heads, rank, rng.choice([32, 64, 96]), rng.choice([8, 16, 32]))


LATENT = Question(
    id="05.4",
    title="Cache bytes of one token with MLA",
    size_hint="about 1 line",
    oracle=_latent,
    cases=(
        (61, 128, 512, 64, 16),
        (27, 16, 512, 64, 16),
        (60, 128, 512, 64, 8),
        (40, 32, 256, 32, 32),
    ),
    fresh_case=_latent_case,
    misconceptions=(
        Misconception(
            "a latent for keys and one for values",
            _mla(lambda heads: 2, lambda heads: 2),
            "Keys and values are both rebuilt from the same latent: there is no factor of 2.",
        ),
        Misconception(
            "a latent for every head",
            _mla(lambda heads: heads, lambda heads: heads),
            "All heads share the latent and the rotated key. That is the point of MLA.",
        ),
        Misconception(
            "the rotated key forgotten",
            _mla(lambda heads: 1, lambda heads: 0),
            "The part of the key that carries the position cannot be in the latent: add it.",
        ),
        Misconception(
            "a rotated key for every head",
            _mla(lambda heads: 1, lambda heads: heads),
            "One rotated key serves all heads.",
        ),
        Misconception(
            "bits for bytes",
            lambda *case: 8 * _latent(*case),
            "The width is in bits and the answer in bytes.",
        ),
    ),
    distance=apart,
    unit="bytes",
)

QUESTIONS = (PER_TOKEN, LATENT)
