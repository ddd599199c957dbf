"""Question of chapter 06 about goodput: requests per second that keep every limit."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tokenworks.checks.metrics_request import Stream
from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.metrics import (
    Slo,
    attainment,
    goodput_per_s,
    itl_seconds,
    tpot_seconds,
    ttft_seconds,
)


def _streams(requests: Sequence[Any]) -> list[Stream]:
    return [Stream(*request) for request in requests]


def _goodput(requests: Sequence[Any], *limits: Number) -> Number:
    ttft, tpot, window = limits
    slo = Slo(ttft_seconds=ttft, tpot_seconds=tpot)
    return goodput_per_s(_streams(requests), slo, window_seconds=window)


def _rate_of(good: Callable[[Number, Number | None], bool]) -> Callable[..., Number]:
    """Return goodput with another test of each request, in units of its limits."""

    def rate(requests: Sequence[Any], *limits: Number) -> Number:
        passed = 0
        for stream in _streams(requests):
            tpot = tpot_seconds(stream)
            share = None if tpot is None else tpot / limits[1]
            passed += good(ttft_seconds(stream) / limits[0], share)
        return passed / limits[2]

    return rate


def _own_window(requests: Sequence[Any], *limits: Number) -> Number:
    begin = min(arrival for arrival, _ in requests)
    return _goodput(requests, *limits[:2], max(times[-1] for _, times in requests) - begin)


def _listed(
    requests: Sequence[Any], *limits: Number, share: bool = False, clock: Number = 1
) -> Number:
    """Run the listing of the exercise's text with its defects, or with one of them."""
    good = 0
    for arrival, times in requests:
        tpot = (times[-1] - times[0]) / (len(times) - 1)
        good += times[0] - clock * arrival <= limits[0] and tpot <= limits[1]
    return good / (len(requests) if share else limits[2])


def _mean_tpot(stream: Stream) -> Number:
    return tpot_seconds(stream) or 0.0


def _by_longest(requests: Sequence[Any], *limits: Number) -> Number:
    even = [r for r in requests if max(itl_seconds(Stream(*r)), default=0) <= limits[1]]
    return _goodput(even, *limits)


def _together(requests: Sequence[Any], *limits: Number) -> Number:
    """Hold the means of all requests against the limits: all are good, or none."""
    streams = _streams(requests)
    first = sum(map(ttft_seconds, streams)) / len(streams) <= limits[0]
    later = sum(map(_mean_tpot, streams)) / len(streams) <= limits[1]
    return len(streams) / limits[2] if first and later else 0.0


def _goodput_case(rng: random.Random) -> Case:
    ttft, tpot = rng.choice([0.5, 1.0]), rng.choice([0.125, 0.25])
    kinds = [(1, 1), (1, 1), (2, 1), (1, 2), (2, 2), (0.5, 1), (0.5, 0.5), (1, None), (2, None)]
    requests = []
    for first, later in [*rng.sample(kinds, 6), *rng.choices(kinds, k=rng.randrange(1, 5))]:
        arrival = rng.randrange(0, 64) / 8
        start, gaps = arrival + first * ttft, 0 if later is None else rng.randrange(1, 6)
        times = [start + k * (later or 0) * tpot for k in range(gaps + 1)]
        if gaps > 1:  # the gap after the second token is three times the one before it
            times[1] -= (times[1] - times[0]) / 2
        requests.append([arrival, times])
    return (requests, ttft, tpot, rng.choice([20.0, 25.0, 40.0]))


GOODPUT = Question(
    id="06.5",
    title="Goodput",
    size_hint="about 7 lines",
    oracle=_goodput,
    cases=(
        (
            [[0.0, [0.5, 0.75, 1.0]], [1.0, [3.0, 3.25]], [2.0, [2.5, 4.5]], [3.0, [5.0, 7.0]]],
            *(1.0, 0.25, 8.0),
        ),
        ([[0.0, [0.25]], [0.0, [0.5, 0.75]], [4.0, [4.5, 5.0]]], 0.5, 0.25, 10.0),
        ([[0.0, [3.0]], [0.5, [0.75, 1.0]], [1.0, [1.5, 3.5]], [2.0, [2.25]]], 0.5, 0.5, 5.0),
        ([[0.0, [4.0, 4.125]], [1.0, [6.0, 6.125, 6.25]]], 2.0, 0.25, 10.0),
        ([[1.0, [1.5, 1.75]], [2.0, [2.5, 3.0]], [2.0, [2.25, 2.5]]], 0.5, 0.25, 4.0),
        ([[0.0, [0.5, 0.625, 1.0, 1.125]], [1.0, [1.25, 1.75, 2.25]]], 0.5, 0.25, 4.0),
    ),
    fresh_case=_goodput_case,
    misconceptions=(
        Misconception(
            "a count called a rate",
            lambda requests, *limits: _goodput(requests, *limits[:2], 1.0),
            "This is how many were good. A rate is that number over the window's seconds.",
        ),
        Misconception(
            "a share called a rate",
            lambda requests, ttft, tpot, window: attainment(
                _streams(requests), Slo(ttft_seconds=ttft, tpot_seconds=tpot)
            ),
            "A share of the requests is the attainment. Divide by the seconds instead.",
        ),
        Misconception(
            "a share called a rate",
            lambda *case: _listed(*case, share=True, clock=0),
            "A share of the requests is the attainment. Divide by the seconds instead.",
        ),
        Misconception(
            "one token divides by zero",
            _listed,
            "An answer of one token has no gap: look at its first token alone.",
        ),
        Misconception(
            "the clock starts at 0",
            lambda requests, *limits: _goodput([[0.0, times] for _, times in requests], *limits),
            "The TTFT begins at the arrival; the times are readings of a clock.",
        ),
        Misconception(
            "throughput",
            lambda requests, ttft, tpot, window: len(requests) / window,
            "This counts the requests that came too late as well.",
        ),
        Misconception(
            "one limit is enough",
            _rate_of(lambda first, later: first <= 1 or later is None or later <= 1),
            "A good request keeps both limits: and, not or.",
        ),
        Misconception(
            "only the first token counts",
            _rate_of(lambda first, later: first <= 1),
            "The tokens after the first have a limit of their own.",
        ),
        Misconception(
            "only the later tokens count",
            _rate_of(lambda first, later: later is None or later <= 1),
            "The first token has a limit of its own.",
        ),
        Misconception(
            "at the limit is too late",
            _rate_of(lambda first, later: first < 1 and (later is None or later < 1)),
            "A request that takes just as long as the limit keeps it.",
        ),
        Misconception(
            "one token is never good",
            _rate_of(lambda first, later: first <= 1 and later is not None and later <= 1),
            "An answer of one token has no gap that could be too long.",
        ),
        Misconception(
            "a window of its own",
            _own_window,
            "Divide by the window that is given; the server stood ready all that time.",
        ),
        Misconception(
            "every gap has to keep the limit",
            _by_longest,
            "TPOT is the mean of a request's gaps: a long one may be made up for by short ones.",
        ),
        Misconception(
            "the mean keeps the limits",
            _together,
            "Each request is good or not. A mean lets the fast ones cover for the slow.",
        ),
    ),
    distance=apart,
    unit="requests/s",
)

QUESTIONS = (GOODPUT,)
