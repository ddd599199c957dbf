"""What is expected of a mix: an engine's kernels, above the floor, and nothing between servers."""

import pytest

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expected_layouts import expected_layout
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layouts import layout_cost
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.cost.step_kernels import decode_step
from tokenworks.specs import chip, model_spec

H100 = chip("h100-sxm")
LLAMA = Deployment(model_spec("llama-3-70b"), H100)
MIXTRAL = Deployment(model_spec("mixtral-8x7b"), H100)
DEEPSEEK = Deployment(model_spec("deepseek-v3"), H100, weights="fp8")
FITTED = Constants.fitted()


def cost(on, batch=64, **axes):
    return layout_cost(on, Layout(**axes), batch=batch, context_tokens=4096)


def expected(on, batch=64, **axes):
    layout = Layout(**axes)
    found = expected_layout(on, layout, batch=batch, context_tokens=4096, constants=FITTED)
    assert found.seconds == found.multiplying + found.messages + found.others
    return found.seconds


def test_it_is_expected_as_the_kernels_of_an_engine():
    plan = engine_plan(Deployment(LLAMA.model, H100, 8))
    step = decode_step(plan, 64, 4096, constants=FITTED)
    assert expected(LLAMA, tensor=8) == pytest.approx(step.expected_seconds)
    assert expected(LLAMA, batch=128, tensor=8, data=2) == expected(LLAMA, tensor=8)
    staged, flat = expected(LLAMA, tensor=4, pipeline=2), expected(LLAMA, batch=32, tensor=4)
    assert flat < staged < 1.001 * flat


@pytest.mark.parametrize("on", [LLAMA, MIXTRAL, DEEPSEEK])
def test_nothing_is_expected_below_its_floor(on):
    mixes = [{"tensor": 8}, {"tensor": 2, "data": 4}, {"data": 8}]
    mixes += [{"expert": 8}, {"expert": 4, "tensor": 2}] if on.model.n_experts else []
    for axes in mixes:
        for batch in (8, 64, 512):
            assert expected(on, batch=batch, **axes) > cost(on, batch=batch, **axes).step.floor


@pytest.mark.parametrize(("on", "axes"), [(LLAMA, {"tensor": 16}), (DEEPSEEK, {"expert": 16})])
def test_between_servers_there_is_a_floor_and_nothing_expected(on, axes):
    assert cost(on, **axes).step.floor > 0
    with pytest.raises(ValueError, match="nobody timed such messages"):
        expected(on, **axes)
