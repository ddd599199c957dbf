"""The rungs: each by hand where it is one line, and the last ones as the server's model."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import Host, Requests, served
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.ladder import RUNGS, cache_seconds, weights_seconds
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()
ASKED = Requests(1000, 1000, 32)


def plan_for(model, chips=4, **changes):
    given = {"engine": "vllm", "precision": "bf16"} | changes
    return served_plan(model_spec(model), chip("h100-sxm"), chips, **given)


def test_the_first_two_rungs_by_hand():
    plan = plan_for("llama-3-70b")
    model = plan.model
    weights = 2 * (70_553_706_496 - model.vocab_size * model.d_model)
    assert weights_seconds(plan, ASKED) == pytest.approx(weights / (4 * 3.35e12))
    cache = 32 * 1500 * 2 * 8 * 128 * 80 * 2
    assert cache_seconds(plan, ASKED) == pytest.approx(cache / (4 * 3.35e12))


def test_heads_that_are_held_twice_are_read_twice():
    once, twice = plan_for("qwen3-30b-a3b", chips=4), plan_for("qwen3-30b-a3b", chips=8)
    assert cache_seconds(once, ASKED) == pytest.approx(cache_seconds(twice, ASKED))


@pytest.mark.parametrize("model", ["llama-3-70b", "gpt-oss-120b", "qwen3-30b-a3b"])
def test_every_rung_adds_time(model):
    times = [rung.tpot_seconds(plan_for(model), ASKED, constants=FITTED) for rung in RUNGS]
    assert times == sorted(times)
    assert times[0] > 0


def test_the_last_rungs_are_the_servers_model():
    plan, host = plan_for("llama-3-70b"), Host(step_seconds=1e-3, first_seconds=5.0)
    fifth, sixth = (
        rung.tpot_seconds(plan, ASKED, constants=FITTED, host=host) for rung in RUNGS[4:]
    )
    assert fifth == served(plan, ASKED, constants=FITTED).tpot_seconds
    alone = served(plan, ASKED, constants=FITTED, host=Host(step_seconds=1e-3))
    assert sixth == alone.tpot_seconds
