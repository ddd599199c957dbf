"""How often a request finds its prefix, by how requests are spread over replicas.

Each replica caches what it has read. Where any request may go to any replica, each of them has to
see a prefix before it hits there; where a prefix has one home, one has. A replica that is full
drops the prefix that was used longest ago, which is taken as one time to live for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tokenworks.cost.domain import Count, NotNegative, physical
from tokenworks.cost.expert_routing import expert_shares
from tokenworks.number import Number, bounded, make_bounded, make_whole, whole

# Of each way to route: whether a shared prefix has a home, and whether a conversation has one.
ROUTING_POLICIES = {
    "round-robin": (False, False),
    "least-request": (False, False),
    "sticky": (False, True),
    "prefix-aware": (True, True),
}


@dataclass(frozen=True, kw_only=True)
class PrefixTraffic:
    """Requests at random for some prefixes, over replicas that each hold some of them.

    The prefix of rank r is asked for in proportion to r to the power of -skew. `held` are the
    prefixes that one replica's cache holds, None all; `ttl_seconds` the longest that one is kept
    without use, None for ever. Impossible values raise ValueError.
    """

    requests_per_s: Number
    prefixes: int
    replicas: int
    skew: Number = 0.0
    held: int | None = None
    ttl_seconds: Number | None = None

    def __post_init__(self) -> None:
        make_bounded(self, "requests_per_s", above=True)
        make_whole(self, "prefixes", "replicas")
        make_bounded(self, "skew")
        if self.held is not None:
            make_whole(self, "held", least=0)
        if self.ttl_seconds is not None:
            make_bounded(self, "ttl_seconds")

    @property
    def rates(self) -> tuple[float, ...]:
        """Requests a second of each prefix, most wanted first, on all replicas together."""
        shares = expert_shares(self.prefixes, 1, skew=self.skew)
        return tuple(self.requests_per_s * share for share in shares)


def kept_seconds(rates: Sequence[float], held: int | None, ttl_seconds: float | None) -> float:
    """Return for how long one replica keeps a prefix that nobody asks for; inf for ever.

    `rates` are those at this replica, `held` the prefixes that fit.
    Source: https://doi.org/10.1109/JSAC.2002.801752 (the characteristic time of a full LRU cache).
    """
    lives = math.inf if ttl_seconds is None else float(ttl_seconds)
    asked = [rate for rate in rates if rate > 0]
    if held is None or held >= len(asked):
        return lives
    if not held:
        return 0.0

    def inside(seconds: float) -> float:
        return math.fsum(-math.expm1(-rate * seconds) for rate in asked)

    low, high = 0.0, 1.0
    while inside(high) < held:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < held else (low, middle)
    return min(lives, high)


def hits_anywhere(traffic: PrefixTraffic) -> float:
    """Return the share of requests that hit where any replica may get any request.

    Source: derived: each replica sees a prefix at its rate over their number.
    """
    seen = [rate / traffic.replicas for rate in traffic.rates]
    return _hits(seen, kept_seconds(seen, traffic.held, traffic.ttl_seconds))


@physical
def hits_at_home(traffic: PrefixTraffic, *, spill_share: NotNegative = 0.0) -> float:
    """Return the share of requests that hit where each prefix has one replica.

    `spill_share` of all requests go to any replica, because their home is full; they take no part
    in what homes keep, and hit as prefixes that are seen so rarely do. Above 1: ValueError.
    Source: derived: homes are dealt out by rank, each with a cache of its own.
    """
    spilt = bounded(spill_share, "spill_share", most=1)
    at_home = 0.0
    for home in _homes(traffic):
        seen = [rate * (1 - spilt) for rate in home]
        kept = kept_seconds(seen, traffic.held, traffic.ttl_seconds)
        at_home += math.fsum(home) / traffic.requests_per_s * _hits(seen, kept)
    if not spilt:
        return at_home
    away = [rate * spilt / traffic.replicas for rate in traffic.rates]
    elsewhere = _hits(away, kept_seconds(away, traffic.held, traffic.ttl_seconds))
    return (1 - spilt) * at_home + spilt * elsewhere


def busiest_ratio(traffic: PrefixTraffic) -> float:
    """Return the load of the busiest replica over the mean, where each prefix has one home.

    Source: derived: homes dealt out by rank; what a hash does is worse.
    """
    return max(map(sum, _homes(traffic))) * traffic.replicas / traffic.requests_per_s


@physical
def first_visits_hit_share(requests: Count, replicas: Count) -> float:
    """Return the share of hits of one prefix over so many requests in turn, nothing being dropped.

    Source: derived: each replica misses once, at its first.
    """
    return 1 - min(requests, replicas) / requests


@physical
def history_found(turn: Count, replicas: Count) -> float:
    """Return the share of a conversation's earlier turns that a replica drawn at random still has.

    Turns are of one length and nothing is dropped. The first turn has no history: ValueError.
    Source: derived: it has all up to the last turn that it answered; 1 - (1 - 1/replicas)^m of all
    conversations had one of their last m turns there.
    """
    if turn == 1:
        raise ValueError("the first turn has no history: ask from the second on")
    missed = 1 - 1 / replicas
    return math.fsum(1 - missed**m for m in range(1, turn)) / (turn - 1)


class Routed(NamedTuple):
    """What a way to route finds: of shared prefixes, and of each conversation's own."""

    policy: str
    shared_hits: float
    history_hits: float
    busiest_ratio: float

    def computed_tokens(self, *, new: Number, shared: Number, history: Number) -> float:
        """Return the tokens of a prompt that are computed, the mean; the rest is found."""
        found = self.shared_hits * shared + self.history_hits * history
        return new + shared + history - found

    def input_cost(self, *, new: Number, shared: Number, history: Number, read: Number) -> float:
        """Return what a prompt costs in new tokens, where one that is found costs `read` of it."""
        whole_prompt = new + shared + history
        computed = self.computed_tokens(new=new, shared=shared, history=history)
        return computed + read * (whole_prompt - computed)


def routed(policy: str, shared: PrefixTraffic, history: PrefixTraffic) -> Routed:
    """Return the hits of one of `ROUTING_POLICIES`; the prefixes of `history` are conversations.

    Both must have as many replicas; that, and an unknown policy, raise ValueError. A session's
    replica is taken as chosen at random, so that replicas are equally busy.
    Source: derived: `hits_at_home` where the policy gives a home, else `hits_anywhere`.
    """
    if policy not in ROUTING_POLICIES:
        raise ValueError(f"policy {policy!r} is not known; known: {', '.join(ROUTING_POLICIES)}")
    if shared.replicas != history.replicas:
        raise ValueError(
            f"shared prefixes are spread over {shared.replicas} replicas, conversations over "
            f"{history.replicas}: both are the same requests"
        )
    home, own = ROUTING_POLICIES[policy]
    return Routed(
        policy,
        hits_at_home(shared) if home else hits_anywhere(shared),
        hits_at_home(history) if own else hits_anywhere(history),
        busiest_ratio(shared) if home else 1.0,
    )


def _homes(traffic: PrefixTraffic) -> list[Sequence[float]]:
    rates, count = traffic.rates, whole(traffic.replicas, "replicas")
    return [rates[home::count] for home in range(count)]


def _hits(rates: Sequence[float], kept: float) -> float:
    total = math.fsum(rates)
    if not total:
        return 0.0
    return math.fsum(rate * -math.expm1(-rate * kept) for rate in rates) / total
