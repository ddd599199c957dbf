"""A cache on its way: from one pool to another, and from a slower memory."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case, list_apart


def _sent(rng: Random) -> Case:
    layers, heads, width = rng.choice([(80, 8, 128), (32, 8, 128), (126, 8, 128), (32, 32, 128)])
    gbit = rng.choice([25, 100, 200, 400])
    return (
        layers,
        heads,
        width,
        rng.randrange(100, 40_000),
        rng.choice([8, 16]),
        gbit,
        rng.choice([1, 2, 8]),
    )


@exercise(
    3,
    examples=(Example((2, 4, 100, 500, 16, 8, 2), "0.0008 s"),),
    cases=(
        (80, 8, 128, 2048, 16, 400, 1),
        (80, 8, 128, 4096, 16, 400, 8),
        (32, 8, 128, 3815, 16, 25, 1),
        (126, 8, 128, 8192, 8, 100, 2),
    ),
    draw=_sent,
    mistakes=(
        Mistake(
            "bytes for bits",
            ("1e9 / 8)", "1e9)"),
            "A network's rate is in bits a second; the cache was counted in bytes.",
        ),
        Mistake("keys without values", ("2 * ", ""), "A token leaves keys and values."),
        Mistake("one layer only", ("n_layers * ", ""), "Every layer has a cache."),
        Mistake("one port", ("ports * ", ""), "The ports carry at the same time."),
        Mistake(
            "binary billions",
            ("1e9", "2**30"),
            "A network's Gbit is a billion bits, and not 2 to the power of 30.",
        ),
    ),
    unit="s",
)
def transfer_seconds(n_layers, n_kv_heads, d_head, tokens, bits_per_value, gbit_per_s, ports):
    """Time on the way.

    A prompt of `tokens` tokens is read in one pool and answered in another. Each token leaves keys
    and values in each of `n_layers` layers: `n_kv_heads` heads of `d_head` values, each of
    `bits_per_value` bits. The whole cache goes over `ports` ports at once, each of `gbit_per_s`
    Gbit/s. Return the seconds that takes at least.

    Example: 2 layers, 4 heads of 100 values, 500 tokens, 16 bits, 2 ports of 8 Gbit/s: 0.0008 s.
    """
    cache_bytes = 2 * n_layers * n_kv_heads * d_head * tokens * bits_per_value / 8
    return cache_bytes / (ports * gbit_per_s * 1e9 / 8)


def _fetched(rng: Random) -> Case:
    kv, token = 2 ** rng.randrange(12, 19), 2.0 ** -rng.randrange(9, 15)
    even, steps = kv / token, rng.randrange(1, 60)
    tiers = [
        [even, rng.choice([0.0, 0.25])],  # as fast as reading
        [2 * even, steps * token / 2],  # as soon at a whole number of tokens
        [even * rng.choice([0.25, 0.5]), 0.001],  # slower than reading
        [even * rng.randrange(2, 40) / 1.7, rng.randrange(1, 4000) * token / 3.1],
    ]
    return (kv, token, rng.sample(tiers, len(tiers)))


@exercise(
    4,
    examples=(Example((100, 0.25, [[1000.0, 1.6], [200.0, 0.0]]), "[11, 0]"),),
    cases=(
        (327_680, 43e-6, [[14.8e9, 0.02], [12.5e9, 0.3], [200e9, 0.001]]),
        (131_072, 21e-6, [[50e9, 0.00012], [3.125e9, 0.0], [12.5e9, 0.0107]]),
        (64, 2.0, [[64.0, 3.0], [32.0, 0.5], [64.0, 2.5]]),
        (64, 1.0, [[64.0, 0.0], [128.0, 4.0], [16.0, 0.0]]),
    ),
    draw=_fetched,
    mistakes=(
        Mistake(
            "as soon is sooner",
            ("int(latency // saved) + 1", "-int(-latency // saved)"),
            "Where both take as long, fetching is not yet sooner: one token more is needed.",
        ),
        Mistake(
            "rounded to the nearest",
            ("int(latency // saved) + 1", "round(latency / saved)"),
            "Fewer tokens than that are read sooner than fetched: round up.",
        ),
        Mistake(
            "fetching itself is free",
            ("token_seconds - kv_bytes / bytes_per_s", "token_seconds"),
            "Each token that is fetched takes its bytes over the rate: less is saved.",
        ),
        Mistake(
            "always some day",
            (" if saved > 0 else 0", " if saved > 0 else 1"),
            "Where a token is read as soon as it is fetched, fetching never pays: 0.",
        ),
        Mistake(
            "no latency",
            ("int(latency // saved) + 1", "1"),
            "The latency is paid once, however few the tokens are.",
        ),
    ),
    unit="tokens",
    distance=list_apart,
    tolerance=0.0,
)
def fetched_from(kv_bytes, token_seconds, tiers):
    """Fetch or read again.

    The cache of a prompt has `kv_bytes` for each token. Reading the prompt again takes
    `token_seconds` a token. Each of `tiers` could have kept the cache; it is a pair, the bytes a
    second at which it sends and the seconds until it begins. Return for each tier the least number
    of tokens that are fetched in less time than they are read, 0 where there is none.

    Example: 100 bytes and 0.25 s a token, tiers `[[1000.0, 1.6], [200.0, 0.0]]`: `[11, 0]`.
    """
    found = []
    for bytes_per_s, latency in tiers:
        saved = token_seconds - kv_bytes / bytes_per_s
        found.append(int(latency // saved) + 1 if saved > 0 else 0)
    return found
