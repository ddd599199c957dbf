"""Bodies: how they are read, within limits, and what becomes of those that nobody reads."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tokenworks.serving.server.errors import ApiError, shutting_down
from tokenworks.serving.server.limits import Limits

LINGER_SECONDS = 2.0
LINGER_BYTES = 8 << 20
CLOSE = (b"connection", b"close")


class Bodies:
    """The bodies that are on their way in: at most `max_bodies`, each within `body_seconds`.

    One more takes the place of the oldest: who sends quickly is never kept out by those who do not.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._coming: dict[asyncio.Timeout, None] = {}  # in order of their beginning
        self._closed = False

    @property
    def coming(self) -> int:
        """How many are on their way."""
        return len(self._coming)

    async def read(self, request: Request) -> bytes:
        """Return a body, refusing it as soon as it is too long or too slow."""
        most = self.limits.max_body_bytes
        too_long = ApiError(f"the body is over {most} bytes", status=413)
        if int(request.headers.get("content-length", 0)) > most:  # h11 has checked that it is one
            raise too_long
        if self._closed:
            raise shutting_down()
        if self.coming >= self.limits.max_bodies:
            self._end(next(iter(self._coming)))
        found, limit = bytearray(), asyncio.timeout(self.limits.body_seconds)
        self._coming[limit] = None
        try:
            async with limit:
                async for piece in request.stream():
                    found += piece
                    if len(found) > most:
                        raise too_long
        except TimeoutError:
            if self._closed:
                raise shutting_down() from None
            raise ApiError("the body did not arrive in time", status=408) from None
        finally:
            self._coming.pop(limit, None)
        return bytes(found)

    def close(self) -> None:
        """Wait for none of them any longer."""
        self._closed = True
        for limit in list(self._coming):
            self._end(limit)

    def _end(self, limit: asyncio.Timeout) -> None:
        del self._coming[limit]
        limit.reschedule(asyncio.get_running_loop().time())


class Unread:
    """Wraps an application: an answer to a body that was not read ends its connection.

    The answer says so. What the client still sends is read and dropped for a moment, since closing
    at once would reset the connection, and with it the answer on its way; then it is cut off.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and look at what is left of it."""
        left = _has_body(scope)
        closing = False

        async def watched() -> Any:
            nonlocal left
            message = await receive()
            left = left and message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def ended(message: Any) -> None:
            nonlocal closing
            if message["type"] == "http.response.start" and left:
                closing = True
                message = {**message, "headers": [*message.get("headers", []), CLOSE]}
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not (closing and last):
                await send(message)
                return
            await send({**message, "more_body": True})
            await _drop(watched, lambda: left)
            await send({"type": "http.response.body", "body": b""})

        await self.app(scope, watched, ended)


def _has_body(scope: Scope) -> bool:
    headers = dict(scope.get("headers", ()))
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


async def _drop(receive: Receive, left: Any) -> None:
    dropped = 0
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while left() and dropped < LINGER_BYTES:
                dropped += len((await receive()).get("body", b""))
    except TimeoutError:
        pass
