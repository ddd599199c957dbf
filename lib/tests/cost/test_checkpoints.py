"""Which part of a checkpoint is in which format, and the habits of engines."""

import pytest

from tokenworks.cost.checkpoints import Checkpoint, checkpoint, served_plan
from tokenworks.cost.kernels import KERNEL_FORMATS
from tokenworks.data.rows import load_rows
from tokenworks.specs import chip, model_spec


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
