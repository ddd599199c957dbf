"""A server from its socket to its last answer: start, signals, graceful shutdown.

On SIGTERM or SIGINT it takes nothing new in (503, and `/health` says so), finishes what runs for
up to `drain_seconds`, tells the rest that it is shutting down, and leaves. A second signal ends
it at once. Where the engine dies everybody is told, and the server leaves with `failed` set.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Thread
from types import FrameType

import uvicorn

from tokenworks.number import make_bounded, make_whole
from tokenworks.serving.server.api import Api
from tokenworks.serving.server.app import application
from tokenworks.serving.server.connection import Connection
from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.listener import Listener, bind, descriptors_left
from tokenworks.serving.server.prometheus import Metrics
from tokenworks.serving.server.stepped_engine import SteppedEngine
from tokenworks.serving.server.worker import State, Worker
from tokenworks.serving.text_requests import TextRequest

FLUSH_SECONDS = 5  # for what the last answers left in the sockets' buffers


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a server treats its clients; sizes of batch and cache are the engine's.

    `max_waiting` requests are taken in beyond a full batch. `limits` None: the engine's context
    and the defaults of Limits. `api_keys` are needed for all under /v1, unless there are
    none. `on_ready` is called once the engine is warm. Impossible values raise ValueError.
    """

    max_waiting: int = 64
    drain_seconds: float = 30.0
    limits: Limits | None = None
    api_keys: tuple[str, ...] = ()
    on_finish: Callable[[TextRequest], None] | None = None
    on_ready: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        make_whole(self, "max_waiting", least=0)
        make_bounded(self, "drain_seconds")


class Server(uvicorn.Server):
    """One engine behind one address.

    Limits that allow a longer sequence than the engine can hold raise ValueError.
    """

    def __init__(self, engine: SteppedEngine, options: Options) -> None:
        self.model, self.options, self.ready = engine.lm.spec.name, options, Event()
        self.engine, self.failed = engine, False
        self.worker = Worker(
            engine,
            max_waiting=options.max_waiting,
            metrics=Metrics(self.model),
            on_finish=options.on_finish,
            on_change=self._changed,
        )
        tokens = min(engine.context_tokens, engine.scheduler.pool.tokens)
        limits = options.limits or Limits(context_tokens=tokens)
        most = min(limits.max_choices, self.worker.max_unfinished)  # more could never be let in
        limits = replace(limits, max_choices=most)
        if limits.context_tokens > tokens:
            longest = f"limits.context_tokens is {limits.context_tokens}"
            raise ValueError(f"{longest}, and the engine holds {tokens}")
        self.api = Api(self.worker, model=self.model, limits=limits)
        super().__init__(
            uvicorn.Config(
                application(self.api, keys=options.api_keys),
                ws="none",
                lifespan="off",
                log_level="error",  # a client's mistakes are its own, and may be many
                access_log=False,
                timeout_graceful_shutdown=FLUSH_SECONDS,
            )
        )
        self._closing: asyncio.Task[None] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to leave."""
        self._own_loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, and compile meanwhile: until the engine is warm the answer is 503."""
        limits = self.api.limits
        most = min(limits.max_connections, descriptors_left())
        self._listener = Listener(self._connection, self.server_state.connections, most=most)
        self._listener.start(sockets or [])
        self.servers, self.started = [], True  # uvicorn's own listeners: there are none
        self.worker.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open, then end the engine's thread."""
        await self._listener.stop()
        if self.force_exit:
            for connection in list(self.server_state.connections):
                connection.transport.abort()  # whose requests then end as if they had hung up
        await super().shutdown(sockets)
        self.worker.stop()

    def _connection(self, on_close: Callable[[], None]) -> Connection:
        return Connection(
            config=self.config,
            state=self.server_state,
            limits=self.api.limits,
            on_close=on_close,
        )

    def _changed(self, state: State) -> None:
        """Say when the engine is warm; leave where it has died."""
        if state == "alive":
            self.ready.set()
            if self.options.on_ready:
                self.options.on_ready()
        elif state == "dead":
            self.failed = True
            self._begin_to_leave()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave on the first signal; leave on the second."""
        if self._closing is not None or self.should_exit:
            self.should_exit = self.force_exit = True
        else:
            self._own_loop.call_soon_threadsafe(self._begin_to_leave)

    def leave(self) -> None:
        """Begin to leave, from any thread; a server that has left stays so."""
        if not self._own_loop.is_closed():
            self._own_loop.call_soon_threadsafe(self._begin_to_leave)

    def _begin_to_leave(self) -> None:
        if self._closing is None:
            self._closing = self._own_loop.create_task(self._leave())

    async def _leave(self) -> None:
        await self.api.close(self.options.drain_seconds)
        self.should_exit = True


@contextmanager
def local_server(engine: SteppedEngine, options: Options | None = None) -> Iterator[str]:
    """Serve an engine from a thread on a free port of this machine, and yield its address.

    with local_server(Engine(…)) as url: openai.OpenAI(base_url=f"{url}/v1", api_key="none")
    """
    with running(Server(engine, options or Options())) as url:
        yield url


@contextmanager
def running(server: Server, listener: socket.socket | None = None) -> Iterator[str]:
    """Run a server in a thread until the block ends, on a free port unless a socket is given.

    An engine that cannot start raises RuntimeError.
    """
    listener = listener or bind("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def run() -> None:
        try:
            server.run([listener])
        finally:
            server.ready.set()  # also where it could not start

    thread = Thread(target=run, name="server", daemon=True)
    thread.start()
    server.ready.wait()
    if server.failed:
        thread.join()
        raise RuntimeError("the engine could not start: its thread's error stands above")
    try:
        yield address
    finally:
        server.leave()
        thread.join()
