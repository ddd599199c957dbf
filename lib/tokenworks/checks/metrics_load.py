"""Questions of chapter 06 about a server under load: throughput, and the knee of goodput."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from tokenworks.checks.metrics_request import Stream, list_apart, token_times
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Number, apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.serving.metrics import finished, knee, throughput


def _streams(requests: Sequence[Any]) -> list[Stream]:
    return [Stream(*request) for request in requests]


def _rates(requests: Sequence[Any], begin: Number, end: Number) -> list[Number]:
    inside = finished(_streams(requests), start=begin, end=end)
    rates = throughput(inside, end - begin)
    return [rates.requests_per_s, rates.input_tokens_per_s, rates.output_tokens_per_s]


def _scaled(
    requests: Sequence[Any], begin: Number, end: Number, *, seconds: Number
) -> list[Number]:
    """Return the three rates over a window of another length."""
    return [rate * (end - begin) / seconds for rate in _rates(requests, begin, end)]


def _rates_case(rng: random.Random) -> Case:
    requests = []
    for _ in range(rng.randrange(6, 11)):
        arrival = rng.randrange(0, 640) / 64
        times = token_times(rng, rng.randrange(1, 12), start=arrival)
        requests.append([arrival, times, rng.randrange(5, 60) * 10])
    begin, end = rng.choice([3.0, 4.0]), rng.choice([8.0, 9.0])
    if rng.random() < 0.6:  # one ends with the window
        requests.insert(rng.randrange(len(requests)), [begin - 0.5, [end - 1.5, end], 120])
    return (requests, begin, end)


_LOG = [
    [0.0, [0.5, 1.0], 100],
    [1.0, [2.5, 3.0, 3.5, 4.0, 4.5], 300],
    [3.0, [3.5], 50],
    [5.0, [5.5, 7.0, 9.0], 200],
]


THROUGHPUT = Question(
    id="06.4",
    title="Three rates of a window",
    size_hint="about 6 lines",
    oracle=_rates,
    cases=(
        (_LOG, 2.0, 6.0),
        (_LOG, 3.5, 5.5),
        (_LOG, 0.0, 10.0),
        ([[8.0, [8.5, 9.0], 640], [8.5, [9.5], 320], [9.5, [10.0, 12.0], 80]], 8.0, 12.0),
        ([[1.0, [2.0], 10]], 4.0, 6.0),
    ),
    fresh_case=_rates_case,
    misconceptions=(
        Misconception(
            "counts called rates",
            lambda *case: _scaled(*case, seconds=1.0),
            "A rate is a number over seconds: divide by the length of the window.",
        ),
        Misconception(
            "divided by the window's end",
            lambda requests, begin, end: _scaled(requests, begin, end, seconds=end),
            "The window does not begin at 0: its length is end minus begin.",
        ),
        Misconception(
            "requests outside the window count",
            lambda requests, begin, end: [
                rate * 1e6 / (end - begin) for rate in _rates(requests, 0.0, 1e6)
            ],
            "Count the requests whose last token came inside the window.",
        ),
        Misconception(
            "the arrival decides",
            lambda requests, begin, end: _rates(
                [[arrival, [arrival] * len(times), prompt] for arrival, times, prompt in requests],
                begin,
                end,
            ),
            "A request is done when its last token comes; it may have arrived long before.",
        ),
        Misconception(
            "the window's end belongs to it",
            lambda requests, begin, end: [
                rate * (end + 1e-6 - begin) / (end - begin)
                for rate in _rates(requests, begin, end + 1e-6)
            ],
            "What ends at the very end belongs to the next window, or it is counted twice.",
        ),
        Misconception(
            "input and output swapped",
            lambda *case: [_rates(*case)[i] for i in (0, 2, 1)],
            "Input tokens are those of the prompts, output tokens those of the answers.",
        ),
        Misconception(
            "prompt tokens among the output",
            lambda *case: [*_rates(*case)[:2], sum(_rates(*case)[1:])],
            "The output is what the model wrote; the prompt has a rate of its own.",
        ),
        Misconception(
            "the first token is no output",
            lambda *case: [*_rates(*case)[:2], _rates(*case)[2] - _rates(*case)[0]],
            "Count the tokens, not the gaps: the first one was written too.",
        ),
    ),
    distance=list_apart,
    unit="per second",
    picture=named_bars(("requests/s", "input tokens/s", "output tokens/s"), ""),
)


def _knee(points: Sequence[Any], share: Number) -> Number:
    return knee([(offered, good) for offered, good in points], share=share) or 0


def _listed(points: Sequence[Any], share: Number) -> Number:
    """Walk the points as they are listed."""
    last = 0
    for offered, good in points:
        if good < share * offered:
            break
        last = offered
    return last


def _kept(points: Sequence[Any], share: Number) -> list[Number]:
    return [offered for offered, good in points if good >= share * offered]


def _knee_case(rng: random.Random) -> Case:
    step, share = rng.choice([1, 2, 5]), rng.choice([0.75, 0.75, 0.9, 0.95])
    rates = [step * k for k in range(1, rng.randrange(6, 10))]
    turn = rng.randrange(0 if rng.random() < 0.2 else 2, len(rates) - 2)
    points = []
    for i, rate in enumerate(rates):
        lost = rng.uniform(0.0, 0.04) if i < turn else rng.uniform(1.1 - share, 0.6)
        points.append([rate, round(rate * (1 - lost), 4)])
    if share == 0.75 and turn:  # the last one that passes is just at the share
        points[turn - 1][1] = share * rates[turn - 1]
    if rng.random() < 0.7:
        lucky = rng.randrange(turn + 1, len(rates))
        points[lucky][1] = round(rates[lucky] * 0.99, 4)
    rng.shuffle(points)
    return (points, share)


KNEE = Question(
    id="06.6",
    title="The knee of goodput",
    size_hint="about 6 lines",
    oracle=_knee,
    cases=(
        ([[1, 1.0], [2, 1.98], [4, 3.9], [6, 3.1], [8, 1.2]], 0.95),
        ([[8, 7.9], [2, 2.0], [6, 4.0], [4, 3.96]], 0.95),
        ([[2, 1.0], [4, 1.5], [6, 0.2]], 0.9),
        ([[6, 5.6], [3, 2.9], [9, 6.1], [12, 6.4]], 0.9),
        ([[10, 9.9], [5, 2.0], [15, 3.0]], 0.9),
        ([[6, 2.75], [2, 1.5], [4, 2.0], [8, 1.0]], 0.5),
    ),
    fresh_case=_knee_case,
    misconceptions=(
        Misconception(
            "a lucky point beyond the knee",
            lambda points, share: max(_kept(points, share), default=0),
            "Once a rate has failed, a higher one that passes is luck: stop at the first failure.",
        ),
        Misconception(
            "the points as they are listed",
            _listed,
            "The points come in no order: sort them by the offered rate first.",
        ),
        Misconception(
            "the highest goodput",
            lambda points, share: max(points, key=lambda point: point[1])[0],
            "Goodput may still climb while a part of the users is being failed.",
        ),
        Misconception(
            "goodput for the offered rate",
            lambda points, share: dict(points).get(_knee(points, share), 0),
            "Return the load that was offered, not the goodput there.",
        ),
        Misconception(
            "the first rate that fails",
            lambda points, share: min(
                (offered for offered, _ in points if offered > _knee(points, share)), default=0
            ),
            "Return the last rate that still passes, one before.",
        ),
        Misconception(
            "just at the share is too little",
            lambda points, share: _knee(points, share * (1 + 1e-9)),
            "Goodput of exactly the share passes: at least, not more than.",
        ),
        Misconception(
            "the share is not used",
            lambda points, share: _knee(points, 1.0),
            "A few lost requests are allowed: goodput has to keep the share, not all.",
        ),
    ),
    distance=apart,
    unit="requests/s",
)

QUESTIONS = (THROUGHPUT, KNEE)
