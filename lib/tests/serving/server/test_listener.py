"""Taking connections where there is little room."""

import asyncio
import errno
import resource
import socket
import threading
from contextlib import closing
from types import SimpleNamespace

import loops
import pytest
from scripted import Scripted, echoes
from sites import COMPLETIONS, WAIT_SECONDS, events

from tokenworks.serving.server import listener as module
from tokenworks.serving.server.listener import Listener, bind, descriptors_left


def test_who_has_been_idle_longest_makes_room(site):
    here = site(Scripted(echoes), limits={"max_connections": 2})
    idle = [socket.create_connection(here.address, timeout=WAIT_SECONDS) for _ in range(2)]
    try:
        assert here.get("/health")[0] == 200
        assert idle[0].recv(1) == b""  # closed by the server
        idle[1].setblocking(False)
        with pytest.raises(BlockingIOError):
            idle[1].recv(1)
    finally:
        for each in idle:
            each.close()


def test_who_is_being_answered_does_not(site):
    engine = Scripted(echoes, gate=threading.Semaphore(0))
    here = site(engine, limits={"max_connections": 1})
    with here.send(COMPLETIONS, {"prompt": "hi", "max_tokens": 3, "stream": True}) as running:
        engine.gate.release(1)
        chunks = events(running)
        next(chunks)
        with closing(here.connect()) as waiting:
            waiting.request("GET", "/health")
            waiting.sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                waiting.sock.recv(1)
            waiting.sock.settimeout(WAIT_SECONDS)
            engine.gate.release(1000)
            assert list(chunks)[-1] == b"[DONE]"
            with waiting.getresponse() as response:
                assert response.status == 200


def test_who_connects_in_the_moment_of_the_end_is_not_lost(caplog):
    async def end():
        loop = asyncio.get_running_loop()
        with bind("127.0.0.1", 0) as listening, socket.socket() as client:
            here = Listener(lambda on_close: asyncio.Protocol(), set(), most=9)
            here.start([listening])
            await asyncio.sleep(0)
            told, tell = socket.socketpair()
            with told, tell:
                loop.add_reader(told, lambda: [task.cancel() for task in here._tasks])
                tell.send(b"x")  # both come in one turn of the loop, the end first
                client.connect(listening.getsockname())
                await asyncio.sleep(0.05)
                loop.remove_reader(told)
            await here.stop()
            listening.accept()[0].close()  # it waits where the next process finds it

    loops.run(end())
    assert not caplog.records


def test_without_descriptors_it_says_so_once_and_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    made = []

    class Greets(asyncio.Protocol):
        def connection_made(self, transport):
            transport.write(b"hi")
            transport.close()

    def make(on_close):
        made.append(on_close)
        return Greets()

    async def starve():
        waits, left = module._readable, [True] * 50

        async def readable(listening):
            if left:
                left.pop()
                raise OSError(errno.EMFILE, "Too many open files")
            await waits(listening)

        monkeypatch.setattr(module, "_readable", readable)
        with bind("127.0.0.1", 0) as listening:
            here = Listener(make, set(), most=9)
            here.start([listening])
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            said = await reader.read()
            writer.close()
            await here.stop()
        return said, len(left)

    assert loops.run(starve()) == (b"hi", 0)
    assert [record.message for record in caplog.records] == [
        "cannot take connections: Too many open files"
    ]
    assert len(made) == 1


def test_connections_leave_descriptors_for_everything_else(monkeypatch):
    def limited(files):
        return lambda _: (files, files)

    monkeypatch.setattr(resource, "getrlimit", limited(1000))
    monkeypatch.setattr(module, "os", SimpleNamespace(
        path=SimpleNamespace(isdir=lambda _: True), listdir=lambda _: ["x"] * 68
    ))  # fmt: skip
    assert descriptors_left() == 1000 - 68 - 32
    monkeypatch.setattr(resource, "getrlimit", limited(resource.RLIM_INFINITY))
    assert descriptors_left() > 100_000
    monkeypatch.setattr(resource, "getrlimit", limited(100))
    with pytest.raises(ValueError, match=r"only 100 files may be open, .*: ulimit -n 1024"):
        descriptors_left()
