"""Requests as their tokens arrive: the times of one, the gaps of many."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case, list_apart


def token_times(rng: Random, tokens: int, *, start: float) -> list[float]:
    """Draw when an answer's tokens arrive, on a clock of 1/64 s: sums are exact."""
    times = [start + rng.randrange(4, 80) / 64]
    for _ in range(tokens - 1):
        times.append(times[-1] + rng.randrange(1, 24) / 64)
    return times


def _answer(rng: Random) -> Case:
    arrival = rng.randrange(1, 4000) / 64
    return (arrival, token_times(rng, rng.choice([1, 1, 2, 5, 9, 30]), start=arrival))


GAPS = "Five posts have four gaps: divide by the gaps between the tokens."
FIRST = "TPOT begins at the first token; what came before is the TTFT."
NO_GAP = "One token has no gap behind it: its TPOT is None, and 0 would be the best of all."
ONE_GAP = "TPOT is the mean of all gaps: from the first token to the last, over their number."


@exercise(
    1,
    examples=(
        Example((2, [3, 3.5, 5]), "[1, 1, 3]"),
        Example((2, [3]), "[1, None, 1]"),
    ),
    cases=(
        (10.0, [10.25, 10.5, 10.75, 11.0, 11.25]),
        (2.0, [2.5, 2.75]),
        (7.5, [9.0]),
        (100.0, [100.5, 100.75, 102.0, 102.25]),
        (3.25, [3.5]),
    ),
    draw=_answer,
    mistakes=(
        Mistake(
            "tokens counted instead of gaps", ("/ gaps if gaps else None", "/ len(tokens)"), GAPS
        ),
        Mistake("tokens counted instead of gaps", ("/ gaps if", "/ len(tokens) if"), GAPS),
        Mistake(
            "the first wait is in the TPOT",
            (
                "(tokens[-1] - tokens[0]) / gaps if gaps else None",
                "(tokens[-1] - arrival) / len(tokens)",
            ),
            FIRST,
        ),
        Mistake(
            "the first wait is in the TPOT",
            ("(tokens[-1] - tokens[0])", "(tokens[-1] - arrival)"),
            FIRST,
        ),
        Mistake(
            "not all gaps count",
            ("(tokens[-1] - tokens[0]) / gaps", "tokens[1] - tokens[0]"),
            ONE_GAP,
        ),
        Mistake(
            "not all gaps count",
            ("(tokens[-1] - tokens[0]) / gaps", "tokens[-1] - tokens[-2]"),
            ONE_GAP,
        ),
        Mistake("one token has a TPOT of 0", ("else None", "else 0.0"), NO_GAP),
        Mistake("one token divides by zero", (" if gaps else None", ""), NO_GAP),
        Mistake(
            "the clock starts at 0",
            (("[tokens[0] - arrival", "[tokens[0]"), ("tokens[-1] - arrival", "tokens[-1]")),
            "The times are readings of a clock: the wait begins at the arrival.",
        ),
        Mistake(
            "E2EL without the first wait",
            ("tokens[-1] - arrival", "tokens[-1] - tokens[0]"),
            "End to end begins at the arrival, not at the first token.",
        ),
    ),
    unit="seconds",
    distance=list_apart,
    length=3,
    picture=named_bars(("TTFT", "TPOT", "E2EL"), "seconds"),
)
def three_times(arrival, tokens):
    """Three times of one request.

    A request came at `arrival`; its tokens came at the times in the list `tokens`. The last token
    ends the answer. Return a list of three: time to first token (TTFT), time per output token after
    the first (TPOT), end-to-end latency (E2EL). An answer of one token has no TPOT: give `None`.

    Example: arrival 2, tokens at 3, 3.5 and 5: `[1, 1, 3]`. Arrival 2, one token at 3:
    `[1, None, 1]`.
    """
    gaps = len(tokens) - 1
    tpot = (tokens[-1] - tokens[0]) / gaps if gaps else None
    return [tokens[0] - arrival, tpot, tokens[-1] - arrival]


