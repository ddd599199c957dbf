"""Wrong answers to chapter 04 as learners write them, with the mistake that the grader must name.

Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

# ruff: noqa: PLR0917 — the signatures are the exercise's


def adds_times(flops, moved, peak, bandwidth):
    return flops / (moved / bandwidth + flops / peak)


def re_reads_weights(rows, d_in, d_out, wb, ab):
    moved = sum(d_in * d_out * wb + (d_in + d_out) * ab for _ in range(rows))
    return 2 * rows * d_in * d_out / moved


def seconds(rows, d_in, d_out, peak, bandwidth):
    compute = 2 * d_in * d_out * rows / peak
    return compute, (rows * d_in + d_in * d_out + rows * d_out) * 2 / bandwidth


def overshoots(*case):
    compute, memory = seconds(*case)
    return compute / memory


def reads(*case):
    compute, memory = seconds(*case)
    return min(1.0, memory / compute)


def adds(*case):
    return seconds(*case)[0] / sum(seconds(*case))


def goes_negative(p, w, kv, peak, bandwidth):
    return p * w / (2 * p * bandwidth / peak - kv)


def half_the_work(p, w, kv, peak, bandwidth):
    spare = p * bandwidth / peak - kv
    return 0 if spare <= 0 else p * w / spare


PLANTED = {
    "04.1": [
        ("the higher roof", lambda f, b, peak, bw: peak if peak > f * bw / b else f * bw / b),
        ("no flat roof", lambda f, b, peak, bw: f / (b / bw)),
        ("the peak always", lambda f, b, peak, bw: 1.0 * peak),
        ("bytes per operation", lambda f, b, peak, bw: min(b / f * bw, peak)),
        ("the two times added", adds_times),
    ],
    "04.2": [
        ("a multiply-add", lambda r, i, o, w, a: r * i * o / (i * o * w + r * (i + o) * a)),
        ("activations left out", lambda r, i, o, w, a: 2 * r * i * o / (i * o * w)),
        ("results left out", lambda r, i, o, w, a: 2 * r * i * o / (i * o * w + r * i * a)),
        ("weights read for every row", re_reads_weights),
        ("one width", lambda r, i, o, w, a: 2 * r * i * o / (w * (i * o + r * i + r * o))),
    ],
    "04.3": [
        ("more than all", overshoots),
        ("the memory's share", reads),
        ("the two times added", adds),
        ("activations left out", lambda r, i, o, peak, bw: min(r * bw / peak, 1)),
    ],
    "04.4": [
        ("the ridge for every width", lambda bits, peak, bw: peak / bw),
        ("a multiply-add", lambda bits, peak, bw: peak / (bw / (bits / 8))),
        ("bits for bytes", lambda bits, peak, bw: peak / bw * bits / 2),
        ("narrow weights need more rows", lambda bits, peak, bw: peak / bw / (bits / 16)),
    ],
    "04.5": [
        ("the cache is free", lambda p, w, kv, peak, bw: peak / bw * w / 2),
        ("one cache for all", lambda p, w, kv, peak, bw: (p * w + kv) / bw / (2 * p / peak)),
        ("a negative batch", goes_negative),
        ("a multiply-add", half_the_work),
        ("the cache lowers", lambda p, w, kv, peak, bw: p * w / (2 * p * bw / peak + kv)),
    ],
    "04.6": [
        ("an hour taken for a second", lambda bw, usd, n: bw * n / usd),
        ("one chip for the server", lambda bw, usd, n: bw / (usd / 3600)),
        ("the price taken as one chip", lambda bw, usd, n: bw / (usd * n / 3600)),
        ("dollars per byte", lambda bw, usd, n: usd / 3600 / (bw * n)),
    ],
}
