"""The deployments that the serving widgets share."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.mixed_step import Load
from tokenworks.cost.step_kernels import decode_step
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS, clock_of, error_of


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_holds_its_model_and_says_what_it_is(name):
    on = DEPLOYMENTS[name]
    assert max_batch(on, 8192) >= 40
    assert LABELS[name] == f"{on.model.label} on {on.chips} × {on.chip.label}"
    assert on.precision == "bf16"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_has_a_clock_of_what_to_expect_and_says_its_error(name):
    step = decode_step(engine_plan(DEPLOYMENTS[name]), 8, 500, constants=Constants.fitted())
    assert clock_of(name)(Load(8, 8, 8, 4000, 4000)) == pytest.approx(step.expected_seconds)
    said = error_of(name)
    assert "measured servers are within" in said
    assert ("nobody timed" in said) == (DEPLOYMENTS[name].chip.kind == "tpu")
