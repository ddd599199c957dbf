"""Who is let in, and what becomes of requests whose client or engine is gone."""

import json
import threading
from contextlib import ExitStack, closing, suppress

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


def test_unfinished_bodies_keep_nobody_out(site):
    """A body takes a place inside when it is complete; until then the oldest gives way."""
    here = site(Scripted(echoes), limits={"max_open": 1, "max_bodies": 2})
    with ExitStack() as stack:
        waiting = [stack.enter_context(closing(here.connect())) for _ in range(2)]
        for number, connection in enumerate(waiting, 1):
            begin(connection)
            while here.server.api.bodies.coming < number:
                here.get("/health")  # each answer is a turn of the server's event loop
        assert here.post(COMPLETIONS, {"prompt": "hi"})[0] == 200
        with waiting[0].getresponse() as response:
            assert response.status == 408
        assert here.server.api.bodies.coming == 1


def test_more_requests_than_may_be_open_are_refused(site):
    engine = Scripted(echoes, gate=threading.Semaphore(0))
    here = site(engine, limits={"max_open": 1})
    with here.send(COMPLETIONS, {"prompt": "hi", "stream": True}) as running:
        engine.gate.release(1)
        next(events(running))
        status, answer = here.post(COMPLETIONS, {"prompt": "hi"})
        engine.gate.release(1000)
    assert (status, answer["error"]["code"]) == (503, "overloaded")


def test_what_can_never_be_let_in_is_the_clients_mistake(site):
    """However long it came back, as a 503 with its time would tell it to."""
    here = site(Scripted(echoes, max_batch=2), max_waiting=1)
    assert here.post(COMPLETIONS, {"prompt": "hi", "n": 3})[0] == 200
    status, answer = here.post(COMPLETIONS, {"prompt": "hi", "n": 4})
    assert (status, answer["error"]["param"]) == (400, "n")
    status, answer = here.post(COMPLETIONS, {"prompt": ["hi"] * 4})
    assert (status, answer["error"]["param"]) == (400, "prompt")


class Broken(Scripted):
    """Breaks once it has made a token."""

    def run(self, batch):
        if batch.work[0].request.output_ids:
            raise ArithmeticError("broken")
        return super().run(batch)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_engine_dies_streams_end_with_an_error_and_the_server_ends(site):
    here = site(Broken(echoes))
    with here.send(COMPLETIONS, {"prompt": "hi", "stream": True}) as response:
        *_, last = events(response)
    assert json.loads(last)["error"]["code"] == "engine"
    with suppress(ConnectionError):
        while here.get("/health")[0] == 503:
            pass
    with pytest.raises(ConnectionError):
        here.get("/health")
    assert here.server.failed
    told = here.server.worker.metrics.text().decode()
    for gauge in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"):
        assert f'vllm:{gauge}{{engine="0",model_name="scripted"}} 0.0' in told
