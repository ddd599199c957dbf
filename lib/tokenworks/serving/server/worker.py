"""The thread that steps the engine, and the event loop's way to it.

Requests join and leave between any two steps: that is continuous batching. Commands reach the
thread through a queue; what a step made goes back in one call for all of its requests.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Literal

from tokenworks.model.grammar import Grammar
from tokenworks.serving.compiled_shapes import compile_next
from tokenworks.serving.request import Request
from tokenworks.serving.server.errors import engine_stopped, overloaded, warming_up
from tokenworks.serving.server.prometheus import Metrics
from tokenworks.serving.server.protocol import CompletionRequest
from tokenworks.serving.server.stepped_engine import SteppedEngine
from tokenworks.serving.server.stream import Stream, requests_of
from tokenworks.serving.server.tokens import Delta, newest
from tokenworks.serving.text_requests import TextRequest

State = Literal["new", "warming", "alive", "dead", "stopped"]


@dataclass(frozen=True)
class Destination:
    """Where the tokens of one sequence go: a choice of a stream."""

    stream: Stream
    choice: int


Outputs = list[tuple[TextRequest, Destination, Delta]]


class Worker:
    """Runs an engine for many clients: `submit` and `cancel` on the event loop, steps elsewhere.

    At most `max_waiting` requests beyond a full batch are taken in; the next one is refused at
    once. `on_finish` is called on the engine's thread with each request that ends, `on_change` on
    the event loop once it is warm, and where it dies. An engine with a
    queue limit of its own, or with static batches, which would wait for requests that need not
    come, raises ValueError.
    """

    def __init__(
        self,
        engine: SteppedEngine,
        *,
        max_waiting: int,
        metrics: Metrics,
        on_finish: Callable[[TextRequest], None] | None = None,
        on_change: Callable[[State], None] | None = None,
    ) -> None:
        policy = engine.scheduler.policy
        if policy.batching == "static":
            raise ValueError("a static batch may wait for ever: batch continuously or by a window")
        if policy.max_waiting is not None:
            raise ValueError("leave Policy.max_waiting None: a server bounds its queue by its own")
        metrics.cache(engine.scheduler)
        if engine.drafting:
            metrics.speculates(engine.drafting.counts, gamma=engine.drafting.speculation.gamma)
        self.engine, self.metrics, self.on_finish = engine, metrics, on_finish
        self.on_change = on_change
        self.max_unfinished = policy.max_batch + max_waiting
        self.state: State = "new"
        self._unfinished: dict[TextRequest, Stream] = {}  # the event loop's
        self._destinations: dict[TextRequest, Destination] = {}  # the engine thread's
        self._outputs: deque[Outputs] = deque()  # of steps that the event loop has not delivered
        self._called = False  # to deliver them
        self._commands: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="engine", daemon=True)

    def start(self) -> None:
        """Start the thread; answers come back to the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self.state = "warming"
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it takes requests."""
        return self.state == "alive"

    def stop(self) -> None:
        """End the thread after the step that runs now, and wait for it; not for compilation."""
        self._commands.put(None)
        if self.state != "warming":
            self._thread.join()

    def submit(
        self,
        completion: CompletionRequest,
        *,
        arrival_seconds: float,
        name: str = "",
        client: str = "",
        grammar: Grammar | None = None,
    ) -> Stream:
        """Take a request in, or refuse it with ApiError; the first tokens come by themselves.

        `grammar` is its form, compiled; `client` is whose it is, for policies with fair turns.
        """
        if self.state == "warming":
            raise warming_up()
        if not self.alive:
            raise engine_stopped()
        if len(self._unfinished) + completion.choices > self.max_unfinished:
            self.metrics.rejected()
            raise overloaded(f"{self.max_unfinished} requests run or wait")
        requests = requests_of(
            completion, arrival_seconds, name=name, client=client, grammar=grammar
        )
        stream = Stream(completion, requests, name=name)
        self._unfinished |= dict.fromkeys(requests, stream)
        self.metrics.admitted(completion)
        self._commands.put(partial(self._add, stream))
        return stream

    def cancel(self, stream: Stream) -> None:
        """Drop what a stream still waits for; its blocks are free before the next step."""
        if left := [request for request in stream.requests if request in self._unfinished]:
            self._forget(left)
            self._commands.put(partial(self._drop, left))

    def _forget(self, requests: list[TextRequest]) -> None:
        for request in requests:
            self._unfinished.pop(request, None)

    def _deliver(self) -> None:
        """Hand out what the steps so far made; what was cancelled meanwhile is dropped."""
        self._called = False
        for _ in range(len(self._outputs)):
            for request, to, delta in self._outputs.popleft():
                if request in self._unfinished:
                    to.stream.put(to.choice, delta)
                    if delta.stop_reason:
                        del self._unfinished[request]

    def _become(self, state: State) -> None:
        if self.state == "dead":
            return
        self.state = state
        if state == "dead":
            for stream in self._unfinished.values():
                stream.fail(engine_stopped())
            self._unfinished.clear()
        if self.on_change:
            self.on_change(state)

    # What follows runs on the engine's thread.

    def _work(self) -> None:
        told: State = "dead"
        try:
            busy = bool(next(warming := self.engine.warming_up(), None))
            self._tell("alive")
            while self._run_commands(wait=not busy):
                busy = self._step() or compile_next(warming, lambda: not self._commands.empty())
            told = "stopped"
        finally:
            self.metrics.stopped()
            self._tell(told)

    def _tell(self, state: State) -> None:
        with suppress(RuntimeError):  # the loop has been closed: nobody waited for compilation
            self._loop.call_soon_threadsafe(self._become, state)

    def _run_commands(self, *, wait: bool) -> bool:
        """Run all commands, waiting for the first if told; return False when told to end.

        It waits no longer than the window of a dynamic batch.
        """
        wake = self.engine.scheduler.wake_seconds()
        timeout = None if wake is None else max(0.0, wake - time.perf_counter())
        try:
            while (command := self._commands.get(wait, timeout)) is not None:
                command()
                wait = False
        except Empty:
            return True
        return False

    def _add(self, stream: Stream) -> None:
        for choice, request in enumerate(stream.requests):
            self._destinations[request] = Destination(stream, choice)
            self.engine.scheduler.add(request)

    def _drop(self, requests: list[TextRequest]) -> None:
        for request in requests:
            if request in self._destinations:
                handed_over = self.engine.scheduler.cancel(request, time.perf_counter())
                for ended in (request, *handed_over):
                    self._finish(ended)
        self.metrics.state(self.engine.scheduler)

    def _step(self) -> bool:
        """Run one batch and pass on its tokens; return whether there was anything to run."""
        done = self.engine.step()
        if done is None:
            return False
        emitted = [(r, tokens) for r, tokens in done.emitted if isinstance(r, TextRequest)]
        outputs = [(r, self._destinations[r], newest(r, tokens)) for r, tokens in emitted]
        self.metrics.step(done.batch, emitted)
        for request in done.finished:
            self._finish(request)
        self.metrics.state(self.engine.scheduler)
        self._outputs.append(outputs)
        if not self._called:  # one call for all steps that are made meanwhile
            self._called = True
            self._loop.call_soon_threadsafe(self._deliver)
        return True

    def _finish(self, request: Request) -> None:
        assert isinstance(request, TextRequest)
        stream = self._destinations.pop(request).stream
        self.metrics.finished(request)
        alike = stream.answers_like(request)
        if all(each.stop_reason for each in alike):
            self.metrics.answered(alike)
        if self.on_finish:
            self.on_finish(request)
