"""Where messages begin to decide: the printed limits from their inputs, and from a real slice's."""

import pytest

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.collectives import all_gather_seconds, reduce_scatter_seconds
from tokenworks.cost.tensor_limits import (
    bandwidth_limit_chips,
    compute_limit_chips,
    latency_limit_seconds,
)
from tokenworks.cost.topology import ring
from tokenworks.specs import chip, model_spec

V5E, F = chip("tpu-v5e"), model_spec("llama-3-70b").d_ff
BOTH_WAYS = 90e9  # of one axis, as it is often taken


def test_the_printed_limits_take_two_whole_rings():
    """Y = 2·F / 2,189 = 26 and F / (B·beta) = 56 or 22: with wraparound on two axes, or on one."""
    assert V5E.peak("bf16") / BOTH_WAYS == pytest.approx(2189, abs=1)
    rate = {"flops_per_s": V5E.peak("bf16"), "message_bytes_per_s": 2 * BOTH_WAYS}
    assert compute_limit_chips(F, **rate) == pytest.approx(26.2, abs=0.05)
    one = {"hbm_bytes_per_s": 8 * BOTH_WAYS, "message_bytes_per_s": BOTH_WAYS}
    assert bandwidth_limit_chips(F, batch=64, **one) == pytest.approx(56)
    one["hbm_bytes_per_s"] = 9 * BOTH_WAYS
    assert bandwidth_limit_chips(F, batch=143, **one) == pytest.approx(22.3, abs=0.05)


def test_no_slice_below_sixteen_has_such_a_ring():
    """A 4x8 of v5e has two one-way links at its corner: a bit over half of what was printed."""
    over = slice_torus(V5E, "4x8")
    rate = {"flops_per_s": V5E.peak("bf16"), "message_bytes_per_s": over.device_bytes_per_s}
    assert compute_limit_chips(F, **rate) == pytest.approx(14.55, abs=0.05)
    assert compute_limit_chips(F, **rate, matrices=3) == pytest.approx(21.8, abs=0.05)
    narrow = rate | {"flops_per_s": V5E.peak("int8")}
    assert compute_limit_chips(F, **narrow, matrices=3) == pytest.approx(10.9, abs=0.05)


@pytest.mark.parametrize("matrices", [2, 3])
def test_at_the_limit_both_take_the_same_time(matrices):
    """On a ring that large but for its last hop: (n - 1)/n of the activations, n + 1 to n - 1."""
    D, B = 8192, 4096
    wide, chips = 2 * 45e9, 26
    rate = {"flops_per_s": 197e12, "message_bytes_per_s": wide}
    limit = compute_limit_chips(F, **rate, matrices=matrices)
    multiplying = matrices * 2 * B * D * F / 197e12 / limit
    over = ring(chips, 45e9)
    message = all_gather_seconds(2 * B * D, over) + reduce_scatter_seconds(2 * B * D, over)
    assert message == pytest.approx(multiplying * (chips - 1) / chips)
    reading = bandwidth_limit_chips(
        F, batch=32, hbm_bytes_per_s=819e9, message_bytes_per_s=wide, matrices=matrices
    )
    weights = matrices * 2 * D * F / 819e9 / reading
    message = all_gather_seconds(2 * 32 * D, over) + reduce_scatter_seconds(2 * 32 * D, over)
    assert message == pytest.approx(weights * (chips - 1) / chips)


def test_latency_alone():
    """Eighty layers, two sums each, twelve hops of 1 µs on a 4x4: almost 2 ms of a step."""
    assert latency_limit_seconds(80, slice_torus(V5E, "4x4")) == pytest.approx(1.92e-3)


def test_impossible_rates_are_refused():
    with pytest.raises(ValueError, match="message_bytes_per_s must be a finite number greater"):
        compute_limit_chips(F, flops_per_s=1e12, message_bytes_per_s=0)
    with pytest.raises(ValueError, match="batch must be a whole number"):
        bandwidth_limit_chips(F, batch=0, hbm_bytes_per_s=1e12, message_bytes_per_s=1e9)
