"""What users see: a closed loop by hand, waiting, and what cannot be served."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import (
    Host,
    Requests,
    cache_capacity,
    expected_seconds,
    sequence_bytes,
    served,
)
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import Step, decode_step, prefill_step
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()


def plan_for(model="llama-3-70b", chips=4, **changes):
    given = {"engine": "vllm", "precision": "fp8"} | changes
    return served_plan(model_spec(model), chip("h100-sxm"), chips, **given)


def test_one_user_waits_for_nobody():
    plan = plan_for()
    found = served(plan, Requests(1000, 500), constants=FITTED)
    step = decode_step(plan, 1, 1250, constants=FITTED)
    reading = prefill_step(plan, 1000, constants=FITTED)
    assert found.tpot_seconds == pytest.approx(step.expected_seconds)
    assert found.ttft_seconds == pytest.approx(reading.expected_seconds)


def test_a_closed_loop_keeps_its_requests():
    """Little's law: requests inside are those that decode and those that are being read."""
    plan, asked = plan_for(), Requests(2000, 500, 64)
    host = Host(first_seconds=0.05, prompts_before=0.2)
    found = served(plan, asked, constants=FITTED, host=host)
    read = prefill_step(plan, 2000, constants=FITTED).expected_seconds
    whole = read + 500 * found.tpot_seconds
    assert found.batch == pytest.approx(64 * 500 * found.tpot_seconds / whole, rel=0.01)
    behind = (found.batch - 1) * read
    step = decode_step(plan, found.batch, 2250, constants=FITTED).expected_seconds
    assert found.tpot_seconds == pytest.approx(step + behind / 500)
    assert found.ttft_seconds == pytest.approx(0.05 + read + 0.2 * behind)
    plain = served(plan, asked, constants=FITTED)
    assert plain.tpot_seconds == found.tpot_seconds, "no constant of the first token is in it"


def test_more_users_never_make_a_token_faster():
    times = [
        served(plan_for(), Requests(1000, 1000, users), constants=FITTED).tpot_seconds
        for users in (1, 4, 16, 64, 128)
    ]
    assert times == sorted(times)


def test_who_does_not_fit_waits_until_others_have_their_answer():
    plan, asked = plan_for(chips=2), Requests(8000, 1000, 64)
    capacity = cache_capacity(plan, 8500)
    assert 1 < capacity < 64
    full = served(plan, asked, constants=FITTED)
    room = served(plan, Requests(8000, 1000, capacity), constants=FITTED)
    assert full.tpot_seconds == pytest.approx(room.tpot_seconds)
    turn = room.ttft_seconds + 1000 * room.tpot_seconds
    assert full.ttft_seconds == pytest.approx(room.ttft_seconds + (64 / capacity - 1) * turn)


def test_a_draft_model_takes_room_from_the_caches():
    plan, draft = plan_for(), plan_for("llama-3.2-1b", precision="bf16")
    alone, beside = cache_capacity(plan, 8500), cache_capacity(plan, 8500, draft=draft)
    one, small = sequence_bytes(plan, 8500), sequence_bytes(draft, 8500)
    free = alone * one - draft.weight_bytes / 4
    assert beside == pytest.approx(free / (one + small))
    assert 0.88 < beside / alone < 0.91
    on_one = cache_capacity(plan, 8500, draft=plan_for("llama-3.2-1b", chips=1, precision="bf16"))
    assert on_one < beside, "its chip is the fullest"
    with pytest.raises(ValueError, match="the draft stands on 8 chips in 1 groups of attention"):
        cache_capacity(plan, 8500, draft=plan_for("llama-3.2-1b", chips=8))


def test_another_timing_of_the_steps_is_taken_throughout():
    plan, asked = plan_for(), Requests(1000, 500, 16)
    floor = served(plan, asked, constants=FITTED, timing=lambda step: step.floor_seconds)
    assert floor.tpot_seconds < served(plan, asked, constants=FITTED).tpot_seconds
    assert isinstance(floor.decode, Step)


def test_what_does_not_fit_is_refused_with_its_sizes():
    plan = plan_for("llama-3-405b", chips=4)
    with pytest.raises(ValueError, match=r"does not fit on 4 x H100 SXM: [\d.]+ GB of weights"):
        served(plan, Requests(1000, 100), constants=FITTED)


@pytest.mark.parametrize("changes", [{"prompt_tokens": 0}, {"output_tokens": -1}])
def test_impossible_requests_are_refused(changes):
    with pytest.raises(ValueError, match="tokens must be"):
        Requests(**({"prompt_tokens": 10, "output_tokens": 10} | changes))


@pytest.mark.parametrize("name", ["llama-3-70b", "gpt-oss-120b", "deepseek-v3", "minimax-m2.5"])
def test_the_kinds_of_kernels_add_up_to_the_step(name):
    """A kind that the sum forgot would be missing from every expected time."""
    plan = ServingPlan(model_spec(name), chip("b200"), 8)
    for step in (
        decode_step(plan, 16, 1000, constants=FITTED),
        prefill_step(plan, 4096, constants=FITTED),
    ):
        assert expected_seconds(step) == pytest.approx(step.expected_seconds, rel=1e-12)
        assert {kernel.kind for kernel in step.kernels} >= {"matrix", "attention", "all-reduce"}
