"""Taking connections: no more than there is room for, and never those that nobody can answer.

asyncio's own loop takes whatever comes, up to its backlog in one go; without file descriptors it
logs an error for each of them, every second. Here the rest waits in the kernel's queue.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
from collections.abc import Callable

from tokenworks.serving.server.connection import Connection

RESERVED = 32  # file descriptors for everything that is no connection and not yet open
BACKLOG = 2048
RETRY_SECONDS = 1.0

log = logging.getLogger("tokenworks.server")


def bind(host: str, port: int) -> socket.socket:
    """Return a socket with an address of its own, which nobody can connect to yet.

    It listens once there is somebody to answer (`Listener.start`): until then the kernel refuses,
    and no client waits. An address that is taken or not ours raises ValueError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise _busy(host, port, error) from None
    return bound


def listen(bound: socket.socket) -> None:
    """Take connections into the kernel's queue; where somebody else does raise ValueError."""
    try:
        bound.listen(BACKLOG)
    except OSError as error:
        raise _busy(*bound.getsockname()[:2], error=error) from None


def _busy(host: str, port: int, error: OSError) -> ValueError:
    reason = error.strerror or error
    return ValueError(f"cannot listen on {host}:{port}: {reason}; try another --port")


def descriptors_left() -> int:
    """Return how many connections the process's limit of open files leaves room for.

    A limit too low for any raises ValueError.
    """
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return 1 << 20
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    left = limit - len(os.listdir(folder)) - RESERVED
    if left < 1:
        raise ValueError(
            f"only {limit} files may be open, too few for a connection: ulimit -n 1024"
        )
    return left


class Listener:
    """Takes connections from listening sockets, at most `most` at once.

    Where there is no room the one that has been idle longest makes some: a client that keeps its
    connection for later, or sends its headers as slowly as it may, locks nobody out.
    """

    def __init__(
        self, make: Callable[[Callable[[], None]], Connection], open_: set, *, most: int
    ) -> None:
        self.most = most
        self._make, self._open = make, open_
        self._closed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, sockets: list[socket.socket]) -> None:
        """Begin to take connections."""
        for each in sockets:
            each.setblocking(False)
            listen(each)
        self._tasks = [asyncio.create_task(self._accept(each)) for each in sockets]

    async def stop(self) -> None:
        """Take no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop, told = asyncio.get_running_loop(), False
        while True:
            try:
                await _readable(listening)
                accepted, _ = listening.accept()
                await self._room()
                await loop.connect_accepted_socket(lambda: self._make(self._closed.set), accepted)
            except BlockingIOError:  # another process was faster
                continue
            except OSError as error:  # no descriptor is left, or the client has gone already
                if not told:
                    log.error("cannot take connections: %s", error.strerror or error)
                told = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _room(self) -> None:
        while len(self._open) >= self.most:
            if idle := [each for each in self._open if each.idle]:
                min(idle, key=lambda each: each.idle_since).hang_up()
            self._closed.clear()
            await self._closed.wait()


async def _readable(listening: socket.socket) -> None:
    """Wait until somebody connects. Whoever is cancelled meanwhile has accepted nobody.

    (`loop.sock_accept` loses a connection that comes in the moment in which it is cancelled.)
    """
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(listening, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listening)
