"""Servers on free ports, and plain ways to talk to them."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import Queue
from typing import Any

import openai

from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.listener import bind
from tokenworks.serving.server.service import Options, Server, running
from tokenworks.serving.server.stepped_engine import SteppedEngine

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"
TALK = {"messages": [{"role": "user", "content": "hi"}]}
WAIT_SECONDS = 60  # longer than anything here takes, so that a bug is a failure and no hang


@dataclass
class Site:
    """A running server and what can be seen of it."""

    url: str
    server: Server
    engine: SteppedEngine
    finished: Queue

    def client(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.address, timeout=WAIT_SECONDS)

    @contextmanager
    def send(self, path: str, body: Any = None, *, method: str = "POST"):
        """Send a request on a connection of its own and give the response, unread."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        with closing(self.connect()) as connection:
            connection.request(method, path, raw)
            with connection.getresponse() as response:
                yield response

    def get(self, path: str) -> tuple[int, str]:
        with self.send(path, method="GET") as response:
            return response.status, response.read().decode()

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        with self.send(path, body) as response:
            return response.status, json.loads(response.read())

    def end(self):
        """Return the next request that ends."""
        return self.finished.get(timeout=WAIT_SECONDS)


@contextmanager
def opened(engine: SteppedEngine, *, limits: dict[str, Any] | None = None, **options: Any):
    """Run a server over an engine; its sockets buffer little, so that slow readers are slow."""
    finished: Queue = Queue()
    tokens = min(engine.context_tokens, engine.scheduler.pool.tokens)
    chosen = Options(
        limits=Limits(context_tokens=tokens, **(limits or {})),
        on_finish=finished.put,
        **{"drain_seconds": 0.0, **options},
    )
    server, listener = Server(engine, chosen), bind("127.0.0.1", 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with running(server, listener) as url:
        yield Site(url, server, engine, finished)


def events(response):
    """Yield the data of a stream's events as they come."""
    for line in response:
        if line.startswith(b"data: "):
            yield line[6:].strip()


def begin(connection):
    """Send the head of a request and less than its body."""
    connection.putrequest("POST", COMPLETIONS)
    connection.putheader("content-length", "100")
    connection.endheaders(b"{")
