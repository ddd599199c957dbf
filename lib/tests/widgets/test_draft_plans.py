"""What a guess of each draft costs beside each target, and when the caches still fit."""

import pytest

from tokenworks.cost.eagle_kernels import eagle_step
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.step_kernels import decode_step
from tokenworks.widgets.draft_plans import LABELS, TARGETS, draft_cost, draft_plan, fits, plan_of

GIVEN = {"batch": 1, "context_tokens": 2000, "constants": Constants.fitted()}


def test_a_draft_costs_what_its_part_of_the_target_does():
    def own(name):
        return draft_cost(name, "8b", **GIVEN)

    assert own("lookup") == 0
    assert 0.5 < own("exit") < 0.6  # half of the layers, and the whole vocabulary
    assert 0.5 < own("eight-bit") < 0.7
    assert own("coins") == pytest.approx(0.236, abs=0.01)
    assert draft_plan("lookup") is None
    assert draft_plan("exit", "8b").model.n_layers == 16


@pytest.mark.parametrize("target", TARGETS)
def test_the_trained_layer_costs_a_layer_of_its_target(target):
    given = {name: value for name, value in GIVEN.items() if name != "batch"}
    plan = plan_of(target)
    plain = decode_step(plan, 1, **given).expected_seconds
    found = draft_cost("trained", target, **GIVEN)
    assert found == pytest.approx(eagle_step(plan, 1, **given).expected_seconds / plain)
    assert 1 / plan.model.n_layers < found < 0.12


def test_caches_fit_until_they_do_not():
    assert fits("70b", 1, 2000)
    assert not fits("70b", 128, 8000)


def test_a_target_is_named_with_its_chips():
    assert LABELS["70b"] == "Llama-3 70B on 4 × H100 SXM"
    assert set(LABELS) == set(TARGETS)
