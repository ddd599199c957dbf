"""Bytes counted from shapes, against published totals and hand arithmetic."""

from dataclasses import replace

import pytest

from tokenworks.cost.memory import (
    activation_bytes,
    active_parameter_count,
    expert_parameter_count,
    kept_positions,
    kv_bytes,
    kv_bytes_per_chip,
    kv_bytes_per_token,
    kv_share,
    layer_parameter_count,
    matmul_parameter_count,
    min_chips,
    parameter_count,
    score_bytes,
    slice_chips,
    step_parameter_count,
    step_weight_bytes,
    tensor_parallel_sizes,
    weight_bytes,
)
from tokenworks.specs import chip, model_spec


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
    with pytest.raises(ValueError, match="must be a whole number from 0 to 60, got 61"):
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
    ("needed", "v5e", "gpu"),
    [(1, 1, 1), (2, 4, 2), (3, 4, 4), (5, 8, 8), (9, 16, 16), (17, 32, 24), (129, 256, 136)],
)
def test_what_can_be_rented(needed, v5e, gpu):
    assert slice_chips(needed, on=chip("tpu-v5e")) == v5e
    assert slice_chips(needed, on=chip("h100-sxm")) == gpu


def test_a_slice_has_a_largest_size():
    with pytest.raises(ValueError, match="TPU v5e comes in slices of up to 256 chips, not 257"):
        slice_chips(257, on=chip("tpu-v5e"))


def test_a_batch_of_a_mixture_touches_more_experts():
    mixtral = model_spec("mixtral-8x7b")
    expert = 3 * 4096 * 14336 * 32
    assert expert_parameter_count(mixtral) == 8 * expert
    dense = matmul_parameter_count(mixtral) - 2 * expert
    assert step_parameter_count(mixtral, 1) == dense + 2 * expert
    two = 8 * (1 - (1 - 2 / 8) ** 2)  # 3.5 of eight
    assert step_parameter_count(mixtral, 2) == pytest.approx(dense + two * expert)
    assert step_parameter_count(mixtral, 10**6) == pytest.approx(dense + 8 * expert)
    assert step_weight_bytes(mixtral, 2, 2) == pytest.approx(2 * (dense + 3.5 * expert))
    llama = model_spec("llama-3-8b")
    assert step_parameter_count(llama, 64) == matmul_parameter_count(llama)


@pytest.mark.parametrize(
    ("name", "tp", "share"),
    [
        ("llama-3-70b", 1, 1),
        ("llama-3-70b", 2, 1 / 2),
        ("llama-3-70b", 8, 1 / 8),
        ("llama-3-70b", 16, 1 / 8),  # each head on two chips
        ("llama-3-70b", 64, 1 / 8),
        ("gemma-2b", 8, 1),  # one KV head, held by all
        ("deepseek-v3", 8, 1),  # one latent, held by all
    ],
)
def test_what_each_tensor_parallel_chip_holds(name, tp, share):
    spec = model_spec(name)
    whole = kv_bytes(spec, 1000, bytes_per_value=2)
    assert kv_bytes_per_chip(spec, 1000, bytes_per_value=2, tp=tp) == whole * share


@pytest.mark.parametrize(
    ("name", "tp"), [("llama-3-70b", 3), ("llama-3-70b", 12), ("qwen3-4b", 64)]
)
def test_heads_that_cannot_be_dealt_out_are_refused(name, tp):
    with pytest.raises(ValueError, match=f"of {name} cannot be dealt out to {tp} chips; take 1, 2"):
        kv_share(model_spec(name), tp)


def test_query_heads_that_divide_are_not_enough():
    phi = replace(model_spec("llama-3-8b"), n_heads=40, n_kv_heads=10)
    assert [kv_share(phi, tp) for tp in (1, 2, 5, 10, 20)] == [1, 0.5, 0.2, 0.1, 0.1]
    for tp in (4, 8):  # four chips would get two and a half KV heads each
        with pytest.raises(ValueError, match="40 query heads and 10 KV heads"):
            kv_share(phi, tp)


def test_tensor_parallel_sizes():
    assert tensor_parallel_sizes(model_spec("llama-3-70b")) == [1, 2, 4, 8, 16, 32, 64]
    assert tensor_parallel_sizes(model_spec("smollm2-135m")) == [1, 3, 9]
    assert tensor_parallel_sizes(model_spec("deepseek-v3"))[-1] == 128


def test_layers_may_each_have_their_own_window():
    spec = replace(model_spec("llama-3-8b"), layer_windows=(512, None) + (1024,) * 30)
    assert kept_positions(spec, 600) == 512 + 600 + 30 * 600
    assert kept_positions(spec, 5000) == 512 + 5000 + 30 * 1024
    with pytest.raises(ValueError, match="3 layer windows for 32 layers"):
        replace(spec, layer_windows=(1, 2, 3))


def test_scores_and_activations_by_hand():
    llama = model_spec("llama-3-8b")
    assert score_bytes(llama, 4096) == 32 * 4096 * 4096 * 2 == 2**30
    assert score_bytes(llama, 4096, batch=3) == 3 * 2**30
    per_token = 2 * 4096 + 2 * 14336
    assert activation_bytes(llama, 1000) == 1000 * per_token * 2 + 4 * 128256
    attention = 2 * 4096 + 2 * 4096 + 2 * 1024
    naive = 4096 * attention * 2 + 2**30 + 4 * 128256
    assert activation_bytes(llama, 4096, flash=False) == naive
    assert activation_bytes(llama, 0) == 0


def test_activations_of_experts_count_the_shared_one():
    # a token passes one routed and one shared expert, 8192 wide; a dense layer is twice as wide
    scout = replace(model_spec("llama-4-scout"), d_ff=1)
    one = 2 * 5120 + 2 * 2 * 8192
    assert activation_bytes(scout, 1000) == 1000 * one * 2 + 4 * 202048


def test_activations_of_mla_hold_values_narrower_than_keys():
    v3 = model_spec("deepseek-v3")
    attention = 128 * 2 * (192 + 128)  # queries and keys, values and the result
    assert activation_bytes(v3, 100) == 100 * (2 * 7168 + attention) * 2 + 4 * 129280


def test_caches_are_as_large_as_two_engines_log():
    """Llama-3 8B in vLLM: weights, and blocks of 16 tokens; Qwen3 235B in SGLang on 4 chips.

    Sources: https://github.com/vllm-project/vllm/issues/12330 and /issues/21348.
    """
    llama, qwen = model_spec("llama-3-8b"), model_spec("qwen3-235b-a22b")
    assert weight_bytes(llama, 2) / 2**30 == pytest.approx(14.9595, rel=2e-4)
    pool = 5691 * 16 * kv_bytes_per_token(llama, 2)
    assert pool / 2**30 == pytest.approx(11.12, abs=0.005)
    of_one = kv_bytes_per_chip(qwen, 367_404, bytes_per_value=2, tp=4)
    assert of_one / 2**30 == pytest.approx(2 * 8.23, abs=0.01)
