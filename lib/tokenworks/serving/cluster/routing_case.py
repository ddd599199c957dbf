"""The case that goes round about routing: eight replicas, a long prefix, ten conversations.

It is told with one prefix for all, and with hits that such a load cannot have: each replica misses
a prefix once, and then keeps it as long as its cache has room. Both can be changed here.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

from tokenworks.cost.mixed_step import Load
from tokenworks.number import whole
from tokenworks.percentiles import percentile
from tokenworks.serving.cluster.conversation_load import Conversations, conversations
from tokenworks.serving.cluster.pools import ReplicaPool
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.lengths import fixed
from tokenworks.serving.metrics import ttft_seconds
from tokenworks.serving.policy import Policy

REPLICAS, PREFIX_TOKENS, TALKING, TURNS = 8, 6_000, 10, 20
USER_TOKENS, ANSWER_TOKENS, THINK_SECONDS = 100, 200, 20  # assumed: the case names none
BLOCK_TOKENS = 16
MOST_PREFIXES = 10**6  # drawn from: that two of ten conversations share one is 1 in 22,000


class RoutedCase(NamedTuple):
    """What a way to route found: in shares of 1, and in seconds.

    `prefix_share` is of requests that found the whole prefix, `token_share` of all their tokens.
    """

    router: str
    prefix_share: float
    token_share: float
    ttft_mean_seconds: float
    ttft_p99_seconds: float
    busiest_ratio: float  # requests at the busiest replica over the mean


def published_routing_case(
    router: str,
    *,
    step_seconds: Callable[[Load], float],
    cache_tokens: int = 400_000,
    own_prefixes: bool = False,
    turns: int = TURNS,
    saturation: int | None = None,
    seed: int = 0,
) -> RoutedCase:
    """Return what becomes of the case under a router of `ROUTERS`, from empty caches on.

    Ten conversations of `turns` begin about a second apart. They share one prefix of 6,000 tokens,
    or have `own_prefixes`; a replica's cache holds `cache_tokens`. Tokens of questions and answers
    and the pauses between them are assumed. A cache that holds no conversation raises ValueError,
    an unknown router KeyError.
    Source: derived: `simulate_cluster` of it.
    """
    kind = _kind(whole(turns, "turns"), own_prefixes=own_prefixes)
    config = _config(step_seconds, whole(cache_tokens, "cache_tokens"), turns)
    pool = ReplicaPool(config=config, replicas=REPLICAS, router=router, saturation=saturation)
    first, follow_up = conversations(1, TALKING, kind=kind, seed=seed)
    run = simulate_cluster(first, pool, follow_up=follow_up)
    ttfts = [ttft_seconds(request) for request in run.requests]
    kept = PREFIX_TOKENS // BLOCK_TOKENS * BLOCK_TOKENS
    busiest = max(len(replica.log.requests) for replica in run.replicas)
    return RoutedCase(
        router,
        fmean(request.cached_tokens >= kept for request in run.requests),
        run.hit_share,
        fmean(ttfts),
        percentile(ttfts, 99),
        busiest * REPLICAS / len(run.requests),
    )


def _kind(turns: int, *, own_prefixes: bool) -> Conversations:
    return Conversations(
        turns=fixed(turns),
        user_tokens=fixed(USER_TOKENS),
        answer_tokens=fixed(ANSWER_TOKENS),
        systems=MOST_PREFIXES if own_prefixes else 1,
        system_tokens=PREFIX_TOKENS,
        think_seconds=THINK_SECONDS,
    )


def _config(step_seconds: Callable[[Load], float], cache_tokens: int, turns: int) -> ReplicaConfig:
    longest = PREFIX_TOKENS + turns * (USER_TOKENS + ANSWER_TOKENS)
    if cache_tokens < longest + BLOCK_TOKENS:
        raise ValueError(
            f"cache_tokens must hold the longest conversation, {longest:,} tokens, and a block "
            f"more; got {cache_tokens:,}"
        )
    return ReplicaConfig(
        step_seconds=step_seconds,
        policy=Policy(max_batch=64, share_prefixes=True),
        blocks=cache_tokens // BLOCK_TOKENS,
        block_size=BLOCK_TOKENS,
    )
