"""The one loop over time: a simulator and an engine drive a scheduler through it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from zlib import crc32

from tokenworks.cost.mixed_step import Load
from tokenworks.serving.batch import Batch
from tokenworks.serving.request import Request, StopReason
from tokenworks.serving.scheduler import QueueFull, Scheduler


@dataclass(frozen=True, slots=True)
class Segment:
    """One step, or several equal ones in a row: when, for how many rows, with what load first.

    `useful_tokens` is what requests asked for; the load's rows beyond are padding and idle slots.
    """

    start_seconds: float
    end_seconds: float
    steps: int
    slots: int
    sequences: int
    useful_tokens: int
    load: Load


@dataclass(frozen=True)
class Run:
    """What happened: requests in order of arrival, the steps that ran, who was turned away."""

    requests: list[Request]
    segments: list[Segment]
    rejected: list[Request]

    @property
    def steps(self) -> int:
        """Forward passes."""
        return sum(segment.steps for segment in self.segments)

    @property
    def seconds(self) -> float:
        """From the first arrival to the end of the last step."""
        if not self.segments:
            return 0.0
        return self.segments[-1].end_seconds - self.requests[0].arrival_seconds

    @property
    def busy_seconds(self) -> float:
        """Time in which a step ran."""
        return sum((s.end_seconds - s.start_seconds for s in self.segments), 0.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A batch to run at `now`: at most `steps` times, and not again once `until` has come."""

    batch: Batch
    now: float
    steps: int
    until: float


Ended = tuple[list[float], dict[Request, StopReason]]


def drive(
    scheduler: Scheduler,
    arrivals: Iterable[Request],
    execute: Callable[[Turn], Ended],
    *,
    follow_up: Callable[[Request], Iterable[Request]] | None = None,
) -> Run:
    """Let requests arrive, batches run and answers leave until nothing is left to do.

    `execute` returns the end of each step that it ran and which requests the model itself
    stopped. Time without work is skipped. `follow_up` names the requests that a client sends once
    it has an answer: a closed loop. Requests that arrive at one moment are taken by lot, always the
    same: neither their names nor their place in `arrivals` decide.
    """
    number = count()
    queue = [
        (*_moment(request), next(number), request) for request in sorted(arrivals, key=_moment)
    ]
    log, now = Run([], [], []), queue[0][0] if queue else 0.0
    while True:
        while queue and queue[0][0] <= now:
            _arrive(scheduler, heapq.heappop(queue)[-1], log)
        batch = scheduler.schedule(now)
        if batch is None:
            later = (scheduler.wake_seconds(), queue[0][0] if queue else None)
            moments = [moment for moment in later if moment is not None]
            if not moments and not scheduler.waiting:
                return log
            now = min(moments, default=now)
            if not moments:
                scheduler.close()
            continue
        until = queue[0][0] if queue and scheduler.takes_arrivals else math.inf
        times, stopped = execute(Turn(batch, now, scheduler.steady_steps(batch), until))
        log.segments.append(_segment(batch, now, times))
        now = times[-1]
        for request in scheduler.update(batch, times, stopped):
            for another in follow_up(request) if follow_up else ():
                heapq.heappush(queue, (*_moment(another), next(number), another))


def _moment(request: Request) -> tuple[float, int, int]:
    """Return when a request comes and its lot among those of the same moment.

    The lot depends on what it asks for, so that the order of a list changes nothing, but in no
    order of lengths: sorting by length would be a policy. A fork stands behind its parent.
    """
    parent = request.fork_of
    if parent is not None and parent.arrival_seconds == request.arrival_seconds:
        seconds, lot, forks = _moment(parent)
        return seconds, lot, forks + 1
    asks = (request.prompt_tokens, request.max_tokens, request.output_tokens, request.priority)
    return request.arrival_seconds, crc32(repr(asks).encode()), 0


def _arrive(scheduler: Scheduler, request: Request, log: Run) -> None:
    log.requests.append(request)
    try:
        scheduler.add(request)
    except QueueFull:
        request.status, request.stop_reason = "finished", "rejected"
        log.rejected.append(request)


def _segment(batch: Batch, now: float, times: list[float]) -> Segment:
    return Segment(
        start_seconds=now,
        end_seconds=times[-1],
        steps=len(times),
        slots=batch.slots,
        sequences=len(batch.work),
        useful_tokens=batch.useful_tokens,
        load=batch.load,
    )
