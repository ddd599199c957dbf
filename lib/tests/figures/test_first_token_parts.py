import pytest

from tokenworks.data import Recorded, client_streams, server_streams
from tokenworks.figures import first_token_waits
from tokenworks.serving import ttft_seconds

CROWD = list(zip(client_streams("crowd"), server_streams("crowd"), strict=True))


def test_a_bar_is_the_queue_and_then_the_prefill():
    figure = first_token_waits({"first": CROWD[0], "last": CROWD[-1]})
    for name, (client, server) in (("first", CROWD[0]), ("last", CROWD[-1])):
        assert figure.numbers[f"{name}: TTFT"] == ttft_seconds(client)
        assert figure.numbers[f"{name}: queue"] == server.scheduled_seconds - client.arrival_seconds
    assert {"0.17 s", "2.78 s"} <= set(figure.printed)
    assert "last 2.78 s, of which 2.58 s in the queue" in figure.alt


def test_what_has_no_parts_is_refused():
    with pytest.raises(ValueError, match="at least one request"):
        first_token_waits({})
    client = CROWD[0][0]
    never = Recorded(name="a", prompt_tokens=5, arrival_seconds=0.0, token_seconds=[1.0])
    with pytest.raises(ValueError, match="'a' never stood in a batch"):
        first_token_waits({"a": (client, never)})
