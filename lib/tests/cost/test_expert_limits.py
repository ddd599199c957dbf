"""What limits experts over devices: by hand, beside `layout_cost` and beside what was timed."""

from typing import Any

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expert_dispatch import dispatch_times
from tokenworks.cost.expert_limits import limits_of_experts
from tokenworks.cost.expert_routing import expected_experts, expert_shares
from tokenworks.cost.expert_times import timed_experts
from tokenworks.cost.layouts import layout_cost
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.specs import chip, model_spec

DEEPSEEK = model_spec("deepseek-v3")
H200 = Deployment(DEEPSEEK, chip("h200-sxm"), weights="fp8")
H100 = Deployment(DEEPSEEK, chip("h100-sxm"), weights="fp8")
MIXTRAL = Deployment(model_spec("mixtral-8x7b"), chip("h100-sxm"))
SIZE: dict[str, Any] = {"batch": 512, "context_tokens": 2048}


@pytest.mark.parametrize("on", [H200, MIXTRAL], ids=["DeepSeek-V3", "Mixtral"])
@pytest.mark.parametrize("devices", [1, 2, 4, 8])
def test_with_the_chips_own_links_it_is_the_layout(on, devices):
    found = limits_of_experts(on, devices, **SIZE)
    cost = layout_cost(on, Layout(expert=devices), **SIZE)
    assert found.cost == cost
    assert found.communication_seconds == pytest.approx(cost.step.dispatches)
    assert found.floor_seconds == pytest.approx(cost.step.floor)


@pytest.mark.parametrize("ports", ["infiniband-ndr", "ethernet-100", "ethernet-25"])
@pytest.mark.parametrize("devices", [8, 16, 32, 64])
@pytest.mark.parametrize("batch", [64, 4096])
def test_the_limiter_is_the_longest_time_or_the_memory(devices, batch, ports):
    found = limits_of_experts(H200, devices, batch=batch, context_tokens=2048, ports=ports)
    if found.limiter == "capacity":
        assert found.needed_bytes > found.cost.capacity_bytes
    else:
        assert found.times[found.limiter] == max(found.times.values()) == found.floor_seconds
        assert found.needed_bytes <= found.cost.capacity_bytes
    assert 0 <= found.waiting_share < 1


def test_all_experts_must_be_held():
    """Printed: 4 H200 with 564 GB or 8 H100 with 640 GB hold 671 GB. Neither does."""
    held = weight_bytes(DEEPSEEK, 1)
    assert held == pytest.approx(671e9, rel=0.001)
    assert held > 4 * 141e9
    assert held > 8 * 80e9
    assert min_chips(held, H200.chip.planned_bytes) == 5
    assert 0 < 8 * H100.chip.planned_bytes - held < 15e9  # of 684 GB, for caches and all else
    assert limits_of_experts(H100, 8, **SIZE).limiter == "capacity"
    assert limits_of_experts(H200, 4, **SIZE).limiter == "capacity"
    assert limits_of_experts(H200, 8, **SIZE).limiter == "bandwidth"


def test_a_batch_reads_far_more_than_the_active_parameters():
    """Printed: only active parameters are read. True of one token."""
    alone = limits_of_experts(H200, 8, batch=8, context_tokens=1)
    many = limits_of_experts(H200, 8, batch=256, context_tokens=1)
    assert alone.touched == pytest.approx(256 * (1 - (1 - 8 / 256) ** 8))
    assert many.touched == pytest.approx(expected_experts(expert_shares(256, 8), 256))
    assert many.touched > 255
    assert many.bandwidth_seconds / many.active_reading_seconds > 15
    assert alone.bandwidth_seconds < many.bandwidth_seconds
    one_token = 36.6e9 / 8 / H200.chip.hbm_bytes_per_s  # bytes of FP8, dealt out
    assert many.active_reading_seconds == pytest.approx(one_token, rel=0.001)


def test_slow_links_become_the_limit():
    fast = limits_of_experts(H200, 8, **SIZE)
    pcie = limits_of_experts(H200, 8, **SIZE, inside="rtx-pro-6000-server-pcie")
    assert pcie.communication_seconds / fast.communication_seconds == pytest.approx(450 / 64)
    over = [
        limits_of_experts(H200, 32, batch=1024, context_tokens=2048, ports=ports)
        for ports in ("infiniband-ndr", "ethernet-100", "ethernet-25")
    ]
    times = [each.communication_seconds for each in over]
    assert times[2] / times[0] == pytest.approx(16)
    assert [each.limiter for each in over] == ["bandwidth", "communication", "communication"]
    rack = limits_of_experts(H200, 32, batch=1024, context_tokens=2048, server=72)
    assert rack.communication_seconds < times[0]


def test_messages_by_hand():
    """Eight tokens a device, eight experts each, 7,168 values of 2 bytes, 58 layers, two trips."""
    found = limits_of_experts(H200, 8, batch=64, context_tokens=2048)
    sent = 8 * 8 * 7168 * 2 * 7 / 8
    messages = 2 * 58 * sent / 450e9
    assert found.communication_seconds == pytest.approx(messages)
    assert found.limiter == "bandwidth"
    assert found.waiting_share == pytest.approx(messages / (messages + found.bandwidth_seconds))


def test_timed_dispatches_and_experts_are_above_their_floors():
    for row in dispatch_times("combine"):
        batch = row.devices * row.tokens
        floor = limits_of_experts(
            H200, row.devices, batch=batch, context_tokens=1, inside="h800-nvlink"
        )
        assert floor.communication_seconds / floor.cost.trips <= row.seconds
    for row in timed_experts("h200-sxm", "deepseek-v3", ep=8):
        assert row.floor_seconds <= row.timed.seconds * 1.05


def test_what_has_no_experts_is_refused():
    with pytest.raises(ValueError, match="has no experts"):
        limits_of_experts(Deployment(model_spec("llama-3-8b"), chip("h100-sxm")), 8, **SIZE)
    with pytest.raises(ValueError, match="divide"):
        limits_of_experts(H200, 7, **SIZE)
    with pytest.raises(KeyError, match="ethernet-25"):
        limits_of_experts(H200, 8, **SIZE, ports="ethernet-2")
