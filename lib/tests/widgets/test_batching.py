"""SIM-08: what is recorded is what the scheduler does, and the bars keep to their slots."""

import pytest

from tokenworks.serving.metrics import e2el_seconds
from tokenworks.widgets.batching import (
    COUNT,
    DEPLOYMENT,
    GRID,
    STRATEGIES,
    bars,
    batching,
    measured,
    millis,
    picture_ms,
    setting,
    shown_at,
    simulated,
    tabulated,
)
from tokenworks.widgets.deployments import clock_of, error_of

STATE = {"rate_per_s": 5, "variance_percent": 50, "max_batch": 8}
EVERY = [
    {"rate_per_s": r, "variance_percent": v, "max_batch": b}
    for r in GRID["rate_per_s"]
    for v in GRID["variance_percent"]
    for b in GRID["max_batch"]
]


@pytest.mark.parametrize("state", [STATE, EVERY[0], EVERY[-1]], ids=str)
def test_the_record_is_the_schedulers(state):
    found, want = setting(*state.values()), shown_at(**state)
    for name in STRATEGIES:
        for key in ("utilisation", "mean", "p99", "expected_mean", "expected_p99"):
            assert found[name][key] == pytest.approx(want[name][key], rel=1e-6), (name, key)
        for one, other in zip(found[name]["bars"], want[name]["bars"], strict=True):
            assert one == pytest.approx(other, abs=1)


def test_the_counters_are_those_of_the_requests():
    run = simulated("continuous", 5, 50, max_batch=8)
    assert len(run.requests) == COUNT
    times = sorted(e2el_seconds(request) for request in run.requests)
    found = measured(run, 8)
    assert found["mean"] == pytest.approx(sum(times) / COUNT)
    assert times[-COUNT // 50] < found["p99"] <= times[-1]
    busy = sum(s.sequences * (s.end_seconds - s.start_seconds) for s in run.segments)
    assert found["utilisation"] == pytest.approx(busy / (8 * run.seconds))
    assert len(bars(run, picture_ms(run.requests))) >= 20
    assert millis(0.0015) == 2


@pytest.mark.parametrize("state", EVERY, ids=str)
def test_bars_keep_to_their_slots_and_their_order(state):
    for name, found in shown_at(**state).items():
        until = [0] * state["max_batch"]
        for slot, start, last, end in found["bars"]:
            assert until[slot] <= start + 1
            assert start < last <= end
            assert end - last <= 1 or name != "continuous"
            until[slot] = end
        assert 0 < found["utilisation"] <= 1
        assert found["mean"] < found["p99"]
        assert found["mean"] < found["expected_mean"] < found["expected_p99"]


@pytest.mark.parametrize("state", EVERY, ids=str)
def test_continuous_is_never_later_on_average(state):
    found = shown_at(**state)
    for mean in ("mean", "expected_mean"):
        assert found["continuous"][mean] <= found["dynamic"][mean]
        assert found["continuous"][mean] <= found["static"][mean]


def test_what_to_expect_is_the_same_requests_by_the_expected_clock():
    run = simulated("continuous", 5, 50, max_batch=8, clock=clock_of(DEPLOYMENT))
    found = shown_at(**STATE)["continuous"]
    assert found["expected_mean"] == pytest.approx(measured(run, 8)["mean"], rel=1e-6)
    assert found["expected_p99"] == pytest.approx(measured(run, 8)["p99"], rel=1e-6)
    assert tabulated()["error"] == error_of(DEPLOYMENT)


def test_variance_hurts_static_and_hardly_continuous():
    even, wild = (shown_at(**STATE | {"variance_percent": v}) for v in (0, 200))
    assert wild["static"]["mean"] > 2 * even["static"]["mean"]
    assert wild["continuous"]["mean"] < 1.5 * even["continuous"]["mean"]


def test_refusals_name_what_is_known():
    with pytest.raises(ValueError, match="rate_per_s = 3 is not recorded; choose from 1, 2, 5"):
        batching(3)


def test_text_forms():
    widget = batching()
    assert repr(widget) == "Batching(rate_per_s=5, variance_percent=50, max_batch=8)"
    assert widget.fallback().count("<tr>") == 4
    assert "Llama-3 8B on 1 × H100 SXM, bf16: 400 requests at 5 a second" in (widget.fallback())
    assert tabulated()["grid"] == {name: list(values) for name, values in GRID.items()}
