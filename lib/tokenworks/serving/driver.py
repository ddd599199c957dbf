"""One turn of a scheduler and the loop over turns: a clock, an engine and a server run by them."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from operator import attrgetter
from typing import NamedTuple

from tokenworks.cost.mixed_step import Load
from tokenworks.serving.batch import Batch
from tokenworks.serving.outcome import Outcome
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import QueueFull, Scheduler

FollowUp = Callable[[Request], Iterable[Request]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A batch to run at `now`: at most `steps` times, and not again once `until` has come."""

    batch: Batch
    now: float
    steps: int
    until: float


Execute = Callable[[Turn], tuple[list[float], Outcome]]


class Step(NamedTuple):
    """What was run: a batch, the ends of its steps, who was handed over then, and what came out."""

    batch: Batch
    times: list[float]
    finished: list[Request]
    outcome: Outcome

    @property
    def emitted(self) -> list[tuple[Request, int]]:
        """Who got tokens, and how many: one a step, or as many as drafts stood and one more."""
        made, steps = self.outcome.made, len(self.times)
        each = ((r, made[r].tokens if r in made else steps) for r in self.batch.emitting)
        return [(request, tokens) for request, tokens in each if tokens]


def step(
    scheduler: Scheduler, now: float, execute: Execute, *, next_arrival: float = math.inf
) -> Step | None:
    """Schedule, run, postprocess: one turn of a server. None when nothing can run now.

    `execute` runs the batch of a turn; it returns the end of each step that it ran and what the
    steps brought. `next_arrival` is when another request will come.
    """
    batch = scheduler.schedule(now)
    if batch is None:
        return None
    until = next_arrival if scheduler.takes_arrivals else math.inf
    times, outcome = execute(Turn(batch, now, scheduler.steady_steps(batch), until))
    return Step(batch, times, scheduler.postprocess(batch, times, outcome), outcome)


@dataclass(frozen=True, slots=True)
class Segment:
    """One step, or several equal ones in a row: when, for how many rows, with what load first.

    `useful_tokens` is what requests asked for; the load's rows beyond are padding and idle slots.
    `made` are the tokens that came out, of all steps.
    """

    start_seconds: float
    end_seconds: float
    steps: int
    slots: int
    sequences: int
    useful_tokens: int
    load: Load
    made: int


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
        return math.fsum(s.end_seconds - s.start_seconds for s in self.segments)


def drive(
    scheduler: Scheduler,
    arrivals: Iterable[Request],
    execute: Execute,
    *,
    follow_up: FollowUp | None = None,
) -> Run:
    """Let requests arrive, batches run and answers leave until nothing is left to do.

    `execute` is that of `step`. Time without work is skipped. `follow_up` names the requests that a
    client sends once it has an answer: a closed loop. Requests of one moment arrive in the order of
    the list; a fork must stand behind its parent. Requests that wait for blocks which nobody here
    will free raise RuntimeError.
    """
    scheduler.closed = False  # of an earlier run: a static batch waits for its own arrivals
    number = count()
    queue = [
        (request.arrival_seconds, next(number), request)
        for request in sorted(arrivals, key=attrgetter("arrival_seconds"))
    ]
    log, now = Run([], [], []), queue[0][0] if queue else 0.0
    while True:
        while queue and queue[0][0] <= now:
            arrive(scheduler, heapq.heappop(queue)[-1], log)
        arrival = queue[0][0] if queue else math.inf
        done = step(scheduler, now, execute, next_arrival=arrival)
        if done is None:
            later = _next_moment(scheduler, now, arrival)
            if later is None:
                return log
            now = later
            continue
        log.segments.append(segment_of(done, now))
        now = done.times[-1]
        for request in done.finished:
            for another in follow_up(request) if follow_up else ():
                heapq.heappush(queue, (another.arrival_seconds, next(number), another))


def serve(
    scheduler: Scheduler,
    arrivals: Iterable[Request],
    run: Callable[[Batch], Outcome],
    *,
    clock: Callable[[], float] = time.perf_counter,
    follow_up: FollowUp | None = None,
) -> Run:
    """Run requests for real: arrivals in their own time, of which idle gaps are skipped.

    `run` runs one step of a batch and returns what it brought. A step lasts from the end of the
    one before it, where it follows without a gap, so the time of the scheduler counts too.
    """
    last_now, last_clock = -1.0, 0.0

    def execute(turn: Turn) -> tuple[list[float], Outcome]:
        nonlocal last_now, last_clock
        started = last_clock if turn.now == last_now else clock()
        outcome = run(turn.batch)
        last_clock = clock()
        last_now = turn.now + (last_clock - started)
        return [last_now], outcome

    return drive(scheduler, arrivals, execute, follow_up=follow_up)


def _next_moment(scheduler: Scheduler, now: float, arrival: float) -> float | None:
    """Return when something can run again where nothing can now, or None when all is done."""
    wake = scheduler.wake_seconds()
    if wake is not None or arrival < math.inf:
        return arrival if wake is None else min(wake, arrival)
    if not scheduler.waiting:
        return None
    if scheduler.closed:
        raise RuntimeError(f"{scheduler.waiting} wait for blocks that others keep for ever")
    scheduler.close()
    return now


def arrive(scheduler: Scheduler, request: Request, log: Run) -> None:
    """Let a request into a scheduler, or note that its queue was full."""
    log.requests.append(request)
    try:
        scheduler.add(request)
    except QueueFull:
        request.status, request.stop_reason = "finished", "rejected"
        log.rejected.append(request)


def segment_of(done: Step, start_seconds: float) -> Segment:
    """Return what is kept of a turn: when, how many rows, with what load."""
    batch = done.batch
    return Segment(
        start_seconds=start_seconds,
        end_seconds=done.times[-1],
        steps=len(done.times),
        slots=batch.slots,
        sequences=len(batch.work),
        useful_tokens=batch.useful_tokens,
        load=batch.load,
        made=sum(tokens for _, tokens in done.emitted),
    )
