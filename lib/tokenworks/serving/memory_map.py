"""Where everything lies in a KV cache's memory at one moment: cell by cell, whose and what for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

from tokenworks.number import Number, whole
from tokenworks.serving.kv_occupancy import Row, memory_steps
from tokenworks.serving.waste import Contiguous, Memory, Running

Use = Literal["used", "reserved", "internal", "external", "free"]  # the fields of Waste


class Span(NamedTuple):
    """Neighbouring cells of one use; `sequence` is the number of whose they are, or None."""

    start: int
    stop: int
    use: Use
    sequence: int | None


def cell_spans(memory: Memory, running: Iterable[Running], *, waiting: bool) -> tuple[Span, ...]:
    """Return spans that cover a memory from its first cell to its last; one cell, one token.

    Source: derived: the definitions of Waste, whose counts are the sums of these spans.
    """
    pieces = sorted(piece for request in running for piece in _pieces(memory, request))
    spans: list[Span] = []
    gap: Use = "external" if memory.lost(waiting=waiting) else "free"
    at = 0
    for piece in (*pieces, Span(memory.tokens, memory.tokens, gap, None)):
        between = Span(at, piece.start, gap, None)
        for span in (between, piece):
            if span.start == span.stop:
                continue
            if spans and spans[-1][1:] == (span.start, span.use, span.sequence):
                spans[-1] = spans[-1]._replace(stop=span.stop)
            else:
                spans.append(span)
        at = piece.stop
    return tuple(spans)


def map_at(
    memory: Memory, requests: Iterable[Row], *, step: int, step_seconds: Number
) -> tuple[Span, ...]:
    """Return the map of a memory in one step of `memory_steps`; steps are counted from 0.

    A step that the requests do not last for raises ValueError.
    """
    step = whole(step, "step", least=0)
    steps = memory_steps(memory, requests, step_seconds=step_seconds)
    for moment in islice(steps, step, None):
        return cell_spans(memory, moment.running, waiting=bool(moment.waiting))
    raise ValueError(f"all requests are done before step {step}")


def _pieces(memory: Memory, request: Running) -> Iterator[Span]:
    """Yield what one request holds, cut where the use changes."""
    aside, taken = memory.held(request)
    ends: dict[Use, int] = {
        "used": request.tokens,
        "reserved": min(aside, request.total_tokens),
        "internal": aside,
        "external": taken,
    }
    size = taken if isinstance(memory, Contiguous) else memory.pool.block_size
    starts = (
        [request.piece.start]
        if isinstance(memory, Contiguous)
        else [block * size for block in request.blocks]
    )
    for number, cell in enumerate(starts):
        first = number * size
        low = 0
        for use, end in ends.items():
            high = min(max(end - first, low), size)
            if high > low:
                yield Span(cell + low, cell + high, use, request.number)
            low = high
