"""One replica of a cluster: the one scheduler, a clock for its steps, and requests sent to it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tokenworks.serving.cluster.ports import Port
from tokenworks.serving.cluster.replica_config import ReplicaConfig
from tokenworks.serving.cluster.request_state import hang_up, leave_failed, start_over
from tokenworks.serving.cluster.tiers import Offload
from tokenworks.serving.driver import Run, Step, Turn, arrive, segment_of
from tokenworks.serving.outcome import Outcome
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler

State = Literal["starting", "ready", "draining", "stopped", "failed"]
NEVER = float("inf")


@dataclass(eq=False)
class RunningReplica:
    """A scheduler with a clock: takes requests, plans its steps ahead, and is cut short by others.

    A batch that only decodes is planned until one of its requests ends. Who is sent here meanwhile
    cuts the plan where the single simulator would have stopped, so that both have the same steps.
    """

    number: int
    pool: str  # the name of the pool that it belongs to
    config: ReplicaConfig
    only_prefill: bool = False  # it hands a request over with the first token
    port: Port | None = None  # over which it does
    offload: Offload | None = None
    state: State = "starting"
    scheduler: Scheduler = field(init=False)
    turn: int = field(default=0, init=False)  # the number of the plan, by which it is found again
    epoch: int = field(default=0, init=False)  # how often it failed
    assigned: dict[Request, None] = field(default_factory=dict, init=False)
    log: Run = field(default_factory=lambda: Run([], [], []), init=False)
    up_seconds: float = field(default=0.0, init=False)  # ready or starting, before `since`
    since: float | None = field(default=None, init=False)  # it is paid for from here on
    queries: int = field(default=0, init=False)  # tokens of requests let in, of ended schedulers
    hits: int = field(default=0, init=False)  # of those, found in the cache
    _plan: Step | None = field(default=None, init=False, repr=False)
    started: float = field(default=0.0, init=False)  # when the plan began
    _inbox: list[Request] = field(default_factory=list, init=False, repr=False)
    _hung_up: dict[Request, None] = field(default_factory=dict, init=False, repr=False)
    _keeping: dict[Request, list[int]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.scheduler = self.config.scheduler()
        self._execute = self.config.executor()

    @property
    def load(self) -> int:
        """Requests that were sent here and are not finished."""
        return len(self.assigned)

    @property
    def block_size(self) -> int:
        """Tokens of a block."""
        return self.config.block_size

    @property
    def blocks(self) -> int:
        """Blocks of its KV cache."""
        return self.config.blocks

    @property
    def empty(self) -> bool:
        """Whether it has nothing to do and keeps nothing for others."""
        return not (self.assigned or self._keeping)

    @property
    def plan(self) -> Step | None:
        """The steps that it runs, with their ends; their tokens are entered after the last."""
        return self._plan

    @property
    def waits(self) -> bool:
        """Whether somebody is in its queue while it idles."""
        return self._plan is None and self.scheduler.waiting > 0

    @property
    def end_seconds(self) -> float | None:
        """When the plan ends that it runs, or None when it idles."""
        return self._plan.times[-1] if self._plan else None

    def cached_keys(self, request: Request) -> tuple[list[bytes], int]:
        """Return the keys of a request's full blocks, its last token left out, and how many are
        in the chip's memory, from the first on. One that reads its whole prompt finds none."""
        if request.reads_whole_prompt:
            return [], 0
        size = self.block_size
        keys = request.block_keys(size, (request.known_tokens - 1) // size)
        return keys, len(self.scheduler.pool.first_of(keys))

    def cached_blocks(self, request: Request) -> int:
        """Return how many of its first full blocks are in the chip's memory."""
        return self.cached_keys(request)[1]

    def deliver(self, request: Request, now: float) -> bool:
        """Let a request in, after the step that runs; return whether the plan now ends earlier."""
        if self._plan is None:
            self._let_in(request)
            return False
        self._inbox.append(request)
        return self.scheduler.takes_arrivals and self._cut(now)

    def _cut(self, now: float) -> bool:
        """End the plan with the step that runs; return whether that is earlier."""
        assert self._plan is not None  # only a plan is cut
        times = self._plan.times
        keep = bisect_left(times, now) + 1
        if keep >= len(times):
            return False
        del times[keep:]
        self.turn += 1
        return True

    def _let_in(self, request: Request) -> None:
        arrive(self.scheduler, request, self.log)
        if request.done:  # its queue was full
            self.assigned.pop(request, None)

    def cancel(self, request: Request, now: float) -> bool:
        """Drop a request whose client hung up; return whether the plan now ends earlier.

        One in the running step leaves at its end; if it is done by then, it has its answer.
        """
        if self._plan is not None and request not in self._inbox:
            self._hung_up[request] = None
            return self._cut(now)
        if request in self._inbox:
            self._inbox.remove(request)
            hang_up(request, now)
        for each in (request, *self.scheduler.cancel(request, now)):
            self.assigned.pop(each, None)
        return False

    def start(self, now: float) -> bool:
        """Plan the next steps; return whether there are any."""
        if self._plan is not None:
            return False
        batch = self.scheduler.schedule(now)
        if batch is None:
            return False
        steps = 1 if self.only_prefill else self.scheduler.steady_steps(batch)
        times, outcome = self._execute(Turn(batch, now, steps, NEVER))
        if self.only_prefill:
            going = (r for r in batch.emitting if r.generated + 1 < r.limit)
            outcome = Outcome(stopped=dict.fromkeys(going, "stop"))
        self._plan, self.started = Step(batch, times, [], outcome), now
        self.turn += 1
        return True

    def finish(self) -> tuple[list[Request], list[Request]]:
        """End the plan: enter its tokens, let in who waited outside.

        Return who is done, and who is handed over to decode elsewhere; the blocks of the latter
        are kept until `release`.
        """
        assert self._plan is not None  # a plan ends once
        now, leaving = self._plan.times[-1], self._enter()
        for request in self._hung_up:
            if request in self._keeping:
                self.release(request)
                leaving.remove(request)
                hang_up(request, now)
            self.assigned.pop(request, None)
            leaving += self.scheduler.cancel(request, now)
        self._hung_up = {}
        going = [r for r in leaving if r in self._keeping]
        for request in leaving:
            self.assigned.pop(request, None)
        inbox, self._inbox = self._inbox, []
        for request in inbox:
            self._let_in(request)
        return [r for r in leaving if r not in self._keeping], going

    def _enter(self) -> list[Request]:
        done, self._plan = self._plan, None
        assert done is not None  # a plan ends once
        for request in done.outcome.stopped:
            if request.status == "running":
                self._keeping[request] = list(request.blocks)
                self.scheduler.pool.share(request.blocks)
        leaving = self.scheduler.postprocess(done.batch, done.times, done.outcome)
        self.log.segments.append(segment_of(done, self.started))
        return leaving

    def release(self, request: Request) -> None:
        """Free the blocks of a request that was handed over and is there."""
        self.scheduler.pool.free(self._keeping.pop(request, []))

    def place(self, keys: Sequence[bytes], loaded: Sequence[bytes]) -> None:
        """Put loaded blocks into the cache, as far as there is room, as if just used.

        `keys` are those of the whole prefix, in order.
        """
        pool, arrived, held = self.scheduler.pool, set(loaded), []
        for key in keys:
            block = pool.lookup(key)
            if block is not None:
                pool.share([block])
            elif key in arrived and pool.free_blocks:
                (block,) = pool.allocate(1)
                pool.register(block, key)
            else:
                break
            held.append(block)
        pool.free(held)

    def fail(self, now: float) -> list[Request]:
        """Lose everything; return the requests to be sent elsewhere, in the order they came.

        Tokens of steps that were over by now are out, and stay so; the step that ran is lost.
        """
        if self._plan is not None:
            over = bisect_right(self._plan.times, now)
            del self._plan.times[over:]
            if over:
                self._enter()
            self._plan = None
        for request in self._hung_up:
            self.assigned.pop(request, None)
            start_over(request)
            hang_up(request, now)
        returned = leave_failed(self.assigned, now)
        self.stop("failed", now)
        self.tally()
        self.scheduler = self.config.scheduler()
        self.assigned, self._inbox, self._keeping, self._hung_up = {}, [], {}, {}
        self.turn, self.epoch = self.turn + 1, self.epoch + 1
        return returned

    def stop(self, state: State, now: float) -> None:
        """Be paid for no longer."""
        self.state = state
        if self.since is not None:
            self.up_seconds, self.since = self.up_seconds + now - self.since, None

    def tally(self) -> None:
        """Add up what its scheduler looked for in the cache and found there: once each."""
        self.queries += self.scheduler.sharing.queries
        self.hits += self.scheduler.sharing.hits
