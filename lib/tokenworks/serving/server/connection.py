"""One connection: what uvicorn's lacks is a limit of time until a request's headers are complete.

uvicorn has none (its keep-alive limit ends with the first byte), and no ASGI application can
have one, for it is called with complete headers. So the limit stands in the protocol, where the
bytes come in.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tokenworks.serving.server.errors import ApiError, json_bytes
from tokenworks.serving.server.limits import Limits


class Connection(H11Protocol):
    """uvicorn's connection, with a limit for headers; the application may hang up on it."""

    def __init__(
        self,
        *,
        config: Config,
        state: ServerState,
        limits: Limits,
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(config, state, {})
        self.limits, self.on_close = limits, on_close
        self.idle_since = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered: the next headers are on their way, if anything is."""
        if self.cycle is None:
            return True
        return self.cycle.response_complete and not self.transport.get_write_buffer_size()

    def connection_made(self, transport: Any) -> None:
        """Send what is written at once, and put the transport where each request finds it.

        asyncio does so by itself only for sockets of protocol IPPROTO_TCP, and those that Python
        listens with have 0: the second packet of an answer then waits 40 ms for an acknowledgement.
        """
        super().connection_made(transport)
        peer = transport.get_extra_info("socket")
        if peer.family in (socket.AF_INET, socket.AF_INET6):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {"transport": transport}
        self._within(self.limits.head_seconds, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another one."""
        self._in_time()
        super().connection_lost(exc)
        self.on_close()

    def data_received(self, data: bytes) -> None:
        """Watch the time from the first byte of a request to the end of its headers."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self.conn.their_state is not h11.IDLE:
            self._in_time()
        elif self._timer is None:
            self._within(self.limits.head_seconds, self._late)

    def on_response_complete(self) -> None:
        """Be idle from now on; where the connection ends here, do not wait for ever to flush it."""
        self.idle_since = self.loop.time()
        super().on_response_complete()
        if self.transport.is_closing():
            self._flush()
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._unset_keepalive_if_required()  # the next request has begun to come
            self._within(self.limits.head_seconds, self._late)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was kept for a request that did not come."""
        super().timeout_keep_alive_handler()
        self._flush()

    def hang_up(self) -> None:
        """Close, whatever the client thinks of it."""
        self._in_time()
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the shape of every other refusal."""
        self._refuse(ApiError(msg))

    def _within(self, seconds: float, late: Callable[[], None]) -> None:
        self._in_time()
        self._timer = self.loop.call_later(seconds, late)

    def _in_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self.conn.trailing_data[0] and self.conn.our_state is h11.IDLE:
            self._refuse(ApiError("the headers did not arrive in time", status=408))
        else:
            self.hang_up()

    def _flush(self) -> None:
        self._within(self.limits.stall_seconds, self.transport.abort)

    def _refuse(self, error: ApiError) -> None:
        body = json_bytes(error.body)
        kind = (b"content-type", b"application/json")
        length = (b"content-length", str(len(body)).encode())
        headers = [kind, length, (b"connection", b"close")]
        reason = HTTPStatus(error.status).phrase.encode()
        response = h11.Response(status_code=error.status, headers=headers, reason=reason)
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        self._flush()
