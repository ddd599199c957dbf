"""Scales of a chart: from a value to its place, and round values to mark on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tokenworks.number import Number

STEPS = (1, 2, 5, 10)
Kind = Literal["linear", "log"]


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, linear or by factors; a log scale from 0 raises ValueError."""

    low: Number
    high: Number
    kind: Kind = "linear"

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.kind == "log" and self.low <= 0):
            raise ValueError(f"no {self.kind} scale goes from {self.low} to {self.high}")

    def share(self, value: Number) -> float:
        """Return how far along the scale a value lies: 0 at its low end, 1 at its high end."""
        if self.kind == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, room: Number, *, unit: Number = 1.0) -> list[float]:
        """Return round values, about as many as there is `room` for; `unit` is what counts as 1."""
        if self.kind == "linear":
            step = round_step((self.high - self.low) / unit / max(1, room)) * unit
            first, last = (math.floor(end / step + 1e-9) for end in (self.low, self.high))
            first += first * step < self.low - 1e-9 * step
            return [i * step for i in range(first, last + 1)]
        low, high = (math.log10(end / unit) for end in (self.low, self.high))
        decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
        if len(decades) < 2:
            powers = range(math.floor(low), math.floor(high) + 1)
            values = [digit * 10.0**power * unit for power in powers for digit in (1, 2, 5)]
            return [v for v in values if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]
        every = math.ceil(len(decades) / max(1, room))
        return [10.0**power * unit for power in decades[::every]]


def round_step(least: Number) -> float:
    """Return the smallest of 1, 2, 5, 10, … (times a power of ten) that is at least this."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - 1e-9))


def scale_of(values: Iterable[Number], kind: Kind) -> Scale:
    """Return the scale that holds these values with some room at its ends, from 0 if linear."""
    low, high = min(values := list(values)), max(values)
    if kind == "log":
        wider = max((high / low) ** 0.04, 1.05)
        return Scale(low / wider, high * wider, kind)
    return Scale(min(0, low), high * 1.05 if high > 0 else low + 1, kind)
