"""What the routes share: one model behind one worker, who is let in, and which answers run."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from tokenworks.model.grammar import Grammar
from tokenworks.number import Number
from tokenworks.serving.server.admission import Admission
from tokenworks.serving.server.bodies import Bodies
from tokenworks.serving.server.errors import shutting_down
from tokenworks.serving.server.forms import Form, Forms
from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.protocol import CompletionRequest
from tokenworks.serving.server.stream import Stream
from tokenworks.serving.server.worker import Worker


class Api:
    """What the routes share: one model behind one worker."""

    def __init__(self, worker: Worker, *, model: str, limits: Limits) -> None:
        self.worker, self.model, self.limits = worker, model, limits
        self.admission, self.bodies = Admission(limits.max_open), Bodies(limits)
        self.reader = ThreadPoolExecutor(1, "reader")  # one long body at a time is in memory
        self.created = int(time.time())
        self.tokenizer = worker.engine.lm.tokenizer
        self.forms = Forms(self.tokenizer)
        self._streams: set[Stream] = set()
        self._over = False  # the time to finish in

    async def close(self, seconds: Number) -> None:
        """Finish what runs, for at most this long, and refuse the rest."""
        self.bodies.close()
        if not await self.admission.close(seconds):
            self._over = True  # also for those that are still being read
            for stream in list(self._streams):
                stream.fail(shutting_down())
            await self.admission.close(self.limits.stall_seconds)

    async def grammar(self, form: Form | None) -> Grammar | None:
        """Return the compiled form of an answer; other requests are served meanwhile."""
        if form is None:
            return None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.reader, self.forms.compiled, form)

    def open(
        self,
        completion: CompletionRequest,
        arrival_seconds: float,
        *,
        name: str,
        client: str,
        grammar: Grammar | None,
    ) -> Stream:
        """Give a request to the worker, unless it comes too late."""
        if self._over:
            raise shutting_down()
        stream = self.worker.submit(
            completion,
            arrival_seconds=arrival_seconds,
            name=name,
            client=client,
            grammar=grammar,
        )
        self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a request; what still runs of it is cancelled."""
        self._streams.discard(stream)
        self.worker.cancel(stream)
