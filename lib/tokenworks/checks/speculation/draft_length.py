"""How far a draft should run ahead, when a pass holds the tokens of many users."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, apart

MARGIN = 1e-6  # between the best rate and the next, so that rounding decides nothing


def _rates(alpha: float, draft: float, batch: int, table: list[list[float]]) -> list[float]:
    """Return the tokens a second at each draft length that the table allows."""
    rates = []
    for gamma in range(int(table[-1][0]) // batch):
        seconds = next(s for size, s in table if size >= batch * (gamma + 1))
        rates.append(sum(alpha**i for i in range(gamma + 1)) / (gamma * draft + seconds))
    return rates


def _table(rng: Random) -> list[list[float]]:
    seconds, flat = rng.randrange(10, 40) / 1000, rng.choice([8, 16, 32, 64])
    sizes = rng.choice([[1, 2, 4, 8, 16, 32, 64], [1, 4, 8, 16, 24, 32, 48]])
    return [[s, round(seconds * (1 + max(0, s - flat) / flat + s / 200), 5)] for s in sizes]


def _loads(rng: Random) -> Case:
    while True:
        alpha, batch = rng.randrange(1, 20) / 20, rng.choice([1, 2, 3, 4, 5, 6, 8, 12, 16])
        case = (alpha, rng.choice([0.0, 0.0002, 0.001, 0.003, 0.02]), batch, _table(rng))
        if rng.random() < 0.2:  # a useless draft that costs nothing: all lengths of a size tie
            return (0.0, 0.0, batch, [row for row in case[-1] if row[0] >= 2 * batch])
        rates = sorted(_rates(*case))
        if all(b > (1 + MARGIN) * a for a, b in pairwise(rates)):
            return case


ROWS = "s for size, s in table if size >= batch * (gamma + 1)"
SAME = [[1, 0.02], [2, 0.02], [4, 0.021], [8, 0.022], [16, 0.025], [32, 0.04], [64, 0.08]]


@exercise(
    6,
    examples=(
        Example(
            (0.5, 0.001, 2, [[2, 0.02], [4, 0.024], [6, 0.04]]),
            "1",
            shows=(
                ("50", lambda alpha, draft, batch, table: 1 / table[0][1]),
                ("60", lambda alpha, draft, batch, table: (1 + alpha) / (draft + table[1][1])),
                (
                    "41.7",
                    lambda alpha, draft, batch, table: (
                        (1 + alpha + alpha**2) / (2 * draft + table[2][1])
                    ),
                ),
            ),
        ),
    ),
    cases=(
        (0.8, 0.001, 1, SAME),
        (0.8, 0.001, 4, SAME),
        (0.8, 0.001, 16, SAME),
        (0.4, 0.004, 1, SAME[:5]),
        (0.6, 0.0, 2, SAME),
        (0.0, 0.0, 1, SAME[2:]),
        (0.3, 0.02, 1, SAME[:5]),
        (0.5, 0.02, 8, [[8, 0.2], [16, 0.26], [24, 0.27], [32, 0.45]]),
        (0.9, 0.0005, 3, [[4, 0.02], [8, 0.021], [12, 0.022], [16, 0.03], [24, 0.032]]),
    ),
    draw=_loads,
    mistakes=(
        Mistake(
            "one user's tokens",
            (ROWS, "s for size, s in table if size >= gamma + 1"),
            "A pass holds the tokens of all users, `gamma + 1` of each.",
        ),
        Mistake(
            "the drafted tokens alone",
            (ROWS, "s for size, s in table if size >= batch * max(1, gamma)"),
            "The pass reads the newest token of each user, too, in front of the drafted ones.",
        ),
        Mistake(
            "a draft is always made",
            ("if rate > best_rate", "if gamma and rate > best_rate"),
            "A pass without a draft counts as well: length 0. With many users it is often best.",
        ),
        Mistake(
            "the most tokens",
            (" / (gamma * draft_seconds + seconds)", ""),
            "A longer draft always brings more tokens a round. Divide by the time of the round.",
        ),
        Mistake(
            "the shortest round",
            ("tokens / (gamma", "1 / (gamma"),
            "A round without a draft is the shortest, and brings the least.",
        ),
        Mistake(
            "the draft's time once",
            ("gamma * draft_seconds", "(draft_seconds if gamma else 0.0)"),
            "The draft writes its tokens one after the other: gamma times.",
        ),
        Mistake(
            "the draft's time for each user",
            ("gamma * draft_seconds", "batch * gamma * draft_seconds"),
            "The drafts of all users are written side by side: `draft_seconds` brings one token to "
            "each of them.",
        ),
        Mistake(
            "the draft is free",
            ("gamma * draft_seconds + ", ""),
            "Every drafted token takes `draft_seconds`, accepted or not.",
        ),
        Mistake(
            "the size below",
            (ROWS, "s for size, s in table[::-1] if size <= max(table[0][0], batch * (gamma + 1))"),
            "The pass is filled up: it takes the time of the next size that has room for all of "
            "its tokens.",
        ),
        Mistake(
            "a longer draft that brings nothing",
            ("rate > best_rate", "rate >= best_rate"),
            "Of lengths that are equally good the shortest is wanted.",
        ),
        Mistake(
            "no bonus token",
            ("tokens += alpha**gamma", "tokens += alpha**gamma if gamma > 1 else 1 - gamma"),
            "A round brings the accepted tokens and one more, the model's own: 1 without a draft, "
            "1 + alpha with one drafted token.",
        ),
        Mistake(
            "counted from 1",
            ("best, best_rate = gamma,", "best, best_rate = gamma + 1,"),
            "The answer is the number of drafted tokens, not of those that the pass reads.",
        ),
    ),
    unit="tokens",
    distance=apart,
    tolerance=0.0,
)
def best_gamma(alpha, draft_seconds, batch, table):
    """How far ahead.

    A server decodes for `batch` users at once, each with a draft of `gamma` tokens. The drafts are
    written side by side, `draft_seconds` for a token of each. One pass then reads `gamma + 1`
    tokens of every user. It is filled up to the next size of `table`, whose rows are
    `[tokens, seconds]` of a pass, in rising order. A token is accepted with the probability `alpha`
    if those before it are. Return the `gamma` with the most tokens a second; 0 is decoding without
    a draft. Only lengths that fit into the largest size count. Of equally good ones return the
    shortest.

    Example: `alpha` 0.5, a drafted token takes 1 ms, 2 users, and the rows `[2, 0.02]`,
    `[4, 0.024]`, `[6, 0.04]`. Without a draft each user gets 50 tokens a second, with one drafted
    token 60, with two 41.7. The answer is 1.
    """
    best, best_rate, tokens = 0, 0.0, 0.0
    for gamma in range(table[-1][0] // batch):
        seconds = next(s for size, s in table if size >= batch * (gamma + 1))
        tokens += alpha**gamma
        rate = tokens / (gamma * draft_seconds + seconds)
        if rate > best_rate:
            best, best_rate = gamma, rate
    return best
