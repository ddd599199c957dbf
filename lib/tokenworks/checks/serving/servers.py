"""Servers for users whose caches must fit, and replicas for a rate of requests."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

ROUND = "Servers are whole, and a part of one is not enough: round up."


def _users(rng: Random) -> Case:
    chips, memory = rng.choice([2, 4, 8]), rng.choice([80, 96, 141]) * 10**9
    weights = rng.choice([35, 70, 141]) * 10**9
    cache = rng.choice([167_772_160, 671_088_640, 1_342_177_280])
    held = (chips * memory - weights) // cache
    users = rng.choice([held * rng.randrange(1, 5), held * 2 + 1, rng.randrange(50, 9000)])
    return (users, chips, memory, weights, cache)


@exercise(
    6,
    examples=(Example((100, 2, 50, 40, 3), "5 servers"),),
    cases=(
        (1000, 8, 80_000_000_000, 141_000_000_000, 1_342_177_280),
        (1000, 4, 80_000_000_000, 35_000_000_000, 671_088_640),
        (742, 8, 80_000_000_000, 141_000_000_000, 1_342_177_280),
        (743, 8, 80_000_000_000, 141_000_000_000, 1_342_177_280),
        (1, 2, 80_000_000_000, 141_000_000_000, 1_342_177_280),
        (20, 1, 100, 60, 4),
        (24, 1, 100, 55, 6),
    ),
    draw=_users,
    mistakes=(
        Mistake(
            "one chip holds all its users",
            ("(chips * chip_bytes - weight_bytes)", "(chip_bytes - weight_bytes / chips)"),
            "The caches are shared by all chips of a server, as the weights are: a user's cache "
            "lies on all of them.",
        ),
        Mistake(
            "each chip counted as a server",
            ("(chips * chip_bytes - weight_bytes)", "chips * (chips * chip_bytes - weight_bytes)"),
            "The memory of all chips was counted already: there is one copy of the weights.",
        ),
        Mistake(
            "weights left out",
            ("chips * chip_bytes - weight_bytes", "chips * chip_bytes"),
            "The weights take their memory before any cache does.",
        ),
        Mistake(
            "weights on every chip",
            ("- weight_bytes", "- chips * weight_bytes"),
            "The chips of one server share the weights: each has a part.",
        ),
        Mistake("rounded down", ("-(-users // held)", "users // held"), ROUND),
        Mistake(
            "a server too many",
            ("-(-users // held)", "users // held + 1"),
            "Where the users come out even no further server is needed.",
        ),
        Mistake(
            "a part of a user",
            (") // kv_bytes", ") / kv_bytes"),
            "A user's cache fits as a whole or not at all: a server holds whole users.",
        ),
    ),
    unit="servers",
    tolerance=0.0,
)
def servers_for_users(users, chips, chip_bytes, weight_bytes, kv_bytes):
    """Servers for users.

    A server has `chips` chips of `chip_bytes` bytes, which share one copy of a model of
    `weight_bytes` bytes. The rest holds caches, `kv_bytes` for each user; a cache may lie on all
    chips of its server, but not on two servers. At least one user always fits. Return how many
    servers hold `users` users at once.

    Example: 100 users, 2 chips of 50 bytes, 40 bytes of weights, 3 bytes a user: 5 servers.
    """
    held = (chips * chip_bytes - weight_bytes) // kv_bytes
    return int(-(-users // held))


def _rate(rng: Random) -> Case:
    if rng.random() < 1 / 4:  # comes out even, exactly so in any order of the products
        prefix, batch = rng.choice([512, 1536, 3584]), rng.choice([16, 32, 64])
        share = rng.choice([0.0, 0.5])
        return (64 * rng.randrange(1, 4), 512, prefix, share, 2**-14, 256, 2**-6, batch)
    return (
        rng.randrange(1, 200) + 0.37,
        rng.randrange(20, 900),
        rng.randrange(500, 9000),
        rng.choice([0, 12, 50, 85, 99]) / 100,
        rng.randrange(10, 90) * 1e-6,
        rng.randrange(50, 800),
        rng.randrange(5, 40) / 1000,
        rng.randrange(8, 96),
    )


@exercise(
    7,
    examples=(Example((11, 100, 1000, 0.5, 0.001, 50, 0.04, 20), "8 replicas"),),
    cases=(
        (20.5, 80, 2000, 0.85, 43e-6, 200, 0.0117, 32),
        (20.5, 80, 2000, 0.12, 43e-6, 200, 0.0117, 32),
        (8, 256, 6000, 0.0, 21e-6, 300, 0.02, 64),
        (100.25, 500, 1000, 0.99, 30e-6, 100, 0.015, 16),
        (64, 512, 512, 0.0, 2**-16, 256, 2**-7, 32),
    ),
    draw=_rate,
    mistakes=(
        Mistake(
            "hits counted as misses",
            ("(1 - hit_share) * prefix_tokens", "hit_share * prefix_tokens"),
            "A hit saves the prefix; those that miss read it.",
        ),
        Mistake(
            "new tokens found as well",
            (
                "new_tokens + (1 - hit_share) * prefix_tokens",
                "(1 - hit_share) * (new_tokens + prefix_tokens)",
            ),
            "What is new is in no cache: it is always read.",
        ),
        Mistake(
            "every prefix read",
            ("(1 - hit_share) * prefix_tokens", "prefix_tokens"),
            "The share that hits reads its prefix no more.",
        ),
        Mistake(
            "answers left out",
            (" + output_tokens * step_seconds / batch", ""),
            "A replica writes answers, too; mostly that is most of its work.",
        ),
        Mistake(
            "one answer at a time",
            (" / batch", ""),
            "A step gives a token to each sequence of the batch.",
        ),
        Mistake(
            "rounded down",
            ("-int(-requests_per_s * seconds // 1)", "int(requests_per_s * seconds)"),
            "Replicas are whole: round up.",
        ),
        Mistake(
            "a replica too many",
            ("-int(-requests_per_s * seconds // 1)", "int(requests_per_s * seconds) + 1"),
            "Where the work comes out even no further replica is needed.",
        ),
    ),
    unit="replicas",
    tolerance=0.0,
)
def replicas_for_rate(
    requests_per_s,
    new_tokens,
    prefix_tokens,
    hit_share,
    token_seconds,
    output_tokens,
    step_seconds,
    batch,
):
    """Replicas for a rate.

    `requests_per_s` come in, each with a prefix of `prefix_tokens` tokens and `new_tokens` of its
    own. `hit_share` of them find the whole prefix in the cache, the others nothing. Reading takes
    `token_seconds` a token. An answer has `output_tokens` tokens, each of a step of `step_seconds`
    that gives one to each of `batch` sequences. Return how many replicas are busy all the time with
    both, rounded up.

    Example: 11 requests a second, 100 new tokens, a prefix of 1000 that 0.5 of them find, 0.001 s a
    token, answers of 50 tokens, steps of 0.04 s, 20 at once: 8 replicas.
    """
    read = new_tokens + (1 - hit_share) * prefix_tokens
    seconds = read * token_seconds + output_tokens * step_seconds / batch
    return -int(-requests_per_s * seconds // 1)
