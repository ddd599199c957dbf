"""Memories of a KV cache while requests come and go: how many run at once, and what is wasted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

from tokenworks.number import Number, bounded
from tokenworks.serving.waste import Memory, Running, Waste, account

Row = tuple[Number, int, int]  # arrival second, prompt tokens, output tokens


class Moment(NamedTuple):
    """The memory in one step, and how many requests run, wait, and were preempted in it."""

    waste: Waste
    running: int
    waiting: int
    preempted: int


@dataclass(frozen=True)
class Occupancy:
    """Means over the steps in which someone waited, or over all where nobody ever did."""

    waste: Waste
    running: float
    steps: int  # of the whole trace
    preempted: int


class MemoryStep(NamedTuple):
    """Who has memory in a step, its token included, who waits for some, and who lost it again."""

    running: list[Running]
    waiting: list[Running]
    preempted: int


def memory_steps(
    memory: Memory, requests: Iterable[Row], *, step_seconds: Number
) -> Iterator[MemoryStep]:
    """Yield every step of a server that is only memory: each running request gets one token.

    First come, first served. A prompt takes no time. When a request needs a block and none is left,
    the last to come is preempted: it waits at the front of the queue and is computed again. A
    request that the empty memory cannot hold raises ValueError.
    """
    step_seconds = bounded(step_seconds, "step_seconds", above=True)
    rows = [(bounded(at, "an arrival second"), p, o) for at, p, o in requests]
    rows = sorted(enumerate(rows), key=lambda row: row[1][0])
    coming = deque((at, Running(p, o, p, number)) for number, (at, p, o) in rows)
    queue: deque[Running] = deque()
    running: list[Running] = []
    now = 0.0
    while coming or queue or running:
        now = now if queue or running else max(now, float(coming[0][0]))
        while coming and coming[0][0] <= now:
            queue.append(coming.popleft()[1])
        while queue and memory.hold(queue[0], queue[0].tokens + 1):
            running.append(queue.popleft())
        if not running:
            raise ValueError(f"{queue[0].total_tokens} tokens never fit this memory")
        preempted = _advance(memory, running, queue)
        yield MemoryStep(list(running), list(queue), preempted)
        for request in [r for r in running if r.tokens == r.total_tokens]:
            running.remove(request)
            memory.release(request)
        now += step_seconds


def moments(memory: Memory, requests: Iterable[Row], *, step_seconds: Number) -> Iterator[Moment]:
    """Yield the memory in every step of `memory_steps`, and how many run and wait."""
    for step in memory_steps(memory, requests, step_seconds=step_seconds):
        waste = account(memory, step.running, waiting=bool(step.waiting))
        yield Moment(waste, len(step.running), len(step.waiting), step.preempted)


def _advance(memory: Memory, running: list[Running], queue: deque[Running]) -> int:
    """Give every request a token, in order of arrival; return how many were preempted for it."""
    before, number = len(running), 0
    while number < len(running):
        request = running[number]
        if memory.hold(request, request.tokens + 1):
            request.tokens += 1
            number += 1
        else:
            out = running.pop()
            memory.release(out)
            queue.appendleft(out)
    return before - len(running)


def occupancy(memory: Memory, requests: Iterable[Row], *, step_seconds: Number) -> Occupancy:
    """Return the means of `moments`: positions by their use, and requests at once.

    Without any request there is no mean: ValueError.
    Source: derived: moments.
    """
    every = list(moments(memory, requests, step_seconds=step_seconds))
    if not every:
        raise ValueError("no request came: there is no mean")
    loaded = [moment for moment in every if moment.waiting] or every
    mean = {
        f.name: sum(getattr(m.waste, f.name) for m in loaded) / len(loaded) for f in fields(Waste)
    }
    return Occupancy(
        Waste(**mean),
        sum(moment.running for moment in loaded) / len(loaded),
        len(every),
        sum(moment.preempted for moment in every),
    )


def count_that_fit(memory: Memory, prompt_tokens: int, output_tokens: int) -> int:
    """Return how many finished sequences of equal lengths an empty memory holds.

    Source: derived: the memory itself, filled and emptied again.
    """
    held: list[Running] = []
    while True:
        request = Running(prompt_tokens, output_tokens, prompt_tokens + output_tokens)
        if not memory.hold(request, request.total_tokens):
            break
        held.append(request)
    for request in held:
        memory.release(request)
    return len(held)
