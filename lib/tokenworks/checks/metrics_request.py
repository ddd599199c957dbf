"""Questions of chapter 06 about answers as their tokens arrive: times, gaps, percentiles."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from typing import Any

from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Number
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.metrics import (
    all_tpot,
    e2el_seconds,
    pooled_itl,
    tpot_seconds,
    ttft_seconds,
)


@dataclass(frozen=True)
class Stream:
    """A finished request as a client saw it; its last token ends it."""

    arrival_seconds: Number
    token_seconds: list[Any]
    prompt_tokens: int = 1

    @property
    def generated(self) -> int:
        """Tokens of the answer."""
        return len(self.token_seconds)

    @property
    def finished_seconds(self) -> Number:
        """When the answer was complete."""
        return self.token_seconds[-1]


def list_apart(expected: Sequence[Any], got: Sequence[Any]) -> float:
    """Return how far the numbers of two lists are apart in all; a None only fits a None."""
    pairs = [(e, g) for e, g in zip(expected, got, strict=True) if (e, g) != (None, None)]
    return float(sum(abs(g - e) for e, g in pairs))


def token_times(rng: random.Random, tokens: int, *, start: float) -> list[float]:
    """Draw when an answer's tokens arrive, on a clock of 1/64 s: sums are exact."""
    times = [start + rng.randrange(4, 80) / 64]
    for _ in range(tokens - 1):
        times.append(times[-1] + rng.randrange(1, 24) / 64)
    return times


def _times(arrival: Number, times: list[Number]) -> list[Number | None]:
    stream = Stream(arrival, times)
    return [ttft_seconds(stream), tpot_seconds(stream), e2el_seconds(stream)]


def _with_tpot(tpot: Callable[[Number, list[Number]], Number | None]) -> Callable[..., Any]:
    """Return the three times with another TPOT, as the mistakes compute it."""

    def times_of(arrival: Number, times: list[Number]) -> list[Number | None]:
        first, _, whole = _times(arrival, times)
        return [first, tpot(arrival, times), whole]

    return times_of


def _times_case(rng: random.Random) -> Case:
    arrival = rng.randrange(1, 4000) / 64
    return (arrival, token_times(rng, rng.choice([1, 1, 2, 5, 9, 30]), start=arrival))


_NO_GAP = "One token has no gap behind it: its TPOT is None, and 0 would be the best of all."
TIMES = Question(
    id="06.1",
    title="Three times of one request",
    size_hint="about 4 lines",
    oracle=_times,
    cases=(
        (10.0, [10.25, 10.5, 10.75, 11.0, 11.25]),
        (2.0, [2.5, 2.75]),
        (7.5, [9.0]),
        (100.0, [100.5, 100.75, 102.0, 102.25]),
        (3.25, [3.5]),
    ),
    fresh_case=_times_case,
    misconceptions=(
        Misconception(
            "tokens counted instead of gaps",
            _with_tpot(lambda arrival, t: (t[-1] - t[0]) / len(t)),
            "Five posts have four gaps: divide by the gaps between the tokens.",
        ),
        Misconception(
            "tokens counted instead of gaps",
            _with_tpot(lambda arrival, t: (t[-1] - t[0]) / len(t) if len(t) > 1 else None),
            "Five posts have four gaps: divide by the gaps between the tokens.",
        ),
        Misconception(
            "the first wait is in the TPOT",
            _with_tpot(lambda arrival, t: (t[-1] - arrival) / len(t)),
            "TPOT begins at the first token; what came before is the TTFT.",
        ),
        Misconception(
            "the first wait is in the TPOT",
            _with_tpot(lambda arrival, t: (t[-1] - arrival) / (len(t) - 1) if t[1:] else None),
            "TPOT begins at the first token; what came before is the TTFT.",
        ),
        Misconception(
            "one token has a TPOT of 0",
            _with_tpot(lambda arrival, t: tpot_seconds(Stream(arrival, t)) or 0.0),
            _NO_GAP,
        ),
        Misconception(
            "one token divides by zero",
            _with_tpot(lambda arrival, t: (t[-1] - t[0]) / (len(t) - 1)),
            _NO_GAP,
        ),
        Misconception(
            "the clock starts at 0",
            lambda arrival, t: [t[0], tpot_seconds(Stream(arrival, t)), t[-1]],
            "The times are readings of a clock: the wait begins at the arrival.",
        ),
        Misconception(
            "E2EL without the first wait",
            lambda arrival, t: [*_times(arrival, t)[:2], t[-1] - t[0]],
            "End to end begins at the arrival, not at the first token.",
        ),
    ),
    distance=list_apart,
    unit="seconds",
    picture=named_bars(("TTFT", "TPOT", "E2EL"), "seconds"),
)


