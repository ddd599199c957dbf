"""A service level objective: requests per second that keep every limit."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

QUARTERS = (2, 3, 4, 4, 6, 8)  # of a limit, that a first token or a mean gap may take


def _finished(rng: Random) -> Case:
    ttft, tpot = rng.choice([0.5, 1.0]), rng.choice([0.125, 0.25])
    requests = []
    for gaps in rng.sample([0, 0, 1, 2, 2, 3, 4, 4], 7):
        arrival, parts = rng.randrange(0, 64) / 8, [rng.choice(QUARTERS)] * gaps
        for _ in range(gaps if gaps > 1 else 0):  # uneven gaps with the same mean
            short, long = rng.sample(range(gaps), 2)
            moved = rng.randrange(parts[short])
            parts[short], parts[long] = parts[short] - moved, parts[long] + moved
        times = [arrival + rng.choice(QUARTERS) / 4 * ttft]
        for part in parts:
            times.append(times[-1] + part / 4 * tpot)
        requests.append([arrival, times])
    return (requests, ttft, tpot, rng.choice([20.0, 25.0, 40.0]))


def _mean_of_all(requests, ttft_limit, tpot_limit, window_seconds):
    ttfts = [tokens[0] - arrival for arrival, tokens in requests]
    tpots = [(tokens[-1] - tokens[0]) / max(1, len(tokens) - 1) for _, tokens in requests]
    count = len(requests)
    good = sum(ttfts) / count <= ttft_limit and sum(tpots) / count <= tpot_limit
    return good * count / window_seconds


TPOT = "(tokens[-1] - tokens[0]) / gaps"
TTFT = "tokens[0] - arrival"
SHARE = "A share of the requests is the attainment. Divide by the seconds instead."
GAP = "TPOT is the mean of all gaps: from the first token to the last, over their number."
WAIT = "TPOT begins at the first token; what came before is the TTFT."


@exercise(
    5,
    examples=(Example(([[0, [1]], [0, [1, 2]], [0, [3, 4]]], 1, 1, 10), "0.2 requests"),),
    cases=(
        (
            [[0.0, [0.5, 0.75, 1.0]], [1.0, [3.0, 3.25]], [2.0, [2.5, 4.5]], [3.0, [5.0, 7.0]]],
            *(1.0, 0.25, 8.0),
        ),
        ([[0.0, [0.375]], [0.0, [0.5, 0.75]], [4.0, [4.5, 5.0]]], 0.5, 0.25, 10.0),
        ([[0.0, [3.0]], [0.5, [0.75, 1.0]], [1.0, [1.5, 3.5]], [2.0, [2.25]]], 0.5, 0.5, 5.0),
        ([[0.0, [4.0, 4.125]], [1.0, [6.0, 6.125, 6.25]]], 2.0, 0.25, 10.0),
        ([[1.0, [1.5, 1.75]], [2.0, [2.5, 3.0]], [2.0, [2.375, 2.5]]], 0.5, 0.25, 4.0),
        ([[0.0, [0.5, 0.625, 1.0, 1.125]], [1.0, [1.25, 1.375, 1.5, 2.0]]], 0.5, 0.25, 4.0),
        ([[0.0, [0.5, 1.0, 1.125, 1.25]], [1.0, [1.5, 2.0, 2.125, 2.625]]], 0.5, 0.25, 4.0),
        ([[2.0, [2.25, 2.375, 2.5, 3.0]], [3.0, [3.5, 3.625, 3.875, 4.5, 4.75]]], 0.5, 0.25, 4.0),
    ),
    draw=_finished,
    mistakes=(
        Mistake(
            "a count called a rate",
            (" / window_seconds", ""),
            "This is how many were good. A rate is that number over the window's seconds.",
        ),
        Mistake("a share called a rate", ("window_seconds", "len(requests)"), SHARE),
        Mistake(  # the listing of the text
            "a share called a rate",
            ((TTFT, "tokens[0]"), ("gaps == 0 or ", ""), ("window_seconds", "len(requests)")),
            SHARE,
        ),
        Mistake(
            "one token divides by zero",
            ("gaps == 0 or ", ""),
            "An answer of one token has no gap: look at its first token alone.",
        ),
        Mistake(
            "the clock starts at 0",
            (TTFT, "tokens[0]"),
            "The TTFT begins at the arrival; the times are readings of a clock.",
        ),
        Mistake(
            "throughput",
            ("return good", "return len(requests)"),
            "This counts the requests that came too late as well.",
        ),
        Mistake(
            "one limit is enough",
            ("first and later", "first or later"),
            "A good request keeps both limits: and, not or.",
        ),
        Mistake(
            "only the first token counts",
            ("first and later", "first"),
            "The tokens after the first have a limit of their own.",
        ),
        Mistake(
            "only the later tokens count",
            ("first and later", "later"),
            "The first token has a limit of its own.",
        ),
        Mistake(
            "at the limit is too late",
            (("<= ttft_limit", "< ttft_limit"), ("<= tpot_limit", "< tpot_limit")),
            "A request that takes just as long as the limit keeps it.",
        ),
        Mistake(
            "just at the limit of TTFT is too late",
            ("<= ttft_limit", "< ttft_limit"),
            "A request whose TTFT is just the limit keeps it.",
        ),
        Mistake(
            "just at the limit of TPOT is too late",
            ("<= tpot_limit", "< tpot_limit"),
            "A request whose TPOT is just the limit keeps it.",
        ),
        Mistake(
            "one token is never good",
            ("gaps == 0 or", "gaps > 0 and"),
            "An answer of one token has no gap that could be too long.",
        ),
        Mistake(
            "a window of its own",
            (
                "window_seconds",
                "(max(times[-1] for _, times in requests) - min(at for at, _ in requests))",
            ),
            "Divide by the window that is given; the server stood ready all that time.",
        ),
        Mistake(
            "every gap has to keep the limit",
            (TPOT, "max(b - a for a, b in zip(tokens, tokens[1:]))"),
            "TPOT is the mean of a request's gaps: a long one may be made up for by short ones.",
        ),
        *(
            Mistake("not all gaps count", (TPOT, some), GAP)
            for some in (
                "tokens[1] - tokens[0]",
                "tokens[-1] - tokens[-2]",
                "(tokens[1] - tokens[0] + tokens[-1] - tokens[-2]) / 2",
                "min(b - a for a, b in zip(tokens, tokens[1:]))",
                "sorted(b - a for a, b in zip(tokens, tokens[1:]))[gaps // 2]",
            )
        ),
        Mistake("the first wait is in the TPOT", (TPOT, "(tokens[-1] - arrival) / gaps"), WAIT),
        Mistake(
            "the first wait is in the TPOT",
            (f"gaps == 0 or {TPOT}", "(tokens[-1] - arrival) / len(tokens)"),
            WAIT,
        ),
        Mistake(
            "tokens counted instead of gaps",
            ("/ gaps", "/ len(tokens)"),
            "Five posts have four gaps: divide by the gaps between the tokens.",
        ),
        Mistake(
            "the mean keeps the limits",
            _mean_of_all,
            "Each request is good or not. A mean lets the fast ones cover for the slow.",
        ),
    ),
    unit="requests/s",
)
def goodput(requests, ttft_limit, tpot_limit, window_seconds):
    """Goodput.

    In a window of `window_seconds` a server finished all the `requests`, pairs `[arrival, tokens]`.
    A request is good when its TTFT is at most `ttft_limit` and its TPOT at most `tpot_limit`. An
    answer of one token has no TPOT, so it cannot break that limit. Return the goodput: good
    requests per second.

    This listing, of a kind one often meets, has three defects. Start from it or from nothing:

    ```python
    def goodput(requests, ttft_limit, tpot_limit, window_seconds):
        good = 0
        for arrival, times in requests:
            ttft = times[0]
            tpot = (times[-1] - times[0]) / (len(times) - 1)
            good += ttft <= ttft_limit and tpot <= tpot_limit
        return good / len(requests)
    ```

    Example: three requests in 10 seconds, of which two keep both limits: 0.2 requests per second.
    """
    good = 0
    for arrival, tokens in requests:
        gaps = len(tokens) - 1
        first = tokens[0] - arrival <= ttft_limit
        later = gaps == 0 or (tokens[-1] - tokens[0]) / gaps <= tpot_limit
        good += first and later
    return good / window_seconds
