"""Bodies that are too long, and those that nobody reads."""

import http.client
import json
from contextlib import closing, suppress

import pytest
from sites import COMPLETIONS

from tokenworks.serving.server.bodies import LINGER_BYTES

CHUNK = b"x" * (1 << 18)


def test_a_body_that_says_how_long_it_is_is_refused_before_it_comes(echo):
    with closing(echo.connect()) as connection:
        connection.putrequest("POST", COMPLETIONS)
        connection.putheader("content-length", str(10**12))
        connection.endheaders()
        with connection.getresponse() as response:
            assert (response.status, response.getheader("connection")) == (413, "close")


def test_a_client_that_sends_all_of_it_first_still_reads_why(echo):
    status, answer = echo.post(COMPLETIONS, {"prompt": "a" * 3_000_000})
    assert (status, answer["error"]["message"]) == (413, "the body is over 100000 bytes")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", COMPLETIONS, 413),
        ("POST", "/v1/nothing", 404),
        ("PUT", COMPLETIONS, 405),
        ("GET", "/health", 200),
        ("GET", "/v1/models", 200),
    ],
)
def test_a_body_that_goes_on_after_the_answer_is_cut_off(echo, method, path, *, status):
    sent = 0
    with closing(echo.connect()) as connection:
        connection.putrequest(method, path)
        connection.putheader("transfer-encoding", "chunked")
        connection.endheaders()
        with suppress(ConnectionError):
            while sent < 20 * LINGER_BYTES:
                connection.send(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
                sent += len(CHUNK)
    assert sent < 3 * LINGER_BYTES  # and what the sockets hold
    with echo.send(path, b"ab", method=method) as response:
        if status != 413:
            assert (response.status, response.getheader("connection")) == (status, "close")


def test_a_connection_without_an_unread_body_is_kept(echo):
    with closing(echo.connect()) as connection:
        for body in ({"prompt": "hi"}, {"prompt": "a" * 300}, {"strange": 1}) * 2:
            connection.request("POST", COMPLETIONS, json.dumps(body))
            first = connection.sock
            with connection.getresponse() as response:
                assert response.getheader("connection") is None
                response.read()
            assert connection.sock is first
        assert isinstance(connection, http.client.HTTPConnection)
