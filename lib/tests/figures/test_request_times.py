import pytest

from tokenworks.data import Recorded, client_streams, server_streams
from tokenworks.figures import request_timeline
from tokenworks.serving import e2el_seconds, itl_seconds, tpot_seconds, ttft_seconds


def test_the_stretches_are_the_metrics_of_the_request():
    client, server = client_streams("crowd")[4], server_streams("crowd")[4]
    figure = request_timeline(client, server)
    assert figure.numbers == {
        "queue": server.scheduled_seconds - client.arrival_seconds,
        "TTFT": ttft_seconds(client),
        "E2EL": e2el_seconds(client),
        "TPOT": tpot_seconds(client),
        "longest gap": max(itl_seconds(client)),
        "tokens": 32,
    }
    assert figure.printed == (
        "ITL, each gap: here 208 ms",
        "TTFT 1.15 s",
        "TPOT, their mean: 77 ms",
        "E2EL 3.52 s",
    )
    assert figure.wide.count('<path d="M') > 32, "a line for each token"


@pytest.mark.parametrize(("times", "begun"), [([1.0, 2.0], 0.5), ([1.0, 2.0, 3.0], None)])
def test_what_has_no_timeline_is_refused(times, begun):
    one = Recorded(
        name="a",
        prompt_tokens=5,
        arrival_seconds=0.0,
        token_seconds=times,
        scheduled_seconds=begun,
    )
    with pytest.raises(ValueError, match="three tokens, and when the request was scheduled"):
        request_timeline(one, one)
