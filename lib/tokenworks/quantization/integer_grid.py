"""Round-to-nearest on a grid of integers: a scale, and a minimum, for each group of weights.

A code c stands for scale · c, on an asymmetric grid for scale · c + minimum. Files write the
minimum (GGUF's Q4_1) or the whole number -minimum / scale, the zero point (GPTQ, AWQ).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float, Integer

from tokenworks.number import shown, whole

MOST_BITS = 8
Group: TypeAlias = int | str  # a number, "channel" or "tensor"


@dataclass(frozen=True)
class Grid:
    """Which integers, and how many weights share a scale: `group` of a row, a row, or the matrix.

    A symmetric grid goes from -(2^(bits-1) - 1) to 2^(bits-1) - 1, an asymmetric one from the
    group's least weight to its largest. `zero_point`: the minimum is a whole number of steps, so
    that 0 is on the grid. Scales and minimums are rounded to float16, or kept in float32
    (`scale_bits`). Bits outside 2 to 8, and another group or width, raise ValueError.
    """

    bits: int
    group: Group = "channel"
    symmetric: bool = False
    zero_point: bool = False
    scale_bits: int = 16

    def __post_init__(self) -> None:
        object.__setattr__(self, "bits", whole(self.bits, "bits", least=2, most=MOST_BITS))
        if self.group not in ("channel", "tensor"):
            if isinstance(self.group, str):
                raise ValueError(f'a group is a number, "channel" or "tensor", got {self.group!r}')
            object.__setattr__(self, "group", whole(self.group, "group"))
        if self.scale_bits not in (16, 32):
            raise ValueError(f"scales take 16 or 32 bits, got {shown(self.scale_bits)}")
        if self.symmetric and self.zero_point:
            raise ValueError("a symmetric grid has no zero point: 0 is code 0")

    @property
    def least(self) -> int:
        """The smallest code."""
        return -self.most if self.symmetric else 0

    @property
    def most(self) -> int:
        """The largest code."""
        return 2 ** (self.bits - self.symmetric) - 1

    @property
    def minimum_bits(self) -> int:
        """Bits that a group's minimum takes in a file; a zero point takes as many as a code."""
        if self.symmetric:
            return 0
        return self.bits if self.zero_point else self.scale_bits

    def groups(self, inputs: int) -> int:
        """Return how many groups a row has; a group that does not divide it raises ValueError."""
        if isinstance(self.group, str):
            return 1
        if inputs % self.group:
            fits = [n for n in range(1, inputs + 1) if inputs % n == 0]
            near = [max(n for n in fits if n < self.group), *(n for n in fits if n > self.group)]
            raise ValueError(
                f"a group of {self.group} does not divide rows of {inputs}: "
                f'take {" or ".join(map(str, near[:2]))}, or "channel"'
            )
        return inputs // self.group


@dataclass(frozen=True, eq=False)
class Quantized:
    """A matrix of codes, what a step of them is worth, and what code 0 is."""

    codes: Integer[np.ndarray, "out in"]
    scales: Float[np.ndarray, "rows groups"]  # rows: out, or 1 for a scale a matrix
    minimums: Float[np.ndarray, "rows groups"] | None  # None: 0, on a symmetric grid
    grid: Grid

    def values(self) -> Float[np.ndarray, "out in"]:
        """Return the weights that the codes stand for."""
        found = self.codes * spread(self.scales, self.codes.shape[1])
        return found if self.minimums is None else found + spread(self.minimums, found.shape[1])

    @property
    def bits_per_weight(self) -> float:
        """Bits of a code with its share of scale and minimum."""
        shared = self.scales.size * (self.grid.scale_bits + self.grid.minimum_bits)
        return self.grid.bits + shared / self.codes.size

    @property
    def bytes(self) -> int:
        """Bytes of the codes, packed, with scales and minimums or zero points."""
        return math.ceil(self.bits_per_weight * self.codes.size / 8)


