"""A server under load: what it delivers in a window, and the knee of its goodput."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.metrics.request import token_times
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart

LOG = [
    [0.0, [0.5, 1.0], 100],
    [1.0, [2.5, 3.0, 3.5, 4.0, 4.5], 300],
    [3.0, [3.5], 50],
    [5.0, [5.5, 7.0, 9.0], 200],
]


def _window(rng: Random) -> Case:
    begin, end = rng.choice([3.0, 4.0]), rng.choice([8.0, 9.0])
    requests = []
    for _ in range(rng.randrange(6, 11)):
        arrival = rng.randrange(0, 640) / 64
        times = token_times(rng, rng.randrange(1, 12), start=arrival)
        requests.append([arrival, times, rng.randrange(5, 60) * 10])
    for edge in (begin, end):  # some end just where the window begins or ends
        if rng.random() < 0.6:
            one = [edge - 2.0, [edge - 1.5, edge], rng.randrange(5, 60) * 10]
            requests.insert(rng.randrange(len(requests)), one)
    return (requests, begin, end)


@exercise(
    4,
    examples=(Example(([[0, [1, 2, 3], 100]], 2, 4), "[0.5, 50, 1.5]"),),
    cases=(
        (LOG, 2.0, 6.0),
        (LOG, 3.5, 5.5),
        (LOG, 0.0, 10.0),
        ([[8.0, [8.5, 9.0], 640], [8.5, [9.5], 320], [9.5, [10.0, 12.0], 80]], 8.0, 12.0),
        ([[1.0, [2.0], 10]], 4.0, 6.0),
    ),
    draw=_window,
    mistakes=(
        Mistake(
            "counts called rates",
            ("end - begin", "1"),
            "A rate is a number over seconds: divide by the length of the window.",
        ),
        Mistake(
            "divided by the window's end",
            ("end - begin", "end"),
            "The window does not begin at 0: its length is end minus begin.",
        ),
        Mistake(
            "requests outside the window count",
            (" if begin <= request[1][-1] < end", ""),
            "Count the requests whose last token came inside the window.",
        ),
        Mistake(
            "the arrival decides",
            ("request[1][-1]", "request[0]"),
            "A request is done when its last token comes; it may have arrived long before.",
        ),
        Mistake(
            "the window's end belongs to it",
            ("< end", "<= end"),
            "What ends at the very end belongs to the next window, or it is counted twice.",
        ),
        Mistake(
            "tokens counted by their own times",
            (
                "len(tokens) for _, tokens, _ in done",
                "begin <= at < end for _, tokens, _ in requests for at in tokens",
            ),
            "A request that ends in the window counts with its whole answer.",
        ),
        Mistake(
            "input and output swapped",
            ("prompts / seconds, written / seconds", "written / seconds, prompts / seconds"),
            "Input tokens are those of the prompts, output tokens those of the answers.",
        ),
        Mistake(
            "prompt tokens among the output",
            ("written / seconds", "(prompts + written) / seconds"),
            "The output is what the model wrote; the prompt has a rate of its own.",
        ),
        Mistake(
            "the first token is no output",
            ("len(tokens)", "len(tokens) - 1"),
            "Count the tokens, not the gaps: the first one was written too.",
        ),
    ),
    unit="per second",
    distance=list_apart,
    length=3,
    picture=named_bars(("requests/s", "input tokens/s", "output tokens/s"), ""),
)
def three_rates(requests, begin, end):
    """Three rates of a window.

    `requests` is a list of `[arrival, tokens, prompt_tokens]`. Look at the requests whose last
    token came in the window: at `begin` or later, and before `end`. Return a list of three rates of
    this window: requests per second, input tokens per second, output tokens per second. A request
    counts with its whole prompt and its whole answer.

    Example: a window from 2 to 4, one request with 100 prompt tokens and tokens at 1, 2 and 3:
    `[0.5, 50, 1.5]`.
    """
    done = [request for request in requests if begin <= request[1][-1] < end]
    seconds = end - begin
    prompts = sum(prompt_tokens for _, _, prompt_tokens in done)
    written = sum(len(tokens) for _, tokens, _ in done)
    return [len(done) / seconds, prompts / seconds, written / seconds]


def _points(rng: Random) -> Case:
    step, share = rng.choice([1, 2, 5]), rng.choice([0.75, 0.75, 0.9, 0.95])
    rates = [step * k for k in range(1, rng.randrange(6, 10))]
    # how many pass before one fails: sometimes none, sometimes all
    turn = rng.choice([0, len(rates), *(rng.randrange(2, len(rates) - 2) for _ in range(8))])
    points = []
    for i, rate in enumerate(rates):
        lost = rng.uniform(0.0, 0.04) if i < turn else rng.uniform(1.1 - share, 0.6)
        points.append([rate, round(rate * (1 - lost), 4)])
    if share == 0.75 and turn:  # the last one that passes is just at the share
        points[turn - 1][1] = share * rates[turn - 1]
    if rng.random() < 0.7 and turn < len(rates) - 1:
        lucky = rng.randrange(turn + 1, len(rates))
        points[lucky][1] = round(rates[lucky] * 0.99, 4)
    rng.shuffle(points)
    return (points, share)


@exercise(
    6,
    examples=(Example(([[1, 1], [2, 1.9], [3, 2], [4, 4]], 0.9), "2"),),
    cases=(
        ([[1, 1.0], [2, 1.98], [4, 3.9], [6, 3.1], [8, 1.2]], 0.95),
        ([[8, 7.9], [2, 2.0], [6, 4.0], [4, 3.96]], 0.95),
        ([[2, 1.0], [4, 1.5], [6, 0.2]], 0.9),
        ([[6, 5.6], [3, 2.9], [9, 6.1], [12, 6.4]], 0.9),
        ([[10, 9.9], [5, 2.0], [15, 3.0]], 0.9),
        ([[6, 2.75], [2, 1.5], [4, 2.0], [8, 1.0]], 0.5),
        ([[3, 2.9], [1, 1.0], [2, 1.9]], 0.9),
    ),
    draw=_points,
    mistakes=(
        Mistake(
            "a lucky point beyond the knee",
            ("            return last\n", "            continue\n"),
            "Once a rate has failed, a higher one that passes is luck: stop at the first failure.",
        ),
        Mistake(
            "the points as they are listed",
            ("sorted(points)", "points"),
            "The points come in no order: sort them by the offered rate first.",
        ),
        Mistake(
            "the highest goodput",
            ("last = 0", "return max(points, key=lambda point: point[1])[0]"),
            "Goodput may still climb while a part of the users is being failed.",
        ),
        Mistake(
            "goodput for the offered rate",
            ("last = offered", "last = good"),
            "Return the load that was offered, not the goodput there.",
        ),
        Mistake(
            "the first rate that fails",
            (
                ("            return last\n", "            return offered\n"),
                ("return last", "return 0"),
            ),
            "Return the last rate that still passes, one before.",
        ),
        Mistake(
            "no answer where all pass",
            ("last = offered\n    return last", "last = offered"),
            "Where no rate fails, the highest that was tested is the answer.",
        ),
        Mistake(
            "just at the share is too little",
            ("good < share", "good <= share"),
            "Goodput of exactly the share passes: at least, not more than.",
        ),
        Mistake(
            "the share is not used",
            ("share * offered", "offered"),
            "A few lost requests are allowed: goodput has to keep the share, not all.",
        ),
    ),
    unit="requests/s",
)
def knee(points, share):
    """The knee of goodput.

    A load test gave pairs `[offered, goodput]`, both in requests per second, in no particular
    order. A rate passes when its goodput is at least `share` times the rate. Return the highest
    offered rate that passes and below which every tested rate passes too; 0 where the lowest
    already fails.

    Example: with a share of 0.9, of `[1, 1]`, `[2, 1.9]`, `[3, 2]` and `[4, 4]` the answer is 2.
    The last one passes by luck: at 3 the server was over its limit.
    """
    last = 0
    for offered, good in sorted(points):
        if good < share * offered:
            return last
        last = offered
    return last
