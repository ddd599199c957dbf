"""What guessing ahead gains: tokens a pass, the speed-up, and where it breaks even.

A round drafts `gamma` tokens and verifies them in one pass of the target. Costs are relative to a
plain decode step of the target: `draft_cost` of one draft token, `verify_cost` of the pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import mul
from typing import TypeAlias

from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.number import Number, bounded, finite, shown

# Of one token's acceptance, or of each position's: the chance that it is accepted once all before
# it were.
Acceptance: TypeAlias = Number | Sequence[Number]
# Of the pass, by the tokens in it, or whatever their number is.
VerifyCost: TypeAlias = Number | Callable[[int], Number]
FREE = 1.0  # a pass of many tokens takes as long as one of one token: what most texts assume
MOST_DRAFTED = 64  # draft tokens that `best_gamma` tries
HALVINGS = 60  # of 0 to 1: as close as a float near 1 can be


@physical
def tokens_per_pass(acceptance: Acceptance, gamma: Count) -> float:
    """Return tau, the tokens that a round is expected to yield: the accepted ones and one more.

    The last one is drawn from what is left after a rejection, or is the bonus after none. A number
    is alpha, the same for every position and independent; a sequence has one for each position.
    Anything outside of 0 to 1 raises ValueError.
    Source: https://arxiv.org/abs/2211.17192 (equation 1): (1 - alpha^(gamma + 1)) / (1 - alpha).
    """
    if isinstance(acceptance, Sequence):
        return math.fsum(_still_accepted(acceptance, gamma))
    alpha = _share(acceptance)
    if alpha == 1:
        return gamma + 1.0
    if alpha == 0:
        return 1.0
    return -math.expm1((gamma + 1) * math.log(alpha)) / (1 - alpha)


@physical
def accepted_distribution(acceptance: Acceptance, gamma: Count) -> list[float]:
    """Return the probabilities that a round accepts 0, 1, … gamma of its draft tokens.

    Source: derived: all before are accepted and the next is not; the last: all are accepted.
    """
    each = acceptance if isinstance(acceptance, Sequence) else [acceptance] * gamma
    reached = _still_accepted(each, gamma)
    return [*(a - b for a, b in pairwise(reached)), reached[-1]]


@physical
def accepted_share(acceptance: Acceptance, gamma: Count) -> float:
    """Return the accepted of the drafted tokens: what servers report as the acceptance rate.

    It is below alpha: what stands behind a rejected token counts as drafted and not as accepted.
    Source: vllm/v1/spec_decode/metrics.py (https://github.com/vllm-project/vllm, 016a8587):
    num_accepted_tokens / num_draft_tokens, so (tau - 1) / gamma.
    """
    return (tokens_per_pass(acceptance, gamma) - 1) / gamma


@physical
def alpha_of(tokens: Positive, gamma: Count) -> float:
    """Return the alpha that yields so many tokens a pass: `tokens_per_pass` turned round.

    Fewer than 1 or more than gamma + 1 tokens raise ValueError.
    Source: derived: tau grows with alpha, so halving finds it.
    """
    bounded(tokens, f"tokens a pass with gamma = {gamma}", least=1, most=gamma + 1)
    if tokens in (1, gamma + 1):
        return 0.0 if tokens == 1 else 1.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if tokens_per_pass(middle, gamma) < tokens else (low, middle)
    return high


@physical
def round_cost(gamma: Count, *, draft_cost: NotNegative, verify_cost: VerifyCost = FREE) -> float:
    """Return how many plain steps a round takes as long as: its drafts, one by one, and the pass.

    A draft that costs 1 or more is as slow as the target: allowed, and never a gain.
    Source: https://arxiv.org/abs/2211.17192 (theorem 3.8) with a pass that may cost more than 1.
    """
    verify = verify_cost(gamma + 1) if callable(verify_cost) else verify_cost
    return float(gamma * draft_cost + bounded(verify, "verify_cost", above=True))


@physical
def speculative_speedup(
    acceptance: Acceptance,
    gamma: Count,
    *,
    draft_cost: NotNegative,
    verify_cost: VerifyCost = FREE,
) -> float:
    """Return how many times as fast as plain decoding: tokens a pass over the cost of a round.

    Below 1 it is slower.
    Source: https://arxiv.org/abs/2211.17192 (theorem 3.8), which has verify_cost = 1.
    """
    cost = round_cost(gamma, draft_cost=draft_cost, verify_cost=verify_cost)
    return tokens_per_pass(acceptance, gamma) / cost


@physical
def best_gamma(
    alpha: NotNegative,
    *,
    draft_cost: NotNegative,
    verify_cost: VerifyCost = FREE,
    most: Count = MOST_DRAFTED,
) -> int:
    """Return the number of draft tokens, up to `most`, that is fastest; 0 where none gains.

    Source: derived: the largest of `speculative_speedup`, the smallest gamma where several are.
    """
    gains = {
        gamma: speculative_speedup(alpha, gamma, draft_cost=draft_cost, verify_cost=verify_cost)
        for gamma in range(1, most + 1)
    }
    best = max(gains, key=lambda gamma: gains[gamma])
    return best if gains[best] > 1 else 0


@physical
def break_even_alpha(
    gamma: Count, *, draft_cost: NotNegative, verify_cost: VerifyCost = FREE
) -> float | None:
    """Return the alpha at which a round is worth its cost; None where none is: all are slower.

    Source: derived: tokens_per_pass = round_cost. It is 0 where the round costs a plain step.
    """
    cost = round_cost(gamma, draft_cost=draft_cost, verify_cost=verify_cost)
    return None if cost > gamma + 1 else alpha_of(max(1.0, cost), gamma)


def _still_accepted(each: Sequence[Number], gamma: int) -> list[float]:
    """Return the probabilities that the first 0, 1, … gamma draft tokens are all accepted."""
    if len(each) != gamma:
        raise ValueError(f"acceptance has {len(each)} positions, but gamma is {gamma}")
    return list(accumulate((_share(alpha) for alpha in each), mul, initial=1.0))


def _share(alpha: Number) -> Number:
    if finite(alpha) is None or not 0 <= alpha <= 1:
        raise ValueError(f"an acceptance must be a probability from 0 to 1, got {shown(alpha)}")
    return alpha
