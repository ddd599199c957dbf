"""What an accepted result costs, and how many a log of requests holds."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart


def _attempts(rng: Random) -> Case:
    usd, share = rng.randrange(1, 60) / 1000, rng.choice([0.3, 0.5, 0.58, 0.7, 0.85, 0.9])
    return (usd, share, rng.randrange(2, 6), rng.choice([0.05, 0.5, 5]))


@exercise(
    4,
    examples=(Example((1.0, 0.5, 2, 4.0), "USD 3.33"),),
    cases=(
        (0.011, 0.58, 1, 0.5),
        (0.0145, 0.85, 2, 0.5),
        (0.011, 0.58, 3, 0),
        (0.024, 0.9, 3, 5),
    ),
    draw=_attempts,
    mistakes=(
        Mistake(
            "cost of a request",
            ("return (", "return accepted * ("),
            "Divide by the requests that end accepted: only they are results.",
        ),
        Mistake(
            "all attempts always",
            ("accepted / pass_share * attempt_usd", "most_attempts * attempt_usd"),
            "A request that has passed is not tried again.",
        ),
        Mistake(
            "one attempt",
            ("accepted / pass_share * attempt_usd", "attempt_usd"),
            "Failed attempts are paid for, and followed by others.",
        ),
        Mistake(
            "those given up are free",
            (" + (1 - accepted) * given_up_usd", ""),
            "Who is not answered after the last attempt costs something as well.",
        ),
        Mistake(
            "all of them given up",
            ("(1 - accepted) * given_up_usd", "given_up_usd"),
            "Only requests whose last attempt fails are given up.",
        ),
        Mistake(
            "given up after the first",
            ("(1 - accepted) *", "(1 - pass_share) *"),
            "A request is given up after its last attempt has failed, not its first.",
        ),
    ),
    unit="USD",
)
def usd_per_accepted(attempt_usd, pass_share, most_attempts, given_up_usd):
    """An accepted result.

    An attempt costs `attempt_usd` and passes all gates with the chance `pass_share`, each time
    anew. A request is tried until it passes, `most_attempts` times at most. One that has not passed
    then is given up, which costs `given_up_usd`. Return all cost over the requests that end
    accepted, on average.

    Example: attempts of USD 1 that pass with a chance of 0.5, 2 at most, USD 4 to give up:
    USD 3.33.
    """
    accepted = 1 - (1 - pass_share) ** most_attempts
    return (accepted / pass_share * attempt_usd + (1 - accepted) * given_up_usd) / accepted


def _log(rng: Random) -> Case:
    """Draw a log in which each gate alone turns away another number of requests."""
    first, pace, quality = rng.sample(range(1, 6), 3)
    kinds = [[0.4, 0.03, True]] * rng.randrange(1, 5) + [[0.8, 0.05, True]] * 6
    kinds += [[1.4, 0.03, True]] * first + [[0.5, 0.07, True]] * pace
    kinds += [[0.6, 0.04, False]] * quality + [[2.0, 0.09, False]] * rng.randrange(3)
    rng.shuffle(kinds)
    return ([[*kind, rng.randrange(5, 25) / 1000] for kind in kinds], 0.8, 0.05, 10)


LOG = [
    [0.4, 0.03, True, 0.01],
    [0.8, 0.05, True, 0.014],
    [0.3, 0.02, True, 0.009],
    [0.5, 0.07, True, 0.012],
    [1.4, 0.03, True, 0.011],
    [0.9, 0.04, True, 0.01],
    [0.6, 0.04, False, 0.013],
    [0.7, 0.03, False, 0.012],
    [0.2, 0.05, False, 0.011],
    [1.5, 0.09, False, 0.02],
]


@exercise(
    5,
    examples=(
        Example(([[0.5, 0.04, True, 1.0], [2.0, 0.04, True, 2.0]], 1, 0.05, 10), "[0.1, 3]"),
    ),
    cases=(
        (LOG, 0.8, 0.05, 10),
        (LOG, 0.9, 0.05, 4),
        (LOG, 0.8, 0.07, 20),
        (LOG[::-1], 0.8, 0.05, 1),
    ),
    draw=_log,
    mistakes=(
        Mistake(
            "the bound itself is late",
            (
                "ttft <= ttft_bound and tpot <= tpot_bound",
                "ttft < ttft_bound and tpot < tpot_bound",
            ),
            "What takes exactly as long as promised keeps the promise.",
        ),
        Mistake(
            "only the first token",
            (" and tpot <= tpot_bound", ""),
            "A result has to keep both bounds.",
        ),
        Mistake(
            "only the pace",
            ("ttft <= ttft_bound and ", ""),
            "A result has to keep both bounds.",
        ),
        Mistake(
            "quality left out",
            (" and passed", ""),
            "What fails the quality gate is no result, however fast it was.",
        ),
        Mistake(
            "accepted rows' cost alone",
            ("for *_, usd in log)", "for t, p, ok, usd in log if ok)"),
            "All attempts are paid for; only accepted results stand below the line.",
        ),
        Mistake(
            "cost of an attempt",
            ("spent / accepted", "spent / len(log)"),
            "Divide by accepted results, not by all attempts.",
        ),
        Mistake(
            "not a rate",
            ("accepted / window_seconds", "accepted"),
            "Goodput is a rate: results for each second of the window.",
        ),
    ),
    unit="results/s, USD",
    distance=list_apart,
    length=2,
)
def goodput_and_cost(log, ttft_bound, tpot_bound, window_seconds):
    """A log of requests.

    `log` has a row for each request: the time to its first token, its time a token after that,
    whether its answer passed the quality gate, and what it cost in USD. A result is accepted if
    both times are no longer than `ttft_bound` and `tpot_bound` and its answer passed. Return a list
    of two: accepted results a second of the window, and all cost over accepted results. At least
    one row is accepted.

    Example: two requests of 10 s, `[0.5, 0.04, True, 1.0]` and `[2.0, 0.04, True, 2.0]`, bounds of
    1 s and 0.05 s. One is accepted and both are paid for: `[0.1, 3]`.
    """
    accepted = sum(
        ttft <= ttft_bound and tpot <= tpot_bound and passed for ttft, tpot, passed, usd in log
    )
    spent = sum(usd for *_, usd in log)
    return [accepted / window_seconds, spent / accepted]
