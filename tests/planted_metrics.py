"""Wrong answers about metrics as learners write them, with the mistake that the grader must name.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math
import statistics

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


def median_gap(arrival, tokens):
    middle = statistics.median(_own(tokens)) if len(tokens) > 1 else None
    return [tokens[0] - arrival, middle, tokens[-1] - arrival]


def first_gap(arrival, tokens):
    gap = tokens[1] - tokens[0] if len(tokens) > 1 else None
    return [tokens[0] - arrival, gap, tokens[-1] - arrival]


def median_of_all(requests):
    tpots = [(t[-1] - t[0]) / (len(t) - 1) for _, t in requests if len(t) > 1]
    return [sum(tpots) / len(tpots), statistics.median(gap for _, t in requests for gap in _own(t))]


def everything_divided(requests):
    gaps = [gap for _, t in requests for gap in _own(t)]
    tpots = [sum(_own(t)) / len(_own(t)) for _, t in requests if len(t) > 1]
    return [sum(tpots) / len(tpots), sum(gaps) / sum(len(t) for _, t in requests)]


def exclusive(values, q):
    """Use the estimator with n + 1 steps, as spreadsheets offer it too."""
    ordered = sorted(values)
    place = min(max(q / 100 * (len(ordered) + 1) - 1, 0), len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def midpoint(values, q):
    place = q / 100 * (len(values) - 1)
    ordered = sorted(values)
    return (ordered[math.floor(place)] + ordered[math.ceil(place)]) / 2


def added_to_the_longest(interval, service):
    late = max(0, max(service) - interval)
    return [seconds + late for seconds in service]


PLANTED = {
    "06.1": [
        ("not all gaps count", first_gap),
        ("not all gaps count", median_gap),
        ("", nan_for_one),
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
        ("", median_of_all),
        ("", everything_divided),
    ],
    "06.3": [
        ("the list is not sorted", unsorted),
        ("one of the values, never between two", nearest_rank),
        ("one of the values, never between two", n_steps),
        ("n steps between n values", n_steps_between),
        ("q taken for a share", as_a_share),
        ("the mean", lambda values, q: sum(values) / len(values)),
        ("the largest value", lambda values, q: sorted(values)[-1]),
        ("", exclusive),
        ("", midpoint),
        ("", lambda values, q: statistics.median(values)),
    ],
    "06.7": [
        ("the clock starts when it is sent", lambda interval, service: service),
        ("the plan slips", slips),
        ("the plan slips", previous_only),
        ("the wait without the answer", wait_only),
        ("sent before it is planned", never_idle),
        ("requests are added", more_requests),
        ("", added_to_the_longest),
    ],
}
