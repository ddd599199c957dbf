"""The batch that fills a chip, and what a dollar buys of it."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case
from tokenworks.checks.roofline.operation import CHIPS


def _narrow(rng: Random) -> Case:
    return (rng.choice([3, 4, 6, 8, 12, 16]), *rng.choice(CHIPS))


@exercise(
    4,
    examples=(Example((16, 100.0, 10.0), "10"),),
    cases=(
        (16, 989e12, 3.35e12),
        (8, 197e12, 0.819e12),
        (8, 394e12, 0.819e12),
        (4, 312e12, 2.039e12),
    ),
    draw=_narrow,
    mistakes=(
        Mistake(
            "the ridge for every width",
            ("seconds_to_read_a_weight * flops_per_s / 2", "flops_per_s / bytes_per_s"),
            "Ridge and critical batch agree only at two bytes a weight; use the width you get.",
        ),
        Mistake(
            "a multiply-add counted once",
            (" / 2", ""),
            "Each row does two operations with every weight: a multiplication and an addition.",
        ),
        Mistake(
            "bits for bytes",
            (" / 8", ""),
            "The width is in bits and the bandwidth in bytes.",
        ),
        Mistake(
            "narrow weights need more rows",
            ("bits_per_weight / 8", "32 / bits_per_weight"),
            "Narrow weights arrive sooner, so fewer rows keep the arithmetic busy.",
        ),
    ),
    unit="rows",
)
def critical_batch(bits_per_weight, flops_per_s, bytes_per_s):
    """The critical batch of a precision.

    At small batch a layer waits for its weights, at large batch for its arithmetic. Return the
    batch at which reading the weights takes exactly as long as multiplying by them. Activations and
    caches are left out. A weight has `bits_per_weight` bits; `flops_per_s` is the rate of the
    arithmetic that is used, whatever the width of the weights. A multiplication and an addition are
    two operations.

    Example: 16 bits, 100 FLOP/s and 10 B/s give 10.
    """
    seconds_to_read_a_weight = bits_per_weight / 8 / bytes_per_s
    return seconds_to_read_a_weight * flops_per_s / 2


def _cached(rng: Random) -> Case:
    width = rng.choice([0.5, 1, 2])
    if rng.random() < 0.15:  # each sequence brings exactly as much reading as arithmetic
        params, flops_per_s, bytes_per_s = 2 ** rng.randrange(30, 38), 2.0**50, 2.0**41
        return (params, width, 2 * params * bytes_per_s / flops_per_s, flops_per_s, bytes_per_s)
    params, (flops_per_s, bytes_per_s) = rng.randrange(1, 90) * 1e9, rng.choice(CHIPS)
    turning = 2 * params * bytes_per_s / flops_per_s  # the cache that just keeps memory busy
    share = rng.choice([0.05, 0.4, 0.9, 1.6, 5.0])
    return (params, width, share * turning, flops_per_s, bytes_per_s)


@exercise(
    5,
    examples=(Example((10, 2, 1, 100.0, 10.0), "20"),),
    cases=(
        (7e9, 2, 10e6, 989e12, 3.35e12),
        (7e9, 2, 0.5e9, 989e12, 3.35e12),
        (70e9, 1, 0.33e9, 197e12, 0.819e12),
        (70e9, 2, 0.2e9, 312e12, 2.039e12),
        (8e9, 2, 0.27e9, 989e12, 3.35e12),
        (16, 2, 4, 64.0, 8.0),
    ),
    draw=_cached,
    mistakes=(
        Mistake(
            "the cache is free",
            (" - kv_bytes / bytes_per_s", ""),
            "Every sequence reads its own cache in every step, on top of the weights.",
        ),
        Mistake(
            "one cache for all",
            (
                ("params * bytes_per_param", "(params * bytes_per_param + kv_bytes)"),
                (" - kv_bytes / bytes_per_s", ""),
            ),
            "The weights are shared, the caches are not: B sequences read B caches.",
        ),
        Mistake(
            "a negative batch",
            ("gained_by_each <= 0", "False"),
            "A cache that takes longer to read than its token to compute defeats any batch: 0.",
        ),
        Mistake(
            "a multiply-add counted once",
            ("2 * params", "params"),
            "A token costs two operations for each parameter.",
        ),
        Mistake(
            "the cache lowers the batch",
            ("- kv_bytes", "+ kv_bytes"),
            "More reading needs more rows to balance it, not fewer: look at the sign.",
        ),
    ),
    unit="rows",
)
def critical_batch_with_cache(params, bytes_per_param, kv_bytes, flops_per_s, bytes_per_s):
    """The critical batch with a cache.

    A decode step reads all weights once (`params` of them, `bytes_per_param` bytes each), and for
    each sequence a cache of `kv_bytes` bytes. It does two operations for each parameter and
    sequence; the operations of attention are left out. Return the batch at which reading and
    multiplying take equally long. If no batch does that, return 0.

    Example: 10 parameters of 2 bytes, a cache of 1 byte, 100 FLOP/s and 10 B/s: a batch of 20.
    """
    weights = params * bytes_per_param / bytes_per_s
    gained_by_each = 2 * params / flops_per_s - kv_bytes / bytes_per_s
    if gained_by_each <= 0:
        return 0
    return weights / gained_by_each


def _priced(rng: Random) -> Case:
    _, bytes_per_s = rng.choice(CHIPS)
    chips = rng.choice([2, 4, 8, 16])
    return (bytes_per_s, chips * rng.randrange(30, 900) / 100, chips)


@exercise(
    6,
    examples=(Example((10.0, 36.0, 1), "1,000 bytes"),),
    cases=((3.35e12, 31.92, 8), (0.819e12, 1.2, 1), (2.039e12, 5.58, 2), (8e12, 44.0, 8)),
    draw=_priced,
    mistakes=(
        Mistake(
            "an hour taken for a second",
            ("3600 * ", ""),
            "The price is for an hour, the bandwidth for a second.",
        ),
        Mistake(
            "one chip for the server's price",
            ("chips * ", ""),
            "The price buys the whole server, so all of its chips read for it.",
        ),
        Mistake(
            "the price taken as one chip's",
            ("* chips * bytes_per_s", "/ chips * bytes_per_s"),
            "The price is the server's already; multiplying it by the chips pays twice.",
        ),
        Mistake(
            "dollars per byte",
            (
                "3600 * chips * bytes_per_s / usd_per_hour",
                "usd_per_hour / (3600 * chips * bytes_per_s)",
            ),
            "The fraction is upside down: bytes over dollars.",
        ),
    ),
    unit="bytes",
)
def bytes_per_usd(bytes_per_s, usd_per_hour, chips):
    """Bandwidth per dollar.

    A server with `chips` chips costs `usd_per_hour` for all of them. Each chip reads `bytes_per_s`.
    Return the bytes that one dollar lets the server read.

    Example: one chip that reads 10 B/s for USD 36 an hour reads 1,000 bytes for a dollar.
    """
    return 3600 * chips * bytes_per_s / usd_per_hour
