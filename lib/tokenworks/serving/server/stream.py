"""Between the engine's thread and one HTTP answer: deltas wait here, merged, until they are sent.

The engine never waits for a client, as in vLLM: it runs to the end of the answer, whose blocks
are then free for others. What a client has not read is one merged delta a choice, so an answer
that nobody reads takes the memory of its text once. Only its own task waits for its socket.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tokenworks.model.grammar import Grammar
from tokenworks.serving.server.errors import ApiError
from tokenworks.serving.server.protocol import SEEDS, CompletionRequest
from tokenworks.serving.server.tokens import Delta
from tokenworks.serving.text_requests import TextRequest


def requests_of(
    completion: CompletionRequest,
    arrival_seconds: float,
    *,
    name: str,
    client: str = "",
    grammar: Grammar | None = None,
) -> list[TextRequest]:
    """Return the answers to all prompts; those to one prompt are forks of its first.

    As in vLLM, the seed of answer number i is the request's plus i.
    """
    requests: list[TextRequest] = []
    for prompt in completion.prompts:
        for number in range(completion.n):
            seed = (completion.sampling.seed + number) % SEEDS
            request = TextRequest(
                prompt_ids=prompt,
                max_tokens=completion.max_tokens or 1,  # 0: the prompt alone is wanted, and read
                sampling=replace(completion.sampling, seed=seed),
                ignore_eos=completion.ignore_eos,
                steering=completion.steering,
                stop_token_ids=completion.stop_token_ids,
                min_tokens=completion.min_tokens,
                grammar=grammar,
                skip_special_tokens=completion.skip_special_tokens,
                stop=completion.stop,
                logprobs=completion.logprobs,
                prompt_logprobs=completion.prompt_scores,
                id=f"{name}-{len(requests)}" if requests else name,
                arrival_seconds=arrival_seconds,
                client=client,
                fork_of=requests[-number] if number else None,
            )
            requests.append(request)
    return requests


class Stream:
    """The choices of one HTTP request; all of it happens on the event loop."""

    def __init__(
        self, completion: CompletionRequest, requests: list[TextRequest], *, name: str = ""
    ) -> None:
        self.completion, self.requests, self.name = completion, requests, name
        self._pending: dict[int, Delta] = {}
        self._unfinished = set(range(len(requests)))
        self._error: ApiError | None = None
        self._ready = asyncio.Event()

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts, each counted once however many answers it gets."""
        return sum(len(ids) for ids in self.completion.prompts)

    def answers_like(self, request: TextRequest) -> list[TextRequest]:
        """Return all answers to the prompt of one of them."""
        n = self.completion.n
        first = self.requests.index(request) // n * n
        return self.requests[first : first + n]

    def put(self, choice: int, delta: Delta) -> None:
        """Take a delta in, behind what is still unread."""
        if choice in self._pending:
            self._pending[choice].add(delta)
        else:
            self._pending[choice] = delta
        if delta.stop_reason:
            self._unfinished.discard(choice)
        self._ready.set()

    def fail(self, error: ApiError) -> None:
        """End it with an error: what is unread is dropped."""
        self._error = error
        self._ready.set()

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> dict[int, Delta]:
        """Return what came since the last time, by choice; wait where nothing did."""
        if not self._pending and not self._unfinished and self._error is None:
            raise StopAsyncIteration
        await self._ready.wait()
        self._ready.clear()
        if self._error:
            raise self._error
        taken, self._pending = self._pending, {}
        return taken
