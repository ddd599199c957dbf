"""Who is let in, and what becomes of requests whose client or engine is gone."""

import json
import threading
from contextlib import closing

import pytest
from scripted import Scripted, echoes, repeats
from sites import COMPLETIONS, begin, events


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_hangs_up_frees_its_blocks(site, stream):
    here = site(Scripted(repeats(), blocks=250_000, context_tokens=1_000_000))
    endless = {"prompt": "a", "max_tokens": 999_000, "stream": stream}
    with closing(here.connect()) as connection:
        connection.request("POST", COMPLETIONS, json.dumps(endless))
        if stream:
            response = connection.getresponse()
            next(events(response))
            response.close()
    request = here.end()
    assert (request.stop_reason, request.generated < 999_000) == ("cancelled", True)
    assert here.engine.scheduler.pool.free_blocks == here.engine.scheduler.pool.blocks


def test_a_full_server_says_when_to_come_back(site):
    engine = Scripted(echoes, gate=threading.Semaphore(0), max_batch=1)
    here = site(engine, max_waiting=0)
    body = {"prompt": "hi", "max_tokens": 3}
    try:
        with here.send(COMPLETIONS, body | {"stream": True}) as running:
            engine.gate.release(1)
            chunks = events(running)
            next(chunks)
            with here.send(COMPLETIONS, body) as response:
                assert (response.status, response.getheader("retry-after")) == (503, "1")
                assert json.loads(response.read())["error"]["code"] == "overloaded"
            engine.gate.release(1000)
            assert list(chunks)[-1] == b"[DONE]"
        assert here.post(COMPLETIONS, body)[0] == 200
    finally:
        engine.gate.release(1000)


def test_too_many_connections_are_refused_before_their_bodies_are_read(site):
    here = site(Scripted(echoes), limits={"max_open": 1})
    with closing(here.connect()) as waiting:
        begin(waiting)
        while here.server.api.admission.open == 0:
            here.get("/health")  # each answer is a turn of the server's event loop
        status, answer = here.post(COMPLETIONS, {"prompt": "hi"})
    assert (status, answer["error"]["code"]) == (503, "overloaded")


class Broken(Scripted):
    """Breaks once it has made a token."""

    def run(self, batch):
        if batch.work[0].request.output_ids:
            raise ArithmeticError("broken")
        return super().run(batch)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_engine_dies_streams_end_with_an_error_and_health_says_so(site):
    here = site(Broken(echoes))
    with here.send(COMPLETIONS, {"prompt": "hi", "stream": True}) as response:
        *_, last = events(response)
    assert json.loads(last)["error"]["code"] == "engine"
    assert here.post(COMPLETIONS, {"prompt": "hi"})[0] == 500
    assert here.get("/health")[0] == 503
