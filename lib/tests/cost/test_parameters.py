"""Weights counted from shapes, against published checkpoints and hand arithmetic."""

from dataclasses import replace

import pytest

from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.parameters import (
    active_parameter_count,
    expert_parameter_count,
    kept_parameter_count,
    layer_parameter_count,
    matmul_parameter_count,
    parameter_count,
    read_parameter_count,
    step_parameter_count,
)
from tokenworks.specs import model_spec


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("smollm2-135m", 134_515_008),
        ("llama-3-8b", 8_030_261_248),
        ("llama-3-70b", 70_553_706_496),
        ("llama-3-405b", 405_853_388_800),
        ("llama-2-7b", 6_738_415_616),
        ("gpt-j-6b", 6_050_882_784),
        ("mixtral-8x7b", 46_702_792_704),
        ("deepseek-v3", 671_026_419_200),
        ("llama-4-scout", 107_769_861_120),
        ("qwen3-0.6b", 596_049_920),
        ("qwen3-235b-a22b", 235_093_634_560),
        ("gemma-7b", 8_537_680_896),
        ("gemma-2-27b", 27_227_128_320),
        ("gemma-3-1b", 999_885_952),
        ("gpt-oss-20b", 20_914_757_184),
        ("gpt-oss-120b", 116_829_156_672),
        ("kimi-k2.5", 1_026_879_376_368 - 471_143_920),  # less the vision tower
        ("glm-5", 753_864_139_008 - 9_952_920_576),  # less the layer that guesses further tokens
        ("minimax-m2.5", 228_689_764_864),
        ("qwen3.5-397b-a17b", 403_397_928_944 - 6_595_568_128 - 456_010_480),  # less both
    ],
)
def test_parameters_equal_the_checkpoints_to_the_last_one(name, count):
    assert parameter_count(model_spec(name)) == count


def test_a_layer_of_70b_has_the_small_kv_matrices_of_gqa():
    attention = 2 * 8192 * 8192 + 2 * 1024 * 8192
    assert layer_parameter_count(model_spec("llama-3-70b")) == 855_654_400
    assert attention + 3 * 28672 * 8192 + 2 * 8192 == 855_654_400
    forgotten = replace(model_spec("llama-3-70b"), n_kv_heads=64)
    assert layer_parameter_count(forgotten) == 973_094_912


def test_layers_that_differ_must_be_named():
    v3 = model_spec("deepseek-v3")
    with pytest.raises(ValueError, match="layers of deepseek-v3 differ in size"):
        layer_parameter_count(v3)
    assert layer_parameter_count(v3, 0) == 583_483_392
    assert layer_parameter_count(v3, 3) == 11_507_286_272
    with pytest.raises(ValueError, match="must be a whole number from 0 to 60, got 61"):
        layer_parameter_count(v3, 61)


@pytest.mark.parametrize(
    ("name", "active", "read"),
    [
        ("llama-3-8b", 8_030_261_248, 8_030_261_248 - 128256 * 4096),
        ("smollm2-135m", 134_515_008, 134_515_008),  # the tied table is the head
        ("mixtral-8x7b", 12_879_925_248, 12_879_925_248 - 32000 * 4096),
        ("deepseek-v3", 37_552_297_472, 36_625_618_432),
        ("qwen3-30b-a3b", 3_353_032_704, 3_353_032_704 - 151936 * 2048),
        ("glm-5", 41_784_728_832, 41_784_728_832 - 154880 * 6144),
        ("qwen3.5-397b-a17b", 17_349_040_896, 17_349_040_896 - 248320 * 4096),
    ],
)
def test_active_parameters_leave_out_the_experts_not_chosen(name, active, read):
    spec = model_spec(name)
    assert active_parameter_count(spec) == active
    assert read_parameter_count(spec) == read


