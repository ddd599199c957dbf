"""Answers about the token factory as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def buy_chips_until_it_fits(w, gib):
    chips = 1
    while chips * gib * 1024**3 < w:
        chips += 1
    return chips


def pass_by_pass(w, p, n):
    total = w  # prefill
    for _ in range(n - 1):
        total += w
    return total


def tensors_of_a_layer(m, h, k, d, f):
    shapes = [(m, h * d), (m, k * d), (m, k * d), (h * d, m), (m, f), (m, f), (f, m), (m,), (m,)]
    return sum(math.prod(shape) for shape in shapes)


def steps_for_a_million(usd, c, s, b):
    hours = 1e6 / b * s / 3600
    return hours * c * usd


RIGHT = {
    "01.1": [
        ("bytes of one first", lambda n, bits: n * (bits / 8)),
        ("integers", lambda n, bits: n * bits // 8),
        ("numpy", lambda n, bits: np.float64(n) * bits * 0.125),
    ],
    "01.2": [
        ("share of each chip", lambda w, bw, c, b: b / (w / c / bw)),
        ("bandwidth over bytes", lambda w, bw, c, b: c * bw * b / w),
        ("rate of each sequence", lambda w, bw, c, b: sum(1 / (w / (c * bw)) for _ in range(b))),
    ],
    "01.3": [
        ("ceil", lambda w, gib: math.ceil(w / (gib * 2**30))),
        ("loop", buy_chips_until_it_fits),
        ("numpy", lambda w, gib: np.ceil(w / gib / 2**30)),
        ("divmod", lambda w, gib: int(w // (gib << 30)) + (w % (gib << 30) > 0)),
    ],
    "01.4": [
        ("loop", pass_by_pass),
        ("prefill and decode", lambda w, p, n: w + (n - 1) * w),
        ("numpy", lambda w, p, n: np.full(n, w).sum()),
    ],
    "01.5": [
        ("hours", steps_for_a_million),
        ("tokens an hour", lambda usd, c, s, b: usd * c / (3600 / s * b) * 10**6),
    ],
    "01.6": [
        ("tensors", tensors_of_a_layer),
        ("factored", lambda m, h, k, d, f: m * (2 * d * (h + k) + 3 * f + 2)),
        ("floats", lambda m, h, k, d, f: 2.0 * m * h * d + 2.0 * m * k * d + 3.0 * m * f + 2.0 * m),
    ],
}

PLANTED = {
    "01.1": [
        ("bits for bytes", lambda n, bits: n * bits),
        ("GB for bytes", lambda n, bits: n * bits / 8e9),
        ("whole bytes per parameter", lambda n, bits: bits // 8 * n),
        ("the width is ignored", lambda n, bits: 2.0 * n),
        ("parameters in billions", lambda n, bits: bits / 8 * n * 10**9),
        ("", lambda n, bits: n * math.ceil(bits / 8)),
        ("", lambda n, bits: n * bits / 8 / 2**30),
        ("", lambda n, bits: round(n * bits / 8, -9)),
    ],
    "01.2": [
        ("per GPU for total", lambda w, bw, c, b: b / (w / bw)),
        ("seconds for tokens per second", lambda w, bw, c, b: w / c / bw / b),
        ("the batch is forgotten", lambda w, bw, c, b: 1 / (w / (c * bw))),
        ("more chips read more bytes", lambda w, bw, c, b: b / (w * c / bw)),
        ("FLOPs for bytes", lambda w, bw, c, b: b * bw * c / w / 2),
        ("", lambda w, bw, c, b: round(b * c * bw / w)),
        ("", lambda w, bw, c, b: b * c * bw / w / 1e9),
        ("", lambda w, bw, c, b: w / (c * bw)),
    ],
    "01.3": [
        ("GB for GiB", lambda w, gib: math.ceil(w / gib / 1e9)),
        ("rounded down", lambda w, gib: math.floor(w / (gib * 1024**3))),
        ("one too many when exactly full", lambda w, gib: 1 + math.floor(w / (gib * 1024**3))),
        ("a fraction of a chip", lambda w, gib: w / gib / 1024**3),
        ("", lambda w, gib: max(1, w // (gib * 2**30))),
        ("", lambda w, gib: 1 << (math.ceil(w / gib / 2**30) - 1).bit_length()),
        ("", lambda w, gib: round(w / (gib * 2**30) + 0.5)),
        ("one too many when exactly full", lambda w, gib: math.ceil(w / 2**30) // gib + 1),
    ],
    "01.4": [
        ("one pass only", lambda w, p, n: w),
        ("the prompt is read token by token", lambda w, p, n: sum(w for _ in range(p + n))),
        ("an extra pass for the prompt", lambda w, p, n: w + n * w),
        ("the last token is free", lambda w, p, n: w * n - w),
        ("", lambda w, p, n: w * (p + n - 1)),
        ("", lambda w, p, n: w * max(p, n)),
        ("", lambda w, p, n: w * p * n),
        ("", lambda w, p, n: 2 * w * n),
    ],
    "01.5": [
        ("per hour taken as per second", lambda usd, c, s, b: 1e6 / (b / s) * usd * c),
        ("per GPU for total", lambda usd, c, s, b: usd / 3600 * s / b * 1e6),
        ("the batch is forgotten", lambda usd, c, s, b: usd / 3600 * c * s * 1e6),
        ("the price of one token", lambda usd, c, s, b: usd / 3600 * c * s / b),
        ("a larger batch costs more", lambda usd, c, s, b: usd / 3600 * c * s * 1e6 * b),
        ("", lambda usd, c, s, b: round(usd / 3600 * c * s / b * 1e6, 2)),
        ("", lambda usd, c, s, b: usd / 60 * c * s / b * 1e6),
        ("", lambda usd, c, s, b: usd / 3600 / c * s / b * 1e6),
    ],
    "01.6": [
        ("keys and values as wide", lambda m, h, k, d, f: 4 * m * h * d + 3 * m * f + 2 * m),
        ("values forgotten", lambda m, h, k, d, f: m * (d * (2 * h + k) + 3 * f + 2)),
        ("norms forgotten", lambda m, h, k, d, f: m * (d * (2 * h + 2 * k) + 3 * f)),
        ("two feed-forward", lambda m, h, k, d, f: m * (2 * d * (h + k) + 2 * f + 2)),
        ("output projection", lambda m, h, k, d, f: m * (d * (h + 2 * k) + 3 * f + 2)),
        ("", lambda m, h, k, d, f: m * (2 * d * (h + k) + 3 * f + 1)),
        ("", lambda m, h, k, d, f: 2 * m * m + 2 * m * k * d + 3 * m * f + 2 * m),
        ("", lambda m, h, k, d, f: m * (2 * d * (h + k) + 3 * f + 2) + h * d),
    ],
}
