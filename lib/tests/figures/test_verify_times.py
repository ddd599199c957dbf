"""A pass by its tokens: the cost model's ratios, flat while memory waits, then rising."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.step_kernels import decode_step
from tokenworks.figures import verification_times
from tokenworks.figures.verify_times import pass_costs
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()
PLAN = served_plan(model_spec("llama-3-70b"), chip("h100-sxm"), 4, engine="vllm", precision="bf16")


def test_the_points_are_the_steps_of_the_cost_model():
    found = pass_costs(PLAN, constants=FITTED, context_tokens=1024)
    plain, many = (
        decode_step(PLAN, 1, 1024, constants=FITTED, tokens_per_sequence=n) for n in (1, 64)
    )
    expected, floor = (dict(found[name]) for name in ("expected", "floor"))
    assert expected[1] == 1
    assert expected[64] == pytest.approx(many.expected_seconds / plain.expected_seconds)
    assert floor[64] == pytest.approx(many.floor_seconds / plain.expected_seconds)
    assert all(floor[n] < expected[n] for n in expected), "nothing beats a floor"


def test_it_is_flat_and_then_rises_with_the_tokens():
    costs = dict(pass_costs(PLAN, constants=FITTED, context_tokens=1024)["expected"])
    assert list(costs.values()) == sorted(costs.values())
    assert costs[8] < 1.05
    assert costs[2048] / costs[1024] == pytest.approx(2, abs=0.1)


def test_what_was_measured_elsewhere_stands_beside_it():
    figure = verification_times(
        PLAN, constants=FITTED, measured={"a laptop": [(1, 1), (4, 2.0), (8, 3.5)]}
    )
    for svg in (figure.wide, figure.narrow):
        assert "a laptop" in svg
        assert svg.count('class="f-none s-floor dash"') == 1
        assert svg.count("dash") == 2  # the floor, and the tokens one by one
    assert "flat while it waits for the weights" in figure.alt