@pytest.mark.parametrize(
    ("name", "vectors"),
    [
        ("llama-3-70b", (2 * 80 + 1) * 8192),
        ("smollm2-135m", (2 * 30 + 1) * 576),
        ("qwen3-8b", (2 * 36 + 1) * 4096 + 2 * 36 * 128),  # its queries and keys have norms, too
        ("mixtral-8x7b", (2 * 32 + 1) * 4096),
        ("minimax-m2.5", (2 * 62 + 1) * 3072 + 62 * (56 * 128 + 256)),  # wide norms, router biases
        ("glm-5", (2 * 78 + 1) * 6144 + 78 * (2048 + 512 + 2 * 128) + 75 * 256),
        ("qwen3.5-397b-a17b", (2 * 60 + 1) * 4096 + 15 * 2 * 256 + 45 * (2 * 64 + 128)),
    ],
)
def test_norms_are_read_and_no_matrices(name, vectors):
    spec = model_spec(name)
    assert read_parameter_count(spec) - matmul_parameter_count(spec) == vectors
    matrices = 80 * (2 * 8192 * 8192 + 2 * 8192 * 1024 + 3 * 8192 * 28672) + 128256 * 8192
    if name == "llama-3-70b":
        assert matmul_parameter_count(spec) == matrices


def test_a_batch_of_a_mixture_touches_more_experts():
    mixtral = model_spec("mixtral-8x7b")
    expert = 3 * 4096 * 14336 * 32
    assert expert_parameter_count(mixtral) == 8 * expert
    dense = read_parameter_count(mixtral) - 2 * expert
    assert step_parameter_count(mixtral, 1) == dense + 2 * expert
    two = 8 * (1 - (1 - 2 / 8) ** 2)  # 3.5 of eight
    assert step_parameter_count(mixtral, 2) == pytest.approx(dense + two * expert)
    assert step_parameter_count(mixtral, 10**6) == pytest.approx(dense + 8 * expert)
    assert step_weight_bytes(mixtral, 2, 2) == pytest.approx(2 * (dense + 3.5 * expert))
    llama = model_spec("llama-3-8b")
    assert step_parameter_count(llama, 64) == read_parameter_count(llama)


def test_parts_that_stay_at_16_bits_are_counted_by_name():
    llama, tied = model_spec("llama-3-8b"), model_spec("smollm2-135m")
    table = 128_256 * 4096
    assert (
        kept_parameter_count(llama, ("embed",)) == kept_parameter_count(llama, ("head",)) == table
    )
    assert kept_parameter_count(llama, ("embed", "head")) == 2 * table
    assert kept_parameter_count(llama, ("vectors",)) == 65 * 4096
    attention = 32 * 4096 * (2 * 4096 + 2 * 1024)
    assert kept_parameter_count(llama, ("attention",)) == attention
    assert kept_parameter_count(tied, ("embed", "head")) == 49_152 * 576
    oss = model_spec("gpt-oss-20b")
    assert kept_parameter_count(oss, ("router",)) == 24 * 32 * 2880
    everything = kept_parameter_count(oss, ("embed", "head", "vectors", "attention", "router"))
    assert parameter_count(oss) - everything == 24 * 32 * 3 * 2880 * 2880
    hybrid = model_spec("qwen3.5-397b-a17b")
    full = 15 * 4096 * (3 * 8192 + 2 * 512)  # with the gate's matrix
    linear = 45 * (4096 * (12288 + 2 * 8192 + 2 * 64) + 12288 * 4)
    assert kept_parameter_count(hybrid, ("attention",)) == full + linear
    assert kept_parameter_count(hybrid, ("router",)) == 60 * (512 + 1) * 4096
    index = 78 * (4096 * 2048 + (128 + 32) * 6144)
    without = replace(model_spec("glm-5"), d_index=0, index_heads=0, index_top_tokens=None)
    kept = [kept_parameter_count(s, ("attention",)) for s in (model_spec("glm-5"), without)]
    assert kept[0] - kept[1] == index
    with pytest.raises(ValueError, match="'ffn' is no part of a model; known: embed, head"):
        kept_parameter_count(llama, ("ffn",))
