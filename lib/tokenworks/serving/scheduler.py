"""Which requests run in the next step: plain Python, driven by an engine or by a clock."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.serving.batch import Batch
from tokenworks.serving.iteration_level import mixed_batch
from tokenworks.serving.outcome import ONE_EACH, Outcome
from tokenworks.serving.request import Request
from tokenworks.serving.request_level import end_batch, padded_batch, window_end_seconds
from tokenworks.serving.scheduler_state import SchedulerState


class QueueFull(RuntimeError):
    """The queue of waiting requests has reached its limit: try again later."""


class Scheduler(SchedulerState):
    """Forms batches under one policy and keeps every request's state and blocks.

    The loop around it: `add` what arrived, `schedule`, run the batch, `postprocess`; it is
    `tokenworks.serving.drive`. Requests are served in the order in which they are added, by their
    arrival and, if the policy says so, first by their priority or their client's turn.
    """

    @property
    def takes_arrivals(self) -> bool:
        """Whether an arrival now could change the next batch, or be turned away."""
        if self.policy.max_waiting is not None or self.policy.order == "fair":
            return True  # what a client starts with is what the others have had by then
        if not self.policy.joins:
            return not self.running
        if not self.free_slots:
            return False
        return self.policy.order == "priority" or not self.queue.ready

    def add(self, request: Request) -> None:
        """Put a request into the queue; a fork enters it once its parent's prompt is computed.

        One that the whole pool could not hold raises ValueError, and so does a fork of a request
        that was not added; a full queue raises QueueFull.
        """
        tokens = request.prompt_tokens + request.max_tokens
        if self.pool.blocks_for(tokens) > self.pool.blocks:
            raise ValueError(
                f"request {request.id!r} may grow to {tokens} tokens, the cache holds "
                f"{self.pool.tokens}: shorten it or give the pool more blocks"
            )
        if request.status != "waiting" or request in self.queue:
            raise ValueError(f"request {request.id!r} was added before")
        if self.policy.max_waiting is not None and self.waiting >= self.policy.max_waiting:
            raise QueueFull(f"{self.waiting} requests wait already")
        self.queue.enter(request)

    def close(self) -> None:
        """Say that nobody else will come: a static batch then starts although it is not full."""
        self.closed = True

    def cancel(self, request: Request, now: float) -> list[Request]:
        """Drop a request that waits or runs here and free what it holds.

        Return those who are handed over because of that: the rest of a static batch whose last
        unfinished request it was.
        """
        if request not in self.queue:
            return []
        if request.status == "running":
            self.running.remove(request)
        else:
            self.queue.drop(request)
        request.stop_reason = "cancelled"
        self.finish(request, now)
        return [] if self.policy.joins else end_batch(self, now)

    def schedule(self, now: float) -> Batch | None:
        """Return the work of the next step, or None when nothing can run now."""
        return mixed_batch(self, now) if self.policy.joins else padded_batch(self, now)

    def wake_seconds(self) -> float | None:
        """Return when the window of the next dynamic batch closes, or None."""
        return window_end_seconds(self)

    def postprocess(
        self, batch: Batch, times: Sequence[float], outcome: Outcome = ONE_EACH
    ) -> list[Request]:
        """Enter what a batch computed; return the requests that are handed over now.

        `times` are the ends of the batch's steps: one, or up to `steady_steps` equal ones.
        """
        leaving = self._enter(batch, times, outcome)
        self.drafted = outcome.drafted
        if not self.policy.joins:
            return end_batch(self, times[-1])
        self.sharing.register(batch.work)
        self.queue.release_forks_of(work.request for work in batch.work)
        if leaving:
            self.running = [request for request in self.running if not request.done]
        for request in leaving:
            self.finish(request, times[-1])
        return leaving

    def _enter(self, batch: Batch, times: Sequence[float], outcome: Outcome) -> list[Request]:
        """Count the computed tokens and those that came out; return who has the last one."""
        steps, size, stopped = len(times), self.pool.block_size, outcome.stopped
        leaving = []
        for request, _, tokens, emits, drafts in batch.work:
            if request.status != "running":  # cancelled while the step ran
                continue
            if drafts:
                self._enter_run(request, outcome.made[request].tokens, times[-1])
            else:
                before = request.computed
                read = max(0, min(before + tokens, request.prompt_tokens) - before)
                self.queue.served(request, read=read, made=steps if emits else 0)
                request.computed += tokens + steps - 1
                if not emits:
                    continue
                request.generated += steps
                request.token_seconds.extend(times)
                if request.computed > size * len(request.blocks):  # several steps
                    self.memory.hold(request, request.computed)
            if request.generated >= request.limit or request in stopped:
                request.stop_reason = stopped.get(request) or request.own_end
                leaving.append(request)
        return leaving

    def _enter_run(self, request: Request, tokens: int, now: float) -> None:
        """Count the drafts that stood and the token after them; give up the blocks beyond."""
        self.queue.served(request, read=0, made=tokens)
        request.computed += tokens
        request.generated += tokens
        request.token_seconds += [now] * tokens
        if not self.policy.reserves:
            self.memory.shrink(request, request.computed)

    def steady_steps(self, batch: Batch) -> int:
        """Return how many steps in a row a batch can run before a request ends or joins.

        Arrivals are the caller's to watch. More than one only when all of it is decode.
        """
        if not batch.decodes:
            return 1
        if self.policy.order == "fair" and self.free_slots and self.queue.ready:
            return 1  # whose turn it is may change with any token
        if (self.policy.share_prefixes or self.queue.awaits_prompt) and any(
            work.start < work.request.prompt_tokens for work in batch.work
        ):
            return 1  # the end of a prompt is offered to those who wait
        steps = min(work.request.limit - work.request.generated for work in batch.work)
        return steps if self.policy.reserves else self.memory.steps_with_room(batch.work, steps)
