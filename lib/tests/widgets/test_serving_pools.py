"""SIM-15: what is recorded is what the cluster does, and what it says of the three ways."""

from itertools import accumulate

import pytest

from tokenworks.serving.metrics import itl_seconds, ttft_seconds
from tokenworks.widgets.deployments import error_of
from tokenworks.widgets.serving_pools import (
    CHUNK_TOKENS,
    COUNT,
    DECODING,
    DEPLOYMENT,
    GRID,
    IDLE,
    READING,
    SHOWN_MS,
    WATCHED,
    lane,
    longest_gap,
    measured,
    millis,
    serving_pools,
    setting,
    shown_at,
    simulated,
    tabulated,
    token_places,
    transfer_seconds,
)

CASE = {"rate_per_s": 5, "prompt_tokens": 2000}
EVERY = [
    {"rate_per_s": rate, "prompt_tokens": prompt}
    for rate in GRID["rate_per_s"]
    for prompt in GRID["prompt_tokens"]
]
NUMBERS = ("first", "first_p99", "gap", "gap_p99", "floor_gap_p99", "longest")


@pytest.mark.parametrize("state", [CASE, EVERY[-1]], ids=str)
def test_the_record_is_the_clusters(state):
    found, want = setting(*state.values()), shown_at(**state)
    for way in GRID["way"]:
        for name in NUMBERS:
            assert found[way][name] == pytest.approx(want[way][name], rel=1e-5), (way, name)
        assert found[way]["busy"] == pytest.approx(want[way]["busy"], rel=1e-3)
        for one, other in zip(found[way]["lanes"], want[way]["lanes"], strict=True):
            assert [what for what, _ in one] == [what for what, _ in other]
            assert [end for _, end in one] == pytest.approx([end for _, end in other], abs=1)
        assert sum(found[way]["tokens"]) == pytest.approx(sum(want[way]["tokens"]), abs=1)


@pytest.mark.parametrize("way", GRID["way"])
def test_the_measures_are_those_of_the_requests(way):
    run = simulated(way, 5, 2000)
    assert len(run.finished) == COUNT
    firsts = sorted(ttft_seconds(request) for request in run.requests)
    gaps = sorted(gap for request in run.requests for gap in itl_seconds(request))
    found = measured(run)
    assert firsts[0] <= found["first"] <= found["first_p99"] <= firsts[-1]
    middle, last = len(gaps) // 2, len(gaps) * 99 // 100
    assert found["gap"] == pytest.approx(gaps[middle], rel=0.01)
    assert gaps[last - 2] * 0.999 <= found["gap_p99"] <= gaps[last + 2] * 1.001
    watched = run.requests[WATCHED]
    moments = [millis(at - watched.arrival_seconds) for at in watched.token_seconds]
    assert list(accumulate(token_places(watched))) == moments
    assert longest_gap(watched) == pytest.approx(max(itl_seconds(watched)), rel=1e-5)


@pytest.mark.parametrize("prompt", GRID["prompt_tokens"])
def test_a_transfer_takes_what_the_port_of_the_run_was_busy(prompt):
    (port,) = (each.port for each in simulated("apart", 1, prompt).replicas if each.port)
    alone = port.busy_seconds / port.transfers + port.line.latency_seconds
    assert transfer_seconds(prompt) == pytest.approx(alone, rel=1e-5)
    at = GRID["prompt_tokens"].index(prompt)
    assert tabulated()["transfers"][at] == transfer_seconds(prompt)


def test_lanes_say_what_each_replica_does():
    whole, apart = simulated("whole", 5, 2000), simulated("apart", 5, 2000)
    at = whole.requests[WATCHED].arrival_seconds
    for run, allowed in (
        (whole, [{IDLE, DECODING, READING}] * 2),
        (apart, [{IDLE, READING}, {IDLE, DECODING}]),
    ):
        for replica, kinds in zip(run.replicas, allowed, strict=True):
            steps = lane(replica, at)
            assert {what for what, _ in steps} <= kinds
            ends = [end for _, end in steps]
            assert ends == sorted(set(ends))
            assert ends[-1] == SHOWN_MS
            begun = zip([0, *ends], ends, strict=False)
            busy = sum(b - a for (what, _), (a, b) in zip(steps, begun, strict=True) if what)
            ran = sum(
                max(0.0, min(s.end_seconds - at, SHOWN_MS / 1e3) - max(0.0, s.start_seconds - at))
                for s in replica.log.segments
            )
            assert busy == pytest.approx(1e3 * ran, abs=2 * len(steps) + 2)


@pytest.mark.parametrize("state", [one for one in EVERY if one["rate_per_s"] > 1], ids=str)
def test_chunks_and_pools_shorten_the_longest_gaps(state):
    whole, chunks, apart = (shown_at(**state)[way] for way in GRID["way"])
    assert chunks["gap_p99"] <= 1.05 * whole["gap_p99"]
    assert apart["gap_p99"] <= 1.05 * chunks["gap_p99"]
    for found in (whole, chunks, apart):
        assert found["floor_gap_p99"] < found["gap_p99"]
        assert found["first"] <= found["first_p99"]
        assert all(0 < share <= 1 for share in found["busy"])


def test_the_case_of_the_text():
    """Apart, no answer is held up by a prompt; but one replica alone reads, so prompts queue."""
    whole, chunks, apart = (shown_at(**CASE)[way] for way in GRID["way"])
    assert whole["gap_p99"] > 5 * whole["gap"]
    assert chunks["gap_p99"] < 3 * chunks["gap"]
    assert apart["gap_p99"] < 1.2 * apart["gap"]
    assert apart["first_p99"] > 2 * whole["first_p99"]
    assert chunks["first"] > whole["first"]


def test_text_forms():
    widget = serving_pools()
    assert repr(widget) == "ServingPools(way='whole', rate_per_s=5, prompt_tokens=2000)"
    table = widget.fallback()
    assert table.count("<tr>") == 4
    assert "Two replicas, each Llama-3 70B on 4 × H100 SXM, bf16: 300 requests at 5" in table
    assert tabulated()["grid"] == {name: list(values) for name, values in GRID.items()}
    assert tabulated()["error"] == error_of(DEPLOYMENT)
    assert tabulated()["chunk_tokens"] == CHUNK_TOKENS
    assert len(widget.static_html()) < 150_000


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="rate_per_s = 4 is not recorded; choose from 1, 2, 3, 5"):
        serving_pools(rate_per_s=4)
    with pytest.raises(ValueError, match="choose from whole, chunks, apart"):
        serving_pools("together")