def round_to_nearest(weights: Float[Any, "out in"], grid: Grid) -> Quantized:
    """Return the matrix with each weight at the nearest level of its group's grid.

    Off by half a step at most, and by the rounding of scale and minimum. NaN and infinity, another
    number of axes, and a group that does not divide a row raise ValueError.
    """
    scales, minimums = fit_scales(weights, grid)
    codes = nearest_codes(np.asarray(weights), scales, minimums, grid=grid)
    return Quantized(codes, scales, minimums, grid)


def fit_scales(
    weights: Float[Any, "out in"], grid: Grid
) -> tuple[Float[np.ndarray, "rows groups"], Float[np.ndarray, "rows groups"] | None]:
    """Return each group's scale, and its minimum on an asymmetric grid.

    Source: https://arxiv.org/abs/1712.05877 (section 2.1: scale and zero point);
    https://github.com/ggml-org/llama.cpp (`quantize_row_q4_1_ref`: scale and minimum).
    """
    grouped = _grouped(_checked(weights), grid)
    if grid.symmetric:
        return _stored(np.abs(grouped).max(axis=-1) * _inverse(grouped, grid.most), grid), None
    low, high = grouped.min(axis=-1), grouped.max(axis=-1)
    if grid.zero_point:
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    scales = _stored((high - low) * _inverse(grouped, grid.most), grid)
    if grid.zero_point:
        return scales, scales * np.rint(low * _inverse(low, scales))
    return scales, _stored(low, grid)


def nearest_codes(
    weights: Float[np.ndarray, "out in"],
    scales: Float[np.ndarray, "rows groups"],
    minimums: Float[np.ndarray, "rows groups"] | None,
    *,
    grid: Grid,
) -> Integer[np.ndarray, "out in"]:
    """Return the codes nearest to the weights; a group whose scale is 0 gets code 0."""
    above = weights if minimums is None else weights - spread(minimums, weights.shape[1])
    codes = np.rint(above * spread(_inverse(weights, scales), weights.shape[1]))
    return np.clip(codes, grid.least, grid.most).astype(np.int8 if grid.symmetric else np.uint8)


def spread(groups: Float[np.ndarray, "rows groups"], inputs: int) -> Float[np.ndarray, "rows in"]:
    """Return each group's number once for each of its weights."""
    return np.repeat(groups, inputs // groups.shape[1], axis=1)


def _checked(weights: Float[Any, "out in"]) -> Float[np.ndarray, "out in"]:
    found = np.asarray(weights)
    if found.ndim != 2 or not found.size:
        raise ValueError(f"weights are a matrix [out, in], got one of shape {found.shape}")
    if found.dtype not in (np.float32, np.float64):
        found = found.astype(np.float32)
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            f"weight [{row}, {column}] is {found[row, column]}; only finite weights have a nearest "
            f"level ({len(bad)} of {found.size:,} are not)"
        )
    return found


def _grouped(weights: Any, grid: Grid) -> Float[np.ndarray, "rows groups size"]:
    if grid.group == "tensor":
        return weights.reshape(1, 1, -1)
    return weights.reshape(len(weights), grid.groups(weights.shape[1]), -1)


def _stored(numbers: Any, grid: Grid) -> Any:
    """Return scales or minimums as a file keeps them."""
    if grid.scale_bits == 32:
        return numbers
    most = float(np.finfo(np.float16).max)
    if np.abs(numbers).max() > most:
        raise ValueError(f"a scale or minimum is above float16's {most:,.0f}: take scale_bits=32")
    return numbers.astype(np.float16).astype(numbers.dtype)


def _inverse(like: Any, scales: Any) -> Any:
    """Return 1 / scale in the type of `like`, and 0 where a scale is 0 or as good as that.

    XLA and llama.cpp multiply by inverses too, so that all three round alike.
    """
    none = scales < np.finfo(like.dtype).tiny
    return np.divide(1, np.where(none, np.inf, scales), dtype=like.dtype)
