"""Answers about the roofline as learners write them: right in other styles, and wrong.

A wrong one stands with the mistake that the grader must name, or "" where it must only fail.
Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def slower_of_the_two(flops, moved, peak, bandwidth):
    return flops / max(flops / peak, moved / bandwidth)


def left_or_right_of_the_ridge(flops, moved, peak, bandwidth):
    if flops / moved < peak / bandwidth:
        return bandwidth * flops / moved
    return peak


def array_sizes(rows, d_in, d_out, wb, ab):
    moved = math.prod((d_in, d_out)) * wb + (rows * d_in + rows * d_out) * ab
    return 2.0 * rows * d_in * d_out / moved


def row_after_row(rows, d_in, d_out, wb, ab):
    flops = moved = 0
    for row in range(rows):
        flops += 2 * d_in * d_out
        moved += (d_in + d_out) * ab + (d_in * d_out * wb if row == 0 else 0)
    return np.float64(flops) / moved


def adds_times(flops, moved, peak, bandwidth):
    return flops / (moved / bandwidth + flops / peak)


def re_reads_weights(rows, d_in, d_out, wb, ab):
    moved = sum(d_in * d_out * wb + (d_in + d_out) * ab for _ in range(rows))
    return 2 * rows * d_in * d_out / moved


def seconds(rows, d_in, d_out, peak, bandwidth):
    compute = 2 * d_in * d_out * rows / peak
    return compute, (rows * d_in + d_in * d_out + rows * d_out) * 2 / bandwidth


def at_most_all(*case):
    compute, memory = seconds(*case)
    return min(1, compute / memory)


def against_the_ridge(rows, d_in, d_out, peak, bandwidth):
    intensity = 1 / (1 / rows + 1 / d_in + 1 / d_out)
    return np.clip(intensity / (peak / bandwidth), 0, 1)


def overshoots(*case):
    compute, memory = seconds(*case)
    return compute / memory


def reads(*case):
    compute, memory = seconds(*case)
    return min(1.0, memory / compute)


def adds(*case):
    return seconds(*case)[0] / sum(seconds(*case))


def all_or_nothing(*case):
    compute, memory = seconds(*case)
    return float(compute >= memory)


def over_the_ridge(p, w, kv, peak, bandwidth):
    ridge = peak / bandwidth
    left = 2 * p - kv * ridge
    return p * w * ridge / left if left > 0 else 0.0


def where_the_lines_cross(p, w, kv, peak, bandwidth):
    reading, arithmetic = np.array([p * w, kv]) / bandwidth, np.array([0, 2 * p / peak])
    start, slope = reading - arithmetic
    return -start / slope if slope < 0 else 0


def goes_negative(p, w, kv, peak, bandwidth):
    return p * w / (2 * p * bandwidth / peak - kv)


def half_the_work(p, w, kv, peak, bandwidth):
    spare = p * bandwidth / peak - kv
    return 0 if spare <= 0 else p * w / spare


def never_below_zero(p, w, kv, peak, bandwidth):
    spare = 2 * p * bandwidth / peak - kv
    return p * w / abs(spare) if spare else 0


def one_at_least(p, w, kv, peak, bandwidth):
    return max(1, over_the_ridge(p, w, kv, peak, bandwidth))


def whole_batches(p, w, kv, peak, bandwidth):
    return math.ceil(over_the_ridge(p, w, kv, peak, bandwidth))


RIGHT = {
    "04.1": [("times", slower_of_the_two), ("ridge", left_or_right_of_the_ridge)],
    "04.2": [("arrays", array_sizes), ("row after row", row_after_row)],
    "04.3": [("capped", at_most_all), ("ridge", against_the_ridge)],
    "04.4": [
        ("ridge", lambda bits, peak, bw: peak / bw * bits / 16),
        ("numpy", lambda bits, peak, bw: np.float64(bits) / bw / (8 * 2 / peak)),
    ],
    "04.5": [("ridge", over_the_ridge), ("crossing", where_the_lines_cross)],
    "04.6": [
        ("seconds of a dollar", lambda bw, usd, n: n * bw * (3600 / usd)),
        ("rate over price", lambda bw, usd, n: (bw * n) / (usd / 60 / 60)),
    ],
}

PLANTED = {
    "04.1": [
        ("the higher roof", lambda f, b, peak, bw: peak if peak > f * bw / b else f * bw / b),
        ("no flat roof", lambda f, b, peak, bw: f / (b / bw)),
        ("the peak always", lambda f, b, peak, bw: 1.0 * peak),
        ("bytes per operation", lambda f, b, peak, bw: min(b / f * bw, peak)),
        ("the two times added", adds_times),
        ("", lambda f, b, peak, bw: max(f / peak, b / bw)),
        ("", lambda f, b, peak, bw: min(peak, bw)),
        ("the peak always", lambda f, b, peak, bw: min(peak, f * bw)),
    ],
    "04.2": [
        ("a multiply-add", lambda r, i, o, w, a: r * i * o / (i * o * w + r * (i + o) * a)),
        ("activations left out", lambda r, i, o, w, a: 2 * r * i * o / (i * o * w)),
        ("results left out", lambda r, i, o, w, a: 2 * r * i * o / (i * o * w + r * i * a)),
        ("weights read for every row", re_reads_weights),
        ("one width", lambda r, i, o, w, a: 2 * r * i * o / (w * (i * o + r * i + r * o))),
        ("", lambda r, i, o, w, a: 2 * r * i * o / (a * (i * o + r * i + r * o))),
        ("", lambda r, i, o, w, a: (i * o * w + r * (i + o) * a) / (2 * r * i * o)),
        ("", lambda r, i, o, w, a: 2 * r * i * o / (i * o * w + r * i * w + r * o * a)),
    ],
    "04.3": [
        ("more than all", overshoots),
        ("the memory's share", reads),
        ("the two times added", adds),
        ("activations left out", lambda r, i, o, peak, bw: min(r * bw / peak, 1)),
        ("", all_or_nothing),
        ("", lambda *case: 100 * at_most_all(*case)),
        ("", lambda *case: seconds(*case)[0]),
        ("", lambda *case: round(at_most_all(*case), 2)),
    ],
    "04.4": [
        ("the ridge for every width", lambda bits, peak, bw: peak / bw),
        ("a multiply-add", lambda bits, peak, bw: peak / (bw / (bits / 8))),
        ("bits for bytes", lambda bits, peak, bw: peak / bw * bits / 2),
        ("narrow weights need more rows", lambda bits, peak, bw: peak / bw / (bits / 16)),
        ("", lambda bits, peak, bw: math.ceil(peak / bw * bits / 16)),
        ("", lambda bits, peak, bw: bw / peak * bits / 16),
        ("", lambda bits, peak, bw: peak / bw * max(1, bits // 8) / 2),
    ],
    "04.5": [
        ("the cache is free", lambda p, w, kv, peak, bw: peak / bw * w / 2),
        ("one cache for all", lambda p, w, kv, peak, bw: (p * w + kv) / bw / (2 * p / peak)),
        ("a negative batch", goes_negative),
        ("a multiply-add", half_the_work),
        ("the cache lowers", lambda p, w, kv, peak, bw: p * w / (2 * p * bw / peak + kv)),
        ("", never_below_zero),
        ("", one_at_least),
        ("", whole_batches),
    ],
    "04.6": [
        ("an hour taken for a second", lambda bw, usd, n: bw * n / usd),
        ("one chip for the server", lambda bw, usd, n: bw / (usd / 3600)),
        ("the price taken as one chip", lambda bw, usd, n: bw / (usd * n / 3600)),
        ("dollars per byte", lambda bw, usd, n: usd / 3600 / (bw * n)),
        ("", lambda bw, usd, n: 60 * bw * n / usd),
        ("", lambda bw, usd, n: bw * n * usd / 3600),
        ("", lambda bw, usd, n: 0.0),
        ("", lambda bw, usd, n: 1e-15),
    ],
}
