"""`/v1/completions` and `/v1/chat/completions`: from a body to its answer, whole or streamed.

A client that goes away cancels its request at once, whether it was being streamed or not. A
client that stops reading is dropped after `Limits.stall_seconds`, and what it left unread with it.
A body is no request before it is complete: only then it takes one of the places inside.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import Transport
from collections.abc import Awaitable
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from tokenworks.serving.server.answers import Answer, error_event
from tokenworks.serving.server.api import Api
from tokenworks.serving.server.doorkeeper import CLIENT, NAME, USAGE, good_name
from tokenworks.serving.server.errors import ApiError, Json
from tokenworks.serving.server.fields import read_body
from tokenworks.serving.server.protocol import CompletionRequest, read_completion_request
from tokenworks.serving.server.stream import Stream
from tokenworks.serving.server.tokens import Delta

SHORT_BODY_BYTES = 1 << 11  # under a millisecond; longer ones are read off the event loop


class Completions:
    """One of the two routes, as an ASGI application of its own."""

    def __init__(self, api: Api, *, chat: bool) -> None:
        self.api, self.chat = api, chat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or find that its client has gone."""
        request, patient = Request(scope, receive), self._patient(scope, send)
        try:
            body = await self.api.bodies.read(request)
            arrival = time.perf_counter()
            with self.api.admission:
                if len(body) <= SHORT_BODY_BYTES:
                    completion = self._read(body)
                else:
                    loop = asyncio.get_running_loop()
                    completion = await loop.run_in_executor(self.api.reader, self._read, body)
                grammar = await self.api.grammar(completion.form)
                name = _name(scope, completion)
                client = scope["state"].get(CLIENT, completion.user)
                stream = self.api.open(
                    completion, arrival, name=name, client=client, grammar=grammar
                )
                try:
                    work = self._stream if completion.stream else self._whole
                    await _unless_gone(receive, work(stream, scope, patient))
                finally:
                    scope["state"][USAGE] = _usage(stream)
                    self.api.leave(stream)
        except ClientDisconnect:
            await _gone(receive)

    def _read(self, body: bytes) -> CompletionRequest:
        api = self.api
        return read_completion_request(
            read_body(body),
            chat=self.chat,
            tokenizer=api.tokenizer,
            model=api.model,
            limits=api.limits,
        )

    def _answer(self, stream: Stream) -> Answer:
        api = self.api
        return Answer(
            stream.completion, api.model, api.tokenizer, stream.prompt_tokens, stream.name
        )

    async def _whole(self, stream: Stream, scope: Scope, send: Send) -> None:
        found: dict[int, Delta] = {}
        async for deltas in stream:
            for choice, delta in deltas.items():
                found.setdefault(choice, Delta()).add(delta)
        await Json(self._answer(stream).whole(found))(scope, _nothing, send)

    async def _stream(self, stream: Stream, _: Scope, send: Send) -> None:
        answer = self._answer(stream)
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        headers += [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async for deltas in stream:
                await _send(send, b"".join(answer.chunks(deltas)))
            await _send(send, b"".join(answer.last()))
        except ApiError as error:  # too late for a status
            await _send(send, error_event(error.body))
        await send({"type": "http.response.body", "body": b""})

    def _patient(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that hangs up on a client that does not read."""
        transport: Transport | None = scope.get("state", {}).get("transport")

        async def patient(message: Any) -> None:
            try:
                async with asyncio.timeout(self.api.limits.stall_seconds):
                    await send(message)
            except TimeoutError:
                if transport is not None:
                    transport.abort()  # closing it would wait for the client to read
                raise ClientDisconnect from None

        return patient


def _name(scope: Scope, completion: CompletionRequest) -> str:
    """Return the name of a request: the client may also have put it into the body."""
    state = scope["state"]
    given = None if Headers(scope=scope).get("x-request-id") else completion.request_id
    state[NAME] = good_name(given) or state[NAME]
    return state[NAME]


def _usage(stream: Stream) -> dict[str, Any]:
    """Return what the log says of an answer: its size, how it ended, how long it waited."""
    requests = stream.requests
    begun = [r.token_seconds[0] - r.arrival_seconds for r in requests if r.token_seconds]
    return {
        "prompt_tokens": stream.prompt_tokens,
        "completion_tokens": sum(request.generated for request in requests),
        "choices": len(requests),
        "stream": stream.completion.stream,
        "finish_reasons": sorted({request.stop_reason or "cancelled" for request in requests}),
        "ttft_seconds": round(min(begun), 4) if begun else None,
    }


async def _send(send: Send, body: bytes) -> None:
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _unless_gone(receive: Receive, work: Awaitable[None]) -> None:
    """Run until the work is done or the client has hung up, whichever comes first."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        task.result()
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nothing() -> Any:
    raise AssertionError("the body has been read")
