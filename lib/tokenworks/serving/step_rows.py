"""A batch as the arrays of one or more forward passes, padded to the engine's shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.buckets import Buckets, Shape
from tokenworks.serving.ragged import Rectangle, Rows
from tokenworks.serving.text_requests import TextRequest


class Pass(NamedTuple):
    """What runs in one forward pass: decodes with their drafts, and prompts of one padded width."""

    decodes: Sequence[Work]
    prompts: Sequence[Work]
    slots: int  # sequences that decode, idle ones included

    def shape(self, buckets: Buckets) -> Shape:
        """Return the compiled shape that it is padded to."""
        context = max(work.start + work.tokens for work in (*self.decodes, *self.prompts))
        return buckets.shape(
            self.slots,
            len(self.prompts),
            width=max((work.tokens for work in self.prompts), default=0),
            context=context,
            decode_width=max((work.tokens for work in self.decodes), default=1),
        )

    def placed(self, shape: Shape) -> Iterator[tuple[Work, int, int]]:
        """Yield each piece of work, its first row in a shape, and where its scores begin.

        Every row of what decodes is scored, of a prompt the last one.
        """
        wide = shape.decode_width
        for row, work in enumerate(self.decodes):
            yield work, row * wide, row * wide
        first = shape.decodes * wide
        for row, work in enumerate(self.prompts):
            yield work, first + row * shape.width, first + row


def passes(batch: Batch, buckets: Buckets) -> Iterator[Pass]:
    """Yield the forward passes of a step.

    Decodes share one pass with the first prompt; every other prompt needs its own. Under
    request-level batching all prompts are one rectangle. A prompt wider than the widest shape is
    read in pieces.
    """
    if batch.decodes:
        yield Pass(batch.work, (), batch.slots)
        return
    if batch.padded_tokens is not None:
        columns = zip_longest(*(_pieces(work, buckets.widths[-1]) for work in batch.work))
        yield from (Pass((), [work for work in column if work], 0) for column in columns)
        return
    decodes = [work for work in batch.work if work.decodes]
    prompts = [work for work in batch.work if not work.decodes]
    for piece in (p for prompt in prompts for p in _pieces(prompt, buckets.widths[-1])):
        yield Pass(decodes, (piece,), len(decodes))
        decodes = []
    if decodes:
        yield Pass(decodes, (), len(decodes))


def _pieces(work: Work, width: int) -> list[Work]:
    end = work.start + work.tokens
    starts = range(work.start, end, width)
    return [
        Work(work.request, start, min(width, end - start), work.emits and start + width >= end)
        for start in starts
    ]


def asked_rows(run: Pass, shape: Shape) -> list[tuple[int, Any, int]]:
    """Return the rows after which a request asks for the logits of its own prompt.

    Each is the row, the request, and the position of the prompt's token that they foretell.
    """
    return [
        (first + column, work.request, work.start + column + 1)
        for work, first, _ in run.placed(shape)
        if work.request.reads_whole_prompt
        for column in range(work.tokens)
        if work.start + column + 1 < work.request.prompt_tokens
    ]


def rows_of(run: Pass, shape: Shape, pool: BlockPool) -> Rows:
    """Return the arrays of a pass; padding stands at position 0 of the scratch page."""
    rectangles, scored = [], []
    for works, sequences, width, every in (
        (run.decodes, shape.decodes, shape.decode_width, True),
        (run.prompts, shape.prompts, shape.width, False),
    ):
        if not sequences:
            continue
        first = sum(r.ids.size for r in rectangles)
        rows = first + np.arange(sequences * width, dtype=np.int32).reshape(sequences, width)
        lasts = np.zeros(sequences, np.int32)
        lasts[: len(works)] = [work.tokens - 1 for work in works]
        scored.append(rows.ravel() if every else rows[np.arange(sequences), lasts])
        rectangles.append(_rectangle(works, (sequences, width), shape.context, pool=pool))
    return Rows(tuple(rectangles), np.concatenate(scored))


def _rectangle(
    works: Sequence[Work], size: tuple[int, int], context: int, *, pool: BlockPool
) -> Rectangle:
    ids, positions = np.zeros(size, np.int32), np.zeros(size, np.int32)
    slots = np.full(size, pool.tokens, np.int32)
    tables = np.full((size[0], pool.blocks_for(context)), pool.blocks, np.int32)
    for row, work in enumerate(works):
        request, tokens = work.request, work.tokens
        if not isinstance(request, TextRequest):
            raise TypeError(f"an engine runs TextRequests, got {type(request).__name__}")
        blocks = request.blocks[: tables.shape[1]]
        tables[row, : len(blocks)] = blocks
        at = np.arange(work.start, work.start + tokens)
        ids[row, :tokens] = request.ids_ahead(work.start, tokens, drafts=work.drafts)
        positions[row, :tokens] = at
        page = tables[row, at // pool.block_size]
        slots[row, :tokens] = page * pool.block_size + at % pool.block_size
    return Rectangle(ids, positions, slots, tables)
