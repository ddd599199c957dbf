"""What a long prompt does to the streams beside it: read in one piece, and in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.step_time import decode_seconds, prefill_flops, prefill_seconds
from tokenworks.figures.box import Box
from tokenworks.figures.marks import bracket
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.figures.timelines import Span, lanes, time_axis
from tokenworks.number import Number
from tokenworks.units import plain, show

TALL = 30


@dataclass(frozen=True)
class Load:
    """Users whose streams run at a context, and the prompt that arrives, in tokens."""

    users: int
    context_tokens: int
    prompt_tokens: int


def chunk_seconds(on: Deployment, prompt_tokens: int, chunk_tokens: int) -> list[float]:
    """Return the floor of each chunk of a prompt, seconds: its arithmetic, or its reading.

    A chunk looks back at all tokens before it. A size that does not divide the prompt raises
    ValueError.
    """
    if prompt_tokens % chunk_tokens:
        raise ValueError(f"{prompt_tokens} tokens are not whole chunks of {chunk_tokens}")
    least = prefill_seconds(on, 1)  # the reading of the weights
    ends = range(chunk_tokens, prompt_tokens + 1, chunk_tokens)
    flops = [0.0, *(prefill_flops(on.model, end) for end in ends)]
    return [max(least, (after - before) / on.flops_per_s) for before, after in pairwise(flops)]


def prompt_in_chunks(on: Deployment, load: Load, *, chunk_tokens: int) -> Figure:
    """Draw the same prompt in one piece and in chunks between steps, and a moment of the second."""
    step = decode_seconds(on, load.context_tokens, batch=load.users)
    whole = prefill_seconds(on, load.prompt_tokens)
    chunks = chunk_seconds(on, load.prompt_tokens, chunk_tokens)
    taken = sum(chunks) + (len(chunks) - 1) * step
    before, end = 8 * step, 8 * step + 1.12 * taken
    piece = Span(before, before + whole, "prefill", show(whole, "ms", decimals=0))
    first, after = _steps(0, before, step), _steps(before + taken, end, step)
    rows = {
        "in one piece": [*first, piece, *_steps(before + whole, end, step)],
        "in chunks": [*first, *_chunked(before, chunks, step=step), *after],
    }
    gap = max(chunks) + step
    numbers = {"pause": whole, "longest gap": gap, "first token": taken, "chunk": chunk_tokens}
    numbers |= {"prompt": load.prompt_tokens, "users": load.users, "chunks": len(chunks)}

    def layout(scene: Scene) -> None:
        top = scene.line_height() + 16
        box = Box(0, top, scene.width - 2, 2 * TALL + 14)
        at = lanes(scene, box, rows, end=end, gap=14)
        words = f"{load.users} streams stand still for {show(whole, 'ms', decimals=0)}"
        bracket(scene, (at(before), at(before + whole)), words, y=top - 3, side="above")
        low = time_axis(scene, at, y=box.bottom + 4, end=end, unit="ms", least=90)
        _moment(scene, low + 14, chunks, step=step)

    return drawing(layout, alt=_alt(load, whole, gap), caption=_caption(load, chunk_tokens, taken),
                   numbers=numbers)  # fmt: skip


def _steps(start: Number, end: Number, step: Number) -> list[Span]:
    """Return decode steps one after another, as many as fit."""
    count = int((end - start) / step + 1e-9)
    return [Span(start + i * step, start + (i + 0.8) * step, "decode") for i in range(count)]


def _chunked(start: Number, chunks: Sequence[Number], *, step: Number) -> list[Span]:
    """Return chunks with a decode step after each but the last."""
    spans: list[Span] = []
    for i, seconds in enumerate(chunks):
        spans.append(Span(start, start + seconds, "prefill"))
        start += seconds
        if i + 1 < len(chunks):
            spans.append(Span(start, start + 0.8 * step, "decode"))
            start += step
    return spans


def _moment(scene: Scene, top: Number, chunks: Sequence[Number], *, step: Number) -> None:
    """Draw the last chunks on a scale of their own, with the longest gap of a stream."""
    last = chunks[-4:] if scene.wide else chunks[-2:]
    low = scene.text((0, top), "the end of it, larger", "note").bottom + 26
    spans = [Span(0, step, "decode", "step")]
    start = step
    for seconds in last:
        spans += [Span(start, start + seconds, "prefill", "chunk")]
        spans += [Span(start + seconds, start + seconds + step, "decode", "step")]
        start += seconds + step
    box = Box(0, low, scene.width - 2, TALL)
    at = lanes(scene, box, {"in chunks": spans}, end=start)
    begin = start - last[-1] - step
    words = f"longest gap {show(last[-1] + step, 'ms', decimals=1)}"
    bracket(scene, (at(begin), at(start)), words, y=low - 3, side="above")


def _alt(load: Load, whole: Number, gap: Number) -> str:
    return (
        f"Two lanes of time. Read in one piece, the prompt stops {load.users} streams for "
        f"{show(whole, 'ms', decimals=0)}; in chunks each gap is at most "
        f"{show(gap, 'ms', decimals=1)}."
    )


def _caption(load: Load, chunk_tokens: int, taken: Number) -> str:
    return (
        f"A prompt of {plain(load.prompt_tokens)} tokens arrives beside {load.users} streams. In "
        f"chunks of {plain(chunk_tokens)} it is read after {show(taken, 's', decimals=2)}: later, "
        "but nobody waits for it."
    )