def _answers(rng: Random) -> Case:
    sizes = [1, rng.randrange(2, 5), rng.randrange(6, 14), rng.choice([1, 3, 20])]
    requests = []
    for tokens in rng.sample(sizes, len(sizes)):
        arrival = rng.randrange(0, 640) / 64
        requests.append([arrival, token_times(rng, tokens, start=arrival)])
    return (requests,)


POOLED = "[gap for own in gaps for gap in own]"
OF_REQUESTS, OF_GAPS = "sum(tpots) / len(tpots)", "sum(pooled) / len(pooled)"


@exercise(
    2,
    examples=(
        Example(
            ([[0, [1, 2]], [0, [1, 4, 7, 10]]],),
            "[2, 2.5]",
            shows=(("3, the gaps", lambda requests: (requests[1][1][-1] - requests[1][1][0]) / 3),),
        ),
    ),
    cases=(
        ([[0.0, [1.0, 1.25]], [0.0, [1.0, 1.5, 2.0, 2.5]]],),
        ([[0.0, [0.5]], [0.25, [0.5, 0.75, 1.0]], [0.5, [1.5, 2.5]]],),
        ([[4.0, [5.0, 5.125, 5.25, 5.375, 5.5]], [4.0, [6.0]], [4.5, [6.0, 7.0]]],),
        ([[1.0, [2.0, 2.5, 4.0]], [3.0, [3.125, 3.25]], [3.0, [3.5]]],),
    ),
    draw=_answers,
    mistakes=(
        Mistake(
            "one token counts as a TPOT of 0",
            ("/ len(tpots)", "/ len(requests)"),
            "A request of one token has no gap: leave it out instead of adding a 0.",
        ),
        Mistake(
            "tokens as weights instead of gaps",
            (OF_GAPS, "sum(t * len(a) for t, a in zip(tpots, answers)) / sum(map(len, answers))"),
            "A request of n tokens has n - 1 gaps, so pool the gaps themselves.",
        ),
        Mistake(
            "a gap between two answers",
            (POOLED, "[b - a for a, b in pairwise(at for _, tokens in requests for at in tokens)]"),
            "The last token of one request and the first of the next are no neighbours.",
        ),
        Mistake(
            "the first wait is a gap",
            (POOLED, "[b - a for at, tokens in requests for a, b in pairwise([at, *tokens])]"),
            "Before the first token lies the TTFT; gaps lie between tokens.",
        ),
        Mistake(
            "every mean over requests",
            (OF_GAPS, OF_REQUESTS),
            "The second mean gives each gap one vote, so long answers have many.",
        ),
        Mistake(
            "every mean over gaps",
            (OF_REQUESTS, OF_GAPS),
            "The first mean gives each request one vote, however long its answer.",
        ),
        Mistake(
            "the two means swapped",
            (f"{OF_REQUESTS}, {OF_GAPS}", f"{OF_GAPS}, {OF_REQUESTS}"),
            "First the mean over requests, then the mean over all gaps.",
        ),
    ),
    unit="seconds",
    distance=list_apart,
    length=2,
    picture=named_bars(("mean TPOT of the requests", "mean of all gaps"), "seconds"),
)
def two_means(requests):
    """Mean of requests, mean of gaps.

    `requests` is a list of pairs `[arrival, tokens]` as above. Return a list of two means in
    seconds. The first gives each request one vote: the mean of the requests' TPOT, without the
    requests that have none. The second gives each gap one vote: the mean of all gaps between
    neighbouring tokens of the same request. At least one request has two tokens or more.

    Example: one request with tokens at 1 and 2, one with tokens at 1, 4, 7 and 10. The TPOTs are 1
    and 3, the gaps 1, 3, 3 and 3: `[2, 2.5]`.
    """
    from itertools import pairwise

    answers = [tokens for _, tokens in requests if len(tokens) > 1]
    gaps = [[b - a for a, b in pairwise(tokens)] for tokens in answers]
    tpots = [sum(own) / len(own) for own in gaps]
    pooled = [gap for own in gaps for gap in own]
    return [sum(tpots) / len(tpots), sum(pooled) / len(pooled)]
