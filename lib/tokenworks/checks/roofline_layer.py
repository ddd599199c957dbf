"""Questions of chapter 04 about one operation: its roof, its intensity, how busy a chip is."""

from __future__ import annotations

import random
from typing import Any

from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.roofline import attainable_flops_per_s, matmul_operation, operation_seconds

CHIPS = ((989e12, 3.35e12), (197e12, 0.819e12), (312e12, 2.039e12), (15e12, 0.46e12))


def _attainable(*case: Any) -> float:
    flops, moved_bytes, flops_per_s, bytes_per_s = case
    rates = {"flops_per_s": flops_per_s, "bytes_per_s": bytes_per_s}
    return attainable_flops_per_s(flops / moved_bytes, **rates)


def _attainable_case(rng: random.Random) -> Case:
    flops_per_s, bytes_per_s = rng.choice(CHIPS)
    moved_bytes = rng.randrange(1, 500) * 1e6
    share = rng.choice([0.004, 0.1, 0.7, 1.5, 9.0]) * rng.uniform(0.9, 1.1)
    return (share * moved_bytes * flops_per_s / bytes_per_s, moved_bytes, flops_per_s, bytes_per_s)


ATTAINABLE = Question(
    id="04.1",
    title="Under which roof?",
    size_hint="about 2 lines",
    oracle=_attainable,
    cases=(
        (33.5e6, 33.6e6, 989e12, 3.35e12),
        (4.3e9, 135e6, 989e12, 3.35e12),
        (68.7e9, 151e6, 989e12, 3.35e12),
        (68.7e9, 151e6, 197e12, 0.819e12),
        (1e9, 4e9, 15e12, 0.46e12),
    ),
    fresh_case=_attainable_case,
    misconceptions=(
        Misconception(
            "the higher roof",
            lambda flops, moved, peak, bandwidth: max(peak, flops / moved * bandwidth),
            "A chip keeps to both roofs at once, so the lower one decides.",
        ),
        Misconception(
            "no flat roof",
            lambda flops, moved, peak, bandwidth: flops / moved * bandwidth,
            "However many operations each byte brings, the chip's own peak stays.",
        ),
        Misconception(
            "the peak always",
            lambda flops, moved, peak, bandwidth: peak,
            "The arithmetic units get no work while the bytes are still on their way.",
        ),
        Misconception(
            "bytes per operation",
            lambda flops, moved, peak, bandwidth: min(peak, moved / flops * bandwidth),
            "Intensity is operations for each byte, not bytes for each operation.",
        ),
        Misconception(
            "the two times added",
            lambda flops, moved, peak, bandwidth: flops / (flops / peak + moved / bandwidth),
            "The roofline lets reading and multiplying overlap: the longer time counts, not both.",
        ),
    ),
    distance=apart,
    unit="flops_per_s",
)


def _intensity(*case: Any) -> float:
    rows, d_in, d_out, bytes_per_param, bytes_per_activation = case
    widths = {"bytes_per_param": bytes_per_param, "bytes_per_activation": bytes_per_activation}
    return matmul_operation(rows, d_in, d_out, **widths).intensity


def _intensity_case(rng: random.Random) -> Case:
    rows, d_in = rng.choice([2, 8, 40, 130, 700]), 64 * rng.randrange(8, 200)
    d_out = d_in + 64 * rng.randrange(1, 90)
    return (rows, d_in, d_out, *rng.choice([(1, 2), (0.5, 2), (2, 4)]))


def _slip(*case: Any, operations: int = 2, results: int = 1, again: bool = False) -> float:
    """Compute an intensity with one switch set wrong."""
    rows, d_in, d_out, width, activation = case
    moved = d_in * d_out * width * (rows if again else 1)
    return operations * rows * d_in * d_out / (moved + rows * (d_in + results * d_out) * activation)


