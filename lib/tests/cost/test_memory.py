"""Bytes counted from shapes, against published totals and hand arithmetic."""

from dataclasses import replace

import pytest

from tokenworks.cost.memory import (
    active_parameter_count,
    kv_bytes,
    kv_bytes_per_token,
    layer_parameter_count,
    matmul_parameter_count,
    min_chips,
    parameter_count,
    slice_chips,
    weight_bytes,
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
    with pytest.raises(ValueError, match="has layers 0 to 60, got 61"):
        layer_parameter_count(v3, 61)


@pytest.mark.parametrize(
    ("name", "active", "multiplied"),
    [
        ("llama-3-8b", 8_030_261_248, 8_030_261_248 - 128256 * 4096),
        ("smollm2-135m", 134_515_008, 134_515_008),  # the tied table is the head
        ("mixtral-8x7b", 12_879_925_248, 12_879_925_248 - 32000 * 4096),
        ("deepseek-v3", 37_552_297_472, 36_625_618_432),
        ("qwen3-30b-a3b", 3_353_032_704, 3_353_032_704 - 151936 * 2048),
    ],
)
def test_active_parameters_leave_out_the_experts_not_chosen(name, active, multiplied):
    spec = model_spec(name)
    assert active_parameter_count(spec) == active
    assert matmul_parameter_count(spec) == multiplied


def test_weights_take_their_count_times_the_width():
    assert weight_bytes(model_spec("llama-3-70b"), 2) == 141_107_412_992
    assert weight_bytes(model_spec("llama-3-70b"), 0.5) == 35_276_853_248


@pytest.mark.parametrize(
    ("name", "per_token"),
    [
        ("llama-3-8b", 131_072),  # 2 × 32 × 8 × 128 × 2 bytes
        ("llama-3-70b", 327_680),
        ("llama-3-405b", 516_096),
        ("llama-2-7b", 524_288),  # MHA: four times the newer 8B
        ("gemma-2b", 18_432),  # MQA
        ("deepseek-v3", 70_272),  # MLA: 61 × 576 × 2 bytes
        ("smollm2-135m", 23_040),
    ],
)
def test_kv_bytes_of_a_token(name, per_token):
    spec = model_spec(name)
    assert kv_bytes_per_token(spec, 2) == per_token
    assert kv_bytes(spec, 1000, bytes_per_value=2) == 1000 * per_token


def test_a_windowed_model_has_no_fixed_bytes_per_token():
    oss = model_spec("gpt-oss-20b")
    with pytest.raises(ValueError, match="use kv_bytes"):
        kv_bytes_per_token(oss, 2)
    of_layer = 2 * 8 * 64 * 2
    assert kv_bytes(oss, 100, bytes_per_value=2) == 24 * 100 * of_layer
    assert kv_bytes(oss, 10_000, bytes_per_value=2) == 12 * (10_000 + 128) * of_layer


def test_a_model_windowed_throughout_stops_growing():
    spec = replace(model_spec("llama-3-8b"), window_tokens=4096)
    full = kv_bytes(spec, 4096, bytes_per_value=2)
    assert kv_bytes(spec, 8192, bytes_per_value=2) == full == 4096 * 131_072


@pytest.mark.parametrize(
    ("weights", "hbm", "chips"),
    [(141.1e9, 80e9, 2), (160e9, 80e9, 2), (160.1e9, 80e9, 3), (1, 2, 1)],
)
def test_chips_that_hold_the_weights(weights, hbm, chips):
    assert min_chips(weights, hbm) == chips


@pytest.mark.parametrize(
    ("needed", "rented"), [(1, 1), (2, 2), (3, 4), (8, 8), (9, 16), (129, 256)]
)
def test_tpus_are_rented_in_powers_of_two_and_gpus_one_by_one(needed, rented):
    assert slice_chips(needed, kind="tpu") == rented
    assert slice_chips(needed, kind="gpu") == needed
