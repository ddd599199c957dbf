"""Copies and groups: each way is a step of its group; which one wins turns with the batch."""

from dataclasses import replace

import pytest

from tokenworks.cost import Constants, Deployment, decode_step, engine_plan, tokens_of_groups
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()
ON = Deployment(model_spec("llama-3-8b"), chip("h100-sxm"), 8)


def ways(batch, on=ON, context=2048):
    return tokens_of_groups(on, batch=batch, context_tokens=context, constants=FITTED)


def test_each_way_is_a_step_of_its_group():
    found = ways(64)
    assert [way.name for way in found] == ["8 × TP1", "4 × TP2", "2 × TP4", "1 × TP8"]
    for way in found:
        plan = engine_plan(replace(ON, chips=way.chips))
        step = decode_step(plan, 64 // way.copies, 2048, constants=FITTED)
        assert way.expected.seconds == pytest.approx(step.expected_seconds)
        assert way.tokens_per_s == pytest.approx(64 * way.user_tokens_per_s)
        assert way.fits


def test_few_users_want_one_group_and_many_want_more():
    few, many = ways(8), ways(512)
    assert max(few, key=lambda way: way.user_tokens_per_s).name == "1 × TP8"
    assert max(many, key=lambda way: way.tokens_per_s).name == "2 × TP4"


def test_what_has_no_room_says_so():
    large = replace(ON, model=model_spec("llama-3-70b"))
    assert [way.fits for way in ways(8, large)] == [False, True, True, True]


def test_a_batch_that_the_copies_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="8 groups do not divide a batch of 12"):
        ways(12)
