"""Questions of chapter 05 about bytes: what windows and narrow values leave of the cache."""

from __future__ import annotations

import random

from tokenworks.checks.kv_cache_token import attention_shape
from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.memory import kept_positions


def _windowed(tokens: int, n_layers: int, *rule: int) -> int:
    window, global_every = rule
    shape = attention_shape(n_layers, window_tokens=window, global_layer_period=global_every)
    return kept_positions(shape, tokens)


def _kept(
    tokens: int, layers: int, *, local: int, global_layers: int, beyond: int | None = None
) -> int:
    """Add up what windowed and global layers keep, with parts left out as the mistakes do."""
    return (layers - global_layers) * local + global_layers * (tokens if beyond is None else beyond)


def _windowed_case(rng: random.Random) -> Case:
    every = rng.choice([2, 3, 4, 6])
    layers = every * rng.randrange(3, 12) + rng.choice([1, every - 1])
    window = rng.choice([128, 512, 1024, 4096])
    short = rng.random() < 0.25
    tokens = rng.randrange(1, window) if short else window * rng.randrange(2, 40) + 7
    return (tokens, layers, window, every)


WINDOWED = Question(
    id="05.2",
    title="Tokens kept with windowed layers",
    size_hint="about 2 lines",
    oracle=_windowed,
    cases=(
        (32768, 62, 1024, 6),
        (32768, 46, 4096, 2),
        (100, 62, 1024, 6),
        (131072, 35, 128, 2),
        (1025, 26, 512, 6),
    ),
    fresh_case=_windowed_case,
    misconceptions=(
        Misconception(
            "windows ignored",
            lambda tokens, layers, window, every: tokens * layers,
            "A windowed layer forgets what is further back than its window.",
        ),
        Misconception(
            "every layer windowed",
            lambda tokens, layers, window, every: min(tokens, window) * layers,
            "Every so many layers, one sees the whole text and keeps all of it.",
        ),
        Misconception(
            "a window is always full",
            lambda tokens, layers, window, every: _kept(
                tokens, layers, local=window, global_layers=layers // every
            ),
            "A text shorter than the window leaves only its own tokens.",
        ),
        Misconception(
            "one token too many in the window",
            lambda tokens, layers, window, every: _kept(
                tokens, layers, local=min(tokens, window + 1), global_layers=layers // every
            ),
            "The window counts the newest token too: a window of 2 is this token and the last.",
        ),
        Misconception(
            "an incomplete group has a global layer too",
            lambda tokens, layers, window, every: _kept(
                tokens, layers, local=min(tokens, window), global_layers=-(-layers // every)
            ),
            "The last layer of a full group is global. Layers left over at the end are windowed.",
        ),
        Misconception(
            "global and windowed layers swapped",
            lambda tokens, layers, window, every: _kept(
                tokens,
                layers,
                local=tokens,
                global_layers=layers // every,
                beyond=min(tokens, window),
            ),
            "One layer of each group is global, all the others are windowed.",
        ),
    ),
    distance=apart,
    unit="tokens",
)


def _quantized(values: int, bits: int, *scale: int) -> float:
    group, scale_bits = scale
    return values * (bits + scale_bits / group) / 8


def _quantized_case(rng: random.Random) -> Case:
    group = rng.choice([16, 32, 64, 128])
    return (group * rng.randrange(8, 4000), rng.choice([3, 4, 6, 8]), group, rng.choice([8, 16]))


QUANTIZED = Question(
    id="05.3",
    title="Quantized values and their scales",
    size_hint="about 1 line",
    oracle=_quantized,
    cases=((163840, 8, 64, 16), (163840, 4, 32, 16), (2048, 4, 16, 8), (65536, 8, 128, 32)),
    fresh_case=_quantized_case,
    misconceptions=(
        Misconception(
            "scales forgotten",
            lambda values, bits, group, scale: values * bits / 8,
            "Without its scale a group of small integers cannot be turned back into numbers.",
        ),
        Misconception(
            "a scale for every value",
            lambda values, bits, group, scale: values * (bits + scale) / 8,
            "All values of a group share one scale.",
        ),
        Misconception(
            "one scale for all",
            lambda values, bits, group, scale: (values * bits + scale) / 8,
            "Every group has a scale of its own: how many groups are there?",
        ),
        Misconception(
            "bits for bytes",
            lambda values, bits, group, scale: values * (bits + scale / group),
            "All widths are in bits and the answer in bytes.",
        ),
        Misconception(
            "the scale's bits taken as bytes",
            lambda values, bits, group, scale: values * bits / 8 + values / group * scale,
            "The width of a scale is in bits too.",
        ),
    ),
    distance=apart,
    unit="bytes",
)


QUESTIONS = (WINDOWED, QUANTIZED)
