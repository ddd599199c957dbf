"""What windows and narrow values leave of the cache."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _windowed(rng: Random) -> Case:
    every = rng.choice([2, 3, 4, 6])
    layers = every * rng.randrange(3, 12) + rng.choice([1, every - 1])
    window = rng.choice([128, 512, 1024, 4096])
    short = rng.random() < 0.25
    tokens = rng.randrange(1, window) if short else window * rng.randrange(2, 40) + 7
    return (tokens, layers, window, every)


@exercise(
    2,
    examples=(Example((10, 6, 4, 3), "36"),),
    cases=(
        (32768, 62, 1024, 6),
        (32768, 46, 4096, 2),
        (100, 62, 1024, 6),
        (131072, 35, 128, 2),
        (1025, 26, 512, 6),
    ),
    draw=_windowed,
    mistakes=(
        Mistake(
            "windows ignored",
            ("min(tokens, window)", "tokens"),
            "A windowed layer forgets what is further back than its window.",
        ),
        Mistake(
            "every layer windowed",
            ("global_layers * tokens", "global_layers * min(tokens, window)"),
            "Every so many layers, one sees the whole sequence and keeps all of it.",
        ),
        Mistake(
            "a window is always full",
            ("min(tokens, window)", "window"),
            "A sequence shorter than the window leaves only its own tokens.",
        ),
        Mistake(
            "one token too many in the window",
            ("window)", "window + 1)"),
            "The window counts the newest token too: a window of 2 is it and the one before it.",
        ),
        Mistake(
            "an incomplete group has a global layer too",
            ("n_layers // global_every", "-(-n_layers // global_every)"),
            "The last layer of a full group is global. Layers left over at the end are windowed.",
        ),
        Mistake(
            "global and windowed layers swapped",
            (
                ("global_layers * tokens", "global_layers * min(tokens, window)"),
                (
                    "(n_layers - global_layers) * min(tokens, window)",
                    "(n_layers - global_layers) * tokens",
                ),
            ),
            "One layer of each group is global, all the others are windowed.",
        ),
    ),
    unit="tokens",
)
def tokens_kept(tokens, n_layers, window, global_every):
    """Tokens kept with windowed layers.

    Layers are counted from 1. Every layer whose number can be divided by `global_every` keeps all
    `tokens` of the sequence. Each other layer keeps the last `window` tokens, the newest one
    included, or fewer while the sequence is shorter. Return the tokens that all layers together
    keep.

    Example: 10 tokens, 6 layers, a window of 4, every third layer global: 2 × 10 + 4 × 4 = 36.
    """
    global_layers = n_layers // global_every
    return global_layers * tokens + (n_layers - global_layers) * min(tokens, window)


def _quantized(rng: Random) -> Case:
    group = rng.choice([16, 32, 64, 128])
    return (group * rng.randrange(8, 4000), rng.choice([3, 4, 6, 8]), group, rng.choice([8, 16]))


@exercise(
    3,
    examples=(Example((64, 4, 32, 16), "36 bytes"),),
    cases=((163840, 8, 64, 16), (163840, 4, 32, 16), (2048, 4, 16, 8), (65536, 8, 128, 32)),
    draw=_quantized,
    mistakes=(
        Mistake(
            "scales forgotten",
            (" + values / group * scale_bits", ""),
            "Without its scale a group of small integers cannot be turned back into numbers.",
        ),
        Mistake(
            "a scale for every value", (" / group", ""), "All values of a group share a scale."
        ),
        Mistake(
            "one scale for all",
            ("values / group * scale_bits", "scale_bits"),
            "Every group has a scale of its own: how many groups are there?",
        ),
        Mistake(
            "bits for bytes", (") / 8", ")"), "All widths are in bits and the answer in bytes."
        ),
        Mistake(
            "the scale's bits taken as bytes",
            ("scale_bits)", "scale_bits * 8)"),
            "The width of a scale is in bits too.",
        ),
    ),
    unit="bytes",
)
def quantized_bytes(values, bits, group, scale_bits):
    """Quantized values and their scales.

    A cache stores `values` numbers in `bits` bits each. Every `group` of neighbours shares one
    scale of `scale_bits` bits; `values` is a multiple of `group`. Return the bytes of values and
    scales.

    Example: 64 values of 4 bits in groups of 32 with scales of 16 bits take 36 bytes.
    """
    return (values * bits + values / group * scale_bits) / 8
