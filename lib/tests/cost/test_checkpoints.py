"""Which part of a checkpoint is in which format, and the habits of engines."""

import pytest

from tokenworks.cost.checkpoints import MULTIPLIED, Checkpoint, checkpoint, engine_plan, served_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernels import KERNEL_FORMATS
from tokenworks.data.rows import load_rows
from tokenworks.specs import chip, model_spec, number_format


def test_every_row_names_formats_that_kernels_have():
    for row in load_rows(Checkpoint, "checkpoints.csv").values():
        assert {row.attention, row.dense, row.experts} <= set(KERNEL_FORMATS), row.name
        assert row.cache in ("", "fp8"), row.name
        assert row.name == f"{row.model}-{row.precision}"
        assert model_spec(row.model)
        assert row.source, row.name


def test_a_model_without_a_row_has_all_matrices_alike():
    assert checkpoint("qwen3-8b", "fp8").dense == "fp8"
    assert checkpoint("qwen3-8b", "unk").dense == "bfloat16"
    with pytest.raises(ValueError, match="precision 'fp5' is not known; known: bf16, fp8"):
        checkpoint("qwen3-8b", "fp5")


@pytest.mark.parametrize(
    ("served", "experts", "cache"),
    [
        (("gpt-oss-120b", "h100-sxm", "vllm", "fp4"), "w4a16_mxfp4", "bf16"),
        (("gpt-oss-120b", "b200", "trtllm", "fp4"), "w4a8_mxfp4_mxfp8", "bf16"),
        (("deepseek-v3", "h200-sxm", "sglang", "fp8"), "fp8_block", "bf16"),
        (("deepseek-v3", "h200-sxm", "trtllm", "fp8"), "fp8_block", "fp8"),
        (("deepseek-v3", "b200", "sglang", "fp4"), "nvfp4", "fp8"),
        (("kimi-k2.5", "h200-sxm", "vllm", "int4"), "int4_wo", "bf16"),
    ],
)
def test_the_habits_of_engines(served, experts, cache):
    model, on, engine, precision = served
    plan = served_plan(model_spec(model), chip(on), 8, engine=engine, precision=precision)
    assert (plan.experts, plan.cache) == (experts, cache)
    kept = served_plan(
        model_spec(model), chip(on), 8, engine=engine, precision=precision, cache="bf16"
    )
    assert kept.cache == "bf16"


@pytest.mark.parametrize("precision", ["bf16", "fp8", "int8", "int4"])
def test_a_deployment_is_planned_as_a_checkpoint_in_its_format(precision):
    model, on = model_spec("qwen3-8b"), chip("h100-sxm")
    deployed = Deployment(model, on, 4, weights=precision, kv="fp8")
    want = served_plan(model, on, 4, engine="sglang", precision=precision, cache="fp8")
    assert engine_plan(deployed, engine="sglang") == want


@pytest.mark.parametrize(("weights", "arithmetic"), MULTIPLIED)
def test_a_plan_stores_and_multiplies_what_the_deployment_says(weights, arithmetic):
    form = KERNEL_FORMATS[MULTIPLIED[weights, arithmetic]]
    assert form.arithmetic == arithmetic
    assert form.weight_bytes == pytest.approx(number_format(weights).bytes_per_value, rel=0.05)


def test_fp8_weights_on_a_chip_without_fp8_take_kernels_with_16_bit_activations():
    deployed = Deployment(model_spec("llama-3-8b"), chip("a100-80gb"), weights="fp8")
    assert engine_plan(deployed).dense == "int8_wo"


def test_a_format_without_timed_kernels_is_refused():
    deployed = Deployment(model_spec("llama-3-8b"), chip("epyc-9654"), weights="q4_0", kv="bf16")
    with pytest.raises(ValueError, match="no kernel multiplies q4_0 weights in bf16 here"):
        engine_plan(deployed)
