"""What a larger batch does to the price of a token and to its time, in three zones.

Where reading the weights takes more than half of the reading, a token's price falls almost as fast
as the batch grows. Beyond, the caches take more than half, and every sequence reads its own: the
price comes to rest at the rent of reading one cache. Where products take longer than all reading,
it comes to rest at theirs; with long contexts no batch gets there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_kernels import decode_step
from tokenworks.cost.step_time import Parts, decode_parts
from tokenworks.number import Number, bounded

Zone = Literal["weights", "caches", "products"]
ZONES: tuple[Zone, ...] = ("weights", "caches", "products")
LARGEST = 2**20  # the largest batch that a zone is looked for in


@dataclass(frozen=True)
class BatchPoint:
    """One batch: its step, floor and expected, its zone, its price, and whether it fits."""

    batch: int
    chips: int
    parts: Parts
    expected_seconds: float
    fits: bool
    usd_per_chip_hour: float

    @property
    def floor_seconds(self) -> float:
        """What no step of this batch beats."""
        return self.parts.overlapped

    @property
    def zone(self) -> Zone:
        """What the floor of the step is made of, for the most part."""
        return zone_of(self.parts)

    @property
    def usd_per_million(self) -> float:
        """The rent behind a million tokens of answers, as is to be expected; prompts are extra."""
        return self._usd(self.expected_seconds)

    @property
    def floor_usd_per_million(self) -> float:
        """The same at the floor of the step."""
        return self._usd(self.floor_seconds)

    def _usd(self, seconds: float) -> float:
        return usd_per_million_tokens(self.usd_per_chip_hour, self.chips, self.batch / seconds)


def zone_of(parts: Parts) -> Zone:
    """Return which part of a decode step decides at its floor.

    Source: derived: https://jax-ml.github.io/scaling-book/inference/ (theoretical estimates).
    """
    if parts.matmul + parts.attention > parts.weights + parts.kv:
        return "products"
    return "weights" if parts.weights > parts.kv else "caches"


@physical
def batch_curve(
    on: Deployment,
    batches: Sequence[int],
    *,
    context_tokens: Count,
    usd_per_chip_hour: NotNegative,
    constants: Constants,
) -> list[BatchPoint]:
    """Return the points of these batches, in their order, fitting or not.

    Source: derived: `decode_parts` for the floor, `decode_step` of `engine_plan` for the rest.
    """
    plan, most = engine_plan(on), max_batch(on, context_tokens)
    return [
        BatchPoint(
            batch=batch,
            chips=on.chips,
            parts=decode_parts(on, context_tokens, batch=batch),
            expected_seconds=decode_step(
                plan, batch, context_tokens, constants=constants
            ).expected_seconds,
            fits=batch <= most,
            usd_per_chip_hour=float(usd_per_chip_hour),
        )
        for batch in batches
    ]


@physical
def zone_starts(on: Deployment, context_tokens: Count) -> dict[Zone, int | None]:
    """Return the smallest batch in or beyond each zone; None for a zone that no batch reaches.

    A zone that is skipped starts where the next one does.
    Source: derived: the zones follow one another as the batch grows, so bisection finds them.
    """

    def reached(batch: int, zone: Zone) -> bool:
        here = zone_of(decode_parts(on, context_tokens, batch=batch))
        return ZONES.index(here) >= ZONES.index(zone)

    starts: dict[Zone, int | None] = {}
    for zone in ZONES:
        if not reached(LARGEST, zone):
            starts[zone] = None
            continue
        low, high = 0, LARGEST
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reached(middle, zone) else (middle, high)
        starts[zone] = high
    return starts


@physical
def least_floor_usd_per_million(
    on: Deployment, context_tokens: Count, *, usd_per_chip_hour: NotNegative
) -> float:
    """Return the price of a token that no batch goes below, whether its memory exists or not.

    Source: derived: the floor of a step without its weights: one cache read, or one row's products.
    """
    one = decode_parts(on, context_tokens)
    return usd_per_million_tokens(
        usd_per_chip_hour, on.chips, 1 / max(one.kv, one.matmul + one.attention)
    )


def largest_within(points: Iterable[BatchPoint], tpot_seconds: float) -> BatchPoint | None:
    """Return the largest batch that fits and whose expected step keeps a time a token, or None.

    Source: derived: the points themselves; nothing between them is guessed.
    """
    bound = bounded(tpot_seconds, "tpot_seconds", above=True)
    kept = [each for each in points if each.fits and each.expected_seconds <= bound]
    return max(kept, key=lambda each: each.batch, default=None)


class Crossing(NamedTuple):
    """The last measured batch that keeps a bound, and the first that breaks it; None where none."""

    kept: Number | None
    broken: Number | None


@physical
def slo_crossing(measured: Iterable[tuple[Number, Number]], bound_seconds: Positive) -> Crossing:
    """Return between which batches a measured tail crosses a bound.

    `measured` are (batch, seconds), such as the P99 at each. The first break counts, even where a
    larger batch was faster again. No points, or seconds that are no time, raise ValueError.
    Source: derived: the points in the order of their batch.
    """
    points = sorted((batch, bounded(seconds, "seconds")) for batch, seconds in measured)
    if not points:
        raise ValueError("no points: measure a tail at one batch at least")
    kept: Number | None = None
    for batch, seconds in points:
        if seconds > bound_seconds:
            return Crossing(kept, batch)
        kept = batch
    return Crossing(kept, None)


@physical
def hours_to_reach(start: Positive, end: Positive, share_per_hour: Positive) -> float:
    """Return after how many hours a value that grows by a share each hour has come from one to one.

    An end below the start raises ValueError. Source: derived: compound growth.
    """
    if end < start:
        raise ValueError(f"what grows from {start:g} does not reach {end:g}")
    return math.log(end / start) / math.log1p(share_per_hour)
