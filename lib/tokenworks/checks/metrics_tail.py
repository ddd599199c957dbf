"""Questions of chapter 06 about the tail: a percentile, and a log that leaves the worst out."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import accumulate
from statistics import mean

from tokenworks.checks.metrics_request import Stream, list_apart
from tokenworks.checks.picture import numbered
from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.metrics import e2el_seconds
from tokenworks.serving.percentiles import percentile


def _between(values: Sequence[Number], place: Number) -> Number:
    """Return the value at a place that may lie between two of the list."""
    below = min(max(math.floor(place), 0), len(values) - 1)
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - math.floor(place)) * (values[above] - values[below])


def _percentile_case(rng: random.Random) -> Case:
    values = [round(rng.lognormvariate(-1, 1.2), 3) for _ in range(rng.randrange(5, 40))]
    return (values, rng.choice([25, 50, 75, 90, 95, 99, 99]))


PERCENTILE = Question(
    id="06.3",
    title="A percentile by its estimator",
    size_hint="about 5 lines",
    oracle=percentile,
    cases=(
        ([0.5, 0.1, 0.2, 0.9, 0.4], 50),
        ([0.3, 4.0, 0.1, 0.2, 0.9, 0.4], 90),
        ([3.0, 1.0, 2.0, 5.0, 9.0, 4.0, 8.0], 25),
        ([0.2, 0.1, 0.3, 0.2, 0.4, 6.0, 0.2, 0.1, 0.5, 0.2], 99),
        ([2.0, 8.0, 1.0], 100),
        ([0.7], 99),
    ),
    fresh_case=_percentile_case,
    misconceptions=(
        Misconception(
            "the list is not sorted",
            lambda values, q: _between(values, q / 100 * (len(values) - 1)),
            "The place counts from the smallest value, so sort a copy first.",
        ),
        *(
            Misconception(
                "one of the values, never between two",
                lambda values, q, method=method: percentile(values, q, method=method),
                "A place such as 3.6 lies between two values: go 0.6 of the way to the next.",
            )
            for method in ("inverted_cdf", "lower", "higher", "nearest")
        ),
        Misconception(
            "n steps between n values",
            lambda values, q: _between(sorted(values), q / 100 * len(values)),
            "From the first to the last of n values there are n - 1 steps.",
        ),
        Misconception(
            "one of the values, never between two",
            lambda values, q: sorted(values)[int(q / 100 * len(values))],
            "A place such as 3.6 lies between two values: go 0.6 of the way to the next.",
        ),
        Misconception(
            "q taken for a share",
            lambda values, q: sorted(values)[int(q * (len(values) - 1))],
            "q is in percent: 99 means 99 of 100.",
        ),
        Misconception(
            "counted from the largest",
            lambda values, q: percentile(values, 100 - q),
            "The P99 lies near the largest value: 99 percent of the values are below it.",
        ),
        Misconception(
            "the mean",
            lambda values, q: mean(values),
            "The mean says nothing about how many values are larger.",
        ),
        Misconception(
            "the largest value",
            lambda values, q: max(values),
            "Only q = 100 is the largest value.",
        ),
        Misconception(
            "a share of the largest value",
            lambda values, q: q / 100 * max(values),
            "q percent of the values lie below the answer: count values, do not scale them.",
        ),
    ),
    distance=apart,
    unit="seconds",
)


def _planned(interval: Number, service: Sequence[Number]) -> list[Number]:
    """Return the latency of each request from when it should have been sent."""
    free, latencies = 0.0, []
    for i, seconds in enumerate(service):
        free = max(i * interval, free) + seconds
        latencies.append(e2el_seconds(Stream(i * interval, [free])))
    return latencies


def _slipping(interval: Number, service: Sequence[Number]) -> list[Number]:
    """Let the plan slip with every late request, as a client with a pause does."""
    plan, free, latencies = 0.0, 0.0, []
    for seconds in service:
        begin = max(plan, free)
        free = begin + seconds
        latencies.append(free - plan)
        plan = begin + interval
    return latencies


def _filled(interval: Number, service: Sequence[Number]) -> list[Number]:
    """Add the requests that a stall kept from being sent, and keep the others as measured."""
    filled: list[Number] = []
    for seconds in service:
        filled += [seconds - k * interval for k in range(math.ceil(seconds / interval))]
    return filled


def _planned_case(rng: random.Random) -> Case:
    interval = rng.choice([0.5, 1.0, 2.0])
    service = [rng.randrange(8, 56) / 64 * interval for _ in range(rng.randrange(5, 13))]
    for _ in range(2):
        service[rng.randrange(len(service) - 2)] = rng.randrange(2, 6) * interval + 0.25
    return (interval, service)


PLANNED = Question(
    id="06.7",
    title="The latencies that a closed loop hides",
    size_hint="about 6 lines",
    oracle=_planned,
    cases=(
        (1.0, [0.5, 3.5, 0.5, 0.5, 0.5]),
        (1.0, [0.25, 0.5, 0.75, 0.5]),
        (0.5, [0.25, 0.25, 2.0, 0.25, 0.25, 0.25, 1.5, 0.25]),
        (2.0, [5.0, 0.5, 0.5, 0.5, 9.0, 1.0]),
    ),
    fresh_case=_planned_case,
    misconceptions=(
        Misconception(
            "the clock starts when it is sent",
            lambda interval, service: list(service),
            "A user who comes during the stall waits too: start the clock at the planned time.",
        ),
        Misconception(
            "the plan slips",
            _slipping,
            "A stall delays all that follow and moves no plan: request i is planned at i times "
            "the interval, however late the one before it was.",
        ),
        Misconception(
            "the wait without the answer",
            lambda *case: [
                late - seconds for late, seconds in zip(_planned(*case), case[1], strict=True)
            ],
            "The latency ends with the answer: wait and service together.",
        ),
        Misconception(
            "sent before it is planned",
            lambda interval, service: [
                end - i * interval for i, end in enumerate(accumulate(service))
            ],
            "A client that is early waits for the planned time.",
        ),
        Misconception(
            "a plan that starts one interval late",
            lambda interval, service: [late - interval for late in _planned(interval, service)],
            "The first request is planned at time 0.",
        ),
        Misconception(
            "requests are added",
            _filled,
            "No request is missing from this log: give each its own latency from its own plan.",
        ),
    ),
    distance=list_apart,
    unit="seconds",
    picture=numbered("no."),
)

QUESTIONS = (PERCENTILE, PLANNED)
