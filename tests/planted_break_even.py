"""Wrong answers about when a draft pays, with the mistake that must be named.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import numpy as np


def solved(gamma, cost, *, tau=None, most=None):
    """Return the least acceptance that brings as many tokens as passes; keywords may be wrong."""
    tau = tau or (lambda alpha: sum(alpha**i for i in range(gamma + 1)))
    if cost > (most or gamma + 1):
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if tau(middle) < cost else (low, middle)
    return high


def no_token_of_its_own(gamma, draft, verify):
    return solved(
        gamma, gamma * draft + verify, tau=lambda a: sum(a**i for i in range(gamma)), most=gamma
    )


def of_the_draft_alone(gamma, draft, verify):
    return solved(
        gamma,
        gamma * draft + verify,
        tau=lambda a: sum(a**i for i in range(1, gamma + 1)),
        most=gamma,
    )


def straight_line(gamma, draft, verify):
    share = (gamma * draft + verify - 1) / gamma
    return share if share <= 1 else None


def cost_over_tokens(gamma, draft, verify):
    share = (gamma * draft + verify) / (gamma + 1)
    return None if share > 1 else share


def draft_counted_once(gamma, draft, verify):
    return solved(gamma, draft + verify)


def checked_like_one(gamma, draft, verify):
    return solved(gamma, 1 + gamma * draft)


def pass_for_each_drafted(gamma, draft, verify):
    return solved(gamma, gamma * (draft + verify))


def pass_for_each(gamma, draft, verify):
    return solved(gamma, gamma * draft + (gamma + 1) * verify)


def draft_alone(gamma, draft, verify):
    return solved(gamma, gamma * draft)


def at_most_certain(gamma, draft, verify):
    found = solved(gamma, gamma * draft + verify)
    return 1 if found is None else found


def not_even_when_perfect(gamma, draft, verify):
    cost = gamma * draft + verify
    return solved(gamma, cost) if cost < gamma + 1 else None


def on_a_coarse_grid(gamma, draft, verify):
    cost = gamma * draft + verify
    grid = (n / 100 for n in range(101))
    return next((a for a in grid if sum(a**i for i in range(gamma + 1)) >= cost), None)


def above_certain(gamma, draft, verify):
    """Solve for any root, also one that is no probability."""
    roots = np.roots([1.0] * gamma + [1 - gamma * draft - verify])
    return max(float(r.real) for r in roots if abs(r.imag) < 1e-9)


def rates(alpha, draft, batch, table, *, per_user=None, tokens=None, spent=None, row=None, least=0):
    """Return the best length; the keywords are what may be wrong."""
    per_user = per_user or (lambda g: (g + 1) * batch)
    tokens = tokens or (lambda g: sum(alpha**i for i in range(g + 1)))
    spent = spent or (lambda g: g * draft)
    row = row or (lambda n: min(seconds for size, seconds in table if size >= n))
    lengths = range(least, max(least + 1, table[-1][0] // batch))
    return max(lengths, key=lambda g: tokens(g) / (spent(g) + row(per_user(g))))


def as_if_alone(alpha, draft, batch, table):
    return rates(alpha, draft, batch, table, per_user=lambda g: g + 1)


def newest_token_forgotten(alpha, draft, batch, table):
    return rates(alpha, draft, batch, table, per_user=lambda g: max(g, 1) * batch)


def at_least_one(alpha, draft, batch, table):
    most = table[-1][0] // batch
    return rates(alpha, draft, batch, table, least=1) if most > 1 else 0


def as_long_as_fits(alpha, draft, batch, table):
    most = table[-1][0] // batch - 1
    return max(range(most + 1), key=lambda g: sum(alpha**i for i in range(g + 1)))


def soonest_back(alpha, draft, batch, table):
    return rates(alpha, draft, batch, table, tokens=lambda g: 1)


def one_draft_pass(alpha, draft, batch, table):
    return rates(alpha, draft, batch, table, spent=lambda g: draft if g else 0)


def draft_for_nothing(alpha, draft, batch, table):
    return rates(alpha, draft, batch, table, spent=lambda g: 0)


def not_filled_up(alpha, draft, batch, table):
    def row(n):
        return [s for size, s in table if size <= n or size == table[0][0]][-1]

    return rates(alpha, draft, batch, table, row=row)


def longest_of_equals(alpha, draft, batch, table):
    def rate(g):
        seconds = next(s for size, s in table if size >= (g + 1) * batch)
        return sum(alpha**i for i in range(g + 1)) / (g * draft + seconds)

    lengths = range(table[-1][0] // batch)
    return max(lengths, key=lambda g: (rate(g), g))


def bonus_forgotten(alpha, draft, batch, table):
    def tokens(g):
        return sum(alpha**i for i in range(g)) if g else 1

    return rates(alpha, draft, batch, table, tokens=tokens)


def tokens_of_a_pass(alpha, draft, batch, table):
    return rates(alpha, draft, batch, table) + 1


def between_the_rows(alpha, draft, batch, table):
    """Interpolate, although a pass is filled up."""
    sizes, seconds = zip(*table, strict=True)
    return rates(alpha, draft, batch, table, row=lambda n: np.interp(n, sizes, seconds))


PLANTED = {
    "10.5": [
        ("no bonus token", no_token_of_its_own),
        ("the accepted tokens alone", of_the_draft_alone),
        ("every drafted token by itself", straight_line),
        ("the time divided by the tokens", cost_over_tokens),
        ("the draft's time once", draft_counted_once),
        ("checking taken for one token's pass", checked_like_one),
        ("a pass for every token", pass_for_each_drafted),
        ("a pass for every token", pass_for_each),
        ("the checking is left out", draft_alone),
        ("a draft that never pays", at_most_certain),
        ("a perfect draft does not pay", not_even_when_perfect),
        ("", on_a_coarse_grid),
        ("", above_certain),
    ],
    "10.6": [
        ("one user's tokens", as_if_alone),
        ("the drafted tokens alone", newest_token_forgotten),
        ("a draft is always made", at_least_one),
        ("the most tokens", as_long_as_fits),
        ("the shortest round", soonest_back),
        ("the draft's time once", one_draft_pass),
        ("the draft is free", draft_for_nothing),
        ("the size below", not_filled_up),
        ("a longer draft that brings nothing", longest_of_equals),
        ("no bonus token", bonus_forgotten),
        ("counted from 1", tokens_of_a_pass),
        ("", between_the_rows),
    ],
}
