"""Ways to split a model of 405 billion weights: by hand, and which one wins at what."""

import pytest

from tokenworks.cost.collectives import all_reduce_seconds, sent_bytes
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.hybrid import Split, split_cost
from tokenworks.cost.memory import checkpoint_bytes
from tokenworks.cost.step_time import decode_seconds
from tokenworks.cost.topology import Switch
from tokenworks.specs import chip, model_spec

MODEL, H100 = model_spec("llama-3-405b"), chip("h100-sxm")
WIDE = Deployment(MODEL, H100)
NARROW = Deployment(MODEL, H100, weights="fp8", kv="fp8")


def cost(on, split, *, batch=12, context=8192, **ports):
    return split_cost(on, split, batch=batch, context_tokens=context, **ports)


def test_the_names():
    assert [s.name for s in (Split(8, 2), Split(16))] == ["TP8 × PP2", "TP16"]
    assert Split(8, 2).devices == Split(16).devices == 16


def test_one_server_by_hand():
    found = cost(NARROW, Split(8))
    message = 12 * 16384 * 2
    assert found.weight_bytes == pytest.approx(checkpoint_bytes(MODEL, 1) / 8)
    assert found.kv_bytes == 12 * 8192 * 126 * 2 * 128  # one KV head a device
    assert found.sums == 252
    assert found.message_bytes == message
    assert found.sent_bytes == pytest.approx(252 * sent_bytes("all-reduce", message, 8))
    assert found.message_seconds == pytest.approx(
        252 * all_reduce_seconds(message, Switch(8, 450e9, sums=True))
    )
    on = Deployment(MODEL, H100, chips=8, weights="fp8", kv="fp8")
    assert found.memory_seconds == decode_seconds(on, 8192, batch=12)
    assert found.floor_seconds == max(found.memory_seconds, found.message_seconds)
    assert found.in_turn_seconds == found.memory_seconds + found.message_seconds
    assert found.tokens_per_s_per_device == pytest.approx(12 / found.floor_seconds / 8)


def test_bf16_fits_one_server_in_no_way_and_two_in_both():
    assert not cost(WIDE, Split(8)).fits
    assert cost(WIDE, Split(16)).fits
    assert cost(WIDE, Split(8, 2)).fits
    assert cost(NARROW, Split(8)).fits


def test_stages_hold_as_much_and_send_less_between_servers():
    staged, flat = cost(WIDE, Split(8, 2)), cost(WIDE, Split(16))
    assert staged.weight_bytes == flat.weight_bytes
    assert staged.kv_bytes == flat.kv_bytes / 2  # 16 devices keep each of 8 KV heads twice
    assert staged.message_seconds < flat.message_seconds / 5
    assert staged.memory_seconds > 1.7 * flat.memory_seconds  # half the bandwidth a token


def test_between_servers_the_port_decides():
    names, load = ("infiniband-ndr", "ethernet-25"), {"batch": 96, "context": 1024}
    fast, slow = (cost(WIDE, Split(16), **load, ports=name) for name in names)
    assert slow.message_seconds > 5 * fast.message_seconds
    assert slow.floor_seconds == slow.message_seconds > fast.floor_seconds == fast.memory_seconds
    staged = [cost(WIDE, Split(8, 2), ports=name) for name in names]
    assert staged[1].message_seconds < 1.3 * staged[0].message_seconds


def test_two_stages_in_one_server_hand_on_through_its_switch():
    near = cost(NARROW, Split(4, 2), ports="ethernet-25")
    assert near.message_seconds == cost(NARROW, Split(4, 2)).message_seconds


def test_a_hand_over_takes_the_port_only_between_servers():
    """Four stages of four: the second alone hands on to another server."""
    on = Deployment(model_spec("llama-3-70b"), H100)
    two, four = (cost(on, Split(4, stages), batch=64 * stages) for stages in (2, 4))
    wide = cost(on, Split(8, 2), batch=128)
    assert two.hand_over_seconds < wide.hand_over_seconds
    port = four.hand_over_seconds - 2 * two.hand_over_seconds
    assert port == pytest.approx(two.hand_over_seconds + 64 * 8192 * 2 / 4 * (1 / 50e9 - 1 / 450e9))
    assert two.message_seconds > two.hand_over_seconds
    assert cost(on, Split(8)).hand_over_seconds == 0


@pytest.mark.parametrize(
    ("split", "batch", "says"),
    [
        (Split(8, 4), 12, "4 stages do not divide 126 layers"),
        (Split(8, 2), 13, "2 stages do not divide a batch of 13"),
        (Split(12), 12, "heads"),
        (Split(0), 12, "whole number"),
    ],
)
def test_splits_that_cannot_be_are_refused(split, batch, says):
    with pytest.raises(ValueError, match=says):
        cost(WIDE, split, batch=batch)


def test_an_unknown_network_is_named():
    with pytest.raises(KeyError, match="unknown link 'wifi'"):
        cost(WIDE, Split(16), ports="wifi")