def _means(requests: list[Any]) -> list[Number]:
    streams = [Stream(*request) for request in requests]
    return [mean(all_tpot(streams)), mean(pooled_itl(streams))]


def _by_tokens(requests: list[Any]) -> list[Number]:
    """Return the second mean with tokens as weights, as one often sees it."""
    long = [Stream(*request) for request in requests if len(request[1]) > 1]
    tokens = sum(stream.generated for stream in long)
    weighted = sum(stream.generated * (tpot_seconds(stream) or 0) for stream in long)
    return [_means(requests)[0], weighted / tokens]


def _across(requests: list[Any]) -> list[Number]:
    joined = [time for _, times in requests for time in times]
    return [_means(requests)[0], mean(b - a for a, b in pairwise(joined))]


def _first_wait(requests: list[Any]) -> list[Number]:
    gaps = [b - a for arrival, times in requests for a, b in pairwise([arrival, *times])]
    return [_means(requests)[0], mean(gaps)]


def _zeros(requests: list[Any]) -> list[Number]:
    tpots = [tpot_seconds(Stream(*request)) or 0.0 for request in requests]
    return [mean(tpots), _means(requests)[1]]


def _means_case(rng: random.Random) -> Case:
    sizes = [1, rng.randrange(2, 5), rng.randrange(6, 14), rng.choice([1, 3, 20])]
    requests = []
    for tokens in rng.sample(sizes, len(sizes)):
        arrival = rng.randrange(0, 640) / 64
        requests.append([arrival, token_times(rng, tokens, start=arrival)])
    return (requests,)


MEANS = Question(
    id="06.2",
    title="Mean of requests, mean of gaps",
    size_hint="about 6 lines",
    oracle=_means,
    cases=(
        ([[0.0, [1.0, 1.25]], [0.0, [1.0, 1.5, 2.0, 2.5]]],),
        ([[0.0, [0.5]], [0.25, [0.5, 0.75, 1.0]], [0.5, [1.5, 2.5]]],),
        ([[4.0, [5.0, 5.125, 5.25, 5.375, 5.5]], [4.0, [6.0]], [4.5, [6.0, 7.0]]],),
        ([[1.0, [2.0, 2.5, 4.0]], [3.0, [3.125, 3.25]], [3.0, [3.5]]],),
    ),
    fresh_case=_means_case,
    misconceptions=(
        Misconception(
            "one token counts as a TPOT of 0",
            _zeros,
            "A request of one token has no gap: leave it out instead of adding a 0.",
        ),
        Misconception(
            "tokens as weights instead of gaps",
            _by_tokens,
            "A request of n tokens has n - 1 gaps, so pool the gaps themselves.",
        ),
        Misconception(
            "a gap between two answers",
            _across,
            "The last token of one request and the first of the next are no neighbours.",
        ),
        Misconception(
            "the first wait is a gap",
            _first_wait,
            "Before the first token lies the TTFT; gaps lie between tokens.",
        ),
        Misconception(
            "every mean over requests",
            lambda requests: [_means(requests)[0]] * 2,
            "The second mean gives each gap one vote, so long answers have many.",
        ),
        Misconception(
            "every mean over gaps",
            lambda requests: [_means(requests)[1]] * 2,
            "The first mean gives each request one vote, however long its answer.",
        ),
        Misconception(
            "the two means swapped",
            lambda requests: _means(requests)[::-1],
            "First the mean over requests, then the mean over all gaps.",
        ),
    ),
    distance=list_apart,
    unit="seconds",
    picture=named_bars(("mean TPOT of the requests", "mean of all gaps"), "seconds"),
)

QUESTIONS = (TIMES, MEANS)