INTENSITY = Question(
    id="04.2",
    title="Intensity of a matrix product",
    size_hint="about 4 lines",
    oracle=_intensity,
    cases=(
        (1, 8192, 8192, 2, 2),
        (512, 8192, 8192, 2, 2),
        (32, 8192, 28672, 0.5, 2),
        (300, 4096, 14336, 1, 2),
        (64, 576, 1536, 4, 4),
    ),
    fresh_case=_intensity_case,
    misconceptions=(
        Misconception(
            "a multiply-add counted once",
            lambda *case: _slip(*case, operations=1),
            "Each weight costs a multiplication and an addition for every row: two operations.",
        ),
        Misconception(
            "activations left out",
            lambda rows, d_in, d_out, width, activation: 2 * rows / width,
            "The rows that come in and the rows that go out cross the memory too.",
        ),
        Misconception(
            "results left out",
            lambda *case: _slip(*case, results=0),
            "The product is written back: rows times d_out numbers.",
        ),
        Misconception(
            "weights read for every row",
            lambda *case: _slip(*case, again=True),
            "One reading of a weight serves all rows; that is the whole point of a batch.",
        ),
        Misconception(
            "one width for everything",
            lambda rows, d_in, d_out, width, activation: _slip(rows, d_in, d_out, width, width),
            "Activations have a width of their own, often larger than that of the weights.",
        ),
    ),
    distance=apart,
    unit="flops_per_byte",
)


def _busy(*case: Any) -> float:
    rows, d_in, d_out, flops_per_s, bytes_per_s = case
    layer = matmul_operation(rows, d_in, d_out)
    seconds = operation_seconds(layer, flops_per_s=flops_per_s, bytes_per_s=bytes_per_s)
    return layer.flops / flops_per_s / seconds


def _busy_case(rng: random.Random) -> Case:
    rows, d_in = rng.choice([1, 16, 90, 400, 3000]), 64 * rng.randrange(30, 200)
    return (rows, d_in, d_in * rng.choice([1, 2, 4]), *rng.choice(CHIPS))


def _times(*case: Any) -> tuple[float, float]:
    """Return multiplying and moving, in seconds, activations and all."""
    rows, d_in, d_out, flops_per_s, bytes_per_s = case
    moved = 2 * d_in * d_out + 2 * rows * (d_in + d_out)
    return 2 * rows * d_in * d_out / flops_per_s, moved / bytes_per_s


def _added(*case: Any) -> float:
    multiplying, moving = _times(*case)
    return multiplying / (multiplying + moving)


def _uncapped(*case: Any) -> float:
    multiplying, moving = _times(*case)
    return multiplying / moving


def _memory(*case: Any) -> float:
    multiplying, moving = _times(*case)
    return moving / max(multiplying, moving)


def _bare(*case: Any) -> float:
    rows, _, _, flops_per_s, bytes_per_s = case
    return min(1.0, rows / (flops_per_s / bytes_per_s))


BUSY = Question(
    id="04.3",
    title="How busy is the arithmetic?",
    size_hint="about 5 lines",
    oracle=_busy,
    cases=(
        (1, 8192, 8192, 989e12, 3.35e12),
        (256, 8192, 8192, 989e12, 3.35e12),
        (300, 8192, 8192, 989e12, 3.35e12),
        (512, 8192, 8192, 989e12, 3.35e12),
        (64, 4096, 14336, 197e12, 0.819e12),
    ),
    fresh_case=_busy_case,
    misconceptions=(
        Misconception(
            "more than all of the peak",
            _uncapped,
            "Divide by the time that the product takes, which is the longer of the two.",
        ),
        Misconception(
            "the memory's share",
            _memory,
            "Asked is the share of time in which the chip multiplies, not the one for reading.",
        ),
        Misconception(
            "the idle share",
            lambda *case: 1 - _busy(*case),
            "That is the share in which the arithmetic waits; asked is the rest.",
        ),
        Misconception(
            "the two times added",
            _added,
            "Reading and multiplying overlap on this page: the longer of the two is the time.",
        ),
        Misconception(
            "activations left out",
            _bare,
            "rows / ridge is the rule of thumb; the exact bytes include the rows in and out.",
        ),
    ),
    distance=apart,
    unit="ratio",
    answer_unit="",
)

QUESTIONS = (ATTAINABLE, INTENSITY, BUSY)
