"""The finite set of shapes that an engine compiles, and which of them a step needs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from tokenworks.serving.policy import Policy

SMALLEST_CONTEXT, SMALLEST_WIDTH, LARGEST_WIDTH = 256, 16, 512


class Shape(NamedTuple):
    """Decode rows, prompts of equal padded width, and the context that each may look at."""

    decodes: int
    prompts: int
    width: int
    context: int

    def __str__(self) -> str:
        read = f", {self.prompts} × {self.width} of prompts" if self.prompts else ""
        return f"{self.decodes} decode rows{read}, context {self.context:,}"


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """The sizes to which a step is padded, ascending.

    `decodes` and `contexts` end with the largest that can occur; a prompt wider than the widest of
    `widths` is read in pieces. Fewer sizes compile sooner and pad more.
    """

    decodes: tuple[int, ...]
    prompts: int  # prompts in one pass: a whole batch, or one
    widths: tuple[int, ...]
    contexts: tuple[int, ...]

    def shape(self, decodes: int, prompts: int, *, width: int, context: int) -> Shape:
        """Return the smallest shape that holds a step; beside a prompt all decode rows run."""
        if not prompts:
            return Shape(_fit(self.decodes, decodes), 0, 0, _fit(self.contexts, context))
        rows = self.decodes[-1] if decodes else 0
        return Shape(rows, self.prompts, _fit(self.widths, width), _fit(self.contexts, context))

    def shapes(self) -> Iterator[Shape]:
        """Yield every shape that a step can have."""
        beside = (0,) if self.prompts > 1 else (0, self.decodes[-1])
        for context in self.contexts:
            yield from (Shape(rows, 0, 0, context) for rows in self.decodes)
            for smaller, width in pairwise((0, *self.widths)):
                if smaller < context:
                    yield from (Shape(rows, self.prompts, width, context) for rows in beside)

    def first_shapes(self) -> list[Shape]:
        """Return those that one short request needs that is alone: no longer than a context."""
        alone = (0, self.decodes[0])
        return [s for s in self.shapes() if s.context == self.contexts[0] and s.decodes in alone]

    def by_need(self) -> list[Shape]:
        """Return every shape, those of a first request before the others."""
        return list(dict.fromkeys((*self.first_shapes(), *self.shapes())))


def buckets_for(policy: Policy, context_tokens: int) -> Buckets:
    """Return the buckets of a policy: doubling sizes up to what a step can hold."""
    longest = min(policy.max_batch_tokens or context_tokens, context_tokens, LARGEST_WIDTH)
    return Buckets(
        decodes=_doubling(1, policy.max_batch),
        prompts=1 if policy.joins else policy.max_batch,
        widths=_doubling(SMALLEST_WIDTH, _power_of_two(longest)),
        contexts=_doubling(SMALLEST_CONTEXT, context_tokens),
    )


def _doubling(first: int, last: int) -> tuple[int, ...]:
    """Return first, 2·first, 4·first … and, as the end, `last` itself."""
    sizes = []
    while first < last:
        sizes.append(first)
        first *= 2
    return (*sizes, last)


def _power_of_two(least: int) -> int:
    return max(SMALLEST_WIDTH, 1 << (least - 1).bit_length())


def _fit(sizes: tuple[int, ...], need: int) -> int:
    return sizes[bisect_left(sizes, need)]
