"""Connections over loopback, as clients see them that are slow, silent or no clients at all."""

import json
import socket
from contextlib import closing

import pytest
from scripted import Scripted, echoes
from sites import COMPLETIONS, WAIT_SECONDS


@pytest.fixture
def raw():
    """Return the way to a bare connection."""
    opened = []

    def connect(here):
        opened.append(socket.create_connection(here.address, timeout=WAIT_SECONDS))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def rest(connection):
    """Return all that comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_what_is_written_is_sent_at_once(echo, raw):
    connection = raw(echo)
    connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    ours = connection.getsockname()
    (there,) = [c for c in list(echo.server.server_state.connections) if c.client == ours]
    server_side = there.transport.get_extra_info("socket")
    assert server_side.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


HEALTH = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"GET /hea", b"408"),
        (b"GET /health HTTP/1.1\r\nhost: x\r\nx-", b"408"),
        (HEALTH + b"GET /hea", b"408"),
    ],
    ids=["nothing", "half a line", "half a header", "half of a second request"],
)
def test_headers_that_do_not_come_are_not_waited_for(site, raw, sent, *, status):
    connection = raw(site(Scripted(echoes), limits={"head_seconds": 0.2}))
    connection.sendall(sent)
    head, _, body = rest(connection).rpartition(b"\r\n\r\n")
    if status is None:
        assert (head, body) == (b"", b"")
        return
    assert b"HTTP/1.1 " + status in head
    assert b"connection: close" in head
    assert json.loads(body)["error"]["message"] == "the headers did not arrive in time"


def test_headers_that_come_by_the_letter_have_no_more_time(site, raw):
    connection = raw(site(Scripted(echoes), limits={"head_seconds": 0.3}))
    connection.settimeout(0.05)
    sent, answer = 0, b""
    while not answer:
        connection.sendall(b"x")
        sent += 1
        try:
            answer = connection.recv(65536)
        except TimeoutError:
            assert sent < 200, "it has waited 10 seconds"
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_request_may_last_longer_than_its_headers(site):
    here = site(Scripted(echoes), limits={"head_seconds": 0.2})
    with closing(here.connect()) as connection:
        body = json.dumps({"prompt": "hi"}).encode()
        connection.putrequest("POST", COMPLETIONS)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body[:3])
        connection.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.sock.recv(1)
        connection.sock.settimeout(WAIT_SECONDS)
        connection.send(body[3:])
        with connection.getresponse() as response:
            assert response.status == 200


def test_what_is_no_http_is_refused_in_the_same_shape(echo, raw):
    connection = raw(echo)
    connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
    head, _, body = rest(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert json.loads(body)["error"]["type"] == "invalid_request_error"
