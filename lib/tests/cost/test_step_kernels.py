"""A step as the sum of its kernels: the work of the whole model, floors below what to expect."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import decode_read_bytes
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.cost.step_time import decode_flops, prefill_flops
from tokenworks.specs import chip, model_spec, model_specs

FITTED = Constants.fitted()
H200 = chip("h200-sxm")
KINDS = ("llama-3-70b", "gpt-oss-120b", "minimax-m2.5", "deepseek-v3", "glm-5")
HYBRID = "qwen3.5-397b-a17b"


def work_of(step, part, kinds=("matrix", "attention", "experts")):
    """Add the FLOPs (0) or the bytes (1) of the kernels of some kinds."""
    return sum(k.calls * k.work[part] for k in step.kernels if k.kind in kinds)


def plan_for(name, chips=1, **formats):
    return ServingPlan(model_spec(name), H200, chips, **formats)


@pytest.mark.parametrize("name", [*KINDS, HYBRID])
def test_a_decode_step_multiplies_what_the_model_does(name):
    step = decode_step(plan_for(name), 16, 4096, constants=FITTED)
    multiplied = sum(kernel.calls * kernel.work.flops for kernel in step.kernels)
    assert multiplied == pytest.approx(16 * decode_flops(model_spec(name), 4096), rel=0.01)


@pytest.mark.parametrize("name", [*KINDS, HYBRID])
@pytest.mark.parametrize("context", [100, 2046, 4096])  # below, across and above windows, choices
def test_a_pass_that_verifies_multiplies_what_its_tokens_would_alone(name, context):
    plan = plan_for(name)
    whole = decode_step(plan, 16, context, constants=FITTED, tokens_per_sequence=5)
    alone = [decode_step(plan, 16, context + i, constants=FITTED) for i in range(5)]
    assert work_of(whole, 0) == pytest.approx(sum(work_of(step, 0) for step in alone), rel=1e-4)


@pytest.mark.parametrize("name", [name for name in (*KINDS, HYBRID) if name != "glm-5"])
def test_a_pass_that_verifies_reads_weights_and_caches_once(name):
    plan = plan_for(name)
    step = decode_step(plan, 16, 4096, constants=FITTED, tokens_per_sequence=5)
    caches = 16 * decode_read_bytes(plan.model, 4096, bytes_per_value=2)
    read = plan.step_read_bytes(16 * 5) + caches
    assert work_of(step, 1) == pytest.approx(read, rel=0.09)  # and activations


@pytest.mark.parametrize("name", [*KINDS, HYBRID])
def test_one_token_a_sequence_is_the_plain_step(name):
    plan = plan_for(name)
    plain = decode_step(plan, 16, 4096, constants=FITTED)
    assert plain == decode_step(plan, 16, 4096, constants=FITTED, tokens_per_sequence=1)
    more = [
        decode_step(plan, 16, 4096, constants=FITTED, tokens_per_sequence=n) for n in (2, 4, 8, 64)
    ]
    times = [step.expected_seconds for step in (plain, *more)]
    assert times == sorted(times)
    assert all(a < n * times[0] for a, n in zip(times[1:], (2, 4, 8, 64), strict=True))


@pytest.mark.parametrize("name", [*KINDS, HYBRID])
def test_reading_a_prompt_multiplies_what_the_model_does(name):
    step = prefill_step(plan_for(name), 4096, constants=FITTED)
    multiplied = sum(kernel.calls * kernel.work.flops for kernel in step.kernels)
    assert multiplied == pytest.approx(prefill_flops(model_spec(name), 4096), rel=0.03)


@pytest.mark.parametrize("name", [*KINDS, HYBRID])
def test_a_decode_step_reads_the_weights_and_the_caches(name):
    plan = plan_for(name)
    step = decode_step(plan, 16, 4096, constants=FITTED)
    of = {"matrix", "experts", "attention"}
    moved = sum(kernel.calls * kernel.work.bytes for kernel in step.kernels if kernel.kind in of)
    caches = 16 * decode_read_bytes(plan.model, 4096, bytes_per_value=2)
    assert moved == pytest.approx(plan.step_read_bytes(16) + caches, rel=0.06)  # and activations


@pytest.mark.parametrize("name", [*KINDS, HYBRID])
@pytest.mark.parametrize("chips", [2, 8])
def test_chips_share_the_work(name, chips):
    whole = decode_step(plan_for(name), 64, 4096, constants=FITTED)
    shared = decode_step(plan_for(name, chips), 64, 4096, constants=FITTED)
    total = sum(kernel.calls * kernel.work.flops for kernel in whole.kernels)
    mine = sum(kernel.calls * kernel.work.flops for kernel in shared.kernels)
    assert total / chips <= mine * 1.0001 < 1.5 * total / chips  # the router is on every chip
    assert not any(kernel.kind == "all-reduce" for kernel in whole.kernels)
    assert shared.seconds_of("all-reduce") > 0


@pytest.mark.parametrize("on", ["a100-80gb", "h100-sxm", "b200", "mi300x", "tpu-v5e", "l40s"])
@pytest.mark.parametrize("tokens", [1, 300, 20_000])
def test_no_kernel_is_expected_faster_than_its_floor(on, tokens):
    for model in model_specs():
        for constants in (FITTED, Constants.card()):
            plan = ServingPlan(model, chip(on), 1)
            steps = (
                decode_step(plan, tokens, 3000, constants=constants),
                prefill_step(plan, tokens, constants=constants),
            )
            for step in steps:
                for kernel in step.kernels:
                    assert 0 <= kernel.floor_seconds <= kernel.expected_seconds * 1.0000001, kernel
                assert step.floor_seconds <= step.expected_seconds


def test_trtllm_quantizes_inside_the_kernel_before():
    args = {"precision": "fp8"}
    vllm, trtllm = (
        decode_step(
            served_plan(model_spec("llama-3-70b"), H200, 4, engine=engine, **args),
            8,
            1024,
            constants=FITTED,
        )
        for engine in ("vllm", "trtllm")
    )
    assert trtllm.seconds_of("matrix") < vllm.seconds_of("matrix")
    assert trtllm.seconds_of("all-reduce") < vllm.seconds_of("all-reduce")


@pytest.mark.parametrize("bad", [0, -1, float("nan"), "4", None])
def test_impossible_steps_are_refused(bad):
    with pytest.raises(ValueError, match="must be a finite number greater than 0"):
        decode_step(plan_for("llama-3-8b"), bad, 100, constants=FITTED)
    with pytest.raises(ValueError, match="tokens_per_sequence must be a whole number greater than"):
        decode_step(plan_for("llama-3-8b"), 1, 100, constants=FITTED, tokens_per_sequence=bad)
    with pytest.raises(ValueError, match="must be a finite number greater than 0"):
        prefill_step(plan_for("llama-3-8b"), bad, constants=FITTED)
