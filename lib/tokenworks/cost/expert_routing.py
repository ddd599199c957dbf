"""Tokens and experts: how many experts a batch touches, and what a skewed router drops.

A router that prefers some experts is drawn as Zipf's law: the expert of rank r is chosen in
proportion to r to the power of -skew, in at most all tokens. Skew 0 is even routing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from tokenworks.architecture import ModelSpec
from tokenworks.cost.domain import Count, Natural, NotNegative, Positive, physical
from tokenworks.cost.parameters import expert_parameter_count, read_parameter_count

Choices = list[tuple[int, ...]]  # of each token, the experts it goes to


@physical
def expert_shares(experts: Count, active: Count, *, skew: NotNegative = 0.0) -> tuple[float, ...]:
    """Return the share of all tokens that each expert gets; together they are `active`.

    By rank, and none above 1: what the first experts would have beyond it goes to the others.
    More active experts than there are raise ValueError.
    Source: derived: Zipf's law with a cap.
    """
    if active > experts:
        raise ValueError(f"a token goes to {active} of {experts} experts: at most to all of them")
    weights = [rank**-skew for rank in range(1, experts + 1)]
    for capped in range(active + 1):
        scale = (active - capped) / math.fsum(weights[capped:]) if capped < experts else 0.0
        if capped == experts or scale * weights[capped] <= 1:
            return (1.0,) * capped + tuple(scale * weight for weight in weights[capped:])
    return (1.0,) * active + (0.0,) * (experts - active)


@physical
def expected_experts(shares: Sequence[float], tokens: NotNegative) -> float:
    """Return how many experts so many independent tokens touch on average.

    For even shares it is `kernels.experts_touched`.
    Source: derived: each is missed by all with probability (1 - share)^tokens
    (https://arxiv.org/abs/2401.04088 has eight experts and two a token).
    """
    if not tokens:
        return 0.0
    return math.fsum(1 - (1 - share) ** tokens for share in shares)


@physical
def routed_weight_bytes(
    spec: ModelSpec, bytes_per_param: Positive, batch: Count = 1, *, skew: NotNegative = 0.0
) -> float:
    """Return the bytes of weights that a decode step reads where the router is skewed.

    Skew 0 is `step_weight_bytes`. A model without experts raises ValueError.
    Source: derived: what one token reads, and the experts that a batch touches beyond its own.
    """
    if not spec.n_experts:
        raise ValueError(f"{spec.label} has no experts: its step reads all weights")
    shares = expert_shares(spec.n_experts, spec.n_experts_active, skew=skew)
    more = (expected_experts(shares, batch) - spec.n_experts_active) / spec.n_experts
    params = read_parameter_count(spec) + more * expert_parameter_count(spec)
    return float(params * bytes_per_param)


@physical
def route(tokens: Count, shares: Sequence[float], *, seed: Natural) -> Choices:
    """Draw the experts of each token, distinct ones, each expert with its share exactly.

    The shares of the experts are laid end to end in a random order, and those are taken in which
    the points u, u + 1, u + 2, … fall.
    Source: systematic sampling (Madow 1949).
    """
    draw, active = random.Random(seed), round(math.fsum(shares))
    order, chosen = list(range(len(shares))), []
    for _ in range(tokens):
        draw.shuffle(order)
        point, end, taken = draw.random(), 0.0, []
        for expert in order:
            end += shares[expert]
            if point < end and len(taken) < active:
                taken.append(expert)
                point += 1
        chosen.append(tuple(sorted(taken)))
    return chosen


def loads(choices: Choices, experts: int) -> list[int]:
    """Return how many tokens each expert gets."""
    counts = [0] * experts
    for taken in choices:
        for expert in taken:
            counts[expert] += 1
    return counts


@physical
def capacity(tokens: Count, experts: Count, active: Count, *, factor: Positive) -> int:
    """Return the tokens that an expert takes at most: so many times its even share, rounded up.

    Source: https://arxiv.org/abs/2101.03961 (expert capacity, section 2.2).
    """
    return math.ceil(factor * tokens * active / experts - 1e-9)


def dropped_share(counts: Sequence[int], most: int) -> float:
    """Return the share of all choices that find their expert full; without any, ValueError."""
    if not sum(counts):
        raise ValueError("nothing was routed: no tokens, or no experts")
    return sum(max(0, count - most) for count in counts) / sum(counts)


@physical
def device_loads(counts: Sequence[int], devices: Count) -> list[int]:
    """Return how many choices each device serves where every one holds as many experts.

    Experts are dealt out like cards, so that the ranks of a skewed router are spread. A number
    that does not divide the experts raises ValueError.
    """
    if len(counts) % devices:
        raise ValueError(f"{devices} devices do not divide {len(counts)} experts")
    return [sum(counts[device::devices]) for device in range(devices)]


def imbalance(counts: Sequence[int]) -> float:
    """Return the largest load over the mean one: how much longer all wait for the busiest."""
    return max(counts) * len(counts) / sum(counts)
