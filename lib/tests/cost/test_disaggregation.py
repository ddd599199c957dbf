"""Six gates by hand, one at a time, and those of slices as the library expects them."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.disaggregation import (
    GateBounds,
    PhaseLoad,
    needed_bytes_per_s,
    phase_load,
    readiness,
)
from tokenworks.cost.fleet import fleet_for
from tokenworks.cost.interference import prompt_beside
from tokenworks.cost.memory import kv_bytes
from tokenworks.specs import chip, model_spec

READY = PhaseLoad(
    ttft_bound_seconds=2.0,
    tpot_bound_seconds=0.05,
    prompt_seconds=1.2,
    longest_gap_seconds=0.08,
    prefill_slices_needed=3.4,
    decode_slices_needed=2.5,
    handed_bytes=500e6,
    link_bytes_per_s=50e9,
    ratio_swing=2.0,
    ratio_range=3.0,
    traced_share=0.99,
)
SPOILED: dict[str, dict[str, float]] = {
    "prompts are the wait": {"prompt_seconds": 0.2},
    "prompts interrupt answers": {"longest_gap_seconds": 0.04},
    "both pools are busy": {"decode_slices_needed": 0.2},
    "the cache arrives in time": {"link_bytes_per_s": 0.5e9},
    "pools scale apart": {"ratio_range": 1.0},
    "failures are traced": {"traced_share": 0.5},
}


def test_all_gates_by_hand():
    found = readiness(READY)
    assert found.ready
    assert found.missing == ()
    numbers = [gate.number for gate in found.gates]
    assert numbers == pytest.approx([0.6, 1.6, 2.5 / 3, 0.005, 2.0, 0.99])
    assert found.split_ttft_seconds == pytest.approx(1.21)
    assert found.gate("prompts interrupt answers").text == (
        "prompts interrupt answers: 1.6, at least 1: passed"
    )


@pytest.mark.parametrize("name", SPOILED)
def test_each_gate_closes_alone(name):
    found = readiness(replace(READY, **SPOILED[name]))
    assert found.missing == (name,)
    assert not found.ready
    others = [gate for gate in found.gates if gate.name != name]
    assert others == [gate for gate in readiness(READY).gates if gate.name != name]


@given(st.sets(st.sampled_from(list(SPOILED))))
def test_gates_do_not_look_at_each_other(names):
    changes: dict[str, Any] = {}
    for name in names:
        changes |= SPOILED[name]
    assert set(readiness(replace(READY, **changes)).missing) == names


@given(st.floats(0.001, 500))
def test_a_pool_is_as_busy_as_its_whole_slices_allow(needed):
    load = replace(READY, prefill_slices_needed=needed, decode_slices_needed=needed)
    number = readiness(load).gate("both pools are busy").number
    assert number == pytest.approx(needed / math.ceil(needed))
    assert 0 < number <= 1


def test_the_bounds_are_ones_own():
    strict = GateBounds(prompt_share=0.7)
    assert readiness(READY, strict).missing == ("prompts are the wait",)


def test_a_printed_transfer_by_hand():
    """500 MB over 25 Gbit/s take 160 ms, more than half of 300 ms: right as printed."""
    slow = replace(READY, link_bytes_per_s=25e9 / 8, ttft_bound_seconds=0.3)
    assert slow.transfer_seconds == pytest.approx(0.160)
    gate = readiness(slow).gate("the cache arrives in time")
    assert gate.number == pytest.approx(0.533, abs=0.001)
    assert not gate.passed


@pytest.mark.parametrize(
    ("model", "gigabits"), [("llama-3-8b", 524), ("llama-3-70b", 1311), ("deepseek-v3", 281)]
)
def test_a_transfer_of_80_ms_asks_more_than_a_port_has(model, gigabits):
    """Printed: 40,000 tokens handed over in about 80 ms; a port of today carries 400 Gbit/s."""
    cache = kv_bytes(model_spec(model), 40_000, bytes_per_value=2)
    assert needed_bytes_per_s(cache, 0.080) * 8 / 1e9 == pytest.approx(gigabits, abs=1)


def test_slices_as_they_are_to_be_expected():
    on = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
    fleet = fleet_for(
        on,
        "2x4",
        requests_per_s=20,
        prompt_tokens=2048,
        output_tokens=512,
        batch=32,
        usd_per_chip_hour=1.2,
        busy_share=0.7,
    )
    beside = prompt_beside(
        on, "2x4", prompt_tokens=2048, decodes=32, context_tokens=2304, chunk_tokens=512
    )
    bounds: dict[str, Any] = {
        "ttft_bound_seconds": 2,
        "tpot_bound_seconds": 0.1,
        "link_bytes_per_s": 25e9,
    }
    found = readiness(phase_load(fleet, beside, **bounds))
    assert found.gate("prompts are the wait").number == pytest.approx(
        fleet.prompt.expected_seconds / 2
    )
    assert found.gate("prompts interrupt answers").number == pytest.approx(
        beside.longest_seconds / 0.1
    )
    assert found.gate("the cache arrives in time").number == pytest.approx(
        2048 * 163_840 / 25e9 / 2
    )
    needed = (fleet.prefill_slices_needed, fleet.decode_slices_needed)
    assert fleet.ratio == pytest.approx(needed[0] / needed[1])
    emptier = min(needed[0] / fleet.prefill_slices, needed[1] / fleet.decode_slices)
    assert found.gate("both pools are busy").number == pytest.approx(emptier)
    assert "failures are traced" in found.missing
    whole = prompt_beside(on, "2x4", prompt_tokens=2048, decodes=32, context_tokens=2304)
    assert whole.longest_seconds > beside.longest_seconds  # chunks come first
    other = prompt_beside(on, "2x4", prompt_tokens=1024, decodes=32, context_tokens=2304)
    with pytest.raises(ValueError, match="ask both of one length"):
        phase_load(fleet, other, **bounds)


def test_what_cannot_be_is_refused():
    for change in ({"ttft_bound_seconds": 0}, {"traced_share": 2}, {"ratio_swing": 0.5}):
        with pytest.raises(ValueError, match=next(iter(change))):
            replace(READY, **change)
    with pytest.raises(ValueError, match="busy_share"):
        GateBounds(busy_share=1.5)
    with pytest.raises(KeyError, match="pools scale apart"):
        readiness(READY).gate("luck")
