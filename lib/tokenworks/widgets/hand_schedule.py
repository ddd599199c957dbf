"""A trace scheduled by hand: the rules, the optimum by a full search, what the scheduler does.

The rules are the scheduler's, with every step one unit long: a request that starts takes a slot
and all its blocks, gets one token in each step (its first in the step that reads its prompt), and
gives both back when its last token is out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Literal, NamedTuple

from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate

BLOCK_TOKENS = 16
NEVER = 10**6  # steps: a request that could not start
Move = int | None  # which request starts; None: a step runs


class Job(NamedTuple):
    """A request of a puzzle: the step before which it arrives, its output tokens, its blocks."""

    arrival: int
    tokens: int
    blocks: int


@dataclass(frozen=True)
class Trace:
    """A puzzle: requests in order of arrival, and what the server has for them."""

    label: str
    slots: int
    blocks: int
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Position:
    """Where a play stands: steps run, when each request started and when it ends, or None."""

    trace: Trace
    now: int
    starts: tuple[int | None, ...]

    def ends(self, job: int) -> int | None:
        """Return the step after which a started request is done."""
        start = self.starts[job]
        return None if start is None else start + self.trace.jobs[job].tokens

    @property
    def running(self) -> list[int]:
        """Requests that hold a slot."""
        ends = [self.ends(i) for i in range(len(self.starts))]
        return [i for i, end in enumerate(ends) if end is not None and end > self.now]

    @property
    def free(self) -> tuple[int, int]:
        """Slots and blocks that nobody holds."""
        held = sum(self.trace.jobs[i].blocks for i in self.running)
        return self.trace.slots - len(self.running), self.trace.blocks - held

    def refusal(self, job: int) -> str:
        """Return why a request cannot start now, or nothing."""
        slots, blocks = self.free
        wanted = self.trace.jobs[job]
        if self.starts[job] is not None:
            return "has started"
        if wanted.arrival > self.now:
            return f"arrives after step {wanted.arrival}"
        if not slots:
            return "no slot is free"
        if wanted.blocks > blocks:
            return f"needs {wanted.blocks} blocks, {blocks} free"
        return ""

    def after(self, move: Move) -> Position:
        """Return the position after a move; a refused start raises ValueError."""
        if move is None:
            return Position(self.trace, self.now + 1, self.starts)
        if reason := self.refusal(move):
            raise ValueError(f"request {move} cannot start: {reason}")
        starts = tuple(self.now if i == move else start for i, start in enumerate(self.starts))
        return Position(self.trace, self.now, starts)

    @property
    def done(self) -> bool:
        """Whether every answer is out."""
        return None not in self.starts and not self.running

    @property
    def total(self) -> int:
        """Steps from arrival to last token of all that have started, added up."""
        arrivals = (job.arrival for job in self.trace.jobs)
        ends = map(self.ends, range(len(self.starts)))
        return sum(end - at for end, at in zip(ends, arrivals, strict=True) if end is not None)


def position(trace: Trace, moves: Sequence[Move]) -> Position:
    """Return where a play stands after these moves; an illegal one raises ValueError."""
    at = Position(trace, 0, (None,) * len(trace.jobs))
    for move in moves:
        at = at.after(move)
    return at


def best(trace: Trace) -> tuple[int, tuple[Move, ...]]:
    """Return the least total that any play reaches, and the moves of one that does.

    A full search over sets of requests that start together, the empty set too. Only arrivals and
    ends are looked at: a start between two of them could as well be moved back to the first.
    """
    total, starts = _search(trace, 0, tuple(range(len(trace.jobs))), running=())
    begun = dict(starts)
    moves: list[Move] = []
    for now in range(max(start + trace.jobs[i].tokens for i, start in starts)):
        moves += [*sorted(i for i, start in begun.items() if start == now), None]
    return total - sum(job.arrival for job in trace.jobs), tuple(moves)


Plan = tuple[tuple[int, int], ...]  # request and its start, or its end while it runs


@cache
def _search(trace: Trace, now: int, left: tuple[int, ...], *, running: Plan) -> tuple[int, Plan]:
    """Return the least sum of the ends of those that have not started, and their starts."""
    if not left:
        return 0, ()
    here = [i for i in left if trace.jobs[i].arrival <= now]
    slots = trace.slots - len(running)
    blocks = trace.blocks - sum(trace.jobs[i].blocks for i, _ in running)
    plans: list[tuple[int, Plan]] = []
    for count in range(min(slots, len(here)), -1, -1):
        for chosen in combinations(here, count):
            if sum(trace.jobs[i].blocks for i in chosen) > blocks:
                continue
            ends = tuple((i, now + trace.jobs[i].tokens) for i in chosen)
            rest = tuple(i for i in left if i not in chosen)
            total, starts = _later(trace, now, rest, running=running + ends)
            plan = (*((i, now) for i in chosen), *starts)
            plans.append((total + sum(end for _, end in ends), plan))
    return min(plans, key=lambda plan: plan[0])


def _later(trace: Trace, now: int, left: tuple[int, ...], *, running: Plan) -> tuple[int, Plan]:
    """Go on at the next arrival or end."""
    if not left:
        return 0, ()
    events = [end for _, end in running]
    events += [trace.jobs[i].arrival for i in left if trace.jobs[i].arrival > now]
    if not events:
        return NEVER, ()
    moment = min(events)
    still = tuple(sorted(pair for pair in running if pair[1] > moment))
    return _search(trace, moment, left, running=still)


def scheduled(
    trace: Trace, batching: Literal["continuous", "static"]
) -> tuple[int, tuple[int, ...]]:
    """Return the total and the starts of the real scheduler, first come, first served."""
    requests = [
        Request(
            prompt_tokens=job.blocks * BLOCK_TOKENS - job.tokens,
            max_tokens=job.tokens,
            arrival_seconds=float(job.arrival),
        )
        for job in trace.jobs
    ]
    policy = Policy(max_batch=trace.slots, batching=batching, reserve=True)
    scheduler = Scheduler(policy, BlockPool(trace.blocks, BLOCK_TOKENS))
    simulate(scheduler, requests, lambda load: 1.0)
    waits = (r.finished_seconds - r.arrival_seconds for r in requests)  # type: ignore[operator]
    return round(sum(waits)), tuple(round(r.scheduled_seconds or 0) for r in requests)
