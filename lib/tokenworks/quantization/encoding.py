"""Arrays to codes of an element and back: the nearest value, ties to the even code."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from tokenworks.quantization.element_types import MOST_LISTED_BITS, Element, element


def encode(values: Float[Any, ...], kind: str | Element) -> Integer[np.ndarray, ...]:
    """Return the code of the nearest finite value, ties to the even code, as chips round.

    What lies beyond the largest value gets its code (saturation). A power of two is the one below
    (E8M0 of the MX formats); its sign is lost. NaN and infinity raise ValueError.
    Source: https://arxiv.org/abs/2209.05433 (section 3); rounding of IEEE 754.
    """
    of = element(kind) if isinstance(kind, str) else kind
    exact = np.asarray(values, np.float64)
    if not np.isfinite(exact).all():
        raise ValueError(f"{of.label} is given to finite values only: drop NaN and infinity first")
    unsigned = np.dtype(f"u{max(of.bits // 8, 1)}")
    if of.kind == "table":
        levels = np.array(of.values())
        return np.searchsorted((levels[1:] + levels[:-1]) / 2, exact).astype(unsigned)
    if of.kind == "integer":
        codes = np.clip(np.rint(exact), -of.largest_code - 1, of.largest_code).astype(np.int64)
        return (codes % 2**of.bits).astype(unsigned)
    exponent = np.where(exact == 0, -of.bias, np.frexp(exact)[1] - 1)  # floor(log2)
    if of.kind == "power":
        return np.clip(exponent + of.bias, 0, of.largest_code).astype(unsigned)
    exponent = np.maximum(exponent, 1 - of.bias)
    steps = np.rint(np.ldexp(np.abs(exact), of.mantissa_bits - exponent))
    codes = steps + np.ldexp(exponent + of.bias - 1.0, of.mantissa_bits)  # a carry is right too
    codes = np.minimum(codes, of.largest_code).astype(np.int64)
    return (codes + (np.signbit(exact) << (of.bits - 1))).astype(unsigned)


def decode(codes: Integer[np.ndarray, ...], kind: str | Element) -> Float[np.ndarray, ...]:
    """Return what the codes stand for, as float32."""
    of = element(kind) if isinstance(kind, str) else kind
    if of.bits > MOST_LISTED_BITS:
        return codes.astype(np.uint32).view(np.float32)
    return _table(of)[codes]


def rounded(values: Float[Any, ...], kind: str | Element) -> Float[np.ndarray, ...]:
    """Return the nearest values that the element has."""
    return decode(encode(values, kind), kind)


@cache
def _table(of: Element) -> Float[np.ndarray, " codes"]:
    found = np.array([of.value(code) for code in range(2**of.bits)])
    return found.astype(np.float32)
