"""Answers about prefill and decode as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def sizes_of_the_arrays(rows, d_in, d_out, width):
    moved = sum(math.prod(shape) for shape in [(rows, d_in), (d_in, d_out), (rows, d_out)])
    return rows * d_in * d_out / moved / width * 2


def token_by_token(params, layers, heads, width, tokens, flops_per_s):
    seen = np.arange(1, tokens + 1, dtype=float)
    scores = mixed = 2 * heads * width * seen
    return float(np.sum(2 * params + layers * (scores + mixed)) / flops_per_s)


def two_floors_added(params, layers, heads, width, tokens, flops_per_s):
    weights = 2 * params * tokens / flops_per_s
    return weights + 2 * layers * heads * width * tokens * (tokens + 1) / flops_per_s


def clock(queue, prefill, step, n):
    now = queue + prefill
    for _ in range(1, n):
        now += step
    return now


def per_user(weights, kv, bandwidth, flops, peak, batch):
    reading = weights / batch / bandwidth + kv / bandwidth
    return max(1, reading * peak / flops)


def seconds_of_both(weights, kv, bandwidth, flops, peak, batch):
    step = np.maximum((weights + kv * batch) / bandwidth, flops / peak * batch)
    return (step / batch) / np.float64(flops / peak)


def chunk_by_chunk(prefill, prompt, chunk, step):
    starts = range(0, prompt, chunk)
    return max((min(start + chunk, prompt) - start) * prefill / prompt for start in starts) + step


def first_token_without_mask(params, layers, heads, width, tokens, flops_per_s):
    scores = 2 * layers * heads * width * tokens**2
    mixed = 2 * layers * heads * width * tokens**2
    return (2 * params * tokens + scores + mixed) / flops_per_s


def first_token_of_one_layer(params, layers, heads, width, tokens, flops_per_s):
    attention = sum(4 * heads * width * (i + 1) for i in range(tokens))
    return (2 * params * tokens + attention) / flops_per_s


def first_token_of_one_head(params, layers, heads, width, tokens, flops_per_s):
    return (2 * params * tokens + 2 * layers * width * tokens * (tokens + 1)) / flops_per_s


def half_a_square(params, layers, heads, width, tokens, flops_per_s):
    return (2 * params * tokens + 2 * layers * heads * width * tokens**2) / flops_per_s


def one_cache_for_all(weights, kv, bandwidth, flops, peak, batch):
    step = max((weights + kv) / bandwidth, batch * flops / peak)
    return step / batch / (flops / peak)


def nothing_overlaps(weights, kv, bandwidth, flops, peak, batch):
    step = (weights + batch * kv) / bandwidth + batch * flops / peak
    return (step / batch) / (flops / peak)


def weights_for_each(weights, kv, bandwidth, flops, peak, batch):
    return max((weights + kv) / bandwidth, flops / peak) / (flops / peak)


def arithmetic_of_one(weights, kv, bandwidth, flops, peak, batch):
    return max((weights + batch * kv) / bandwidth, flops / peak) / batch / (flops / peak)


def the_shorter_time(weights, kv, bandwidth, flops, peak, batch):
    return min((weights + batch * kv) / bandwidth / batch / (flops / peak), 1)


RIGHT = {
    "03.1": [
        ("arrays", sizes_of_the_arrays),
        ("reciprocals", lambda t, i, o, w: 2 / w / (1 / t + 1 / i + 1 / o)),
    ],
    "03.2": [("token by token", token_by_token), ("two floors", two_floors_added)],
    "03.3": [
        ("clock", clock),
        ("numpy", lambda q, p, s, n: np.sum([q, p, *[s] * (n - 1)])),
        ("as if a token came before", lambda q, p, s, n: q + p - s + n * s),
    ],
    "03.4": [("per user", per_user), ("numpy", seconds_of_both)],
    "03.5": [
        ("chunk by chunk", chunk_by_chunk),
        ("share of the prompt", lambda p, n, c, s: s + p * min(1, c / n)),
        ("seconds of a token", lambda p, n, c, s: p / n * (c if c < n else n) + s),
    ],
    "03.6": [
        ("dot product", lambda new, old, out, r, p: p * out / np.dot([new, old, out], [1, r, p])),
        ("the rest", lambda new, old, out, r, p: 1 - (new + r * old) / (new + r * old + p * out)),
    ],
}

PLANTED = {
    "03.1": [
        ("activations forgotten", lambda t, i, o, w: (2 * t * i * o) / (w * i * o)),
        ("a multiply-add counted once", lambda t, i, o, w: t * i * o / (w * (i * o + t * (i + o)))),
        ("values for bytes", lambda t, i, o, w: 2 * t * i * o / (i * o + t * i + t * o)),
        ("weights read once for every row", lambda t, i, o, w: 2 / (w * (1 + 1 / o + 1 / i))),
        ("results not written", lambda t, i, o, w: 2 * t * o / (w * (o + t))),
        ("", lambda t, i, o, w: 2 * t * i * o / (w * i * o + t * i + t * o)),
        ("", lambda t, i, o, w: 2 * t * i * o / (w * t * (i + o))),
        ("", lambda t, i, o, w: round(2 * t * i * o / (w * (i * o + t * i + t * o)))),
    ],
    "03.2": [
        ("attention forgotten", lambda p, n, h, d, t, f: 2 * p * t / f),
        ("the mask saves nothing", first_token_without_mask),
        ("the attention of one layer", first_token_of_one_layer),
        (
            "a multiply-add counted once",
            lambda p, n, h, d, t, f: (p * t + n * h * d * t * (t + 1)) / f,
        ),
        ("one token only", lambda p, n, h, d, t, f: (2 * p + 4 * n * h * d * t) / f),
        ("half a square of pairs", half_a_square),
        ("", first_token_of_one_head),
        ("", lambda p, n, h, d, t, f: (2 * p * t + n * h * d * t * (t + 1) / 2) / f),
    ],
    "03.3": [
        ("one step too many", lambda q, ttft, tpot, n: q + ttft + tpot * n),
        ("the queue is forgotten", lambda q, ttft, tpot, n: ttft + sum([tpot] * (n - 1))),
        ("one step too few", lambda q, ttft, tpot, n: q + ttft + len(range(2, n)) * tpot),
        ("the first token is forgotten", lambda q, ttft, tpot, n: tpot * n),
        ("", lambda q, ttft, tpot, n: (q + ttft + (n - 1) * tpot) / n),
        ("", lambda q, ttft, tpot, n: q + ttft + (n - 2) * tpot),
        ("", lambda q, ttft, tpot, n: q + max(ttft, (n - 1) * tpot)),
    ],
    "03.4": [
        ("the caches are forgotten", lambda w, k, bw, f, c, b: max(w / bw / b, f / c) / f * c),
        ("the cache is shared", one_cache_for_all),
        ("the batch is not shared", lambda w, k, bw, f, c, b: max((w + b * k) / bw / f * c, b)),
        ("reading and multiplying are added", nothing_overlaps),
        ("operations compared, not time", lambda w, k, bw, f, c, b: (f / f) * (1 / b)),
        ("", weights_for_each),
        ("arithmetic has no limit", arithmetic_of_one),
        ("", the_shorter_time),
    ],
    "03.5": [
        ("the whole prompt at once", lambda p, n, c, s: p + s),
        ("the decode step is forgotten", lambda p, n, c, s: p / n * min(c, n)),
        ("a chunk longer than the prompt", lambda p, n, c, s: s + c * (p / n)),
        ("chunks of equal length", lambda p, n, c, s: p / math.ceil(n / c) + s),
        ("the gaps of all chunks together", lambda p, n, c, s: p + math.ceil(n / c) * s),
        ("", lambda p, n, c, s: p * (n % c) / n + s),
        ("", lambda p, n, c, s: p / max(1, n // c) + s),
        ("", lambda p, n, c, s: p * min(c, n) / n + 2 * s),
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
        ("", lambda new, old, out, r, p: out / (new + r * old + out)),
        ("", lambda new, old, out, r, p: p * out / (new + old / r + p * out)),
        ("", lambda new, old, out, r, p: p * out / (new + (1 - r) * old + p * out)),
    ],
}
