"""Wrong answers to chapter 06 as learners write them, with the mistake that the grader must name.

Written without the package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math

import numpy as np


def by_tokens(arrival, tokens):
    first, last = tokens[0] - arrival, tokens[-1] - arrival
    return [first, (last - first) / len(tokens), last]


def zero_for_one(arrival, tokens):
    if len(tokens) < 2:
        return [tokens[0] - arrival, 0, tokens[0] - arrival]
    tpot = float(np.diff(tokens).mean())
    return (tokens[0] - arrival, tpot, tokens[-1] - arrival)


def unguarded(arrival, tokens):
    wait, whole = tokens[0] - arrival, tokens[-1] - arrival
    return [wait, (whole - wait) / (len(tokens) - 1), whole]


def nan_for_one(arrival, tokens):
    with np.errstate(all="ignore"):
        tpot = float(np.float64(tokens[-1] - tokens[0]) / np.float64(len(tokens) - 1))
    return [tokens[0] - arrival, tpot, tokens[-1] - arrival]


def no_arrival(arrival, tokens):
    tpot = None if len(tokens) == 1 else (tokens[-1] - tokens[0]) / (len(tokens) - 1)
    return [tokens[0], tpot, tokens[-1]]


def whole_over_gaps(arrival, tokens):
    wait, whole = tokens[0] - arrival, tokens[-1] - arrival
    return [wait, whole / (len(tokens) - 1) if len(tokens) > 1 else None, whole]


def generation_only(arrival, tokens):
    n = len(tokens)
    tpot = (tokens[-1] - tokens[0]) / (n - 1) if n > 1 else None
    return [tokens[0] - arrival, tpot, tokens[-1] - tokens[0]]


def _own(tokens):
    return [tokens[i + 1] - tokens[i] for i in range(len(tokens) - 1)]


def zeros_in_the_mean(requests):
    tpots = [sum(_own(t)) / len(_own(t)) if len(t) > 1 else 0 for _, t in requests]
    gaps = [gap for _, t in requests for gap in _own(t)]
    return [sum(tpots) / len(requests), sum(gaps) / len(gaps)]


def weighed_by_tokens(requests):
    long = [t for _, t in requests if len(t) > 1]
    tpots = [(t[-1] - t[0]) / (len(t) - 1) for t in long]
    pooled = np.average(tpots, weights=[len(t) for t in long])
    return [float(np.mean(tpots)), float(pooled)]


def one_long_list(requests):
    tpots = [(t[-1] - t[0]) / (len(t) - 1) for _, t in requests if len(t) > 1]
    everything = [time for _, t in requests for time in t]
    return [sum(tpots) / len(tpots), float(np.diff(everything).mean())]


def mean_of_means(requests):
    tpots = [(t[-1] - t[0]) / (len(t) - 1) for _, t in requests if len(t) > 1]
    return [sum(tpots) / len(tpots)] * 2


def all_pooled(requests):
    gaps = [gap for _, t in requests for gap in _own(t)]
    return [np.mean(gaps), np.mean(gaps)]


def wait_as_a_gap(requests):
    tpots = [(t[-1] - t[0]) / (len(t) - 1) for _, t in requests if len(t) > 1]
    gaps = [gap for arrival, t in requests for gap in [t[0] - arrival, *_own(t)]]
    return [sum(tpots) / len(tpots), sum(gaps) / len(gaps)]


def nearest_rank(values, q):
    return sorted(values)[max(1, math.ceil(q / 100 * len(values))) - 1]


def unsorted(values, q):
    place = q / 100 * (len(values) - 1)
    low, high = math.floor(place), math.ceil(place)
    return values[low] + (place - low) * (values[high] - values[low])


def n_steps(values, q):
    ordered = sorted(values)
    return ordered[int(len(ordered) * q / 100)]


def n_steps_between(values, q):
    ordered = [*sorted(values), max(values)]
    place = len(values) * q / 100
    below = min(int(place), len(values) - 1)
    return ordered[below] + (place - int(place)) * (ordered[below + 1] - ordered[below])


def as_a_share(values, q):
    ordered = sorted(values)
    return ordered[round(q * (len(ordered) - 1))]


def counts_for_rates(requests, begin, end):
    done = [r for r in requests if begin <= r[1][-1] < end]
    return [len(done), sum(r[2] for r in done), sum(len(r[1]) for r in done)]


def from_zero(requests, begin, end):
    return [count / end for count in counts_for_rates(requests, begin, end)]


def whole_log(requests, begin, end):
    seconds = end - begin
    written = sum(len(tokens) for _, tokens, _ in requests)
    prompts = sum(prompt for *_, prompt in requests)
    return [len(requests) / seconds, prompts / seconds, written / seconds]


def by_arrival(requests, begin, end):
    done = [r for r in requests if begin <= r[0] < end]
    s = end - begin
    return [len(done) / s, sum(r[2] for r in done) / s, sum(len(r[1]) for r in done) / s]


def end_included(requests, begin, end):
    done = [r for r in requests if begin <= r[1][-1] <= end]
    s = end - begin
    return [len(done) / s, sum(r[2] for r in done) / s, sum(len(r[1]) for r in done) / s]


def gaps_as_output(requests, begin, end):
    done = [r for r in requests if begin <= r[1][-1] < end]
    s = end - begin
    return [len(done) / s, sum(r[2] for r in done) / s, sum(len(r[1]) - 1 for r in done) / s]


def _good(requests, ttft, tpot):
    return sum(
        t[0] - a <= ttft and (len(t) == 1 or (t[-1] - t[0]) / (len(t) - 1) <= tpot)
        for a, t in requests
    )


def or_for_and(requests, *limits):
    ttft, tpot, window = limits
    good = 0
    for a, t in requests:
        if t[0] - a <= ttft or len(t) == 1 or (t[-1] - t[0]) / (len(t) - 1) <= tpot:
            good += 1
    return good / window


def strictly_below(requests, *limits):
    ttft, tpot, window = limits
    good = 0
    for a, t in requests:
        later = (t[-1] - t[0]) / (len(t) - 1) if len(t) > 1 else 0
        good += t[0] - a < ttft and later < tpot
    return good / window


def busy_window(requests, *limits):
    seconds = max(t[-1] for _, t in requests) - min(a for a, _ in requests)
    return _good(requests, *limits[:2]) / seconds


def one_token_fails(requests, *limits):
    ttft, tpot, window = limits
    good = [
        1
        for a, t in requests
        if len(t) > 1 and t[0] - a <= ttft and (t[-1] - t[0]) / (len(t) - 1) <= tpot
    ]
    return len(good) / window


def any_that_passes(points, share):
    return max([x for x, y in points if y / x >= share] or [0])


def in_their_order(points, share):
    best = 0
    for x, y in points:
        if y >= share * x:
            best = x
        else:
            return best
    return best


def peak(points, share):
    return sorted(points, key=lambda p: p[1])[-1][0]


def height_of_the_knee(points, share):
    best = 0
    for x, y in sorted(points):
        if y < share * x:
            break
        best = y
    return best


def first_failure(points, share):
    for x, y in sorted(points):
        if y < share * x:
            return x
    return 0


def slips(interval, service):
    plan = now = 0
    out = []
    for seconds in service:
        now = max(now, plan)
        out.append(now + seconds - plan)
        plan, now = now + interval, now + seconds
    return out


def previous_only(interval, service):
    out = [service[0]]
    for i in range(1, len(service)):
        out.append(max(0, service[i - 1] - interval) + service[i])
    return out


def wait_only(interval, service):
    free, out = 0, []
    for i, seconds in enumerate(service):
        out.append(max(0, free - i * interval))
        free = max(free, i * interval) + seconds
    return out


def never_idle(interval, service):
    ends = np.cumsum(service)
    return ends - interval * np.arange(len(service))


def more_requests(interval, service):
    out = []
    for seconds in service:
        while seconds > 0:
            out.append(seconds)
            seconds -= interval
    return out


PLANTED = {
    "06.1": [
        ("tokens counted instead of gaps", by_tokens),
        ("one token has a TPOT of 0", zero_for_one),
        ("one token divides by zero", unguarded),
        ("the clock starts at 0", no_arrival),
        ("the first wait is in the TPOT", whole_over_gaps),
        ("E2EL without the first wait", generation_only),
    ],
    "06.2": [
        ("one token counts as a TPOT of 0", zeros_in_the_mean),
        ("tokens as weights instead of gaps", weighed_by_tokens),
        ("a gap between two answers", one_long_list),
        ("every mean over requests", mean_of_means),
        ("every mean over gaps", all_pooled),
        ("the first wait is a gap", wait_as_a_gap),
    ],
    "06.3": [
        ("the list is not sorted", unsorted),
        ("one of the values, never between two", nearest_rank),
        ("one of the values, never between two", n_steps),
        ("n steps between n values", n_steps_between),
        ("q taken for a share", as_a_share),
        ("the mean", lambda values, q: sum(values) / len(values)),
        ("the largest value", lambda values, q: sorted(values)[-1]),
    ],
    "06.4": [
        ("counts called rates", counts_for_rates),
        ("divided by the window's end", from_zero),
        ("requests outside the window count", whole_log),
        ("the arrival decides", by_arrival),
        ("the window's end belongs to it", end_included),
        ("the first token is no output", gaps_as_output),
    ],
    "06.5": [
        ("a count called a rate", lambda r, ttft, tpot, window: _good(r, ttft, tpot)),
        ("a share called a rate", lambda r, ttft, tpot, w: _good(r, ttft, tpot) / len(r)),
        ("throughput", lambda r, ttft, tpot, window: len(r) / window),
        ("one limit is enough", or_for_and),
        ("at the limit is too late", strictly_below),
        ("a window of its own", busy_window),
        ("one token is never good", one_token_fails),
    ],
    "06.6": [
        ("a lucky point beyond the knee", any_that_passes),
        ("the points as they are listed", in_their_order),
        ("the highest goodput", peak),
        ("goodput for the offered rate", height_of_the_knee),
        ("the first rate that fails", first_failure),
    ],
    "06.7": [
        ("the clock starts when it is sent", lambda interval, service: service),
        ("the plan slips", slips),
        ("the plan slips", previous_only),
        ("the wait without the answer", wait_only),
        ("sent before it is planned", never_idle),
        ("requests are added", more_requests),
    ],
}
