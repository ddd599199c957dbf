"""Wrong answers about prices, caches and accepted results.

The name is that of the mistake that must be named, "" where no listed one fits. Written without the
package's own list of mistakes, so that one can be held against the other.
"""

from __future__ import annotations

import math


def floor(*, weights=1, caches=1, tokens=True, hour=3600):
    """Answer the first exercise with the weights or caches counted otherwise."""

    def answer(weight, cache, batch, rate, usd):
        read = weight * (batch if weights == "each" else 1)
        read += cache * {"none": 0, "one": 1}.get(caches, batch)
        return read / rate / (batch if tokens else 1) * usd / hour * 1e6

    return answer


def calls(write, read, rent, answers):
    n = 0
    while True:
        n += 1
        cost = write + rent + (n - 1 if answers else n) * read
        if cost < n - 1e-9:
            return n


def even(write, read, rent, answers):
    return (write - (read if answers else 0) + rent) / (1 - read)


def tried(usd, share, most, lost):
    """Return by going through the attempts: USD of a request, and the share accepted."""
    spent, left = 0.0, 1.0
    for _ in range(most):
        spent += left * usd
        left *= 1 - share
    return spent, 1 - left, left * lost


def rows_kept(log, keep):
    return [row for row in log if keep(*row[:3])]


def account(keep, *, below=None, over=None):
    """Answer the fifth exercise: what is accepted, which cost counts, and over what."""

    def answer(log, ttft, tpot, window):
        kept = rows_kept(log, lambda t, p, ok: keep(t, p, ok, ttft, tpot))
        spent = sum(row[3] for row in (below(log) if below else log))
        return [len(kept) / window, spent / (len(log) if over == "all" else len(kept) or 1)]

    return answer


def right(t, p, ok, ttft, tpot):
    return t <= ttft and p <= tpot and ok


def largest_that_keeps(tails, bound):
    return max((batch for batch, time in tails if time <= bound), default=0)


def planned(tails, bound):
    last = 0
    for batch, time in sorted(tails):
        if time > bound:
            return last
        last = batch
    return last


PLANTED = {
    "14.1": [
        ("caches shared", floor(caches="one")),
        ("weights for every", floor(weights="each")),
        ("caches left out", floor(caches="none")),
        ("one token a step", floor(tokens=False)),
        ("an hour taken", floor(hour=1)),
        ("one token", lambda *case: floor()(*case) / 1e6),
        ("", lambda *case: floor(hour=60)(*case)),
        ("", lambda *case: 1.2 * floor()(*case)),
    ],
    "14.2": [
        ("one sequence", lambda p, n, s, b: s * n / p),
        ("the whole prompt", lambda p, n, s, b: s / b / p),
        ("upside down", lambda p, n, s, b: p / n / (s / b)),
        ("batches multiply", lambda p, n, s, b: s * b * n / p),
        ("", lambda p, n, s, b: round(s * n / p / b) + 1),
        ("", lambda p, n, s, b: 1 / b),
    ],
    "14.3": [
        ("the writing call is not", lambda w, r, rent, a: calls(w, r, rent, False)),
        ("the writing call answers", lambda w, r, rent, a: calls(w, r, rent, True)),
        ("as cheap", lambda *case: max(1, math.ceil(round(even(*case), 9)))),
        ("no rent", lambda w, r, rent, a: calls(w, r, 0, a)),
        ("reads are free", lambda w, r, rent, a: calls(w, 0, rent, a)),
        ("the break-even itself", even),
        ("", lambda w, r, rent, a: math.floor(w / (1 - r)) + 7),
    ],
    "14.4": [
        ("cost of a request", lambda *case: tried(*case)[0] + tried(*case)[2]),
        (
            "all attempts",
            lambda u, s, n, g: (n * u + tried(u, s, n, g)[2]) / tried(u, s, n, g)[1],
        ),
        ("one attempt", lambda u, s, n, g: (u + tried(u, s, n, g)[2]) / tried(u, s, n, g)[1]),
        ("those given up", lambda u, s, n, g: u / s),
        ("all of them", lambda u, s, n, g: u / s + g / tried(u, s, n, g)[1]),
        (
            "given up after the first",
            lambda u, s, n, g: u / s + (1 - s) * g / tried(u, s, n, g)[1],
        ),
        ("", lambda u, s, n, g: (u + g) / s),
    ],
    "14.5": [
        ("the bound itself", account(lambda t, p, ok, a, b: t < a and p < b and ok)),
        ("only the first token", account(lambda t, p, ok, a, b: t <= a and ok)),
        ("only the pace", account(lambda t, p, ok, a, b: p <= b and ok)),
        ("quality left out", account(lambda t, p, ok, a, b: t <= a and p <= b)),
        ("accepted rows", account(right, below=lambda log: [row for row in log if row[2]])),
        ("cost of an attempt", account(right, over="all")),
        ("not a rate", lambda log, a, b, w: account(right)(log, a, b, 1)),
        ("", lambda *case: account(right)(*case)[::-1]),
        ("", lambda *case: sum(account(right)(*case))),
    ],
    "14.6": [
        ("a larger batch", largest_that_keeps),
        (
            "the first that breaks",
            lambda tails, bound: next((b for b, t in sorted(tails) if t > bound), max(tails)[0]),
        ),
        ("the bound itself", lambda tails, bound: planned(tails, bound * (1 - 1e-9))),
        ("no batch keeps", lambda tails, bound: planned(tails, bound) or min(tails)[0]),
        ("", lambda tails, bound: max(tails)[0]),
        ("", lambda tails, bound: 8),
    ],
}
