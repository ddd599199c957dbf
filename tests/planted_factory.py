"""Wrong answers to chapter 01 as learners write them, with the mistake that the grader must name.

Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

PLANTED = {
    "01.1": [
        ("bits for bytes", lambda n, bits: n * bits),
        ("GB for bytes", lambda n, bits: n * bits / 8e9),
        ("whole bytes per parameter", lambda n, bits: bits // 8 * n),
        ("the width is ignored", lambda n, bits: 2.0 * n),
        ("parameters in billions", lambda n, bits: bits / 8 * n * 10**9),
    ],
    "01.2": [
        ("per GPU for total", lambda w, bw, c, b: b / (w / bw)),
        ("seconds for tokens per second", lambda w, bw, c, b: w / c / bw / b),
        ("the batch is forgotten", lambda w, bw, c, b: 1 / (w / (c * bw))),
        ("more chips read more bytes", lambda w, bw, c, b: b / (w * c / bw)),
        ("FLOPs for bytes", lambda w, bw, c, b: b * bw * c / w / 2),
    ],
    "01.3": [
        ("GB for GiB", lambda w, gib: math.ceil(w / gib / 1e9)),
        ("rounded down", lambda w, gib: math.floor(w / (gib * 1024**3))),
        ("one too many when exactly full", lambda w, gib: 1 + math.floor(w / (gib * 1024**3))),
        ("a fraction of a chip", lambda w, gib: w / gib / 1024**3),
    ],
    "01.4": [
        ("one pass only", lambda w, p, n: w),
        ("the prompt is read token by token", lambda w, p, n: sum(w for _ in range(p + n))),
        ("an extra pass for the prompt", lambda w, p, n: w + n * w),
        ("the last token is free", lambda w, p, n: w * n - w),
    ],
    "01.5": [
        ("per hour taken as per second", lambda usd, c, s, b: 1e6 / (b / s) * usd * c),
        ("per GPU for total", lambda usd, c, s, b: usd / 3600 * s / b * 1e6),
        ("the batch is forgotten", lambda usd, c, s, b: usd / 3600 * c * s * 1e6),
        ("the price of one token", lambda usd, c, s, b: usd / 3600 * c * s / b),
        ("a larger batch costs more", lambda usd, c, s, b: usd / 3600 * c * s * 1e6 * b),
    ],
    "01.6": [
        ("keys and values as wide", lambda m, h, k, d, f: 4 * m * h * d + 3 * m * f + 2 * m),
        ("values forgotten", lambda m, h, k, d, f: m * (d * (2 * h + k) + 3 * f + 2)),
        ("norms forgotten", lambda m, h, k, d, f: m * (d * (2 * h + 2 * k) + 3 * f)),
        ("two feed-forward", lambda m, h, k, d, f: m * (2 * d * (h + k) + 2 * f + 2)),
        ("output projection", lambda m, h, k, d, f: m * (d * (h + 2 * k) + 3 * f + 2)),
    ],
}
