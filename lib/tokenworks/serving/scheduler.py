"""Which requests run in the next step: plain Python, driven by an engine or by a clock."""

from __future__ import annotations

import sys
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence

from tokenworks.serving.batch import Batch, Moves, Work
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request, StopReason
from tokenworks.serving.sharing import Sharing
from tokenworks.serving.waiting import Waiting


class QueueFull(RuntimeError):
    """The line of waiting requests has reached its limit: try again later."""


class Scheduler:
    """Forms batches under one policy and keeps every request's state and blocks.

    The loop around it: `add` what arrived, `schedule`, run the batch, `update`.
    """

    def __init__(self, policy: Policy, pool: BlockPool, host_pool: BlockPool | None = None) -> None:
        self.policy, self.pool = policy, pool
        self._memory = KVMemory(pool, host_pool)
        self.sharing = Sharing(self._memory, by_key=policy.share_prefixes, by_fork=policy.joins)
        self.running: list[Request] = []  # in order of their places in the line
        self._waiting = Waiting(policy.order, forks_wait=policy.joins)
        self._closed = False

    @property
    def waiting(self) -> int:
        """Requests in the line, preempted ones included, and forks that wait for a prompt."""
        return len(self._waiting)

    @property
    def free_slots(self) -> int:
        """Places in the batch that nobody holds."""
        return self.policy.max_batch - len(self.running)

    @property
    def takes_arrivals(self) -> bool:
        """Whether an arrival now could change the next batch, or be turned away."""
        if self.policy.max_waiting is not None:
            return True
        if not self.policy.joins:
            return not self.running
        if not self.free_slots:
            return False
        return self.policy.order == "priority" or not self._waiting.in_line

    def add(self, request: Request) -> None:
        """Put a request into the line; a fork comes there once its parent's prompt is computed.

        One that the whole pool could not hold raises ValueError, and so does a fork of a request
        that was not added; a full line raises QueueFull.
        """
        tokens = request.prompt_tokens + request.max_tokens
        if self.pool.blocks_for(tokens) > self.pool.blocks:
            raise ValueError(
                f"request {request.id!r} may grow to {tokens} tokens, the cache holds "
                f"{self.pool.tokens}: shorten it or give the pool more blocks"
            )
        if request.status != "waiting" or request in self._waiting:
            raise ValueError(f"request {request.id!r} was added before")
        if self.policy.max_waiting is not None and self.waiting >= self.policy.max_waiting:
            raise QueueFull(f"{self.waiting} requests wait already")
        self._waiting.enter(request)

    def close(self) -> None:
        """Say that nobody else will come: a static batch then starts although it is not full."""
        self._closed = True

    def cancel(self, request: Request, now: float) -> list[Request]:
        """Drop a request that is in here, free what it holds; return those handed over for that."""
        if request not in self._waiting:
            return []
        if request.status == "running":
            self.running.remove(request)
        else:
            self._waiting.drop(request)
        request.stop_reason = "cancelled"
        self._finish(request, now)
        return [] if self.policy.joins else self._end_batch(now)

    def schedule(self, now: float) -> Batch | None:
        """Return the work of the next step, or None when nothing can run now."""
        return self._continuous(now) if self.policy.joins else self._whole_requests(now)

    def wake_seconds(self) -> float | None:
        """Return when the window of the next dynamic batch closes, or None."""
        if self.policy.batching != "dynamic" or self.running or not self.waiting:
            return None
        return self._waiting.oldest_seconds() + self.policy.window_seconds

    def update(
        self,
        batch: Batch,
        times: Sequence[float],
        stopped: Mapping[Request, StopReason] | None = None,
    ) -> list[Request]:
        """Enter what a batch computed; return the requests that are handed over now.

        `times` are the ends of the batch's steps: one, or up to `steady_steps` equal ones.
        """
        stopped, steps, size = stopped or {}, len(times), self.pool.block_size
        leaving = []
        for request, _, tokens, emits in batch.work:
            if request.status != "running":  # cancelled while the step ran
                continue
            request.computed += tokens + steps - 1
            if not emits:
                continue
            request.generated += steps
            request.token_seconds.extend(times)
            if request.computed > size * len(request.blocks):  # several steps
                self._memory.hold(request, request.computed)
            if request.generated >= request.limit or request in stopped:
                request.stop_reason = stopped.get(request) or request.own_end
                leaving.append(request)
        if not self.policy.joins:
            return self._end_batch(times[-1])
        self.sharing.register(batch.work)
        self._waiting.call_forks_of(work.request for work in batch.work)
        if leaving:
            self.running = [request for request in self.running if not request.done]
        for request in leaving:
            self._finish(request, times[-1])
        return leaving

    def steady_steps(self, batch: Batch) -> int:
        """Return how many steps in a row a batch can run before a request ends or joins.

        Arrivals are the caller's to watch. More than one only when all of it is decode.
        """
        if not batch.decodes:
            return 1
        if (self.policy.share_prefixes or self._waiting.awaits_prompt) and any(
            work.start < work.request.prompt_tokens for work in batch.work
        ):
            return 1  # the end of a prompt is offered to those who wait
        steps = min(work.request.limit - work.request.generated for work in batch.work)
        return steps if self.policy.reserves else self._memory.steps_with_room(batch.work, steps)

    def _continuous(self, now: float) -> Batch | None:
        moves = Moves([], [], [])
        work = [Work(request, request.computed, 1, True) for request in self._growing(moves)]
        budget = self.policy.max_batch_tokens
        left = (sys.maxsize if budget is None else budget) - len(work)
        whole = len(work) == len(self.running)
        reading = [] if whole else [r for r in self.running if r.missing_tokens > 1]
        for request in reading + [None] * self.free_slots:
            if left <= 0:
                break
            request = request or self._admit(now, moves)
            if request is None:
                break
            tokens = min(left, request.missing_tokens)
            emits = tokens == request.missing_tokens
            work.append(Work(request, request.computed, tokens, emits))
            left -= tokens
        if not work:
            return None
        return Batch(
            tuple(work),
            len(work),
            swapped_out=tuple(moves.out),
            swapped_in=tuple(moves.into),
            copies=tuple(moves.copies),
        )

    def _growing(self, moves: Moves) -> Iterator[Request]:
        """Yield who decodes, each with room for one more token; the last in line make room."""
        size = self.pool.block_size
        for request in list(self.running):
            known = request.prompt_tokens + request.generated
            if request.status != "running" or known - request.computed > 1:
                continue
            while known > size * len(request.blocks) and not self._memory.grow(request, known):
                self._preempt(self.running[-1], moves)
                if request.status != "running":
                    break
            else:
                yield request

    def _preempt(self, victim: Request, moves: Moves) -> None:
        self.running.remove(victim)
        victim.preemptions += 1
        swap = self._memory.swap_out(victim) if self.policy.preemption == "swap" else None
        if swap is None:
            victim.status, victim.computed = "waiting", 0
            self._memory.free(victim)
        else:
            victim.status = "swapped"
            moves.out.append(swap)
        self._waiting.push(victim)
        self._waiting.call_forks(victim)

    def _admit(self, now: float, moves: Moves) -> Request | None:
        """Let the head of the line in, if its blocks are free; nobody overtakes it."""
        request = self._waiting.head()
        if request is None:
            return None
        longest = request.prompt_tokens + request.max_tokens
        room = longest if self.policy.reserves else request.known_tokens
        if not self.sharing.house(request, room, moves):
            return None
        self._waiting.pop()
        request.status = "running"
        if request.scheduled_seconds is None:
            request.scheduled_seconds = now
        insort(self.running, request, key=self._waiting.key)
        return request

    def _finish(self, request: Request, now: float) -> None:
        request.status, request.finished_seconds = "finished", now
        self._memory.free(request)
        self._waiting.call_forks(request)
        self._waiting.forget(request)

    def _whole_requests(self, now: float) -> Batch | None:
        if not self.running and not self._gather(now):
            return None
        longest = max(request.prompt_tokens for request in self.running)
        rows = [request for request in self.running if not request.done]
        work = [Work(r, r.computed, r.missing_tokens, True) for r in rows]
        return Batch(tuple(work), len(self.running), padded_tokens=longest + rows[0].generated)

    def _gather(self, now: float) -> bool:
        """Start the next batch if it is time: as many from the head of the line as fit."""
        wake = self.wake_seconds()
        ready = self.waiting >= self.policy.max_batch or (self._closed and self.waiting > 0)
        if not ready and (wake is None or now < wake):
            return False
        while self.free_slots and self._admit(now, Moves([], [], [])):
            pass
        return True

    def _end_batch(self, now: float) -> list[Request]:
        if not all(request.done for request in self.running):
            return []
        ended, self.running = self.running, []
        for request in ended:
            self._finish(request, now)
        return ended
