"""Wrong constants of kernels and messages as learners fit them, with the mistake to be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math
import statistics

import numpy as np


def logs(kernels, rate, chosen):
    return [math.log(b / rate / s) for m, b, s in kernels if chosen(m)]


def scored(kernels, rate, share, chosen, middle=statistics.median):
    return middle(abs(b / (share * rate) / s - 1) for m, b, s in kernels if chosen(m))


def all_in(kernels, rate, out):
    share = math.exp(statistics.median(logs(kernels, rate, lambda m: True)))
    return scored(kernels, rate, share, lambda m: m == out)


def itself(kernels, rate, out):
    share = statistics.median(b / rate / s for m, b, s in kernels if m == out)
    return scored(kernels, rate, share, lambda m: m == out)


def middle_of_others(kernels, rate, out):
    return float(np.median([b / rate / s for m, b, s in kernels if m != out]))


def in_sample(kernels, rate, out):
    share = middle_of_others(kernels, rate, out)
    return scored(kernels, rate, share, lambda m: m != out)


def everything_scored(kernels, rate, out):
    return scored(kernels, rate, middle_of_others(kernels, rate, out), lambda m: True)


def no_split(kernels, rate, out):
    share = float(np.median([b / rate / s for _, b, s in kernels]))
    return scored(kernels, rate, share, lambda m: True)


def least_squares_of_logs(kernels, rate, out):
    share = math.exp(statistics.fmean(logs(kernels, rate, lambda m: m != out)))
    return scored(kernels, rate, share, lambda m: m == out)


def average(kernels, rate, out):
    share = np.mean([b / rate / s for m, b, s in kernels if m != out])
    return scored(kernels, rate, share, lambda m: m == out)


def sums(kernels, rate, out):
    moved = sum(b for m, b, _ in kernels if m != out)
    share = moved / sum(s for m, _, s in kernels if m != out) / rate
    return scored(kernels, rate, share, lambda m: m == out)


def peak(kernels, rate, out):
    return scored(kernels, rate, 1.0, lambda m: m == out)


def signed(kernels, rate, out):
    share = middle_of_others(kernels, rate, out)
    return statistics.median(b / share / rate / s - 1 for m, b, s in kernels if m == out)


def mean_error(kernels, rate, out):
    share = middle_of_others(kernels, rate, out)
    return scored(kernels, rate, share, lambda m: m == out, lambda e: statistics.fmean(e))


def of_predicted(kernels, rate, out):
    share = middle_of_others(kernels, rate, out)
    return statistics.median(abs(s * share * rate / b - 1) for m, b, s in kernels if m == out)


def log_error(kernels, rate, out):
    share = middle_of_others(kernels, rate, out)
    return statistics.median(abs(math.log(b / share / rate / s)) for m, b, s in kernels if m == out)


def worst(kernels, rate, out):
    share = middle_of_others(kernels, rate, out)
    return scored(kernels, rate, share, lambda m: m == out, max)


def line(sizes, times):
    beta = (sizes[1] - sizes[0]) / (times[1] - times[0])
    return [times[0] - sizes[0] / beta, beta]


def plain_bytes(n, bits, small, large):
    return line([small[0] * bits / 8, large[0] * bits / 8], [small[1], large[1]])


def once_round(n, bits, small, large):
    return line([p[0] * bits / 8 * (n - 1) / n for p in (small, large)], [small[1], large[1]])


def every_hop(n, bits, small, large):
    return line([2 * (n - 1) * p[0] * bits / 8 for p in (small, large)], [small[1], large[1]])


def twice(n, bits, small, large):
    return line([2 * p[0] * bits / 8 for p in (small, large)], [small[1], large[1]])


def in_bits(n, bits, small, large):
    return line([2 * (n - 1) / n * p[0] * bits for p in (small, large)], [small[1], large[1]])


def in_values(n, bits, small, large):
    return line([2 * (n - 1) / n * p[0] for p in (small, large)], [small[1], large[1]])


def ring(n, bits, point):
    return 2 * (n - 1) / n * point[0] * bits / 8


def small_is_latency(n, bits, small, large):
    beta = (ring(n, bits, large) - ring(n, bits, small)) / (large[1] - small[1])
    return [small[1], beta]


def crossed(n, bits, small, large):
    beta = (ring(n, bits, large) - ring(n, bits, small)) / (large[1] - small[1])
    return [large[1] - ring(n, bits, small) / beta, beta]


def quotient(n, bits, small, large):
    beta = ring(n, bits, large) / large[1]
    return [small[1] - ring(n, bits, small) / beta, beta]


def small_then_rest(n, bits, small, large):
    """Take the small time for latency, and what is left of the large one for sending."""
    return [small[1], ring(n, bits, large) / (large[1] - small[1])]


def seconds_a_byte(n, bits, small, large):
    alpha, beta = line([ring(n, bits, p) for p in (small, large)], [small[1], large[1]])
    return [alpha, 1 / beta]


def turned(n, bits, small, large):
    return line([ring(n, bits, p) for p in (small, large)], [small[1], large[1]])[::-1]


PLANTED = {
    "17.3": [
        ("fitted to what it is tested on, too", all_in),
        ("fitted to the one that was left out", itself),
        ("scored on what it was fitted to", in_sample),
        ("scored on all kernels", everything_scored),
        ("fitted and scored on everything", no_split),
        ("a mean of the shares", least_squares_of_logs),
        ("a mean of the shares", average),
        ("bytes in all over time in all", sums),
        ("the data sheet's rate", peak),
        ("errors that cancel", signed),
        ("the mean of the errors", mean_error),
        ("a part of what was predicted", of_predicted),
        ("", log_error),
        ("", worst),
    ],
    "17.4": [
        ("the ring is forgotten", plain_bytes),
        ("half of the ring", once_round),
        ("the whole message at every hop", every_hop),
        ("a part too many", twice),
        ("bits for bytes", in_bits),
        ("values for bytes", in_values),
        ("alpha is all of the small message", small_is_latency),
        ("alpha from the large message", crossed),
        ("alpha is in the rate", quotient),
        ("seconds for a byte", seconds_a_byte),
        ("the rate first", turned),
        ("", small_then_rest),
    ],
}
