"""One operation: its roof, its intensity, how busy it keeps a chip."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

# operations and bytes per second, at rates like those of real chips
CHIPS = ((989e12, 3.35e12), (197e12, 0.819e12), (312e12, 2.039e12), (15e12, 0.46e12))


def _roofed(rng: Random) -> Case:
    flops_per_s, bytes_per_s = rng.choice(CHIPS)
    moved_bytes = rng.randrange(1, 500) * 1e6
    share = rng.choice([0.004, 0.1, 0.7, 1.5, 9.0]) * rng.uniform(0.9, 1.1)
    return (share * moved_bytes * flops_per_s / bytes_per_s, moved_bytes, flops_per_s, bytes_per_s)


@exercise(
    1,
    examples=(Example((10.0, 10.0, 100.0, 20.0), "20 FLOP/s"),),
    cases=(
        (33.5e6, 33.6e6, 989e12, 3.35e12),
        (4.3e9, 135e6, 989e12, 3.35e12),
        (68.7e9, 151e6, 989e12, 3.35e12),
        (68.7e9, 151e6, 197e12, 0.819e12),
        (1e9, 4e9, 15e12, 0.46e12),
    ),
    draw=_roofed,
    mistakes=(
        Mistake(
            "the higher roof",
            ("min(", "max("),
            "A chip keeps to both roofs at once, so the lower one decides.",
        ),
        Mistake(
            "no flat roof",
            ("min(flops_per_s, intensity * bytes_per_s)", "intensity * bytes_per_s"),
            "However many operations each byte brings, the chip's own peak stays.",
        ),
        Mistake(
            "the peak always",
            ("min(flops_per_s, intensity * bytes_per_s)", "flops_per_s"),
            "The arithmetic units get no work while the bytes are still on their way.",
        ),
        Mistake(
            "bytes per operation",
            ("flops / moved_bytes", "moved_bytes / flops"),
            "Intensity is operations for each byte, not bytes for each operation.",
        ),
        Mistake(
            "the two times added",
            (
                "min(flops_per_s, intensity * bytes_per_s)",
                "flops / (flops / flops_per_s + moved_bytes / bytes_per_s)",
            ),
            "The roofline lets reading and multiplying overlap: the longer time counts, not both.",
        ),
    ),
    unit="flops_per_s",
)
def attainable(flops, moved_bytes, flops_per_s, bytes_per_s):
    """The roof above an operation.

    An operation does `flops` operations and moves `moved_bytes` bytes between the chip and its
    memory. The chip does at most `flops_per_s` operations and moves at most `bytes_per_s` bytes in
    a second, both at the same time. Return the operations per second that it reaches at best.

    Example: 10 operations on 10 bytes, on a chip with 100 FLOP/s and 20 B/s, reach 20 FLOP/s.
    """
    intensity = flops / moved_bytes
    return min(flops_per_s, intensity * bytes_per_s)


def _multiplied(rng: Random) -> Case:
    rows, d_in = rng.choice([2, 8, 40, 130, 700]), 64 * rng.randrange(8, 200)
    d_out = d_in + 64 * rng.randrange(1, 90)
    return (rows, d_in, d_out, *rng.choice([(1, 2), (0.5, 2), (2, 4)]))


@exercise(
    2,
    examples=(
        Example(
            (1, 2, 2, 1, 1),
            "1",
            shows=(
                ("8 operations", lambda rows, d_in, d_out, *_: 2 * rows * d_in * d_out),
                ("8 bytes", lambda rows, d_in, d_out, *_: d_in * d_out + rows * (d_in + d_out)),
            ),
        ),
    ),
    cases=(
        (1, 8192, 8192, 2, 2),
        (512, 8192, 8192, 2, 2),
        (32, 8192, 28672, 0.5, 2),
        (300, 4096, 14336, 1, 2),
        (64, 576, 1536, 4, 4),
    ),
    draw=_multiplied,
    mistakes=(
        Mistake(
            "a multiply-add counted once",
            ("2 * rows", "rows"),
            "Each weight costs a multiplication and an addition for every row: two operations.",
        ),
        Mistake(
            "activations left out",
            (" + activations", ""),
            "The rows that come in and the rows that go out cross the memory too.",
        ),
        Mistake(
            "results left out",
            ("(d_in + d_out)", "d_in"),
            "The product is written back: rows times d_out values.",
        ),
        Mistake(
            "weights read for every row",
            ("weights = d_in", "weights = rows * d_in"),
            "One reading of a weight serves all rows; that is the whole point of a batch.",
        ),
        Mistake(
            "one width for everything",
            ("bytes_per_activation", "bytes_per_param"),
            "Activations have a width of their own, often larger than that of the weights.",
        ),
    ),
    unit="flops_per_byte",
)
def matmul_intensity(rows, d_in, d_out, bytes_per_param, bytes_per_activation):
    """Intensity with two widths.

    `rows` rows of `d_in` values are multiplied by a weight matrix of `d_in` by `d_out`. A weight
    takes `bytes_per_param` bytes. The rows that go in and the rows that come out have
    `bytes_per_activation` bytes a value. Everything crosses the memory once. Return the operations
    for each byte moved; a multiplication and an addition are two operations.

    Example: 1 row, a 2 by 2 matrix and one byte everywhere: 8 operations on 8 bytes, so 1.
    """
    flops = 2 * rows * d_in * d_out
    weights = d_in * d_out * bytes_per_param
    activations = rows * (d_in + d_out) * bytes_per_activation
    return flops / (weights + activations)


def _layer(rng: Random) -> Case:
    rows, d_in = rng.choice([1, 16, 90, 400, 3000]), 64 * rng.randrange(30, 200)
    return (rows, d_in, d_in * rng.choice([1, 2, 4]), *rng.choice(CHIPS))


@exercise(
    3,
    examples=(
        Example(
            (1, 2, 2, 100.0, 200.0),
            "1",
            shows=(
                ("0.08 s", lambda rows, d_in, d_out, peak, _: 2 * rows * d_in * d_out / peak),
                ("0.08 s", lambda t, i, o, _, bytes_per_s: 2 * (i * o + t * (i + o)) / bytes_per_s),
            ),
        ),
    ),
    cases=(
        (1, 8192, 8192, 989e12, 3.35e12),
        (256, 8192, 8192, 989e12, 3.35e12),
        (300, 8192, 8192, 989e12, 3.35e12),
        (512, 8192, 8192, 989e12, 3.35e12),
        (64, 4096, 14336, 197e12, 0.819e12),
    ),
    draw=_layer,
    mistakes=(
        Mistake(
            "more than all of the peak",
            ("max(multiplying, moving)", "moving"),
            "Divide by the time that the product takes, which is the longer of the two.",
        ),
        Mistake(
            "the memory's share",
            ("return multiplying", "return moving"),
            "Asked is the share of time in which the chip multiplies, not the one for reading.",
        ),
        Mistake(
            "the idle share",
            ("return multiplying", "return 1 - multiplying"),
            "That is the share in which the arithmetic waits; asked is the rest.",
        ),
        Mistake(
            "the two times added",
            ("max(multiplying, moving)", "(multiplying + moving)"),
            "Reading and multiplying overlap on this page: the longer of the two is the time.",
        ),
        Mistake(
            "activations left out",
            (" + rows * (d_in + d_out)", ""),
            "rows / ridge is the rule of thumb; the exact bytes include the rows in and out.",
        ),
    ),
    unit="",
)
def busy_share(rows, d_in, d_out, flops_per_s, bytes_per_s):
    """How busy the arithmetic is.

    The product of 04.2 with two bytes for every value, on a chip with these two rates. Reading and
    multiplying overlap perfectly. Return the share of the time in which the arithmetic is busy,
    from 0 to 1.

    Example: 1 row, a 2 by 2 matrix, 100 FLOP/s and 200 B/s: 0.08 s of both, so 1.
    """
    flops = 2 * rows * d_in * d_out
    moved_bytes = 2 * (d_in * d_out + rows * (d_in + d_out))
    multiplying = flops / flops_per_s
    moving = moved_bytes / bytes_per_s
    return multiplying / max(multiplying, moving)
