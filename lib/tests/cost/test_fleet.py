"""Slices for a rate by hand: by Little's law, prompts counted, and rounded up."""

import math

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.fleet import fleet_for
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")
ASKED = {
    "requests_per_s": 100,
    "prompt_tokens": 2048,
    "output_tokens": 512,
    "batch": 44,
    "usd_per_chip_hour": 1.2,
    "busy_share": 0.7,
}
FOUND = fleet_for(ON, "2x4", **ASKED)


def test_the_pools_by_hand():
    prompt, step = FOUND.prompt.expected_seconds, FOUND.decode.expected_seconds
    assert FOUND.prefill_slices == math.ceil(100 * prompt / 0.7)
    assert FOUND.decode_slices == math.ceil(100 * 512 * step / 44 / 0.7)
    assert FOUND.in_flight == pytest.approx(100 * 512 * step)  # Little's law
    assert FOUND.ratio == pytest.approx(prompt * 44 / (512 * step))
    assert FOUND.shared_slices <= FOUND.prefill_slices + FOUND.decode_slices
    assert FOUND.floor_slices < FOUND.shared_slices


def test_the_bill_by_hand():
    slices = FOUND.prefill_slices + FOUND.decode_slices
    assert FOUND.usd_per_hour == pytest.approx(slices * 8 * 1.2)
    assert FOUND.usd_per_year == pytest.approx(8760 * slices * 8 * 1.2)
    assert FOUND.usd_per_request == pytest.approx(FOUND.usd_per_hour / 360_000)
    assert FOUND.usd_per_million_tokens == pytest.approx(FOUND.usd_per_request / 512 * 1e6)
    assert FOUND.pool_usd_per_hour(2) == pytest.approx(19.2)


def test_the_caches_that_are_handed_over():
    assert FOUND.handed_bytes == 2048 * 163_840
    assert FOUND.handed_bytes_per_s == 100 * FOUND.handed_bytes


def test_more_requests_take_more_and_idle_time_is_paid():
    twice = fleet_for(ON, "2x4", **(ASKED | {"requests_per_s": 200}))
    assert twice.prefill_slices_needed == pytest.approx(2 * FOUND.prefill_slices_needed)
    assert twice.ratio == pytest.approx(FOUND.ratio)
    busy = fleet_for(ON, "2x4", **(ASKED | {"busy_share": 1}))
    assert busy.usd_per_hour < FOUND.usd_per_hour
    assert busy.floor_slices == FOUND.floor_slices


def test_a_rate_that_fills_its_slices_takes_no_further_one():
    for slices in range(1, 60):
        rate = slices * ASKED["requests_per_s"] / FOUND.prefill_slices_needed
        assert fleet_for(ON, "2x4", **(ASKED | {"requests_per_s": rate})).prefill_slices == slices


def test_prompts_may_have_slices_of_their_own_shape():
    apart = fleet_for(ON, "4x4", **(ASKED | {"prefill_shape": "2x4"}))
    same = fleet_for(ON, "4x4", **ASKED)
    assert apart.prompt == FOUND.prompt
    assert apart.decode == same.decode
    chips = 8 * apart.prefill_slices + 16 * apart.decode_slices
    assert apart.usd_per_hour == pytest.approx(1.2 * chips)
    assert apart.usd_per_hour < same.usd_per_hour
    with pytest.raises(ValueError, match="one pool has slices of one shape"):
        _ = apart.shared_slices
    with pytest.raises(ValueError, match="holds 0 sequences of 2,049 tokens"):
        fleet_for(ON, "4x4", **(ASKED | {"prefill_shape": "2x2"}))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="take a smaller batch or a larger slice"):
        fleet_for(ON, "2x4", **(ASKED | {"batch": 200}))
    with pytest.raises(ValueError, match="requests_per_s must be"):
        fleet_for(ON, "2x4", **(ASKED | {"requests_per_s": 0}))
