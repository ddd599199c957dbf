"""The rule that keeps speculation lossless: modified rejection sampling, in NumPy float64.

A token x that was drawn from q is accepted with probability min(1, p(x) / q(x)); where it is not,
another is drawn from what q lacks of p, the positive part of p - q, scaled to sum to 1. Either way
the token has the distribution p. Source: Leviathan, Kalman, Matias 2023,
https://arxiv.org/abs/2211.17192, section 2.3 and appendix A.1.

Greedy decoding needs no rule of its own: p is then 1 at the best token, so that a drafted token is
accepted when it is the best one, and the best one is what is left where it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from tokenworks.model.sampling import draw
from tokenworks.speculation.draft import Drafted

Probs: TypeAlias = Float[np.ndarray, " V"]
Residual: TypeAlias = Callable[[Probs, Probs], Probs]
SUM_TOLERANCE = 1e-5  # of a distribution that was summed up in float32


class Verdict(NamedTuple):
    """How many drafted tokens stand, and the token that the model puts after them.

    That token replaces the first rejected one; where all stand it is one more, the bonus token.
    """

    accepted: int
    token: int


def acceptance(p: Probs, q: Probs) -> Probs:
    """Return for each token the probability that it is accepted when q proposes it.

    Where q is 0 nothing is proposed, and the value is 1.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(q > p, np.asarray(p, np.float64) / q, 1.0)


def residual(p: Probs, q: Probs) -> Probs:
    """Return the distribution that replaces a rejected token: max(p - q, 0), scaled to sum to 1.

    Where nothing is left, p and q are the same but for rounding: a rejection is then as rare as
    that, and p is returned.
    """
    left = np.maximum(np.asarray(p, np.float64) - q, 0.0)
    largest = left.max()
    if not largest > 0:
        return np.asarray(p, np.float64)
    left /= largest  # a sum of the smallest floats has no digits to divide by
    return left / left.sum()


def verify(
    drafted: Drafted,
    target_probs: Float[np.ndarray, "checked V"],
    rng: np.random.Generator,
    *,
    replace: Residual = residual,
) -> Verdict:
    """Return which drafted tokens stand and the token after them.

    Row i of `target_probs` is what the model would draw the i-th drafted token from, the last row
    what it draws after all of them: one row more than tokens. `replace` is the distribution after a
    rejection; another one than `residual` is not lossless. Rows that do not fit, or are no
    distributions, and a token that its q could not have drawn, raise ValueError.
    """
    _check(drafted, target_probs)
    for i, token in enumerate(drafted.tokens.tolist()):
        p = target_probs[i]
        chance = p[token] if drafted.probs is None else p[token] / drafted.probs[i, token]
        if rng.random() >= chance:
            return Verdict(i, draw(replace(p, _row(drafted, i, p.size)), rng.random()))
    return Verdict(len(drafted.tokens), draw(target_probs[-1], rng.random()))


def _row(drafted: Drafted, i: int, vocab_size: int) -> Probs:
    if drafted.probs is None:
        return np.eye(1, vocab_size, int(drafted.tokens[i]))[0]
    return np.asarray(drafted.probs[i], np.float64)


def _check(drafted: Drafted, target_probs: Float[np.ndarray, "checked V"]) -> None:
    tokens, probs = drafted
    (rows, vocab_size), count = target_probs.shape, len(tokens)
    if rows != count + 1:
        raise ValueError(f"{count} drafted tokens need {count + 1} rows of p, got {rows}")
    if count and (tokens.min() < 0 or tokens.max() >= vocab_size):
        raise ValueError(f"a drafted token is not among the {vocab_size:,} of p: {tokens.tolist()}")
    _check_sums(target_probs, "p")
    if probs is None:
        return
    if probs.shape != (count, vocab_size):
        raise ValueError(f"q must be {count} rows of {vocab_size:,}, got {probs.shape}")
    _check_sums(probs, "q")
    for i, token in enumerate(tokens.tolist()):
        if not probs[i, token] > 0:
            raise ValueError(
                f"the draft proposed token {token} where its q is 0: q must be what it drew from, "
                "after the same temperature and filters"
            )


def _check_sums(rows: Float[np.ndarray, "rows V"], name: str) -> None:
    sums = rows.sum(axis=1, dtype=np.float64)
    wrong = np.flatnonzero(~(np.abs(sums - 1) <= SUM_TOLERANCE))
    if wrong.size:
        raise ValueError(f"row {wrong[0]} of {name} sums to {sums[wrong[0]]}, and not to 1")
