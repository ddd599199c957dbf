"""Decisions against every candidate that was looked at; impossible loads say what would help."""

from itertools import pairwise

import pytest

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.fleet import fleet_for
from tokenworks.cost.slice_decision import decide_slices
from tokenworks.cost.slice_memory import model_shapes, slice_batch
from tokenworks.cost.slice_steps import PRODUCT_SHARE, slice_step
from tokenworks.specs import chip, model_spec

MODEL, V5E = model_spec("llama-3-70b"), chip("tpu-v5e")
ON = Deployment(MODEL, V5E)
ASKED = {
    "requests_per_s": 20,
    "prompt_tokens": 2048,
    "output_tokens": 512,
    "tpot_seconds": 0.05,
    "ttft_seconds": 2,
    "usd_per_chip_hour": 1.2,
    "busy_share": 0.7,
}


def decided(**changed):
    return decide_slices(ON, **(ASKED | changed))


def test_the_cheapest_of_all_that_keep_the_limits():
    found = decided()
    assert found.feasible
    assert len(found.candidates) == 3 * 6
    rents = [each.fleet.usd_per_hour for each in found.candidates if each.fleet]
    assert found.chosen.fleet.usd_per_hour == min(rents)
    assert [name[0] for name in found.steps] == list("123456")


@pytest.mark.parametrize("limit", [0.008, 0.012, 0.05, 1.0])
def test_each_batch_is_the_largest_that_memory_and_latency_allow(limit):
    for each in decided(tpot_seconds=limit).candidates:
        assert each.memory_batch == slice_batch(each.on, each.shape, context_tokens=2560)

        def step_seconds(batch, each=each):
            step = slice_step(each.on, each.shape, batch=batch, context_tokens=2048 + 256)
            return step.expected_seconds

        assert each.batch <= each.memory_batch
        if each.batch:
            assert step_seconds(each.batch) <= limit
        if each.batch < each.memory_batch:
            assert step_seconds(each.batch + 1) > limit


def test_prompts_have_slices_of_their_own_shape():
    """No pair of shapes costs less, and every pool is the fleet's."""
    found = decided(requests_per_s=100, output_tokens=256, tpot_seconds=0.01)
    best = found.chosen
    again = {name: ASKED[name] for name in ("prompt_tokens", "usd_per_chip_hour", "busy_share")}
    for each in found.candidates:
        if each.batch:
            for shape in model_shapes(each.on):
                if slice_batch(each.on, shape, context_tokens=2048 + 256):
                    other = fleet_for(
                        each.on,
                        each.shape,
                        requests_per_s=100,
                        output_tokens=256,
                        batch=each.batch,
                        prefill_shape=shape,
                        **again,
                    )
                    assert other.usd_per_hour >= best.fleet.usd_per_hour
    assert best.fleet.prompt.chips == slice_torus(V5E, best.prefill_shape).devices


def test_products_outlast_reading_from_the_critical_batch_on():
    for each in decided().candidates:
        turn = each.critical_batch
        assert turn is not None
        for batch, longer in ((int(turn), False), (int(turn) + 1, True)):
            step = slice_step(each.on, each.shape, batch=batch, context_tokens=2048 + 256)
            assert (step.multiply_seconds / PRODUCT_SHARE > step.read_seconds) == longer
    long = decided(prompt_tokens=32_768, formats=[("bf16", "bf16")]).candidates
    assert all(each.critical_batch is None for each in long)


def test_what_binds():
    assert decided().binding == "memory"
    assert decided(tpot_seconds=0.012, formats=[("int8", "int8")]).binding == "latency"
    assert decided(requests_per_s=0.1).binding == "rate"


def test_tighter_limits_never_cost_less():
    rents = [
        decided(tpot_seconds=limit, formats=[("int8", "int8")]).chosen.fleet.usd_per_hour
        for limit in (0.1, 0.03, 0.012, 0.006)
    ]
    assert all(a <= b for a, b in pairwise(rents))


@pytest.mark.parametrize(
    ("changed", "binding", "helps"),
    [
        ({"tpot_seconds": 0.0005}, "latency", "allow as much"),
        ({"ttft_seconds": 0.01}, "first token", "shorten the prompt"),
        ({"prompt_tokens": 50_000_000}, "memory", "shorter context"),
    ],
)
def test_an_impossible_load_says_what_would_help(changed, binding, helps):
    found = decided(**changed)
    assert not found.feasible
    assert found.binding == binding
    assert helps in found.remedy
    assert found.steps == {"in the way": binding, "remedy": found.remedy}


def test_the_remedy_is_one():
    least = min(each.fastest_seconds for each in decided(tpot_seconds=0.0005).candidates)
    assert decided(tpot_seconds=1.01 * least).feasible


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="take a TPU"):
        decide_slices(Deployment(MODEL, chip("h100-sxm")), **ASKED)
    with pytest.raises(ValueError, match="has experts"):
        decide_slices(Deployment(model_spec("mixtral-8x7b"), V5E), **ASKED)
    with pytest.raises(ValueError, match="tpot_seconds must be"):
        decided(tpot_seconds=0)
