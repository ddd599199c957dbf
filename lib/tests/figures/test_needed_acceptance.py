"""The acceptance that a batch needs: the rounds' break-evens, as far as memory goes."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import cache_capacity
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.speculation_batch import speedup_under_batch
from tokenworks.figures import FieldCase, losing_region
from tokenworks.figures.needed_acceptance import break_evens
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()
GIVEN = {"gamma": 4, "context_tokens": 2000, "constants": FITTED}


def plan_for(model, chips=1, precision="bf16"):
    return served_plan(
        model_spec(model), chip("h100-sxm"), chips, engine="vllm", precision=precision
    )


BIG, DRAFT = plan_for("llama-3-70b", 4), plan_for("llama-3.2-1b")


def test_on_the_line_nothing_is_gained_or_lost():
    for batch, alpha in break_evens((BIG, DRAFT), **GIVEN):
        gain = speedup_under_batch(BIG, DRAFT, alpha, batch=batch, **GIVEN)
        assert gain == pytest.approx(1)


def test_a_line_ends_where_the_caches_do():
    room = cache_capacity(BIG, 2004, draft=DRAFT)
    points = break_evens((BIG, DRAFT), **GIVEN)
    assert points[-1][0] <= room < 192


def test_where_every_acceptance_loses_it_is_all():
    same = break_evens((plan_for("llama-3-8b"), plan_for("llama-3-8b")), **GIVEN)
    assert {alpha for _, alpha in same} == {1.0}


def test_lines_and_the_reported_case_are_drawn():
    case = FieldCase((10, 14), (0.48, 0.58), "reported:\n0.90×")
    figure = losing_region({"70B": (BIG, DRAFT)}, case=case, **GIVEN)
    for svg in (figure.wide, figure.narrow):
        assert "reported:" in svg
        assert 'class="f-ink s-ink faint"' in svg
    assert "70B: 28 % alone" in figure.alt
    with pytest.raises(ValueError, match="at least one target"):
        losing_region({}, **GIVEN)
