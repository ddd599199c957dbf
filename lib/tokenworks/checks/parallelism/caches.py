"""What a device holds of a cache that is shared by more devices than it has heads."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

CUTS = ("copies", "sequence")


def _cache(rng: Random) -> Case:
    heads = rng.choice([2, 4, 8])
    devices = rng.choice([heads, heads // 2, 2 * heads, 4 * heads, 8 * heads])
    sizes = (rng.randrange(12, 127), heads, rng.choice([64, 80, 128]), rng.randrange(100, 9000))
    return (*sizes, rng.choice([4, 8, 16]), devices, rng.choice(CUTS))


SHARE = 'max(1, devices // n_kv_heads) if kv_cut == "sequence" else 1'


@exercise(
    4,
    examples=(
        Example(
            (1, 2, 4, 10, 16, 8, "sequence"),
            "48 bytes",
            shows=(("3", lambda *case: -(-case[3] // 4)), ("160", lambda *case: 160)),
        ),
    ),
    cases=(
        (80, 8, 128, 4096, 16, 8, "copies"),
        (80, 8, 128, 4096, 16, 16, "copies"),
        (80, 8, 128, 4096, 16, 16, "sequence"),
        (32, 8, 128, 8191, 8, 64, "sequence"),
        (32, 8, 64, 1000, 16, 2, "sequence"),
        (94, 4, 128, 777, 4, 32, "copies"),
    ),
    draw=_cache,
    mistakes=(
        Mistake(
            "copies that cost nothing",
            (("max(1, n_kv_heads // devices)", "n_kv_heads / devices"), (SHARE, "1")),
            "A head is not cut by tensor parallelism: past as many devices as heads, a device has "
            "one head, and others have the same one.",
        ),
        Mistake(
            "the tokens are not shared out",
            (SHARE, "1"),
            "By sequence, the devices that have the same head have each a part of its tokens.",
        ),
        Mistake(
            "tokens shared by all devices",
            ("max(1, devices // n_kv_heads)", "devices"),
            "A head's tokens are shared by those devices alone that have this head.",
        ),
        Mistake(
            "copies share their tokens",
            (SHARE, "max(1, devices // n_kv_heads)"),
            "A copy is whole: it has all tokens of its head.",
        ),
        Mistake(
            "the last tokens are left out",
            ("-(-tokens // sharing)", "tokens // sharing"),
            "Where the tokens do not come out even, the fullest device has one more than the "
            "others.",
        ),
        Mistake(
            "keys without values",
            ("2 * ", ""),
            "A token leaves a key and a value, two vectors of the same width.",
        ),
        Mistake("one layer only", ("n_layers * ", ""), "Every layer keeps keys and values."),
        Mistake(
            "bits for bytes",
            (" / 8", ""),
            "The width of a value is in bits and the answer in bytes.",
        ),
    ),
    unit="bytes",
)
def cache_bytes_held(n_layers, n_kv_heads, d_head, tokens, bits_per_value, devices, kv_cut):
    """A cache on many devices.

    A conversation of `tokens` tokens has in each of `n_layers` layers `n_kv_heads` heads of keys
    and values, which have `d_head` values of `bits_per_value` bits. `devices` tensor-parallel
    devices share the heads. Where there are more devices than heads, as many devices have the same
    head, and `kv_cut` says how: "copies" gives each of them all tokens of the head, "sequence" a
    part of the tokens, as even as can be. The one number always divides the other. Return the bytes
    on the device that holds most.

    Example: 1 layer, 2 heads of 4 values, 10 tokens, 16 bits, 8 devices. Four of them have the same
    head. By sequence the fullest has 3 of its tokens, which are 48 bytes; as copies it has 160.
    """
    heads = max(1, n_kv_heads // devices)
    sharing = max(1, devices // n_kv_heads) if kv_cut == "sequence" else 1
    kept = -(-tokens // sharing)
    return 2 * n_layers * heads * d_head * kept * bits_per_value / 8
