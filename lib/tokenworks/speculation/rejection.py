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
    (rows, vocab_size), count = target_probs.shape, len(drafted.tokens)
    if rows != count + 1:
        raise ValueError(f"{count} drafted tokens need {count + 1} rows of p, got {rows}")
    check_drafted(drafted, vocab_size)
    _check_sums(target_probs, "p")
    for i, token in enumerate(drafted.tokens.tolist()):
        q = None if drafted.probs is None else drafted.probs[i]
        instead = replacement(token, target_probs[i], q, rng=rng, replace=replace)
        if instead is not None:
            return Verdict(i, instead)
    return Verdict(len(drafted.tokens), draw(target_probs[-1], rng.random()))


def replacement(
    token: int,
    p: Probs,
    q: Probs | None,
    *,
    rng: np.random.Generator,
    replace: Residual = residual,
) -> int | None:
    """Return None where one drafted token stands, else the token that comes instead of it.

    For those to whom p is known one place at a time, because it depends on the tokens before:
    under a penalty or a grammar. Without q the token was certain.
    """
    if rng.random() < p[token] / (1.0 if q is None else q[token]):
        return None
    row = np.eye(1, p.size, token)[0] if q is None else np.asarray(q, np.float64)
    return draw(replace(p, row), rng.random())


def check_drafted(drafted: Drafted, vocab_size: int) -> None:
    """Raise ValueError for tokens of another vocabulary and for a q that no token came from."""
    tokens, probs = drafted
    count = len(tokens)
    if count and (tokens.min() < 0 or tokens.max() >= vocab_size):
        raise ValueError(f"a drafted token is not among the {vocab_size:,} of p: {tokens.tolist()}")
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
