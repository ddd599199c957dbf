"""Mixes of four ways to divide a model: by hand, and beside `split_cost` where both can tell."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.exchanges import exchanged_bytes
from tokenworks.cost.expert_dispatch import dispatch_bytes
from tokenworks.cost.hybrid import Split, split_cost
from tokenworks.cost.layouts import layout_cost, layout_name
from tokenworks.cost.memory import checkpoint_bytes, kv_bytes
from tokenworks.cost.parallel_traffic import Layout, expert_traffic
from tokenworks.cost.parameters import expert_parameter_count
from tokenworks.cost.step_time import decode_parts
from tokenworks.specs import chip, model_spec

H100 = chip("h100-sxm")
LLAMA = Deployment(model_spec("llama-3-70b"), H100)
MIXTRAL = Deployment(model_spec("mixtral-8x7b"), H100)
DEEPSEEK = Deployment(model_spec("deepseek-v3"), H100, weights="fp8")


def cost(on, batch=64, context=4096, **axes):
    return layout_cost(on, Layout(**axes), batch=batch, context_tokens=context)


def test_the_names():
    named = [{}, {"tensor": 8}, {"tensor": 4, "pipeline": 2, "data": 2}, {"expert": 8, "data": 4}]
    names = [layout_name(Layout(**axes)) for axes in named]
    assert names == ["one device", "TP8", "TP4 × PP2 × DP2", "EP8 × DP4"]


@pytest.mark.parametrize(("tensor", "pipeline"), [(8, 1), (4, 2), (1, 8), (16, 1), (8, 4)])
@pytest.mark.parametrize("data", [1, 2])
def test_without_experts_a_copy_is_what_the_split_costs(tensor, pipeline, data):
    found = cost(LLAMA, batch=64 * data, tensor=tensor, pipeline=pipeline, data=data)
    one = split_cost(LLAMA, Split(tensor, pipeline), batch=64, context_tokens=4096)
    assert (found.weight_bytes, found.kv_bytes) == (one.weight_bytes, one.kv_bytes)
    assert found.sent_bytes == one.sent_bytes
    assert found.step.messages == pytest.approx(one.message_seconds, abs=1e-12)
    assert max(found.step.reading, found.step.multiplying) == one.memory_seconds
    assert found.step.floor == one.floor_seconds
    assert found.fits == one.fits


def test_copies_exchange_nothing_and_hold_all():
    found = cost(LLAMA, data=8)
    assert (found.sent_bytes, found.sums, found.rows) == (0, 0, 8)
    assert found.weight_bytes == checkpoint_bytes(LLAMA.model, 2)
    assert found.kv_bytes == 8 * kv_bytes(LLAMA.model, 4096, bytes_per_value=2)
    assert not found.fits


def test_whole_experts_are_held_once_and_all_else_by_every_device():
    found, model = cost(MIXTRAL, expert=8), MIXTRAL.model
    experts = expert_parameter_count(model)
    rest = checkpoint_bytes(model, 2) - 2 * experts
    assert found.weight_bytes == pytest.approx(rest + 2 * experts / 8)
    sent = dispatch_bytes(8, 2, 4096, bytes_per_value=2, devices=8).bytes
    assert (found.trips, found.trip_bytes) == (64, sent)
    (there_and_back,) = expert_traffic(model, Layout(expert=8), tokens=64, bytes_per_value=2)
    assert found.sent_bytes == 32 * exchanged_bytes([there_and_back])
    both = cost(MIXTRAL, expert=4, tensor=2)
    assert both.weight_bytes == pytest.approx((rest + 2 * experts / 4) / 2)


def test_a_device_reads_its_part_of_the_experts_that_all_groups_touch():
    found, all_rows = cost(MIXTRAL, expert=8).step, 64
    one = decode_parts(MIXTRAL, 4096, batch=all_rows)
    experts = 2 * expert_parameter_count(MIXTRAL.model) * (1 - 0.75**all_rows)
    rate = H100.hbm_bytes_per_s
    weights = one.weights - experts / rate * 7 / 8
    assert found.reading == pytest.approx(weights + one.kv / 8)
    assert found.multiplying == pytest.approx((one.matmul + one.attention) / 8)


def test_between_servers_tokens_take_the_port_and_each_of_a_group_its_share():
    within, across = (cost(DEEPSEEK, batch=64 * n, expert=n).step.dispatches for n in (8, 16))
    assert across > 4 * within
    alone, shared = cost(DEEPSEEK, expert=16), cost(DEEPSEEK, expert=16, tensor=2)
    assert shared.step.dispatches < alone.step.dispatches * 1.6  # two ports, and the gathers
    assert shared.sent_bytes > alone.sent_bytes


@pytest.mark.parametrize(
    ("on", "axes", "says"),
    [
        (LLAMA, {"expert": 2}, "no experts to put on 2 devices"),
        (MIXTRAL, {"expert": 16}, "16 devices do not divide 8 experts"),
        (MIXTRAL, {"expert": 2, "pipeline": 2}, "take one of the two"),
        (MIXTRAL, {"expert": 2, "tensor": 16}, "tensor groups over 8"),
        (LLAMA, {"data": 3}, "3 groups do not divide a batch of 64"),
        (LLAMA, {"pipeline": 3}, "3 stages do not divide"),
        (LLAMA, {"tensor": 3}, "cannot be sharded over 3 chips"),
    ],
)
def test_what_cannot_be_divided_is_refused(on, axes, says):
    with pytest.raises(ValueError, match=says):
        cost(on, **axes)


def test_a_context_axis_is_refused():
    with pytest.raises(ValueError, match="take context=1"):
        layout_cost(LLAMA, Layout(context=2), batch=64, context_tokens=4096)
