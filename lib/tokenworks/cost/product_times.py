"""Matrix products that were timed, under the roof of their chip: what a kernel makes of a floor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import median

from tokenworks.cost.operations import chip_rates, operation_at
from tokenworks.cost.roofline import Operation, operation_seconds
from tokenworks.data.silicon import CHIP_OF, GemmTime, gemm_times
from tokenworks.specs import chip

# What the tables call the precisions of `cost.operations`; the others were not timed.
TIMED = {"bf16": "bfloat16", "fp8": "fp8", "fp4": "nvfp4", "int4": "int4_wo"}


@dataclass(frozen=True)
class TimedProduct:
    """A timed product beside what it is: operations, bytes, and the floor of its chip."""

    timed: GemmTime
    operation: Operation
    floor_seconds: float

    @property
    def share_of_floor(self) -> float:
        """How much of the measured time the floor is: 1 would be on the roof."""
        return self.floor_seconds / self.timed.seconds

    @property
    def flops_per_s(self) -> float:
        """The operations per second that were measured."""
        return self.operation.flops / self.timed.seconds


@dataclass(frozen=True)
class SpeedOverBf16:
    """How much faster a narrow product is than the same one in bf16, by clock and by roofline."""

    tokens: int
    measured: float
    predicted: float


@cache
def timed_products(on: str, precision: str) -> tuple[TimedProduct, ...]:
    """Return a chip's timed products at a precision, by matrix and tokens; there may be none.

    A precision that the chip lacks raises ValueError, an unknown one KeyError.
    Source: the tables of data.silicon; the floors are derived: operation_seconds.
    """
    rates = chip_rates(chip(on), precision)
    rows = (t for t in gemm_times() if CHIP_OF[t.system] == on and t.format == TIMED.get(precision))
    found = []
    for t in sorted(rows, key=lambda t: (t.n, t.k, t.tokens)):
        operation = operation_at("matmul", precision, batch=t.tokens, d_in=t.k, d_out=t.n)
        found.append(TimedProduct(t, operation, operation_seconds(operation, **rates)))
    return tuple(found)


def timed_product(on: str, precision: str, *, n: int, k: int, tokens: int) -> TimedProduct:
    """Return one timed product: `tokens` rows times [k, n]; one that nobody timed raises KeyError.

    Source: timed_products.
    """
    for one in timed_products(on, precision):
        if _call(one) == (n, k, tokens):
            return one
    raise KeyError(f"nobody timed {n} x {k} with {tokens} tokens in {precision} on {on}")


def typical_share(on: str, precision: str, *, weights: range, tokens: range) -> float:
    """Return the median share of the floor, of a chip's timed products of such sizes.

    `weights` are those of the matrix. No such product raises ValueError.
    Source: derived: TimedProduct.share_of_floor.
    """
    found = [
        one.share_of_floor
        for one in timed_products(on, precision)
        if one.timed.n * one.timed.k in weights and one.timed.tokens in tokens
    ]
    if not found:
        raise ValueError(f"no product of such a size was timed in {precision} on {on}")
    return median(found)


def speeds_over_bf16(on: str, precision: str, *, n: int, k: int) -> tuple[SpeedOverBf16, ...]:
    """Return how much faster than bf16 a [k, n] matrix was multiplied on a chip, by its tokens.

    Above 1 fewer bits are faster, at 1 and below they are only smaller. The prediction is the ratio
    of the two floors: a narrow product's bytes, and its FLOPs in what it is multiplied in. Tokens
    that were timed in one of the two alone are left out. A matrix that nobody timed so raises
    KeyError.
    Source: timed_products.
    """
    plain = {_call(one): one for one in timed_products(on, "bf16")}
    found = [
        SpeedOverBf16(
            one.timed.tokens,
            measured=plain[_call(one)].timed.seconds / one.timed.seconds,
            predicted=plain[_call(one)].floor_seconds / one.floor_seconds,
        )
        for one in timed_products(on, precision)
        if _call(one)[:2] == (n, k) and _call(one) in plain
    ]
    if not found:
        raise KeyError(f"nobody timed {n} x {k} in {precision} and in bf16 on {on}")
    return tuple(found)


def _call(one: TimedProduct) -> tuple[int, int, int]:
    return one.timed.n, one.timed.k, one.timed.tokens
