"""A guess of an EAGLE draft: its layer is the target's last, and its floor what it reads."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.eagle_kernels import eagle_layer, eagle_step
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.parameters import layer_parameter_count
from tokenworks.cost.speculation_memory import eagle_parameter_count
from tokenworks.cost.step_kernels import decode_step
from tokenworks.specs import chip, model_spec, model_specs

FITTED = Constants.fitted()
H100 = chip("h100-sxm")


def plan_for(model, chips=1, precision="bf16"):
    return served_plan(model_spec(model), H100, chips, engine="vllm", precision=precision)


@pytest.mark.parametrize("model", model_specs(), ids=lambda model: model.name)
def test_its_layer_has_the_parameters_of_the_last(model):
    one = eagle_layer(model)
    assert layer_parameter_count(one, 0) == layer_parameter_count(model, model.n_layers - 1)
    assert not one.is_windowed


def test_its_floor_is_the_time_of_reading_its_weights_and_the_vocabulary():
    """At one short sequence nothing else counts."""
    plan = plan_for("llama-3-8b")
    read = eagle_parameter_count(plan.model) + plan.model.vocab_size * plan.model.d_model
    floor = eagle_step(plan, 1, 1, constants=FITTED).floor_seconds
    assert floor == pytest.approx(2 * read / H100.hbm_bytes_per_s, rel=0.01)


@pytest.mark.parametrize("batch", [1, 16, 128])
def test_a_guess_is_a_small_part_of_a_step(batch):
    for name, chips, low, high in (("llama-3-70b", 4, 0.02, 0.04), ("llama-3-8b", 1, 0.05, 0.1)):
        plan = plan_for(name, chips)
        plain = decode_step(plan, batch, 2000, constants=FITTED).expected_seconds
        found = eagle_step(plan, batch, 2000, constants=FITTED).expected_seconds
        assert low < found / plain < high


def test_its_time_grows_with_batch_and_context():
    plan = plan_for("gpt-oss-120b", precision="fp4")
    times = [
        eagle_step(plan, b, c, constants=FITTED).expected_seconds
        for b, c in ((1, 500), (1, 8000), (64, 8000))
    ]
    assert times == sorted(times)
    assert times[0] < times[-1]
