"""The record is complete, and what client and server noted fits together."""

from statistics import fmean

import pytest

from tokenworks.data.recorded_streams import (
    client_streams,
    generator_printed,
    server_streams,
    stream_record,
)
from tokenworks.percentiles import percentile
from tokenworks.serving.metrics import all_tpot, e2el_seconds, pooled_itl, ttft_seconds

RUNS = ("alone", "crowd", "generator")


def test_the_record_says_where_it_comes_from():
    assert {"command", "date", "machine", "cores", "versions", "model"} <= set(stream_record())
    assert [len(client_streams(run)) for run in RUNS] == [1, 8, 16]
    with pytest.raises(KeyError, match="known: alone, crowd, generator"):
        client_streams("monday")


@pytest.mark.parametrize("run", RUNS)
def test_a_client_sees_what_the_server_did_and_later(run):
    for client, server in zip(client_streams(run), server_streams(run), strict=True):
        assert client.generated == server.generated > 1
        assert client.prompt_tokens == server.prompt_tokens
        assert client.arrival_seconds <= server.arrival_seconds <= server.scheduled_seconds
        assert client.arrival_seconds <= client.opened_seconds <= client.token_seconds[0]
        for seen, made in zip(client.token_seconds, server.token_seconds, strict=True):
            assert seen >= made
        assert client.token_seconds == sorted(client.token_seconds)
        assert sum(tokens for _, tokens in client.chunks) == client.generated


def test_four_places_serve_four_requests_and_the_others_wait():
    servers = server_streams("crowd")
    places = stream_record()["max_batch"]
    for request in servers:
        at = request.scheduled_seconds
        inside = [r for r in servers if r.scheduled_seconds <= at < r.finished_seconds]
        assert len(inside) <= places
    by_turn = sorted(servers, key=lambda r: r.scheduled_seconds)
    assert by_turn[places].scheduled_seconds >= min(r.finished_seconds for r in servers)


def test_a_public_load_generator_prints_what_our_definitions_give():
    run, printed = client_streams("generator"), generator_printed()
    ours = {
        "time_to_first_token": [ttft_seconds(r) for r in run],
        "inter_token_latency": all_tpot(run),  # its name for one mean a request
        "inter_chunk_latency": pooled_itl(run),
        "request_latency": [e2el_seconds(r) for r in run],
    }
    for name, values in ours.items():
        assert printed[f"{name} avg"] == pytest.approx(fmean(values), abs=2e-6)
        for q in (50, 90, 95, 99):
            assert printed[f"{name} p{q}"] == pytest.approx(percentile(values, q), abs=2e-6)
