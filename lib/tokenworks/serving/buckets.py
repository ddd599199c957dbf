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
    """Sequences that decode, prompts of equal padded width, and the context each may look at.

    A sequence that decodes has `decode_width` rows: its last token, and drafted ones.
    """

    decodes: int
    prompts: int
    width: int
    context: int
    decode_width: int = 1

    def __str__(self) -> str:
        read = f", {self.prompts} × {self.width} of prompts" if self.prompts else ""
        wide = f" × {self.decode_width}" if self.decode_width > 1 else ""
        return f"{self.decodes}{wide} decode rows{read}, context {self.context:,}"


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """The sizes to which a step is padded, ascending.

    `decodes`, `contexts` and `decode_widths` end with the largest that can occur; a prompt wider
    than the widest of `widths` is read in pieces. Fewer sizes compile sooner and pad more.
    """

    decodes: tuple[int, ...]
    prompts: int  # prompts in one pass: a whole batch, or one
    widths: tuple[int, ...]
    contexts: tuple[int, ...]
    decode_widths: tuple[int, ...] = (1,)  # a token, and a token with all its drafts

    def shape(
        self, decodes: int, prompts: int, *, width: int, context: int, decode_width: int = 1
    ) -> Shape:
        """Return the smallest shape that holds a step; beside a prompt all decode rows run."""
        context, wide = _fit(self.contexts, context), _fit(self.decode_widths, decode_width)
        if not prompts:
            return Shape(_fit(self.decodes, decodes), 0, 0, context, wide)
        width = _fit(self.widths, width)
        if not decodes:
            return Shape(0, self.prompts, width, context)
        return Shape(self.decodes[-1], self.prompts, width, context, wide)

    def shapes(self) -> Iterator[Shape]:
        """Yield every shape that a step can have."""
        beside = [(0, 1)]
        if self.prompts == 1:
            beside += [(self.decodes[-1], wide) for wide in self.decode_widths]
        for context in self.contexts:
            for wide in self.decode_widths:
                yield from (Shape(rows, 0, 0, context, wide) for rows in self.decodes)
            for smaller, width in pairwise((0, *self.widths)):
                if smaller < context:
                    for rows, wide in beside:
                        yield Shape(rows, self.prompts, width, context, wide)

    def first_shapes(self) -> list[Shape]:
        """Return those that one short request needs that is alone: no longer than a context."""
        alone = (0, self.decodes[0])
        return [s for s in self.shapes() if s.context == self.contexts[0] and s.decodes in alone]

    def by_need(self) -> list[Shape]:
        """Return every shape, those of a first request before the others."""
        return list(dict.fromkeys((*self.first_shapes(), *self.shapes())))


def buckets_for(policy: Policy, context_tokens: int, *, drafts: int = 0) -> Buckets:
    """Return the buckets of a policy: doubling sizes up to what a step can hold.

    Where up to `drafts` tokens are drafted for a sequence, all of them or none are compiled.
    """
    longest = min(policy.max_batch_tokens or context_tokens, context_tokens, LARGEST_WIDTH)
    return Buckets(
        decodes=_doubling(1, policy.max_batch),
        prompts=1 if policy.joins else policy.max_batch,
        widths=_doubling(SMALLEST_WIDTH, _power_of_two(longest)),
        contexts=_doubling(SMALLEST_CONTEXT, context_tokens),
        decode_widths=(1, 1 + drafts) if drafts else (1,),
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
