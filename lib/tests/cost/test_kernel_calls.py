"""One kernel of a plan: its constants, its floor, and which library sends a message."""

from tokenworks.cost.kernel_calls import KernelCalls, Tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.kernels import Work
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.specs import chip, model_spec


def part(name, tokens, chips=1, **changes):
    plan = ServingPlan(model_spec(name), chip("h200-sxm"), chips, **changes)
    return KernelCalls(plan, tokens, Constants.fitted())


ONE = Tokens(decodes=1, context=10)


def test_rows_are_decodes_and_prompts():
    assert Tokens(decodes=3, context=9).rows == 3
    assert Tokens(prompt=100, prompts=2).rows == 200
    assert Tokens(decodes=3, context=9, looks=5).rows == 15


def test_a_kernel_has_its_floor():
    found = part("llama-3-8b", ONE).kernel(
        "x", "matrix", count=2, work=Work(0.0, 4.8e9), seconds=5e-3
    )
    assert (found.floor_seconds, found.expected_seconds, found.calls) == (1e-3, 5e-3, 2)


def test_a_matrix_for_each_head_reads_and_writes_each_heads_rows():
    layer = part("deepseek-v3", Tokens(decodes=4, context=10))
    found = layer.matrix("k", 1, n=128 * 512, k=128, form="bfloat16", batched=128)
    assert found.work == Work(
        2 * 4 * 128 * 512 * 128, 2 * (128 * 512 * 128 + 4 * 128 * (128 + 512))
    )


def test_trtllm_launches_a_product_in_fp8_like_one_in_bf16():
    forms = {"attention": "fp8", "dense": "fp8"}
    vllm, trtllm = (
        part("llama-3-70b", ONE, 4, engine=engine, **forms).matrix("x", 1, n=8, k=8, form="fp8")
        for engine in ("vllm", "trtllm")
    )
    assert trtllm.expected_seconds < 0.7 * vllm.expected_seconds


def test_a_large_message_goes_through_the_faster_library():
    layer = part("llama-3-70b", ONE, chips=8)
    small, large = layer.message(1, 1e4), layer.message(1, 6e7)
    assert small.expected_seconds < 1e-5  # NCCL alone takes twice that
    assert large.expected_seconds < 1.2 * 6e7 * 1.75 / 2.8e11
