"""What a chip holds, and what can be rented to hold it."""

from __future__ import annotations

from math import ceil
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _sharded(rng: Random) -> Case:
    heads = rng.choice([4, 8, 16])
    tp = rng.choice([heads // 2, heads, 2 * heads, 2 * heads, 4 * heads])
    return (rng.randrange(1, 400) * 163_840_000, heads, tp)


@exercise(
    5,
    examples=(
        Example((800, 8, 4), "200 bytes"),
        Example((800, 8, 16), "100 bytes"),
    ),
    cases=((40e9, 8, 4), (40e9, 8, 8), (40e9, 8, 16), (12.5e9, 4, 32), (5e9, 2, 8)),
    draw=_sharded,
    mistakes=(
        Mistake(
            "heads cut into pieces",
            ("min(n_kv_heads, tp)", "tp"),
            "A chip holds whole heads. With more chips than KV heads, chips share a head.",
        ),
        Mistake(
            "total for per-chip",
            (" / min(n_kv_heads, tp)", ""),
            "This is the cache of all chips together; each holds its own heads only.",
        ),
        Mistake(
            "always one head",
            ("min(n_kv_heads, tp)", "n_kv_heads"),
            "With fewer chips than KV heads, a chip holds several of them.",
        ),
        Mistake(
            "a copy on every chip",
            ("min(n_kv_heads, tp)", "(1 if tp > n_kv_heads else tp)"),
            "With more chips than heads each chip still holds one head only, not all of them.",
        ),
        Mistake(
            "copies counted as extra bytes of a chip",
            ("min(n_kv_heads, tp)", "n_kv_heads * max(1, tp / n_kv_heads, n_kv_heads / tp)"),
            "The copies lie on other chips: this one holds one head.",
        ),
    ),
    unit="bytes",
)
def kv_bytes_on_a_chip(kv_bytes, n_kv_heads, tp):
    """Cache of each tensor-parallel chip.

    The caches of all sequences take `kv_bytes`, counted once. They are sharded over `tp` chips by
    KV head, and a head is never cut. With more chips than heads, several chips hold the same head.
    Heads and chips always divide evenly, one way or the other. Return the bytes on each chip.

    Example: 800 bytes, 8 heads: on 4 chips 200 bytes each, on 16 chips 100 bytes each.
    """
    return kv_bytes / min(n_kv_heads, tp)


def _budget(rng: Random) -> Case:
    hbm, chips = rng.choice([16, 32, 80, 144, 192]), rng.choice([2, 4, 8])
    reserved = rng.choice([1, 2, 4])
    share = 1.2 if rng.random() < 0.15 else rng.uniform(0.55, 0.7)
    weights = int(share * chips * hbm * 1e9)
    return (hbm, chips, weights, reserved, rng.randrange(2, 20) * 67_108_864)


@exercise(
    6,
    examples=(Example((2, 1, 2**29, 1, 0.2 * 2**30), "2"),),
    cases=(
        (80, 2, 70_553_706_496, 2, 1_342_177_280),
        (80, 2, 141_107_412_992, 2, 1_342_177_280),
        (80, 2, 200_000_000_000, 2, 1_342_177_280),
        (140, 4, 405_853_388_800, 4, 2_113_929_216),
        (16, 8, 70_553_706_496, 1, 671_088_640),
    ),
    draw=_budget,
    mistakes=(
        Mistake(
            "GB for GiB",
            ("2**30", "10**9"),
            "The memory is in GiB, which are 2^30 bytes and not 10^9.",
        ),
        Mistake(
            "reserved once for all chips",
            ("chips * (hbm_gib - reserved_gib)", "(chips * hbm_gib - reserved_gib)"),
            "The runtime takes its part of every chip.",
        ),
        Mistake(
            "nothing reserved",
            ("(hbm_gib - reserved_gib)", "hbm_gib"),
            "The runtime takes its part of every chip before the first sequence comes.",
        ),
        Mistake(
            "weights forgotten",
            (" - weight_bytes", ""),
            "The weights lie in the same memory; the cache gets what they leave.",
        ),
        Mistake(
            "one chip for all",
            ("chips * ", ""),
            "Weights and caches are sharded over all chips, so all of their memory counts.",
        ),
        Mistake(
            "rounded up",
            ("pool // sequence_bytes)", "-(-pool // sequence_bytes))"),
            "A sequence that fits in part does not fit.",
        ),
        Mistake(
            "fewer than no sequences",
            ("max(0, int(pool // sequence_bytes))", "int(pool // sequence_bytes)"),
            "Where not even the weights fit, the answer is 0.",
        ),
    ),
    unit="sequences",
    tolerance=0.0,
)
def largest_batch(hbm_gib, chips, weight_bytes, reserved_gib, sequence_bytes):
    """Largest batch in a budget.

    Each of `chips` chips has `hbm_gib` GiB of memory, of which the runtime reserves `reserved_gib`.
    The weights take `weight_bytes` in all, the cache of one sequence `sequence_bytes` in all; both
    are sharded evenly. Return how many whole sequences fit beside the weights, 0 where none does.

    Example: 1 chip of 2 GiB, 1 GiB reserved, weights of 0.5 GiB, sequences of 0.2 GiB: 2.
    """
    pool = chips * (hbm_gib - reserved_gib) * 2**30 - weight_bytes
    return max(0, int(pool // sequence_bytes))


def _rented(rng: Random) -> Case:
    slices, usable = rng.choice([[1, 4, 8, 16, 32], [1, 8], [4, 8, 16]]), 14e9
    slices = rng.sample(slices, len(slices))
    kind = rng.random()
    if kind < 0.25:  # exactly full
        return (rng.choice(slices) * usable, usable, slices)
    if kind < 0.4:  # nothing is large enough
        return (max(slices) * usable + 1e9, usable, slices)
    return (rng.uniform(0.02, 0.6) ** 2 * max(slices) * usable, usable, slices)


def _power_of_two(needed_bytes, usable_bytes, slices):
    return 1 << (ceil(needed_bytes / usable_bytes) - 1).bit_length()


def _first(needed_bytes, usable_bytes, slices):
    return next((chips for chips in slices if chips * usable_bytes >= needed_bytes), 0)


@exercise(
    7,
    examples=(Example((20e9, 14e9, [8, 1, 4]), "4"),),
    cases=(
        (20e9, 14e9, [8, 1, 4, 16]),
        (56e9, 14e9, [1, 4, 8, 16]),
        (57e9, 14e9, [1, 4, 8, 16]),
        (13e9, 14e9, [4, 8]),
        (300e9, 14e9, [16, 8, 4, 1]),
        (80e9, 14e9, [1, 4, 8, 16]),
    ),
    draw=_rented,
    mistakes=(
        Mistake(
            "chips that are not for rent",
            ("min(enough, default=0)", "-(-needed_bytes // usable_bytes)"),
            "Only the listed sizes exist: a slice of two chips cannot be rented.",
        ),
        Mistake(
            "rounded up to a power of two",
            _power_of_two,
            "Not every power of two is for rent: take the sizes from the list.",
        ),
        Mistake(
            "exactly full does not count",
            (">=", ">"),
            "A slice that is full to the last byte holds it all.",
        ),
        Mistake(
            "the first in the list",
            _first,
            "The list need not be sorted: look for the smallest that is large enough.",
        ),
        Mistake(
            "the largest slice where none fits",
            ("default=0", "default=max(slices)"),
            "Where no slice is large enough, the answer is 0.",
        ),
    ),
    unit="chips",
    tolerance=0.0,
)
def smallest_slice(needed_bytes, usable_bytes, slices):
    """Smallest slice that can be rented.

    A deployment needs `needed_bytes` in all. A chip has `usable_bytes`, and only the sizes in the
    list `slices` can be rented, in no particular order. Return the smallest size that holds
    everything, 0 where none does.

    Example: 20 GB on chips with 14 GB need two chips; of the sizes 8, 1 and 4 the answer is 4.
    """
    enough = [chips for chips in slices if chips * usable_bytes >= needed_bytes]
    return min(enough, default=0)
