import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from scripted import Scripted, echoes, repeats
from sites import CHAT, COMPLETIONS, WAIT_SECONDS, events

from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.listener import bind, listen
from tokenworks.serving.server.service import Options, Server, local_server


def test_serving_warms_the_engine_up_and_gives_an_address():
    engine = Scripted(echoes)
    with local_server(engine) as url:
        assert engine.warm
        host, port = url.removeprefix("http://").split(":")
        socket.create_connection((host, int(port))).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


BUSY = r"cannot listen on 127.0.0.1:\d+: .*; try another --port"


def test_a_busy_port_is_named():
    with bind("127.0.0.1", 0) as taken:
        listen(taken)
        with pytest.raises(ValueError, match=BUSY):
            bind("127.0.0.1", taken.getsockname()[1])


def test_nobody_can_connect_before_somebody_listens():
    with bind("127.0.0.1", 0) as here, bind("127.0.0.1", here.getsockname()[1]) as too_late:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(here.getsockname())
        listen(here)
        socket.create_connection(here.getsockname()).close()
        with pytest.raises(ValueError, match=BUSY):
            listen(too_late)


def wait_until_closing(here):
    """Ask for health until the server says that it leaves; each answer is a turn of its loop."""
    while here.get("/health")[0] == 200:
        pass


def test_limits_beyond_what_the_engine_holds_are_refused():
    engine = Scripted(echoes, blocks=16, context_tokens=200)  # 64 positions
    Server(engine, Options(limits=Limits(context_tokens=64)))
    with pytest.raises(ValueError, match="context_tokens is 65, and the engine holds 64"):
        Server(engine, Options(limits=Limits(context_tokens=65)))


def test_a_chat_goes_on_to_the_servers_limit_where_the_engine_holds_more():
    small = Options(limits=Limits(context_tokens=120))
    with local_server(Scripted(repeats(), context_tokens=200), small) as url:
        host = url.removeprefix("http://")
        with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            body = {"messages": [{"role": "user", "content": "a"}]}
            connection.request("POST", CHAT, json.dumps(body), {"Content-Type": "application/json"})
            usage = json.load(connection.getresponse())["usage"]
    assert usage["total_tokens"] == 120


def test_on_its_way_out_it_finishes_what_runs_and_takes_nothing_new(site):
    engine = Scripted(echoes, gate=threading.Semaphore(0))
    here = site(engine, drain_seconds=60.0)
    with here.send(COMPLETIONS, {"prompt": "hi", "max_tokens": 4, "stream": True}) as response:
        engine.gate.release(1)
        chunks = events(response)
        texts = [json.loads(next(chunks))["choices"][0]["text"]]
        here.server.leave()
        wait_until_closing(here)
        status, answer = here.post(COMPLETIONS, {"prompt": "hi"})
        assert (status, answer["error"]["code"]) == (503, "shutting_down")
        engine.gate.release(1000)
        *rest, done = chunks
    texts += [json.loads(data)["choices"][0]["text"] for data in rest]
    assert ("".join(texts), done) == ("hihi", b"[DONE]")
    assert here.end().stop_reason == "length"


def test_what_takes_too_long_is_told_and_cancelled(site):
    engine = Scripted(repeats(), blocks=250_000, context_tokens=1_000_000)
    here = site(engine, drain_seconds=0.0)
    endless = {"prompt": "a", "max_tokens": 999_000}
    answers = []
    asking = threading.Thread(target=lambda: answers.append(here.post(COMPLETIONS, endless)))
    with here.send(COMPLETIONS, endless | {"stream": True}) as response:
        chunks = events(response)
        next(chunks)
        asking.start()
        while here.server.api.admission.open < 2:
            here.get("/health")
        here.server.leave()
        *_, last = chunks
    asking.join()
    assert json.loads(last)["error"]["code"] == "shutting_down"
    assert [(status, body["error"]["code"]) for status, body in answers] == [(503, "shutting_down")]
    assert {here.end().stop_reason for _ in range(2)} == {"cancelled"}
    assert engine.scheduler.pool.free_blocks == engine.scheduler.pool.blocks


def test_a_body_that_is_on_its_way_is_told_and_not_waited_for(site):
    here = site(Scripted(repeats(), blocks=250_000, context_tokens=1_000_000), drain_seconds=0.0)
    body = json.dumps({"prompt": "a", "max_tokens": 999_000}).encode()
    with closing(here.connect()) as connection:
        connection.putrequest("POST", COMPLETIONS)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:9])
        while here.server.api.bodies.coming < 1:
            here.get("/health")
        here.server.leave()
        answer = connection.getresponse()
        assert answer.status == 503
        assert json.loads(answer.read())["error"]["code"] == "shutting_down"
    assert here.finished.empty()


def test_leaving_twice_is_leaving_once(site):
    here = site(Scripted(echoes))
    here.server.leave()
    here.server.leave()


def test_a_second_signal_does_not_wait(site):
    here = site(Scripted(repeats(), blocks=250_000, context_tokens=1_000_000), drain_seconds=3600.0)
    endless = {"prompt": "a", "max_tokens": 999_000, "stream": True}
    with here.send(COMPLETIONS, endless) as response:
        chunks = events(response)
        next(chunks)
        here.server.handle_exit(signal.SIGTERM, None)
        wait_until_closing(here)
        here.server.handle_exit(signal.SIGTERM, None)
        rest = []
        with suppress(http.client.IncompleteRead, ConnectionError):
            rest.extend(chunks)
    assert b"[DONE]" not in rest


ALONE = """
from scripted import Scripted, repeats
from tokenworks.serving.server.listener import bind
from tokenworks.serving.server.service import Options, Server
listener = bind("127.0.0.1", 0)
tell = lambda: print(listener.getsockname()[1], flush=True)
engine = Scripted(repeats(), blocks=250_000, context_tokens=1_000_000)
Server(engine, Options(drain_seconds=3600.0, on_ready=tell)).run([listener])
"""


def test_a_second_signal_ends_the_process_without_a_traceback():
    endless = json.dumps({"prompt": "a", "max_tokens": 999_000, "stream": True})
    process = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )
    try:
        assert process.stdout is not None
        host = f"127.0.0.1:{process.stdout.readline().strip()}"
        with closing(http.client.HTTPConnection(host, timeout=WAIT_SECONDS)) as connection:
            connection.request("POST", COMPLETIONS, endless)
            with connection.getresponse() as response:
                next(events(response))
                process.send_signal(signal.SIGTERM)
                with closing(http.client.HTTPConnection(host, timeout=WAIT_SECONDS)) as other:
                    status = 200
                    while status == 200:
                        other.request("GET", "/health")
                        with other.getresponse() as health:
                            status = health.status
                            health.read()
                process.send_signal(signal.SIGTERM)
                out, err = process.communicate(timeout=WAIT_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out, err) == (0, "", "")
