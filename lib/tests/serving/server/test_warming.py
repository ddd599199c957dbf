"""The time between a server's first connection and its first token: shapes are compiled."""

import asyncio
import json
import threading
import time
from queue import Queue

import pytest
from scripted import Scripted, echoes, says
from sites import COMPLETIONS, WAIT_SECONDS, Site
from workers import read, run

from tokenworks.serving.server.listener import bind
from tokenworks.serving.server.service import Options, Server, local_server


class Cold(Scripted):
    """Is warm when it is told to be."""

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.told = threading.Event()

    def warming_up(self):
        self.told.wait(WAIT_SECONDS)
        yield from super().warming_up()


def first_answer(here):
    """Ask until somebody listens: a connection that is taken gets an answer."""
    while True:
        try:
            return here.get("/health")[0]
        except ConnectionRefusedError:
            time.sleep(0.01)


def test_until_the_engine_is_warm_everybody_is_told_to_come_back():
    engine, ready = Cold(echoes), []
    server, listener = Server(engine, Options(on_ready=lambda: ready.append(True))), None
    listener = bind("127.0.0.1", 0)
    here = Site(f"http://127.0.0.1:{listener.getsockname()[1]}", server, engine, Queue())
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        assert first_answer(here) == 503
        assert here.get("/v1/models")[0] == 200
        with here.send(COMPLETIONS, {"prompt": "hi"}) as response:
            assert (response.status, response.getheader("retry-after")) == (503, "5")
            assert json.loads(response.read())["error"]["code"] == "warming_up"
        assert not ready
        engine.told.set()
        assert server.ready.wait(WAIT_SECONDS)
        assert here.get("/health")[0] == 200
        assert ready == [True]
        assert here.post(COMPLETIONS, {"prompt": "hi"})[0] == 200
    finally:
        engine.told.set()
        server.leave()
        thread.join()


class Ill(Scripted):
    """Cannot start."""

    def warming_up(self):
        raise ArithmeticError("ill")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_engine_that_cannot_start_is_said():
    with pytest.raises(RuntimeError, match="could not start"), local_server(Ill(echoes)):
        pass


class Slow(Scripted):
    """Has two pieces to compile that nobody needs yet; each is done when it is let through."""

    def warming_up(self):
        self.more, self.found, self.begun = threading.Semaphore(0), [], 0
        yield True
        for _ in range(2):
            self.begun += 1
            self.more.acquire()
            self.found.append(self.scheduler.waiting + len(self.scheduler.running))
            yield True


async def until(true):
    """Wait for what another thread does."""
    end = time.perf_counter() + WAIT_SECONDS
    while not true():
        assert time.perf_counter() < end
        await asyncio.sleep(0.005)


def test_what_is_left_to_compile_waits_until_nobody_does(ask, caplog):
    caplog.set_level("INFO", "tokenworks.compiling")
    engine = Slow(says("abcdef"), gate=threading.Semaphore(0))

    async def scenario(worker, ended):
        await until(lambda: engine.begun == 1)
        assert worker.alive  # it takes requests, and compiles what is left
        answer = asyncio.create_task(read(worker.submit(ask(), arrival_seconds=0.0)))
        engine.more.release(2)
        await until(lambda: engine.scheduler.running)
        engine.gate.release(7)
        said = await answer
        await until(lambda: len(engine.found) == 2)
        return said, engine.found, len(ended)

    # the request that came during the first piece went before the second, to its end
    assert run(engine, scenario) == ({0: "abcdef"}, [0, 0], 1)
    (said,) = caplog.messages  # of the first piece
    assert said.startswith("a request waited up to ")
