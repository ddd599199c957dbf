"""Ways to serve a model on slices, each with its memory, its step and its price, and the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.dollars import usd_per_million_tokens
from tokenworks.cost.domain import Count, NotNegative, physical
from tokenworks.cost.memory_budget import Budget
from tokenworks.cost.slice_memory import model_shapes, slice_budget
from tokenworks.cost.slice_steps import SliceStep, slice_step

Formats = tuple[str, str]  # of weights and of the cache
FORMATS: tuple[Formats, ...] = (("bf16", "bf16"), ("int8", "int8"), ("int4", "int8"))
Point = TypeVar("Point")


@dataclass(frozen=True)
class Option:
    """One way: formats, slice, batch and context; what a chip holds, a step takes, a token costs.

    Money is the rent of decode steps at work all the time; prompts are in `fleet`.
    """

    on: Deployment
    shape: str
    batch: int
    context_tokens: int
    usd_per_chip_hour: float
    memory: Budget
    step: SliceStep

    @property
    def name(self) -> str:
        """Such as "int8/int8 on 2x4, 32 × 8,192"."""
        formats = f"{self.on.weights}/{self.on.kv}"
        return f"{formats} on {self.shape}, {self.batch:,} × {self.context_tokens:,}"

    @property
    def fits(self) -> bool:
        """Whether a chip's usable memory holds its share."""
        return self.memory.fits

    @property
    def usd_per_million(self) -> float:
        """The rent behind a million tokens of answers, as is to be expected."""
        return self._usd(self.step.expected_seconds)

    @property
    def floor_usd_per_million(self) -> float:
        """The same at the floor of the step."""
        return self._usd(self.step.floor_seconds)

    def _usd(self, seconds: float) -> float:
        rate = self.batch / seconds
        return usd_per_million_tokens(self.usd_per_chip_hour, self.step.chips, rate)


@physical
def option(
    on: Deployment,
    shape: str,
    *,
    batch: Count,
    context_tokens: Count,
    usd_per_chip_hour: NotNegative,
) -> Option:
    """Return one way to serve a model; the number of chips is the shape's.

    Fitting or not; what `slice_step` and `slice_budget` refuse raises ValueError.
    Source: derived: `slice_budget`, `slice_step`, and the rent over what they yield.
    """
    return Option(
        on=on,
        shape=shape,
        batch=batch,
        context_tokens=context_tokens,
        usd_per_chip_hour=float(usd_per_chip_hour),
        memory=slice_budget(on, shape, batch=batch, context_tokens=context_tokens),
        step=slice_step(on, shape, batch=batch, context_tokens=context_tokens),
    )


@physical
def slice_options(
    on: Deployment,
    *,
    batches: Sequence[int],
    context_tokens: Count,
    usd_per_chip_hour: NotNegative,
    shapes: Sequence[str] = (),
    formats: Sequence[Formats] = FORMATS,
) -> list[Option]:
    """Return the ways of all formats, shapes and batches, in this order, fitting or not.

    No shapes: all over which the heads can be shared. Unknown formats raise KeyError, shapes that
    cannot be rented ValueError. Source: derived: `option` of each.
    """
    found = []
    for (weights, kv), shape, batch in product(formats, shapes or model_shapes(on), batches):
        stored = replace(on, weights=weights, kv=kv)
        found.append(
            option(
                stored,
                shape,
                batch=batch,
                context_tokens=context_tokens,
                usd_per_chip_hour=usd_per_chip_hour,
            )
        )
    return found


def pareto(points: Iterable[Point], *costs: Callable[[Point], float]) -> list[Point]:
    """Return the points that no other beats: none is as low in all costs and lower in one.

    Of points that are equal in all costs the first stays. They come in the order of the first
    cost, then of the next. No cost at all raises ValueError.
    Source: derived: https://en.wikipedia.org/wiki/Pareto_front.
    """
    if not costs:
        raise ValueError("give at least one cost, such as lambda each: each.usd_per_million")
    best: dict[tuple[float, ...], Point] = {}
    for point in points:
        best.setdefault(tuple(float(cost(point)) for cost in costs), point)
    kept: dict[tuple[float, ...], Point] = {}
    for own in sorted(best):
        if not any(all(a <= b for a, b in zip(other, own, strict=True)) for other in kept):
            kept[own] = best[own]
    return list(kept.values())


def best_options(options: Iterable[Option]) -> list[Option]:
    """Return the options that fit and that none beats in expected step and price, fastest first.

    Of equal ones that with fewest chips stays, then the smaller batch, then the first.
    Source: derived: `pareto`.
    """
    fitting = sorted(
        (each for each in options if each.fits), key=lambda each: (each.step.chips, each.batch)
    )
    return pareto(
        fitting, lambda each: each.step.expected_seconds, lambda each: each.usd_per_million
    )
