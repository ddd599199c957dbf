"""Whether a replica is asked: a circuit breaker that opens, waits and tries again."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _bad_hour(rng: Random) -> Case:
    most, pause, now = rng.choice([1, 2, 2, 3]), rng.choice([4, 6, 10]), 0
    requests, well = list[list[int]](), True
    for _ in range(rng.randrange(12, 20)):
        now += rng.choice([1, 1, 2, pause // 2, pause])
        well = rng.random() < (0.75 if well else 0.25)
        requests.append([now, int(well)])
    return (requests, most, pause)


def _from_the_first(requests: Any, most: Any, pause: Any) -> list[int]:
    """Count the pause from the first failure of the row."""
    asked, failed, since = [], 0, 0
    for now, well in requests:
        goes = failed < most or now - since >= pause
        asked.append(int(goes))
        if goes and well:
            failed = 0
        elif goes:
            since = now if failed in (0, most) else since
            failed = min(most, failed + 1)
    return asked


def _all_once_over(requests: Any, most: Any, pause: Any) -> list[int]:
    """Let everybody through again when the pause is over, as if nothing had been."""
    asked, failed, since = [], 0, 0
    for now, well in requests:
        failed = 0 if failed >= most and now - since >= pause else failed
        goes = failed < most
        asked.append(int(goes))
        if goes:
            failed, since = (0, since) if well else (failed + 1, now)
    return asked


@exercise(
    4,
    examples=(
        Example(
            ([[1, 1], [2, 0], [3, 0], [4, 1], [8, 0], [9, 1], [13, 1], [14, 1]], 2, 5),
            "[1, 1, 1, 0, 1, 0, 1, 1]",
        ),
    ),
    cases=(
        ([[1, 0], [2, 1], [3, 0], [4, 0], [5, 1], [6, 1], [9, 0], [10, 1], [14, 1], [15, 1]], 2, 5),
        ([[1, 0], [3, 0], [4, 1], [5, 1], [8, 1], [9, 0], [10, 0], [15, 1], [19, 1]], 2, 6),
        ([[2, 0], [5, 1], [6, 0], [7, 1], [10, 0], [11, 0], [14, 1]], 1, 4),
        ([[1, 0], [2, 0], [3, 1], [4, 0], [5, 0], [6, 0], [7, 1], [16, 0], [17, 1]], 3, 10),
        ([[1, 0], [2, 0], [3, 0], [9, 1], [10, 0], [11, 0], [12, 1]], 3, 6),
    ),
    draw=_bad_hour,
    mistakes=(
        Mistake(
            "failures are never forgotten",
            ("0 if well else failed + 1", "failed if well else failed + 1"),
            "An answer closes the breaker: failures are counted in a row.",
        ),
        Mistake(
            "one failure more",
            ("failed < most", "failed <= most"),
            "After `most` failures in a row it is open.",
        ),
        Mistake(
            "never tried again",
            (" or now - since >= pause", ""),
            "When the pause is over one request is let through: is the replica back?",
        ),
        Mistake(
            "the pause never ends in time",
            ("since >= pause", "since > pause"),
            "As soon as the pause is over the next request is let through.",
        ),
        Mistake(
            "all at once when the pause is over",
            _all_once_over,
            "Only one request is let through; if it fails, the pause begins anew.",
        ),
        Mistake(
            "the pause since the first failure",
            _from_the_first,
            "The pause begins with the latest failure.",
        ),
        Mistake(
            "those that were not sent count, too",
            ("        if goes:\n            failed", "        if True:\n            failed"),
            "Of a request that was not sent nobody knows how it would have ended.",
        ),
    ),
    unit="requests",
    distance=lambda expected, got: float(sum(a != b for a, b in zip(expected, got, strict=True))),
    tolerance=0.0,
)
def asked(requests, most, pause):
    """A circuit breaker.

    `requests` for one replica come in order, each [second, 1 or 0]: whether the replica would
    answer it. After `most` failures in a row the breaker is open: requests are not sent there, and
    nobody learns whether they would have failed. From `pause` seconds after the latest failure on
    it lets the next request through. If that one is answered, the breaker is closed, and failures
    are counted from 0; if it fails, the pause begins anew. Return for each request 1 if it is sent
    to the replica, else 0.

    Example: `[[1, 1], [2, 0], [3, 0], [4, 1], [8, 0], [9, 1], [13, 1], [14, 1]]`, 2 failures, a
    pause of 5 s: `[1, 1, 1, 0, 1, 0, 1, 1]`.
    """
    sent, failed, since = [], 0, 0
    for now, well in requests:
        goes = failed < most or now - since >= pause
        sent.append(int(goes))
        if goes:
            failed, since = (0 if well else failed + 1), now
    return sent
