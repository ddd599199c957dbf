"""Questions of chapter 01 about bytes: what the weights take, how many chips hold them."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from tokenworks.architecture import ModelSpec
from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.memory import min_chips
from tokenworks.cost.parameters import layer_parameter_count
from tokenworks.specs import model_spec
from tokenworks.units import BINARY

GIB = BINARY["Gi"]


def _bytes_case(rng: random.Random) -> Case:
    return (rng.randrange(1, 500_000) * 1_000_000 + 1, rng.choice([3, 4, 5, 6, 8, 16, 32]))


WEIGHT_BYTES = Question(
    id="01.1",
    title="Bytes of the weights",
    size_hint="about 1 line",
    oracle=lambda parameters, bits_per_parameter: parameters * bits_per_parameter / 8,
    cases=((70_000_000_000, 16), (8_000_000_000, 8), (70_000_000_000, 4), (134_515_008, 6)),
    fresh_case=_bytes_case,
    misconceptions=(
        Misconception(
            "bits for bytes",
            lambda parameters, bits: parameters * bits,
            "The width is in bits and the answer in bytes: how many bits does a byte have?",
        ),
        Misconception(
            "GB for bytes",
            lambda parameters, bits: parameters * bits / 8 / 1e9,
            "The answer is in bytes; a unit such as GB only appears when a number is printed.",
        ),
        Misconception(
            "parameters in billions",
            lambda parameters, bits: parameters * 1e9 * bits / 8,
            "The parameters arrive as a plain count: 70 billion is 70,000,000,000.",
        ),
        Misconception(
            "whole bytes per parameter",
            lambda parameters, bits: parameters * (bits // 8),
            "A parameter may take half a byte: divide by 8 at the end, and not with //.",
        ),
        Misconception(
            "the width is ignored",
            lambda parameters, bits: parameters * 2,
            "Two bytes per parameter holds for 16 bits only; use the width you are given.",
        ),
    ),
    distance=apart,
    unit="bytes",
)


def _chips_case(rng: random.Random) -> Case:
    hbm_gib = rng.choice([16, 24, 32, 80, 96, 141, 192, 288])
    if rng.random() < 0.3:  # exactly full
        return (rng.randrange(1, 12) * hbm_gib * GIB, hbm_gib)
    if rng.random() < 0.5:  # full in GB, not in GiB
        return (rng.randrange(3, 12) * hbm_gib * 1.03e9, hbm_gib)
    return (rng.randrange(1, 900) * 1e9, hbm_gib)


MIN_CHIPS = Question(
    id="01.3",
    title="Chips that hold the weights",
    size_hint="about 2 lines",
    oracle=lambda weight_bytes, hbm_gib: min_chips(weight_bytes, hbm_gib * GIB),
    cases=((140e9, 80), (16e9, 80), (160 * GIB, 80), (164e9, 80), (810e9, 141), (500e9, 80)),
    fresh_case=_chips_case,
    misconceptions=(
        Misconception(
            "GB for GiB",
            lambda weight_bytes, hbm_gib: math.ceil(weight_bytes / (hbm_gib * 1e9)),
            "The memory is in GiB, which are 2^30 bytes and not 10^9.",
        ),
        Misconception(
            "rounded down",
            lambda weight_bytes, hbm_gib: int(weight_bytes // (hbm_gib * GIB)),
            "What is left over needs a chip too.",
        ),
        Misconception(
            "rounded to nearest",
            lambda weight_bytes, hbm_gib: round(weight_bytes / (hbm_gib * GIB)),
            "Rounding to the nearest leaves out weights whenever the fraction is below one half.",
        ),
        Misconception(
            "one too many when exactly full",
            lambda weight_bytes, hbm_gib: int(weight_bytes // (hbm_gib * GIB)) + 1,
            "Weights that fill two chips to the last byte need two chips: round up, do not add 1.",
        ),
        Misconception(
            "a fraction of a chip",
            lambda weight_bytes, hbm_gib: weight_bytes / (hbm_gib * GIB),
            "Chips come whole.",
        ),
    ),
    distance=apart,
    unit="chips",
    tolerance=0.0,
)


def _spec(*shape: int) -> ModelSpec:
    d_model, n_heads, n_kv_heads, d_head, d_ff = shape
    return replace(
        model_spec("llama-3-8b"),
        d_model=d_model,
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        d_head=d_head,
        d_ff=d_ff,
    )


def _count(*shape: int, ffn: int = 3, norms: int = 2) -> int:
    """Count a layer with parts left out, as the mistakes do."""
    m, h, k, d, f = shape
    return m * d * (2 * h + 2 * k) + ffn * m * f + norms * m


def _layer_case(rng: random.Random) -> Case:
    d_head = rng.choice([64, 96, 128])
    n_kv_heads = rng.choice([2, 3, 4, 8])
    n_heads = n_kv_heads * rng.choice([2, 3, 4, 8])
    d_model = n_heads * d_head + rng.choice([0, 0, 256])
    return (d_model, n_heads, n_kv_heads, d_head, rng.randrange(2, 9) * d_model // 2)


LAYER = Question(
    id="01.6",
    title="Parameters of one layer",
    size_hint="about 4 lines",
    oracle=lambda *shape: layer_parameter_count(_spec(*shape)),
    cases=(
        (8192, 64, 8, 128, 28672),
        (576, 9, 3, 64, 1536),
        (4096, 32, 32, 128, 11008),
        (5120, 64, 8, 128, 25600),
    ),
    fresh_case=_layer_case,
    misconceptions=(
        Misconception(
            "keys and values as wide as queries (8x GQA)",
            lambda m, h, k, d, f: _count(m, h, h, d, f),
            "Keys and values have only n_kv_heads heads: 4 x d_model x d_model is the old form.",
        ),
        Misconception(
            "values forgotten",
            lambda m, h, k, d, f: _count(m, h, k, d, f) - m * k * d,
            "Keys and values are two matrices of the same shape.",
        ),
        Misconception(
            "output projection forgotten",
            lambda m, h, k, d, f: _count(m, h, k, d, f) - m * h * d,
            "The heads' results go through a fourth matrix, back to d_model.",
        ),
        Misconception(
            "two feed-forward matrices",
            lambda m, h, k, d, f: _count(m, h, k, d, f, ffn=2),
            "SwiGLU has three matrices: gate, up and down.",
        ),
        Misconception(
            "norms forgotten",
            lambda m, h, k, d, f: _count(m, h, k, d, f, norms=0),
            "Each of the two RMSNorms has a vector of d_model weights.",
        ),
        Misconception(
            "head width taken as d_model / heads",
            lambda m, h, k, d, f: _count(m, h, k, m // h, f),
            "d_head is given and need not be d_model / n_heads.",
        ),
    ),
    distance=apart,
    unit="params",
    tolerance=0.0,
)

QUESTIONS = (WEIGHT_BYTES, MIN_CHIPS, LAYER)
