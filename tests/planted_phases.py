"""Wrong answers to chapter 03 as learners write them, with the mistake that the grader must name.

Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

# ruff: noqa: PLR0917


def first_token_without_mask(params, layers, heads, width, tokens, flops_per_s):
    scores = 2 * layers * heads * width * tokens**2
    mixed = 2 * layers * heads * width * tokens**2
    return (2 * params * tokens + scores + mixed) / flops_per_s


def first_token_of_one_layer(params, layers, heads, width, tokens, flops_per_s):
    attention = sum(4 * heads * width * (i + 1) for i in range(tokens))
    return (2 * params * tokens + attention) / flops_per_s


def one_cache_for_all(weights, kv, bandwidth, flops, peak, batch):
    step = max((weights + kv) / bandwidth, batch * flops / peak)
    return step / batch / (flops / peak)


def nothing_overlaps(weights, kv, bandwidth, flops, peak, batch):
    step = (weights + batch * kv) / bandwidth + batch * flops / peak
    return (step / batch) / (flops / peak)


PLANTED = {
    "03.1": [
        ("activations forgotten", lambda t, i, o, w: (2 * t * i * o) / (w * i * o)),
        ("a multiply-add counted once", lambda t, i, o, w: t * i * o / (w * (i * o + t * (i + o)))),
        ("numbers for bytes", lambda t, i, o, w: 2 * t * i * o / (i * o + t * i + t * o)),
        ("weights read once for every row", lambda t, i, o, w: 2 / (w * (1 + 1 / o + 1 / i))),
        ("results not written", lambda t, i, o, w: 2 * t * o / (w * (o + t))),
    ],
    "03.2": [
        ("attention forgotten", lambda p, n, h, d, t, f: 2 * p * t / f),
        ("the mask saves nothing", first_token_without_mask),
        ("the attention of one layer", first_token_of_one_layer),
        (
            "a multiply-add counted once",
            lambda p, n, h, d, t, f: (p * t + n * h * d * t * (t + 1)) / f,
        ),
        (
            "one token only",
            lambda p, n, h, d, t, f: (2 * p + 4 * n * h * d * t) / f,
        ),
    ],
    "03.3": [
        ("one step too many", lambda q, ttft, tpot, n: q + ttft + tpot * n),
        ("the queue is forgotten", lambda q, ttft, tpot, n: ttft + sum([tpot] * (n - 1))),
        ("one step too few", lambda q, ttft, tpot, n: q + ttft + len(range(2, n)) * tpot),
        ("the first token is forgotten", lambda q, ttft, tpot, n: tpot * n),
    ],
    "03.4": [
        ("the caches are forgotten", lambda w, k, bw, f, c, b: max(w / bw / b, f / c) / f * c),
        ("the cache is shared", one_cache_for_all),
        ("the batch is not shared", lambda w, k, bw, f, c, b: max((w + b * k) / bw / f * c, b)),
        ("reading and multiplying are added", nothing_overlaps),
        ("operations compared, not time", lambda w, k, bw, f, c, b: (f / f) * (1 / b)),
    ],
    "03.5": [
        ("the whole prompt at once", lambda p, n, c, s: p + s),
        ("the decode step is forgotten", lambda p, n, c, s: p / n * min(c, n)),
        ("a chunk longer than the prompt", lambda p, n, c, s: s + c * (p / n)),
        ("chunks of equal length", lambda p, n, c, s: p / math.ceil(n / c) + s),
        ("the gaps of all chunks together", lambda p, n, c, s: p + math.ceil(n / c) * s),
    ],
    "03.6": [
        ("tokens counted", lambda new, old, out, r, p: out / (new + old + out)),
        (
            "cached tokens at full price",
            lambda new, old, out, r, p: p * out / (new + old + p * out),
        ),
        ("cached tokens are free", lambda new, old, out, r, p: p * out / (new + p * out)),
        ("output over input", lambda new, old, out, r, p: p * out / (new + r * old)),
        (
            "percent for a share",
            lambda new, old, out, r, p: 100 * p * out / (new + r * old + p * out),
        ),
    ],
}
