"""Wrong answers about measurements as learners write them, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math
import statistics

import numpy as np


def too_many_bytes(rows, weights, memory):
    return [i for i, row in enumerate(rows) if row[0] * memory < weights]


def twins_alone(rows, weights, memory):
    labels = {}
    for chips, *run in rows:
        labels.setdefault(tuple(run), set()).add(chips)
    return [i for i, (_, *run) in enumerate(rows) if len(labels[tuple(run)]) > 1]


def either(rows, weights, memory, twin):
    fits = [weights <= row[0] * memory for row in rows]
    return [i for i, row in enumerate(rows) if not fits[i] or twin(i, row)]


def listed_twice(rows, weights, memory):
    runs = [row[1:] for row in rows]
    return either(rows, weights, memory, lambda i, row: runs.count(row[1:]) > 1)


def second_of_two(rows, weights, memory):
    seen = {}
    found = []
    for i, (chips, *run) in enumerate(rows):
        labels = seen.setdefault(tuple(run), set())
        if chips * memory < weights or labels - {chips}:
            found.append(i)
        labels.add(chips)
    return found


def by_the_time_a_token(rows, weights, memory):
    def twin(i, row):
        return any(row[0] != r[0] and row[3] == r[3] for r in rows)

    return either(rows, weights, memory, twin)


def by_times(rows, weights, memory):
    def twin(i, row):
        return any(row[0] != r[0] and row[2:] == r[2:] for r in rows)

    return either(rows, weights, memory, twin)


def by_closeness(rows, weights, memory):
    def twin(i, row):
        return any(r[0] != row[0] and np.allclose(r[1:], row[1:], rtol=0.01) for r in rows)

    return either(rows, weights, memory, twin)


def on_one_chip(rows, weights, memory):
    twins = twins_alone(rows, weights, memory)
    return [i for i in range(len(rows)) if weights > memory or i in twins]


def only_when_it_does_not_fit(rows, weights, memory):
    doubtful = either(rows, weights, memory, lambda i, row: False)
    return [i for i in doubtful if i in twins_alone(rows, weights, memory)]


def whole_rows(rows, weights, memory):
    return [rows[i] for i in right_rows(rows, weights, memory)]


def right_rows(rows, weights, memory):
    twins = twins_alone(rows, weights, memory)
    return either(rows, weights, memory, lambda i, row: i in twins)


def twins_of_what_fits(rows, weights, memory):
    """Acquit the twin of a row whose weights do not fit."""
    possible = [row for row in rows if weights <= row[0] * memory]
    twins = [row for row in possible if any(r[0] != row[0] and r[1:] == row[1:] for r in possible)]
    return either(rows, weights, memory, lambda i, row: row in twins)


def faster(rows, seconds):
    return [i for i, row in enumerate(rows) if row[4] / 1e3 < seconds(*row[:4])]


def without_caches(rows, rate):
    return faster(rows, lambda n, w, u, c: w / (n * rate))


def a_cache(rows, rate):
    return faster(rows, lambda n, w, u, c: (w + c) / n / rate)


def on_each_chip(rows, rate):
    return faster(rows, lambda n, w, u, c: (w + u * c) / rate)


def caches_not_cut(rows, rate):
    return faster(rows, lambda n, w, u, c: w / n / rate + u * c / rate)


def of_every_user(rows, rate):
    return faster(rows, lambda n, w, u, c: sum(w + c for _ in range(u)) / (n * rate))


def in_seconds(rows, rate):
    return [i for i, (n, w, u, c, t) in enumerate(rows) if t < (w + u * c) / (n * rate)]


def per_user(rows, rate):
    return faster(rows, lambda n, w, u, c: (w + u * c) / (n * rate) / u)


def the_longer(rows, rate):
    return faster(rows, lambda n, w, u, c: max(w / n / rate, u * c / n / rate))


def the_slower(rows, rate):
    slow = set(range(len(rows))) - set(faster(rows, lambda n, w, u, c: (w + u * c) / n / rate))
    return sorted(slow)


def caches_alone(rows, rate):
    return faster(rows, lambda n, w, u, c: u * c / (n * rate))


def near_the_floor(rows, rate):
    return faster(rows, lambda n, w, u, c: 1.5 * (w + u * c) / (n * rate))


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
    "17.1": [
        ("twins are believed", too_many_bytes),
        ("weights that do not fit are believed", twins_alone),
        ("a copy is taken for a contradiction", listed_twice),
        ("only one of two twins", second_of_two),
        ("one time is enough for a twin", by_the_time_a_token),
        ("other users, and yet the same run", by_times),
        ("nearly equal is not equal", by_closeness),
        ("all weights on one chip", on_one_chip),
        ("both reasons are asked for", only_when_it_does_not_fit),
        ("", whole_rows),
        ("a twin is acquitted by the other", twins_of_what_fits),
    ],
    "17.2": [
        ("the caches are free", without_caches),
        ("one cache for all", a_cache),
        ("one chip reads for all", on_each_chip),
        ("only the weights are shared out", caches_not_cut),
        ("weights read for every user", of_every_user),
        ("milliseconds taken for seconds", in_seconds),
        ("a step shared among the users", per_user),
        ("the larger of the two", the_longer),
        ("the rows that can be", the_slower),
        ("", caches_alone),
        ("", near_the_floor),
    ],
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
