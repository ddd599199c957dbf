"""The client against a server that sends exactly what each test says."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

import pytest

from tokenworks.serving.client import stream_chat, stream_chats
from tokenworks.serving.metrics import e2el_seconds, itl_seconds, tpot_seconds, ttft_seconds


def event(text, total):
    choices = [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
    return {"choices": choices, "usage": {"prompt_tokens": 7, "completion_tokens": total}}


USAGE = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4}}
ANSWER = [event("", 0), event("The", 1), event(" sea and", 3), event(".", 4), USAGE]


@pytest.fixture
def answering():
    servers = []

    def start(events, *, status=200, end=b"data: [DONE]\n\n"):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert body["stream"]
                self.send_response(status)
                self.end_headers()
                for one in events:
                    self.wfile.write(b"data: " + json.dumps(one).encode() + b"\n\n")
                self.wfile.write(end)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_times_are_of_tokens_and_not_of_events(answering):
    ticks = count(10)
    stream = stream_chat(answering(ANSWER), {"messages": []}, clock=lambda: float(next(ticks)))
    assert (stream.arrival_seconds, stream.opened_seconds) == (10, 11)
    assert stream.chunks == ((12, 1), (13, 2), (14, 1))
    assert stream.token_seconds == [12, 13, 13, 14]
    assert (stream.generated, stream.prompt_tokens, stream.text) == (4, 7, "The sea and.")
    assert (ttft_seconds(stream), e2el_seconds(stream)) == (2, 4)
    assert itl_seconds(stream) == [1, 0, 1]
    assert tpot_seconds(stream) == pytest.approx(2 / 3)


def test_several_at_once_come_back_in_order(answering):
    url = answering(ANSWER)
    streams = stream_chats(url, [{"messages": []}] * 3)
    assert [stream.generated for stream in streams] == [4, 4, 4]


def test_an_answer_without_tokens_ends_with_its_last_event(answering):
    empty = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 0}}
    stream = stream_chat(answering([event("", 0), empty]), {"messages": []})
    assert (stream.generated, stream.token_seconds) == (0, [])
    assert stream.finished_seconds >= stream.opened_seconds


def test_what_goes_wrong_is_said(answering):
    with pytest.raises(ConnectionError, match="429"):
        stream_chat(answering([], status=429), {})
    with pytest.raises(ConnectionError, match="too long"):
        stream_chat(answering([{"error": {"message": "too long"}}]), {})
    with pytest.raises(ConnectionError, match="before its end mark"):
        stream_chat(answering(ANSWER, end=b""), {})
    with pytest.raises(ConnectionError, match="without its usage"):
        stream_chat(answering([]), {})


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "127.0.0.1:1", "http://127.0.0.1:1/v1"])
def test_another_kind_of_address_is_refused(url):
    with pytest.raises(ValueError, match="a server's url is http://host:port, got"):
        stream_chat(url, {})
